package com.acme.wire;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.List;
import org.apache.dubbo.common.Version;

/**
 * `write <directory>` writes every shape by this line's hessian2, one `<name>.bin` each and `manifest.json` for all. `read <directory>`
 * reads whichever `<name>.bin` is there, written by whomever, and says `ok <name>` or `FAIL <name>: <difference>`; it ends with 1 if one
 * failed.
 */
public final class Fixtures {
    private final Codec codec = new Codec();
    private final Path directory;

    private Fixtures(Path directory) {
        this.directory = directory;
    }

    public static void main(String[] arguments) throws Exception {
        // The shapes hold classes that no interface names; what is refused is tested over the wire, not here.
        System.setProperty("dubbo.security.serialize.openCheckClass", "false");
        Fixtures fixtures = new Fixtures(Paths.get(arguments[1]));
        boolean good = arguments[0].equals("write") ? fixtures.write() : fixtures.read();
        System.out.flush();
        Runtime.getRuntime().halt(good ? 0 : 1);
    }

    private boolean write() throws Exception {
        Files.createDirectories(directory);
        List<String> entries = new ArrayList<>();
        for (Shape shape : Shapes.all()) {
            entries.add(entry(shape));
        }
        String manifest = "{\n\"dubbo\":" + Json.quoted(Version.getVersion())
                + ",\n\"hessian_lite\":" + Json.quoted(Codec.hessianLite())
                + ",\n\"java\":" + Json.quoted(System.getProperty("java.specification.version"))
                + ",\n\"shapes\":[\n" + String.join(",\n", entries) + "\n]\n}\n";
        Files.write(directory.resolve("manifest.json"), manifest.getBytes(StandardCharsets.UTF_8));
        return true;
    }

    private String entry(Shape shape) throws IOException {
        String head = "{\"name\":" + Json.quoted(shape.name) + ",\"description\":" + Json.quoted(shape.description);
        try {
            byte[] bytes = codec.write(shape.value());
            WireView view = codec.view(shape.value());
            Files.write(file(shape), bytes);
            return head + ",\"java_reads\":" + Json.quoted(outcome(shape, bytes)) 
                    + (view.fault() == null ? "" : ",\"malformed\":" + Json.quoted(view.fault()))
                    + ",\"expected\":" + view.json() + "}";
        } catch (Exception | StackOverflowError refused) {
            System.out.println("absent " + shape.name + ": " + refused);
            return head + ",\"absent\":" + Json.quoted(String.valueOf(refused)) + "}";
        }
    }

    /** `equal`, or how what Java reads from its own bytes is not what it wrote. */
    private String outcome(Shape shape, byte[] bytes) {
        String difference;
        try {
            difference = Same.difference(shape.value(), codec.read(bytes, shape.declared));
        } catch (Exception | StackOverflowError failure) {
            difference = "fails: " + failure;
        }
        if (difference != null) {
            System.out.println("lossy " + shape.name + " " + difference);
        }
        return difference == null ? "equal" : difference;
    }

    private boolean read() throws IOException {
        int failures = 0;
        int seen = 0;
        for (Shape shape : Shapes.all()) {
            if (Files.exists(file(shape))) {
                seen++;
                String difference = compare(shape, Files.readAllBytes(file(shape)));
                failures += difference == null ? 0 : 1;
                System.out.println(difference == null ? "ok " + shape.name : "FAIL " + shape.name + ": " + difference);
            }
        }
        System.out.println(seen + " read, " + failures + " failed");
        return failures == 0 && seen > 0;
    }

    /** Against the value itself or, where Java does not get that back from its own bytes, against what it does get. */
    private String compare(Shape shape, byte[] theirs) {
        try {
            Object read = codec.read(theirs, shape.declared);
            String difference = Same.difference(shape.value(), read);
            if (difference == null) {
                return null;
            }
            Object own = codec.read(codec.write(shape.value()), shape.declared);
            return Same.difference(own, read) == null ? null : difference;
        } catch (Exception | StackOverflowError failure) {
            return failsAnyway(shape) ? null : failure.toString();
        }
    }

    private boolean failsAnyway(Shape shape) {
        try {
            codec.read(codec.write(shape.value()), shape.declared);
            return false;
        } catch (Exception | StackOverflowError failure) {
            return true;
        }
    }

    private Path file(Shape shape) {
        return directory.resolve(shape.name + ".bin");
    }
}
