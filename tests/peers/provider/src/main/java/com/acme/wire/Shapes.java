package com.acme.wire;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

/** The table of all shapes, in the order of the manifest. */
final class Shapes {
    private final List<Shape> shapes = new ArrayList<>();

    private Shapes() {}

    static List<Shape> all() {
        Shapes shapes = new Shapes();
        ScalarShapes.addTo(shapes);
        TextShapes.addTo(shapes);
        ContainerShapes.addTo(shapes);
        ObjectShapes.addTo(shapes);
        TimeShapes.addTo(shapes);
        GraphShapes.addTo(shapes);
        ThrowableShapes.addTo(shapes);
        return Collections.unmodifiableList(shapes.shapes);
    }

    void add(String name, String description, Callable<?> value) {
        add(name, description, null, value);
    }

    void add(String name, String description, Class<?> declared, Callable<?> value) {
        if (!name.equals(name.toLowerCase(Locale.ROOT)) || shapes.stream().anyMatch(shape -> shape.name.equals(name))) {
            throw new IllegalArgumentException("not a new lower-case name: " + name);
        }
        shapes.add(new Shape(name, description, declared, value));
    }

    /** `minus-5` for -5: a file name that no shell takes for an option. */
    static String named(Object number) {
        return String.valueOf(number).toLowerCase(Locale.ROOT).replace("-", "minus-");
    }
}
