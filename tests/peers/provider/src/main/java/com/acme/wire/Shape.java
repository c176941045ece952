package com.acme.wire;

import java.util.concurrent.Callable;

/** One value whose bytes are kept, by a name that is also its file's name. */
final class Shape {
    final String name;
    final String description;
    /** The type that a reader asks for, as Dubbo does for an argument; null when it asks for nothing. */
    final Class<?> declared;

    private final Callable<?> value;

    Shape(String name, String description, Class<?> declared, Callable<?> value) {
        this.name = name;
        this.description = description;
        this.declared = declared;
        this.value = value;
    }

    /** A new value each time, so that nothing that a reader does to one is seen by the next. */
    Object value() {
        try {
            return value.call();
        } catch (Exception impossible) {
            throw new IllegalStateException(name, impossible);
        }
    }
}
