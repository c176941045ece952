package com.acme.depot;

/** Unchecked and known to the provider alone: Dubbo turns it into a `RuntimeException` whose message is the stack trace. */
public class StampedeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public StampedeException(String message) {
        super(message);
    }
}
