package com.acme.wire;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Whether two graphs are the same: classes, values and, along the way of one, the same sharing and the same cycles. */
final class Same {
    /** What in one graph was met as what in the other. */
    private final Map<Object, Object> met = new IdentityHashMap<>();

    private Same() {}

    /** Null when they are the same, else where they differ. */
    static String difference(Object expected, Object actual) {
        return new Same().compare("", expected, actual);
    }

    private String compare(String where, Object expected, Object actual) {
        if (expected == null || actual == null) {
            return expected == actual ? null : differ(where, expected, actual);
        }
        if (expected.getClass() != actual.getClass()) {
            return where + ": expected a " + expected.getClass().getName() + ", got a " + actual.getClass().getName();
        }
        if (!hasNoIdentity(expected)) {
            Object before = met.putIfAbsent(expected, actual);
            if (before != null) {
                return before == actual ? null : where + ": is not the object that it was before";
            }
        }
        if (expected instanceof Set) {
            return expected.equals(actual) ? null : differ(where, expected, actual);
        }
        if (expected instanceof Collection) {
            return elements(where, new ArrayList<>((Collection<?>) expected), new ArrayList<>((Collection<?>) actual));
        }
        if (expected instanceof Map) {
            return entries(where, (Map<?, ?>) expected, (Map<?, ?>) actual);
        }
        if (expected.getClass().isArray()) {
            return elements(where, listOf(expected), listOf(actual));
        }
        if (expected instanceof String) {
            return whole(expected).equals(whole(actual)) ? null : differ(where, expected, actual);
        }
        if (isPlain(expected)) {
            return expected.equals(actual) || expected.toString().equals(actual.toString()) ? null : differ(where, expected, actual);
        }
        return fields(where, expected, actual);
    }

    /** Half a surrogate pair is no character: who cannot keep it has U+FFFD in its place, which is as good. */
    private static String whole(Object text) {
        StringBuilder whole = new StringBuilder();
        ((String) text).codePoints()
                .map(point -> point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE ? 0xfffd : point)
                .forEach(whole::appendCodePoint);
        return whole.toString();
    }

    /** A value of the JDK that has its own idea of equality, or at least a text. */
    private static boolean isPlain(Object value) {
        boolean ofJdk = value.getClass().getName().startsWith("java.") || value.getClass().getName().startsWith("sun.");
        return value instanceof Enum || (ofJdk && !(value instanceof Throwable) && value.getClass() != Object.class);
    }

    /** What travels as a bare value twice if it is met twice. */
    private static boolean hasNoIdentity(Object value) {
        return value instanceof Comparable || value instanceof byte[] || value instanceof char[];
    }

    private String elements(String where, List<?> expected, List<?> actual) {
        if (expected.size() != actual.size()) {
            return where + ": expected " + expected.size() + " elements, got " + actual.size();
        }
        Iterator<?> others = actual.iterator();
        int index = 0;
        for (Object element : expected) {
            String difference = compare(where + "[" + index++ + "]", element, others.next());
            if (difference != null) {
                return difference;
            }
        }
        return null;
    }

    private String entries(String where, Map<?, ?> expected, Map<?, ?> actual) {
        if (expected.size() != actual.size()) {
            return where + ": expected " + expected.size() + " entries, got " + actual.size();
        }
        for (Map.Entry<?, ?> entry : expected.entrySet()) {
            String place = where + "[" + entry.getKey() + "]";
            if (!actual.containsKey(entry.getKey())) {
                return place + ": is missing";
            }
            String difference = compare(place, entry.getValue(), actual.get(entry.getKey()));
            if (difference != null) {
                return difference;
            }
        }
        return null;
    }

    private String fields(String where, Object expected, Object actual) {
        for (Class<?> type = expected.getClass(); type != null && type != Object.class; type = type.getSuperclass()) {
            for (Field field : type.getDeclaredFields()) {
                if (Modifier.isStatic(field.getModifiers()) || Modifier.isTransient(field.getModifiers())) {
                    continue;
                }
                String difference = compare(where + "." + field.getName(), read(field, expected), read(field, actual));
                if (difference != null) {
                    return difference;
                }
            }
        }
        return null;
    }

    private static Object read(Field field, Object of) {
        try {
            field.setAccessible(true);
            return field.get(of);
        } catch (IllegalAccessException closed) {
            throw new IllegalStateException(closed);
        }
    }

    private static List<Object> listOf(Object array) {
        List<Object> list = new ArrayList<>();
        for (int index = 0; index < Array.getLength(array); index++) {
            list.add(Array.get(array, index));
        }
        return list;
    }

    private static String differ(String where, Object expected, Object actual) {
        return where + ": expected " + cut(expected) + ", got " + cut(actual);
    }

    private static String cut(Object value) {
        String text = String.valueOf(value);
        return text.length() > 80 ? text.substring(0, 80) + "…" : text;
    }
}
