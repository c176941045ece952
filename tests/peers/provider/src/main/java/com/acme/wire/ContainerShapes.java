package com.acme.wire;

import com.acme.freight.Crate;
import com.acme.freight.CrateKind;
import com.acme.freight.Oasis;
import java.math.BigDecimal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Date;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Hashtable;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.Vector;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Arrays of everything, lists, sets and maps: typed and untyped, short and long, nested, of every sort of element. */
final class ContainerShapes {
    private ContainerShapes() {}

    static void addTo(Shapes shapes) {
        arrays(shapes);
        nestedArrays(shapes);
        lists(shapes);
        otherLists(shapes);
        sets(shapes);
        maps(shapes);
        otherMaps(shapes);
    }

    private static void arrays(Shapes shapes) {
        shapes.add("array-boolean", "boolean[]", () -> new boolean[] {true, false});
        shapes.add("array-short", "short[]", () -> new short[] {-1, 0, 3000});
        shapes.add("array-int", "int[]", () -> new int[] {1, -2, 300_000});
        shapes.add("array-int-empty", "int[] of nothing", () -> new int[0]);
        shapes.add("array-int-7", "the longest int[] of the short form", () -> new int[7]);
        shapes.add("array-int-8", "the shortest int[] of the long form", () -> new int[8]);
        shapes.add("array-long", "long[]", () -> new long[] {0, Long.MAX_VALUE});
        shapes.add("array-float", "float[]: plain widening", () -> new float[] {0.1f, 1.5f});
        shapes.add("array-double", "double[]", () -> new double[] {0.1, 100, -0.5});
        shapes.add("array-char", "char[], a string on the wire", char[].class, () -> "a丝".toCharArray());
        shapes.add("array-text", "String[] with a null", () -> new String[] {"a", null, "丝"});
        shapes.add("array-object", "Object[] of different sorts", () -> new Object[] {1, "a", null, 2L, 0.5, new Date(0)});
        shapes.add("array-boxed", "Integer[]", () -> new Integer[] {1, null});
        shapes.add("array-date", "Date[]", () -> new Date[] {new Date(0), new Date(1)});
        shapes.add("array-decimal", "BigDecimal[]", () -> new BigDecimal[] {new BigDecimal("1.5"), null});
        shapes.add("array-enum", "CrateKind[]", () -> new CrateKind[] {CrateKind.JADE, CrateKind.SILK});
        shapes.add("array-object-of-class", "Oasis[]", () -> new Oasis[] {Values.oasis("Hami"), Values.oasis("Turfan")});
        shapes.add("array-bytes", "byte[][]", () -> new byte[][] {{1, 2}, {}});
    }

    private static void nestedArrays(Shapes shapes) {
        shapes.add("array-int-2", "int[][]", () -> new int[][] {{1, 2}, {}, {3}});
        shapes.add("array-int-3", "int[][][]", () -> new int[][][] {{{1}, {2, 3}}, {}});
        shapes.add("array-text-2", "String[][]", () -> new String[][] {{"a"}, {"b", null}, null});
        shapes.add("array-object-2", "Oasis[][]", () -> new Oasis[][] {{Values.oasis("Hami")}, {}});
        shapes.add("array-list", "List[]", () -> new List<?>[] {Values.list(1, 2), Values.list("a")});
    }

    private static void lists(Shapes shapes) {
        shapes.add("list-empty", "ArrayList of nothing", () -> new ArrayList<>());
        for (int length : new int[] {1, 7, 8, 300}) {
            shapes.add("list-" + length, "ArrayList of this many integers", () -> integers(length));
        }
        shapes.add("list-mixed", "ArrayList of different sorts", () -> Values.list(1, 2L, "a", null, true, 0.5, new Date(1), CrateKind.GLASS));
        shapes.add("list-of-lists", "ArrayList in ArrayList in ArrayList", () -> Values.list(Values.list(Values.list(1), Values.list()), Values.list()));
        shapes.add("list-of-text", "ArrayList of texts", () -> Values.list("a", "", "丝"));
        shapes.add("list-of-longs", "ArrayList of Long", () -> Values.list(1L, 100_000_000_000L));
        shapes.add("list-of-decimals", "ArrayList of BigDecimal", () -> Values.list(new BigDecimal("1.50"), new BigDecimal("-2")));
        shapes.add("list-of-objects", "ArrayList of crates: one class definition", () -> Values.list(Values.crate(1), Values.crate(2), null));
        shapes.add("list-of-maps", "ArrayList of maps of crates", () -> Values.list(Values.map("a", Values.crate(1)), Values.map()));
    }

    private static List<Object> integers(int length) {
        List<Object> list = new ArrayList<>();
        for (int value = 0; value < length; value++) {
            list.add(value);
        }
        return list;
    }

