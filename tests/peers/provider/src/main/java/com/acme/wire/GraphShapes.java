package com.acme.wire;

import com.acme.freight.Caravan;
import com.acme.freight.CrateKind;
import com.acme.freight.Node;
import com.acme.freight.Oasis;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.BitSet;
import java.util.Date;
import java.util.EnumSet;
import java.util.GregorianCalendar;
import java.util.LinkedHashMap;
import java.util.LinkedList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;

/** Values that are met twice, values that hold themselves, and what each sort of value does to the numbers of the others. */
final class GraphShapes {
    private GraphShapes() {}

    static void addTo(Shapes shapes) {
        shared(shapes);
        cycles(shapes);
        numbering(shapes);
    }

    private static void shared(Shapes shapes) {
        shapes.add("shared-object", "one oasis three times", () -> {
            Oasis oasis = Values.oasis("Hami");
            return Values.list(oasis, oasis, Values.oasis("Turfan"), oasis);
        });
        shapes.add("shared-list", "one list twice in a map", () -> {
            List<Object> list = Values.list(1);
            Map<Object, Object> map = new LinkedHashMap<>();
            map.put("a", list);
            map.put("b", list);
            return map;
        });
        shapes.add("shared-array", "one int[] twice", () -> {
            int[] array = {1, 2};
            return Values.list(array, array);
        });
        shapes.add("shared-in-fields", "one oasis in two stops of a caravan", () -> {
            Caravan caravan = Values.caravan();
            caravan.getRoute()[1].setOasis(caravan.getRoute()[0].getOasis());
            return caravan;
        });
        shapes.add("shared-never", "a date, a text, bytes and a number twice: none of them is a reference", () -> {
            Date date = new Date(5);
            byte[] bytes = {1};
            return Values.list(date, date, "a", "a", bytes, bytes, 7, 7, Values.list());
        });
    }

    private static void cycles(Shapes shapes) {
        shapes.add("cycle-self", "a node that is its own parent", () -> {
            Node node = Values.node("self", null);
            node.setParent(node);
            return node;
        });
        shapes.add("cycle-family", "parent and children that know each other", () -> {
            Node gate = Values.node("gate", null);
            gate.getChildren().add(Values.node("guard", gate));
            Node echo = Values.node("echo", gate);
            echo.getChildren().add(echo);
            gate.getChildren().add(echo);
            return gate;
        });
        shapes.add("cycle-list", "a list that holds itself", () -> {
            List<Object> list = Values.list(1);
            list.add(list);
            return list;
        });
        shapes.add("cycle-typed-list", "a LinkedList that holds itself", () -> {
            List<Object> list = new LinkedList<>();
            list.add(list);
            return list;
        });
        shapes.add("cycle-map", "a map that holds itself", () -> {
            Map<Object, Object> map = Values.map("a", 1);
            map.put("self", map);
            return map;
        });
        shapes.add("cycle-array", "an Object[] that holds itself", () -> {
            Object[] array = {null, 1};
            array[0] = array;
            return array;
        });
    }

    /** Each: the value, an oasis, and the oasis again, whose number tells how many numbers the value took. */
    private static void numbering(Shapes shapes) {
        after(shapes, "decimal", () -> new BigDecimal("1.5"));
        after(shapes, "integer", () -> new BigInteger("7"));
        after(shapes, "uuid", ObjectShapes::uuid);
        after(shapes, "locale", () -> Locale.ENGLISH);
        after(shapes, "enum", () -> CrateKind.JADE);
        after(shapes, "enum-set", () -> EnumSet.of(CrateKind.JADE));
        after(shapes, "class", () -> String.class);
        after(shapes, "bits", () -> BitSet.valueOf(new long[] {5}));
        after(shapes, "calendar", () -> new GregorianCalendar(2024, 1, 29));
        after(shapes, "sql-timestamp", () -> new java.sql.Timestamp(5));
        after(shapes, "local-date", () -> LocalDate.of(2024, 2, 29));
        after(shapes, "local-date-time", () -> LocalDateTime.of(2024, 2, 29, 1, 2));
        after(shapes, "instant", () -> Instant.EPOCH);
        after(shapes, "zoned", () -> ZonedDateTime.of(2024, 2, 29, 1, 2, 3, 4, ZoneId.of("Asia/Shanghai")));
        after(shapes, "date", () -> new Date(5));
        after(shapes, "binary", () -> new byte[] {1});
        after(shapes, "int-array", () -> new int[] {1});
        after(shapes, "nested-array", () -> new int[][] {{1}, {2}});
        after(shapes, "empty-list", Values::list);
        after(shapes, "list-of", () -> List.of("a"));
        after(shapes, "map-of", () -> Map.of("a", 1));
        after(shapes, "exception", () -> ThrowableShapes.plain(new IllegalStateException("tired")));
        after(shapes, "record", () -> new Wares.Weighed("silk", 500, null));
        shapes.add("shared-local-date", "one LocalDate twice, and an oasis twice", () -> {
            LocalDate day = LocalDate.of(2024, 2, 29);
            Oasis oasis = Values.oasis("Hami");
            return Values.list(day, day, oasis, oasis);
        });
    }

    private static void after(Shapes shapes, String name, Callable<?> value) {
        shapes.add("numbers-after-" + name, "the value, an oasis, the same oasis", () -> {
            Oasis oasis = Values.oasis("Hami");
            return Values.list(value.call(), oasis, oasis);
        });
    }
}
