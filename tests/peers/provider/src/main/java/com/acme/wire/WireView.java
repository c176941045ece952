package com.acme.wire;

import com.alibaba.com.caucho.hessian.io.Hessian2Output;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * The library's own output, which also notes what its serializers tell it to write, before anything becomes bytes. What is noted is the
 * expected value of a fixture; the README beside the parent pom defines its JSON.
 *
 * <p>Every overridden method notes one thing and passes it on; `inside` keeps quiet what the library's methods then call of themselves.
 */
final class WireView extends Hessian2Output {
    private static final int MAP = -1;

    /** A container that is being written. */
    private static final class Open {
        final String head;
        final List<String> names;
        final List<String> values = new ArrayList<>();
        /** How many values it will have, or `MAP`. */
        final int count;

        Open(String head, List<String> names, int count) {
            this.head = head;
            this.names = names;
            this.count = count;
        }
    }

    private final Deque<Open> open = new ArrayDeque<>();
    /** The field names of every class definition, by its number. */
    private final List<List<String>> definitions = new ArrayList<>();
    /** Of the class definition that is being written: -1 before the number of fields came. */
    private int namesToCome = 0;

    /** The number that each object has on the wire: containers are numbered as they begin. */
    private final Map<Object, Integer> numbers = new IdentityHashMap<>();
    /** Objects that the library took note of since the last container began: an object, and what stands in for it. */
    private final List<Object> announced = new ArrayList<>();
    private Object referredTo;
    private int containers;

    private String root;
    private String fault;
    private int inside;

    WireView(OutputStream bytes) {
        super(bytes);
    }

    /** The JSON of the one value that was written. */
    String json() {
        return root;
    }

    /** What is wrong with the references that the library wrote, or null. */
    String fault() {
        return fault;
    }

    private interface Write {
        void run() throws IOException;
    }

    private void quietly(Write write) throws IOException {
        inside++;
        try {
            write.run();
        } finally {
            inside--;
        }
    }

    private void note(String json) {
        if (inside > 0) {
            return;
        }
        if (open.isEmpty()) {
            root = json;
            return;
        }
        open.peek().values.add(json);
        closeIfFull();
    }

    private void begin(Open container) {
        for (Object object : announced) {
            numbers.put(object, containers);
        }
        announced.clear();
        containers++;
        open.push(container);
        closeIfFull();
    }

    private void closeIfFull() {
        Open container = open.peek();
        if (container != null && container.values.size() == container.count) {
            open.pop();
            note(close(container));
        }
    }

    private static String close(Open container) {
        List<String> parts = new ArrayList<>();
        if (container.count == MAP) {
            for (int index = 0; index < container.values.size(); index += 2) {
                parts.add("[" + container.values.get(index) + "," + container.values.get(index + 1) + "]");
            }
        } else if (container.names != null) {
            for (int index = 0; index < container.values.size(); index++) {
                parts.add("[" + Json.quoted(container.names.get(index)) + "," + container.values.get(index) + "]");
            }
        } else {
            parts = container.values;
        }
        return container.head + "[" + String.join(",", parts) + "]}";
    }

    private static String head(String kind, String type) {
        return "{" + (type == null ? "" : "\"type\":" + Json.quoted(type) + ",") + "\"" + kind + "\":";
    }

    @Override
    public void writeNull() throws IOException {
        note("null");
        quietly(super::writeNull);
    }

    @Override
    public void writeBoolean(boolean value) throws IOException {
        note(String.valueOf(value));
        quietly(() -> super.writeBoolean(value));
    }

    @Override
    public void writeInt(int value) throws IOException {
        if (inside == 0 && namesToCome < 0) {
            expectNames(value);
        } else {
            note("{\"int\":" + value + "}");
        }
        quietly(() -> super.writeInt(value));
    }

    @Override
    public void writeLong(long value) throws IOException {
        note("{\"long\":\"" + value + "\"}");
        quietly(() -> super.writeLong(value));
    }

    @Override
    public void writeDouble(double value) throws IOException {
        note("{\"double\":\"" + value + "\"}");
        quietly(() -> super.writeDouble(value));
    }

    @Override
    public void writeUTCDate(long value) throws IOException {
        note("{\"date\":\"" + value + "\"}");
        quietly(() -> super.writeUTCDate(value));
    }

    @Override
    public void writeString(String value) throws IOException {
        if (inside == 0 && namesToCome > 0) {
            definitions.get(definitions.size() - 1).add(value);
            namesToCome--;
        } else {
            note(value == null ? "null" : Json.text(value));
        }
        quietly(() -> super.writeString(value));
    }

    @Override
    public void writeString(char[] buffer, int offset, int length) throws IOException {
        note(Json.text(new String(buffer, offset, length)));
        quietly(() -> super.writeString(buffer, offset, length));
    }

    @Override
    public void writeBytes(byte[] bytes) throws IOException {
        note(bytes == null ? "null" : Json.binary(bytes));
        quietly(() -> super.writeBytes(bytes));
    }

    @Override
    public void writeBytes(byte[] buffer, int offset, int length) throws IOException {
        note(Json.binary(Arrays.copyOfRange(buffer, offset, offset + length)));
        quietly(() -> super.writeBytes(buffer, offset, length));
    }

    @Override
    public boolean addRef(Object object) throws IOException {
        referredTo = object;
        boolean written = super.addRef(object);
        if (!written) {
            announced.add(object);
        }
        return written;
    }

    @Override
    protected void writeRef(int number) throws IOException {
        Integer right = numbers.get(referredTo);
        if (inside == 0 && (right == null || right != number)) {
            fault = "refers to number " + number + " instead of " + right;
        }
        note("{\"ref\":" + number + "}");
        quietly(() -> super.writeRef(number));
    }

    @Override
    public boolean writeListBegin(int length, String type) throws IOException {
        if (length < 0) {
            throw new IOException("no shape has a list of unknown length");
        }
        boolean[] hasEnd = new boolean[1];
        quietly(() -> hasEnd[0] = super.writeListBegin(length, type));
        begin(new Open(head("list", type), null, length));
        return hasEnd[0];
    }

    @Override
    public void writeMapBegin(String type) throws IOException {
        quietly(() -> super.writeMapBegin(type));
        begin(new Open(head("map", type), null, MAP));
    }

    @Override
    public void writeMapEnd() throws IOException {
        quietly(super::writeMapEnd);
        note(close(open.pop()));
    }

    @Override
    public int writeObjectBegin(String type) throws IOException {
        int[] definition = new int[1];
        quietly(() -> definition[0] = super.writeObjectBegin(type));
        if (definition[0] < 0) {
            // The definition comes first; the library then begins the object again.
            definitions.add(new ArrayList<>());
            namesToCome = -1;
        } else {
            List<String> names = definitions.get(definition[0]);
            String head = "{\"object\":" + Json.quoted(type) + ",\"fields\":";
            begin(new Open(head, Collections.unmodifiableList(names), names.size()));
        }
        return definition[0];
    }

    @Override
    public void writeClassFieldLength(int count) throws IOException {
        expectNames(count);
        quietly(() -> super.writeClassFieldLength(count));
    }

    private void expectNames(int count) {
        namesToCome = count;
    }
}
