package com.acme.wire;

import com.acme.depot.Provider;
import com.acme.freight.Bazaar;
import com.acme.freight.CrateKind;
import com.acme.freight.FreightService;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.dubbo.common.Version;
import org.apache.dubbo.config.ReferenceConfig;
import org.apache.dubbo.rpc.ProtocolServer;
import org.apache.dubbo.rpc.RpcContext;
import org.apache.dubbo.rpc.protocol.dubbo.DubboProtocol;
import org.apache.dubbo.rpc.service.EchoService;
import org.apache.dubbo.rpc.service.GenericService;

/**
 * `Frames <directory> <free port>`: starts a provider on the port, calls it with a consumer of the same line through a recorder, and keeps
 * what went over the wire: `<name>.request.bin`, `<name>.reply.bin`, `<name>.event.bin`, and `manifest.json`.
 */
public final class Frames {
    private final Path directory;
    private final Recorder recorder;
    private final List<String> entries = new ArrayList<>();

    private Frames(Path directory, int port) throws Exception {
        this.directory = directory;
        Files.createDirectories(directory);
        Provider.start(port, "stdin=ignore", "id=a", "application=freight");
        recorder = new Recorder(port);
    }

    public static void main(String[] arguments) throws Exception {
        Frames frames = new Frames(Paths.get(arguments[0]), Integer.parseInt(arguments[1]));
        frames.record();
        System.out.flush();
        Runtime.getRuntime().halt(0);
    }

    private void record() throws Exception {
        FreightService freight = refer(FreightService.class, null, null);
        values(freight);
        exceptions(freight);
        others(freight);
        GenericService generic = generic(FreightService.class.getName());
        generic(generic);
        save("heartbeat", "event", recorder.event());
        note("heartbeat", "an idle consumer asks whether the other side lives");
        save("heartbeat-answer", "event", recorder.event());
        note("heartbeat-answer", "and hears that it does");
        for (ProtocolServer server : DubboProtocol.getDubboProtocol().getServers()) {
            server.getRemotingServer().close(1000);
        }
        byte[] event = recorder.event();
        while (event[event.length - 1] != 'R') {
            event = recorder.event();
        }
        save("read-only", "event", event);
        note("read-only", "a provider that is about to end wants no more calls");
        String manifest = "{\n\"dubbo\":" + Json.quoted(Version.getVersion()) + ",\n\"frames\":[\n"
                + String.join(",\n", entries) + "\n]\n}\n";
        Files.write(directory.resolve("manifest.json"), manifest.getBytes(StandardCharsets.UTF_8));
    }

    private void values(FreightService freight) throws Exception {
        call("echo-text", "echoString(\"silk\")", () -> freight.echoString("silk"));
        call("no-argument", "who()", freight::who);
        call("void", "rest()", () -> {
            freight.rest();
            return null;
        });
        call("null-result", "nothing()", freight::nothing);
        call("object-result", "crate(7)", () -> freight.crate(7));
        call("object-argument", "echoCrate(crate 7)", () -> freight.echoCrate(Values.crate(7)));
        call("list-result", "manyCrates(3)", () -> freight.manyCrates(3));
        call("graph-result", "ring()", freight::ring);
        call("ledger-result", "ledger()", freight::ledger);
        call("many-arguments", "describeAll(1L, \"silk\", null, [north], crate 7, {1, 2})",
                () -> freight.describeAll(1, "silk", null, new ArrayList<>(List.of("north")), Values.crate(7), new byte[] {1, 2}));
        call("overload-of-long", "find(7L)", () -> freight.find(7L));
        call("overload-of-array", "find(new int[] {1, 2})", () -> freight.find(new int[] {1, 2}));
        call("overload-of-two", "find(\"silk\", CrateKind.JADE)", () -> freight.find("silk", CrateKind.JADE));
        call("large-result", "longText(9000)", () -> freight.longText(9000));
        call("later", "later(7, 10): the provider answers from another thread", () -> freight.later(7, 10).get());
    }

