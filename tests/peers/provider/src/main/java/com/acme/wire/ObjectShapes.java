package com.acme.wire;

import com.acme.freight.Beast;
import com.acme.freight.Chest;
import com.acme.freight.Crate;
import com.acme.freight.CrateKind;
import com.acme.freight.Ledger;
import com.acme.freight.Merchant;
import com.acme.freight.Node;
import com.acme.freight.Passenger;
import java.io.File;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.BitSet;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;

/** Objects by their class definitions, and the JDK's values that travel as objects. */
final class ObjectShapes {
    private ObjectShapes() {}

    static void addTo(Shapes shapes) {
        objects(shapes);
        definitions(shapes);
        generics(shapes);
        enums(shapes);
        values(shapes);
        atomics(shapes);
    }

    private static void objects(Shapes shapes) {
        shapes.add("object-crate", "scalars, an enum, a list, a map, bytes", () -> Values.crate(7));
        shapes.add("object-crate-of-nulls", "every reference null", () -> new Crate());
        shapes.add("object-cold-crate", "fields of a superclass", () -> Values.coldCrate(2));
        shapes.add("object-merchant", "boxes, some of them null", () -> Values.merchant());
        shapes.add("object-caravan", "objects in objects, in lists, maps, sets and arrays", () -> Values.caravan());
        shapes.add("object-ledger", "every scalar type as a field", () -> Ledgers.full());
        shapes.add("object-ledger-of-nulls", "every scalar type as a field, nothing set", () -> new Ledger());
        shapes.add("object-chest", "fields that say `Object` and an interface", () -> chest());
        shapes.add("object-deep", "sixty nodes, each in the one before", () -> deep(60));
        shapes.add("object-wide", "a tree of three levels, five each", () -> wide("root", 3));
    }

    private static Chest chest() {
        Chest chest = new Chest();
        chest.setAnything(Values.crate(1));
        chest.setLabels(Values.cast(Values.map("n", 1, "list", Values.list("a", 2L))));
        chest.setThings(Values.list("a", 1, Values.oasis("Hami"), new Date(5)));
        Passenger passenger = new Passenger();
        passenger.setId(2);
        passenger.setName("Ban Chao");
        chest.setCargo(passenger);
        return chest;
    }

    private static Node deep(int levels) {
        Node node = Values.node("node-" + levels, null);
        if (levels > 1) {
            node.getChildren().add(deep(levels - 1));
        }
        return node;
    }

    private static Node wide(String name, int levels) {
        Node node = Values.node(name, null);
        for (int child = 0; levels > 1 && child < 5; child++) {
            node.getChildren().add(wide(name + "." + child, levels - 1));
        }
        return node;
    }

    private static void definitions(Shapes shapes) {
        shapes.add("class-empty", "a class without fields", () -> new Wares.Nothing());
        shapes.add("class-hidden", "static and transient fields are not written", () -> new Wares.Hidden());
        shapes.add("class-shadowed", "one field's name twice in the definition", () -> new Wares.ShadowedLabel());
        shapes.add("class-twenty", "twenty classes, so that four need the long form", () -> Values.list(Wares.all()));
        shapes.add("class-twenty-twice", "twenty classes, each used again", () -> {
            List<Object> list = Values.list(Wares.all());
            list.addAll(Values.list(Wares.all()));
            return list;
        });
        shapes.add("class-mixed", "fields of java.sql, StringBuilder, Object, char[], Class", () -> mixed());
        shapes.add("class-record", "a record", () -> new Wares.Weighed("silk", 500, List.of("fine")));
        shapes.add("class-bare-object", "new Object()", () -> new Object());
    }

    private static Wares.Mixed mixed() {
        Wares.Mixed mixed = new Wares.Mixed();
        mixed.day = new java.sql.Date(1_700_000_000_000L);
        mixed.time = new java.sql.Time(1_700_000_000_000L);
        mixed.stamp = new java.sql.Timestamp(1_700_000_000_123L);
        mixed.builder = new StringBuilder("built");
        mixed.anything = Values.list(1);
        mixed.letters = new char[] {'a', 'b'};
        mixed.type = String.class;
        return mixed;
    }

    private static void generics(Shapes shapes) {
        shapes.add("generic-page", "Page<Crate>", () -> Values.page(Values.crate(1), Values.list(Values.crate(1), Values.crate(2))));
        shapes.add("generic-page-of-text", "Page<String>", () -> Values.page("a", Values.list("a", "b")));
        shapes.add("generic-page-of-pages", "Page<Page<Crate>>", () -> {
            List<Object> inner = Values.list(Values.page(Values.crate(2), Values.list(Values.crate(2))));
            return Values.page(Values.page(Values.crate(1), Values.list()), inner);
        });
    }

    private static void enums(Shapes shapes) {
        shapes.add("enum", "an enum", () -> CrateKind.JADE);
        shapes.add("enum-with-body", "a constant with a class of its own", () -> Beast.CAMEL);
        shapes.add("enum-twice", "the same constant again: a reference", () -> Values.list(CrateKind.JADE, CrateKind.JADE, CrateKind.SILK));
        shapes.add("class-of-text", "java.lang.Class", () -> String.class);
    }

    private static void values(Shapes shapes) {
        shapes.add("uuid", "UUID", () -> uuid());
        shapes.add("locale", "Locale.SIMPLIFIED_CHINESE", () -> Locale.SIMPLIFIED_CHINESE);
        shapes.add("locale-language", "a language alone", () -> Locale.ENGLISH);
        shapes.add("locale-root", "Locale.ROOT", () -> Locale.ROOT);
        shapes.add("locale-script", "a Locale with a script", () -> Locale.forLanguageTag("zh-Hans-CN"));
        shapes.add("bits", "BitSet", () -> BitSet.valueOf(new long[] {5, 1L << 40}));
        shapes.add("file", "java.io.File", () -> new File("/road/map"));
        shapes.add("decimals-in-objects", "BigDecimal and BigInteger in a list", () -> Values.list(new BigDecimal("1.5"), new BigInteger("7")));
        shapes.add("text-builder", "StringBuilder by itself", () -> new StringBuilder("built"));
    }

    static UUID uuid() {
        return UUID.fromString("0f8fad5b-d9cb-469f-a165-70867728950e");
    }

    private static void atomics(Shapes shapes) {
        shapes.add("atomic-integer", "AtomicInteger", () -> new AtomicInteger(7));
        shapes.add("atomic-long", "AtomicLong", () -> new AtomicLong(7));
        shapes.add("atomic-boolean", "AtomicBoolean", () -> new AtomicBoolean(true));
        shapes.add("atomic-reference", "AtomicReference", () -> new AtomicReference<>("a"));
        shapes.add("adder", "LongAdder", () -> {
            LongAdder adder = new LongAdder();
            adder.add(7);
            return adder;
        });
    }
}
