package com.acme.wire;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.Date;

/** Null, booleans, every border between two forms of a number, dates in both forms, binaries, decimals. */
final class ScalarShapes {
    private ScalarShapes() {}

    static void addTo(Shapes shapes) {
        shapes.add("null", "nothing", () -> null);
        shapes.add("true", "Boolean", () -> true);
        shapes.add("false", "Boolean", () -> false);
        integers(shapes);
        doubles(shapes);
        narrow(shapes);
        dates(shapes);
        binaries(shapes);
        decimals(shapes);
    }

    private static void integers(Shapes shapes) {
        int[] ints = {
            0, 1, -1, -16, -17, 47, 48, -2048, -2049, 2047, 2048, -262144, -262145, 262143, 262144,
            Integer.MIN_VALUE, Integer.MAX_VALUE
        };
        for (int value : ints) {
            shapes.add("int-" + Shapes.named(value), "Integer at a border of the forms", () -> value);
        }
        long[] longs = {
            0, 1, -1, -8, -9, 15, 16, -2048, -2049, 2047, 2048, -262144, -262145, 262143, 262144,
            Integer.MIN_VALUE, Integer.MIN_VALUE - 1L, Integer.MAX_VALUE, Integer.MAX_VALUE + 1L,
            9_007_199_254_740_993L, Long.MIN_VALUE, Long.MAX_VALUE
        };
        for (long value : longs) {
            shapes.add("long-" + Shapes.named(value), "Long at a border of the forms", () -> value);
        }
    }

    private static void doubles(Shapes shapes) {
        double[] doubles = {
            0, -0.0, 1, -1, 127, 128, -128, -129, 32767, 32768, -32768, -32769, 0.001, -0.001, 0.5, 12.25, 0.1,
            2147483.647, -2147483.648, 2147483.648, 100000.5, 1.0 / 3, 4294967296.0, 1e300, Double.MIN_VALUE,
            Double.MAX_VALUE, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY
        };
        for (double value : doubles) {
            shapes.add("double-" + Shapes.named(value), "Double at a border of the forms", () -> value);
        }
        shapes.add("float-0.1", "boxed Float: the double of its decimal text", Float.class, () -> 0.1f);
        shapes.add("float-1.5", "boxed Float that a double holds exactly", Float.class, () -> 1.5f);
        shapes.add("float-1e30", "boxed Float, large", Float.class, () -> 1e30f);
    }

    private static void narrow(Shapes shapes) {
        shapes.add("byte-minus-7", "Byte, an int on the wire", Byte.class, () -> (byte) -7);
        shapes.add("short-3000", "Short, an int on the wire", Short.class, () -> (short) 3000);
        shapes.add("char-a", "Character, a string on the wire", Character.class, () -> 'a');
        shapes.add("char-cjk", "Character of three bytes", Character.class, () -> '丝');
    }

    private static void dates(Shapes shapes) {
        date(shapes, "epoch", 0);
        date(shapes, "whole-minute", 1_700_000_040_000L);
        date(shapes, "milliseconds", 1_700_000_000_123L);
        date(shapes, "whole-second", 1_700_000_001_000L);
        date(shapes, "minus-one-millisecond", -1);
        date(shapes, "minus-one-minute", -60_000);
        date(shapes, "last-minute-of-an-int", Integer.MAX_VALUE * 60_000L);
        date(shapes, "first-minute-of-an-int", Integer.MIN_VALUE * 60_000L);
        date(shapes, "minute-beyond-an-int", (Integer.MAX_VALUE + 1L) * 60_000L);
        date(shapes, "last", Long.MAX_VALUE);
        date(shapes, "first", Long.MIN_VALUE);
    }

    private static void date(Shapes shapes, String name, long millis) {
        shapes.add("date-" + name, "java.util.Date", () -> new Date(millis));
    }

    private static void binaries(Shapes shapes) {
        for (int length : new int[] {0, 1, 15, 16, 1023, 1024, 4096, 8190, 9000, 70000}) {
            shapes.add("binary-" + length, "byte[] where byte i is 31 i + 7", () -> bytes(length));
        }
    }

    static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        for (int index = 0; index < length; index++) {
            bytes[index] = (byte) (index * 31 + 7);
        }
        return bytes;
    }

    private static void decimals(Shapes shapes) {
        for (String text : Arrays.asList("0", "0.00", "-1.50", "12345678901234567890.0100", "1E+400", "1E-400")) {
            shapes.add("decimal-" + Shapes.named(text), "BigDecimal", () -> new BigDecimal(text));
        }
        for (String text : Arrays.asList("0", "-1", "123456789012345678901234567890", "-4294967296")) {
            shapes.add("integer-" + Shapes.named(text), "BigInteger", () -> new BigInteger(text));
        }
        shapes.add("integer-2048-bits", "BigInteger", () -> BigInteger.ONE.shiftLeft(2048).subtract(BigInteger.ONE));
    }
}