    private void exceptions(FreightService freight) throws Exception {
        call("exception-declared", "lose(7, \"Hami\")", () -> freight.lose(7, "Hami"));
        call("exception-subclass", "loseFrozen(7)", () -> freight.loseFrozen(7));
        call("exception-provider-only-checked", "steal(7)", () -> freight.steal(7));
        call("exception-refused-by-class-check", "smuggle(7)", () -> freight.smuggle(7));
        call("exception-unchecked", "closeGate(6)", () -> {
            freight.closeGate(6);
            return null;
        });
        call("exception-provider-only-unchecked", "stampede(\"run\")", () -> {
            freight.stampede("run");
            return null;
        });
        call("exception-runtime", "fail(\"no luck\")", () -> {
            freight.fail("no luck");
            return null;
        });
        call("exception-without-message", "fail(null)", () -> {
            freight.fail(null);
            return null;
        });
        call("exception-rpc", "refuse(2, \"too slow\")", () -> {
            freight.refuse(2, "too slow");
            return null;
        });
        call("exception-error", "breakDown()", () -> {
            freight.breakDown();
            return null;
        });
    }

    private void others(FreightService freight) throws Exception {
        call("attachments", "attachments() with the attachment `caravan` = `7`", () -> {
            RpcContext.getContext().setAttachment("caravan", "7");
            return freight.attachments();
        });
        call("reply-attachment", "answerWith(\"gate\", \"open\")", () -> freight.answerWith("gate", "open"));
        FreightService grouped = refer(FreightService.class, "g1", "1.0.0");
        call("group-and-version", "who() of group g1, version 1.0.0", grouped::who);
        Bazaar.Stall stall = refer(Bazaar.Stall.class, null, null);
        call("nested-interface", "Bazaar$Stall.greet(\"Ban Chao\")", () -> stall.greet("Ban Chao"));
        call("echo-service", "$echo(\"hello\")", () -> ((EchoService) freight).$echo("hello"));
        RpcContext.getContext().asyncCall(() -> freight.drop("one way"));
        save("one-way", "request", recorder.request());
        note("one-way", "drop(\"one way\"), for which nobody waits: there is no reply");
        FreightService absent = refer(FreightService.class, "nobody", "9.9.9");
        call("no-such-group", "who() of a group that is not exported", absent::who);
    }

    private void generic(GenericService freight) throws Exception {
        call("generic-text", "$invoke echoString(\"silk\")",
                () -> freight.$invoke("echoString", new String[] {"java.lang.String"}, new Object[] {"silk"}));
        Map<String, Object> crate = new HashMap<>();
        crate.put("id", 7L);
        crate.put("label", "crate-7");
        crate.put("kind", "JADE");
        crate.put("weight", "7.50");
        crate.put("packed", new Date(1_700_000_007_000L));
        call("generic-object", "$invoke echoCrate(map)",
                () -> freight.$invoke("echoCrate", new String[] {"com.acme.freight.Crate"}, new Object[] {crate}));
        call("generic-exception", "$invoke lose(7, \"Hami\")",
                () -> freight.$invoke("lose", new String[] {"long", "java.lang.String"}, new Object[] {7L, "Hami"}));
        call("generic-no-such-method", "$invoke vanish()", () -> freight.$invoke("vanish", new String[0], new Object[0]));
    }

    private <T> T refer(Class<T> type, String group, String version) {
        ReferenceConfig<T> reference = new ReferenceConfig<>();
        reference.setInterface(type);
        return get(reference, type.getName(), group, version);
    }

    private GenericService generic(String type) {
        ReferenceConfig<GenericService> reference = new ReferenceConfig<>();
        reference.setInterface(type);
        reference.setGeneric("true");
        return get(reference, type, null, null);
    }

    private <T> T get(ReferenceConfig<T> reference, String type, String group, String version) {
        reference.setUrl("dubbo://127.0.0.1:" + recorder.port() + "/" + type + "?heartbeat=2000");
        reference.setGroup(group);
        reference.setVersion(version);
        reference.setTimeout(3000);
        reference.setRetries(0);
        reference.setCheck(false);
        return reference.get();
    }

    /** One call with its two frames; that it ends with an exception is what some of them are for. */
    private void call(String name, String description, Callable<?> call) throws Exception {
        String outcome;
        try {
            outcome = "returns " + cut(call.call());
        } catch (Exception | Error thrown) {
            outcome = "throws " + cut(thrown);
        }
        save(name, "request", recorder.request());
        save(name, "reply", recorder.reply());
        note(name, description);
        System.out.println(name + " " + outcome);
    }

    private static String cut(Object value) {
        String text = String.valueOf(value).replace('\n', ' ');
        return text.length() > 100 ? text.substring(0, 100) + "…" : text;
    }

    private void save(String name, String kind, byte[] frame) throws Exception {
        Files.write(directory.resolve(name + "." + kind + ".bin"), frame);
    }

    private void note(String name, String description) {
        entries.add("{\"name\":" + Json.quoted(name) + ",\"description\":" + Json.quoted(description) + "}");
    }
}
