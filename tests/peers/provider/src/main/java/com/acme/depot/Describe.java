package com.acme.depot;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Says what a value is, types included, so that a test sees what Java saw: `Long:7`, `String:"silk"`, `ArrayList[Integer:1, null]`,
 * `HashMap{String:"a"=Integer:1}`, `int[1, 2]`, `Crate{id=Long:7, label=null}`. Sets and maps are sorted by their text; the fields of an
 * object come superclass first, in the order in which the source declares them.
 */
final class Describe {
    private Describe() {}

    static String of(Object value) {
        if (value == null) {
            return "null";
        }
        Class<?> type = value.getClass();
        if (value instanceof String) {
            return "String:\"" + value + "\"";
        }
        if (value instanceof Enum) {
            return ((Enum<?>) value).getDeclaringClass().getSimpleName() + ":" + ((Enum<?>) value).name();
        }
        if (value instanceof Collection) {
            return type.getSimpleName() + elements((Collection<?>) value);
        }
        if (value instanceof Map) {
            return type.getSimpleName() + entries((Map<?, ?>) value);
        }
        if (type.isArray()) {
            return type.getComponentType().getSimpleName() + array(value);
        }
        if (value instanceof java.util.Date) {
            return type.getSimpleName() + ":" + ((java.util.Date) value).getTime();
        }
        if (type.getName().startsWith("java.")) {
            return type.getSimpleName() + ":" + value;
        }
        return type.getSimpleName() + fields(value);
    }

    private static String elements(Collection<?> values) {
        List<String> texts = values.stream().map(Describe::of).collect(Collectors.toList());
        if (values instanceof Set) {
            texts.sort(null);
        }
        return "[" + String.join(", ", texts) + "]";
    }

    private static String entries(Map<?, ?> map) {
        return map.entrySet().stream()
                .map(entry -> of(entry.getKey()) + "=" + of(entry.getValue()))
                .sorted()
                .collect(Collectors.joining(", ", "{", "}"));
    }

    private static String array(Object values) {
        boolean plain = values.getClass().getComponentType().isPrimitive();
        List<String> texts = new ArrayList<>();
        for (int index = 0; index < Array.getLength(values); index++) {
            Object value = Array.get(values, index);
            texts.add(plain ? String.valueOf(value) : of(value));
        }
        return "[" + String.join(", ", texts) + "]";
    }

    private static String fields(Object value) {
        List<String> texts = new ArrayList<>();
        for (Class<?> type : lineage(value.getClass())) {
            for (Field field : type.getDeclaredFields()) {
                if (!Modifier.isStatic(field.getModifiers())) {
                    texts.add(field.getName() + "=" + read(field, value));
                }
            }
        }
        return "{" + String.join(", ", texts) + "}";
    }

    private static List<Class<?>> lineage(Class<?> type) {
        List<Class<?>> lineage = new ArrayList<>();
        for (Class<?> each = type; each != Object.class; each = each.getSuperclass()) {
            lineage.add(0, each);
        }
        return lineage;
    }

    private static String read(Field field, Object value) {
        try {
            field.setAccessible(true);
            return of(field.get(value));
        } catch (IllegalAccessException closed) {
            throw new IllegalStateException(closed);
        }
    }
}
