package com.acme.depot;

import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the command line said, `name=value` by `name=value`. */
final class Settings {
    private final Map<String, String> values = new LinkedHashMap<>();

    Settings(String[] arguments) {
        for (String argument : arguments) {
            int equals = argument.indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException("not name=value: " + argument);
            }
            values.put(argument.substring(0, equals), argument.substring(equals + 1));
        }
    }

    boolean has(String name) {
        return values.containsKey(name);
    }

    String text(String name, String otherwise) {
        return values.getOrDefault(name, otherwise);
    }

    Integer number(String name) {
        return has(name) ? Integer.valueOf(values.get(name)) : null;
    }

    List<String> list(String name, String otherwise) {
        return Arrays.asList(text(name, otherwise).split(","));
    }

    /** Every `prefix.name=value`, without the prefix. */
    Map<String, String> under(String prefix) {
        Map<String, String> found = new HashMap<>();
        values.forEach((name, value) -> {
            if (name.startsWith(prefix + ".")) {
                found.put(name.substring(prefix.length() + 1), value);
            }
        });
        return found;
    }
}
