package com.acme.wire;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The little JSON that the manifest needs; long texts and binaries are written as pieces with how often each comes. */
final class Json {
    private static final int SHORT_TEXT = 64;
    private static final int LONGEST_PIECE = 16;
    private static final int BINARY_PIECE = 256;

    private Json() {}

    /** A string; half a surrogate pair becomes U+FFFD, which JSON can hold. */
    static String quoted(String text) {
        StringBuilder json = new StringBuilder("\"");
        text.codePoints().forEach(point -> {
            if (point == '"' || point == '\\') {
                json.append('\\').append((char) point);
            } else if (point < 0x20 || point == 0x7f || point == 0x2028) {
                json.append(String.format("\\u%04x", point));
            } else {
                json.appendCodePoint(point >= 0xd800 && point <= 0xdfff ? 0xfffd : point);
            }
        });
        return json.append('"').toString();
    }

    /** A string, or `{"text": [[piece, times], …]}` when it is long. */
    static String text(String text) {
        if (text.length() <= SHORT_TEXT) {
            return quoted(text);
        }
        int[] points = text.codePoints().toArray();
        List<String> pieces = new ArrayList<>();
        for (int at = 0; at < points.length; ) {
            int length = bestPiece(points, at);
            int times = repeats(points, at, length);
            pieces.add("[" + quoted(new String(points, at, length)) + "," + times + "]");
            at += length * times;
        }
        return "{\"text\":[" + String.join(",", pieces) + "]}";
    }

    /** The length of the piece that covers most from here on. */
    private static int bestPiece(int[] points, int at) {
        int best = 1;
        for (int length = 1; length <= LONGEST_PIECE && at + length <= points.length; length++) {
            if (length * repeats(points, at, length) > best * repeats(points, at, best)) {
                best = length;
            }
        }
        return best;
    }

    private static int repeats(int[] points, int at, int length) {
        int times = 1;
        while (at + (times + 1) * length <= points.length
                && Arrays.equals(points, at, at + length, points, at + times * length, at + (times + 1) * length)) {
            times++;
        }
        return times;
    }

    /** `{"binary": [[hexadecimal, times], …]}`. */
    static String binary(byte[] bytes) {
        int whole = bytes.length / BINARY_PIECE;
        boolean periodic = whole > 0;
        for (int index = BINARY_PIECE; index < bytes.length; index++) {
            periodic &= bytes[index] == bytes[index - BINARY_PIECE];
        }
        int rest = periodic ? whole * BINARY_PIECE : 0;
        List<String> pieces = new ArrayList<>();
        if (periodic) {
            pieces.add("[" + hexadecimal(bytes, 0, BINARY_PIECE) + "," + whole + "]");
        }
        if (rest < bytes.length) {
            pieces.add("[" + hexadecimal(bytes, rest, bytes.length) + ",1]");
        }
        return "{\"binary\":[" + String.join(",", pieces) + "]}";
    }

    private static String hexadecimal(byte[] bytes, int from, int to) {
        StringBuilder text = new StringBuilder("\"");
        for (int index = from; index < to; index++) {
            text.append(String.format("%02x", bytes[index]));
        }
        return text.append('"').toString();
    }
}
