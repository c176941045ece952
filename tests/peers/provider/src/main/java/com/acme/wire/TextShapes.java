package com.acme.wire;

/** Strings: every border between two forms, every width of a character, and surrogates where chunks meet. */
final class TextShapes {
    /** Two UTF-16 units, on the wire six bytes. */
    private static final String CAMEL = "🐫";

    private TextShapes() {}

    static void addTo(Shapes shapes) {
        for (int units : new int[] {0, 1, 31, 32, 1023, 1024, 4096, 32768, 65536}) {
            shapes.add("text-" + units, "Latin text of this many units", () -> repeat("abcdefghij", units));
        }
        for (int units : new int[] {1, 31, 32, 1024, 33000}) {
            shapes.add("text-cjk-" + units, "Chinese text of this many units", () -> repeat("玉门关", units));
        }
        shapes.add("text-two-bytes", "characters of two bytes", () -> "éßñЖ");
        shapes.add("text-all-widths", "characters of one, two, three and, as a pair, six bytes", () -> "aé丝" + CAMEL + "z");
        shapes.add("text-zero", "with U+0000", () -> "a\0b");
        shapes.add("text-controls", "quotes, backslash, line ends, U+001F, U+007F, U+2028", () -> "\"\\\r\n\t\u001f\u007f\u2028");
        shapes.add("text-edges", "U+007F U+0080 U+07FF U+0800 U+D7FF U+E000 U+FFFF", () -> "\u007f\u0080\u07ff\u0800\ud7ff\ue000\uffff");
        shapes.add("text-camel", "one pair", () -> CAMEL);
        shapes.add("text-camels-16", "sixteen pairs: 32 units", () -> repeat(CAMEL, 32));
        shapes.add("text-camels-600", "six hundred pairs: 1200 units", () -> repeat(CAMEL, 1200));
        for (int before : new int[] {30, 1023, 32766, 32767, 65535}) {
            shapes.add("text-pair-after-" + before, "a pair after this many units, then more",
                    () -> repeat("a", before) + CAMEL + "bc");
        }
        shapes.add("text-lone-high", "half a pair, the first", () -> "a\ud83db");
        shapes.add("text-lone-low", "half a pair, the second", () -> "a\udc2bb");
        shapes.add("text-lone-high-last", "half a pair at the end", () -> "a\ud83d");
        shapes.add("text-lone-high-at-border", "half a pair where a chunk ends", () -> repeat("a", 32767) + "\ud83d" + "bc");
    }

    /** The first `units` units of `text` again and again. */
    static String repeat(String text, int units) {
        StringBuilder all = new StringBuilder(units);
        while (all.length() < units) {
            all.append(text, 0, Math.min(text.length(), units - all.length()));
        }
        return all.toString();
    }
}
