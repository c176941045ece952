package com.acme.wire;

import com.acme.depot.CargoStolenException;
import com.acme.freight.CargoFrozenException;
import com.acme.freight.CargoLostException;
import com.acme.freight.GateClosedException;
import org.apache.dubbo.rpc.RpcException;

/** Exceptions: their cause is a reference to themselves until they have another. */
final class ThrowableShapes {
    private ThrowableShapes() {}

    static void addTo(Shapes shapes) {
        shapes.add("exception", "RuntimeException with a message", () -> plain(new RuntimeException("the gate is closed")));
        shapes.add("exception-without-message", "RuntimeException, message null", () -> plain(new RuntimeException()));
        shapes.add("exception-cause", "a cause that is another", () ->
                plain(new IllegalStateException("above", plain(new IllegalArgumentException("below")))));
        shapes.add("exception-cause-null", "a cause that is null", () -> plain(new RuntimeException("no cause", null)));
        shapes.add("exception-suppressed", "two suppressed ones", () -> {
            RuntimeException exception = plain(new RuntimeException("first"));
            exception.addSuppressed(plain(new IllegalStateException("second")));
            exception.addSuppressed(plain(new IllegalStateException("third")));
            return exception;
        });
        shapes.add("exception-declared", "fields of its own", () -> plain(new CargoLostException("crate 7 is lost", 7, "Hami")));
        shapes.add("exception-subclass", "fields of its own and of a superclass", () -> plain(new CargoFrozenException("crate 7 is frozen", 7, -40)));
        shapes.add("exception-provider-only", "a class that a caller does not have", () -> plain(new CargoStolenException("crate 7 is stolen", 7, "nobody")));
        shapes.add("exception-unchecked", "a field of its own, unchecked", () -> plain(new GateClosedException("closed", 6)));
        shapes.add("exception-rpc", "Dubbo's RpcException with a code", () -> plain(new RpcException(RpcException.TIMEOUT_EXCEPTION, "too slow")));
        shapes.add("exception-error", "an Error", () -> plain(new AssertionError("broken down")));
        shapes.add("exception-trace-by-itself", "StackTraceElement[]", () -> trace());
    }

    /** With a stack trace that does not depend on who made it. */
    static <T extends Throwable> T plain(T throwable) {
        throwable.setStackTrace(trace());
        return throwable;
    }

    private static StackTraceElement[] trace() {
        return new StackTraceElement[] {
            new StackTraceElement("com.acme.depot.Depot", "lose", "Depot.java", 42),
            new StackTraceElement("app", "java.base", "17", "java.lang.Thread", "run", null, -2),
        };
    }
}