    private static void otherLists(Shapes shapes) {
        shapes.add("list-linked", "LinkedList", () -> new LinkedList<>(Values.list(1, 2)));
        shapes.add("list-linked-long", "LinkedList of nine: the long typed form", () -> new LinkedList<>(integers(9)));
        shapes.add("list-same-type-again", "three LinkedLists: the type once, then by number",
                () -> Values.list(new LinkedList<>(Values.list(1)), new LinkedList<>(), new LinkedList<>(Values.list("a"))));
        shapes.add("list-many-types", "types by number after others came between",
                () -> Values.list(new LinkedList<>(), new Vector<>(), new int[] {1}, new TreeMap<>(), new Vector<>(Values.list(2)), new LinkedList<>(), new int[] {3}, new TreeMap<>()));
        shapes.add("list-vector", "Vector", () -> new Vector<>(Values.list("a")));
        shapes.add("list-copy-on-write", "CopyOnWriteArrayList", () -> new CopyOnWriteArrayList<>(Values.list("a", "b")));
        shapes.add("list-as-list", "Arrays.asList", Collection.class, () -> Arrays.asList("a", "b"));
        shapes.add("list-empty-constant", "Collections.emptyList", Collection.class, () -> Collections.emptyList());
        shapes.add("list-singleton", "Collections.singletonList", Collection.class, () -> Collections.singletonList("a"));
        shapes.add("list-unmodifiable", "Collections.unmodifiableList", Collection.class, () -> Collections.unmodifiableList(Values.list("a", "b")));
        shapes.add("list-of", "List.of", Collection.class, () -> List.of("a", "b", "c"));
        shapes.add("list-sub", "ArrayList.subList", Collection.class, () -> Values.list("a", "b", "c").subList(0, 2));
        shapes.add("deque", "ArrayDeque", Collection.class, () -> new ArrayDeque<>(Values.list(1, 2)));
    }

    private static void sets(Shapes shapes) {
        shapes.add("set-hash", "HashSet", () -> new HashSet<>(Values.list("a", "b")));
        shapes.add("set-linked", "LinkedHashSet", () -> new LinkedHashSet<>(Values.list("b", "a")));
        shapes.add("set-tree", "TreeSet", () -> new TreeSet<>(Arrays.asList("b", "a")));
        shapes.add("set-of-enums", "HashSet of CrateKind", () -> new HashSet<>(Values.list(CrateKind.JADE)));
        shapes.add("set-enum", "EnumSet", Set.class, () -> EnumSet.of(CrateKind.SILK, CrateKind.GLASS));
        shapes.add("set-of", "Set.of", Set.class, () -> Set.of("a"));
        shapes.add("set-empty-constant", "Collections.emptySet", Set.class, () -> Collections.emptySet());
        shapes.add("set-keys", "keys of a HashMap", Collection.class, () -> Values.map("a", 1).keySet());
    }

    private static void maps(Shapes shapes) {
        shapes.add("map-empty", "HashMap of nothing", () -> new HashMap<>());
        shapes.add("map-text", "HashMap of texts", () -> Values.map("a", "x", "b", null));
        shapes.add("map-int-keys", "HashMap by Integer", () -> Values.map(1, "a", 100_000, "b"));
        shapes.add("map-long-keys", "HashMap by Long to crates", () -> Values.map(1L, Values.crate(1), 2L, Values.crate(2)));
        shapes.add("map-enum-keys", "HashMap by CrateKind", () -> Values.map(CrateKind.SILK, 1));
        shapes.add("map-object-keys", "HashMap by date, by boolean and by decimal", () -> Values.map(new Date(5), 1, true, 2, new BigDecimal("1.5"), 3));
        shapes.add("map-null-key", "HashMap with a null key", () -> Values.map(null, "nothing"));
        shapes.add("map-of-maps", "maps in lists in maps", () -> Values.map("a", Values.list(Values.map("b", Values.list(1)))));
        shapes.add("map-of-lists", "HashMap to lists of crates", () -> Values.map("a", Values.list(Values.crate(1))));
        shapes.add("map-long", "LinkedHashMap of three hundred", () -> {
            Map<Object, Object> map = new LinkedHashMap<>();
            integers(300).forEach(key -> map.put(key, "v" + key));
            return map;
        });
    }

    private static void otherMaps(Shapes shapes) {
        shapes.add("map-linked", "LinkedHashMap: a typed map", () -> new LinkedHashMap<>(Values.map("b", 1, "a", 2)));
        shapes.add("map-tree", "TreeMap", () -> new TreeMap<>(Map.of("b", 1, "a", 2)));
        shapes.add("map-table", "Hashtable", () -> new Hashtable<>(Map.of("a", 1)));
        shapes.add("map-concurrent", "ConcurrentHashMap", () -> new ConcurrentHashMap<>(Map.of("a", 1)));
        shapes.add("map-enum", "EnumMap", Map.class, () -> new EnumMap<>(Map.of(CrateKind.JADE, 1)));
        shapes.add("map-of", "Map.of", Map.class, () -> Map.of("a", 1));
        shapes.add("map-empty-constant", "Collections.emptyMap", Map.class, () -> Collections.emptyMap());
        shapes.add("map-singleton", "Collections.singletonMap", Map.class, () -> Collections.singletonMap("a", 1));
        shapes.add("map-unmodifiable", "Collections.unmodifiableMap", Map.class, () -> Collections.unmodifiableMap(Values.map("a", 1)));
        shapes.add("map-same-type-again", "LinkedHashMaps in a LinkedHashMap: the type once, then by number", () -> {
            Map<Object, Object> map = new LinkedHashMap<>();
            map.put("x", new LinkedHashMap<>(Values.map("a", 1)));
            map.put("y", new LinkedHashMap<>());
            return map;
        });
        shapes.add("map-with-class", "a crate as the generic call gives it: a HashMap with the class's name in it", () -> {
            Map<Object, Object> map = Values.map("id", 7L, "label", "crate-7");
            map.put("class", Crate.class.getName());
            return map;
        });
    }
}
