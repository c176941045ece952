package com.acme.wire;

import java.io.Serializable;

/** Small classes that are nothing but shapes of a class definition. */
final class Wares {
    private Wares() {}

    /** A class without a field. */
    static final class Nothing implements Serializable {
        private static final long serialVersionUID = 1L;
    }

    /** Fields that are not written: transient and static ones. */
    static final class Hidden implements Serializable {
        private static final long serialVersionUID = 1L;
        static String everywhere = "static";
        transient String secret = "transient";
        String seen = "seen";
    }

    /** A field that a subclass has again. */
    static class Label implements Serializable {
        private static final long serialVersionUID = 1L;
        String text = "of the superclass";
        int width = 3;
    }

    /** Has a field of the same name as its superclass: the name is in the definition twice. */
    static final class ShadowedLabel extends Label {
        private static final long serialVersionUID = 1L;
        String text = "of the subclass";
        int height = 4;
    }

    /** Fields of the types of java.sql, of text and of `Object`. */
    static final class Mixed implements Serializable {
        private static final long serialVersionUID = 1L;
        java.sql.Date day;
        java.sql.Time time;
        java.sql.Timestamp stamp;
        StringBuilder builder;
        Object anything;
        char[] letters;
        Class<?> type;
    }

    /** A record. */
    record Weighed(String name, long grams, java.util.List<String> marks) implements Serializable {}

    /** Twenty classes: four more than have a form of one byte. */
    static Object[] all() {
        return new Object[] {
            new Amber(1),
            new Bronze(2),
            new Copper(3),
            new Dates(4),
            new Ebony(5),
            new Felt(6),
            new Ginger(7),
            new Honey(8),
            new Ivory(9),
            new Juniper(10),
            new Kohl(11),
            new Linen(12),
            new Musk(13),
            new Nuts(14),
            new Oil(15),
            new Pearl(16),
            new Quartz(17),
            new Rice(18),
            new Salt(19),
            new Tea(20)
        };
    }

    static final class Amber implements Serializable {
        private static final long serialVersionUID = 1L;
        final int amount;

        Amber(int amount) {
            this.amount = amount;
        }
    }

    static final class Bronze implements Serializable {
        private static final long serialVersionUID = 1L;
        final int amount;

        Bronze(int amount) {
            this.amount = amount;
        }
    }

    static final class Copper implements Serializable {
        private static final long serialVersionUID = 1L;
        final int amount;

        Copper(int amount) {
            this.amount = amount;
        }
    }

    static final class Dates implements Serializable {
        private static final long serialVersionUID = 1L;
        final int amount;

        Dates(int amount) {
            this.amount = amount;
        }
    }

    static final class Ebony implements Serializable {
        private static final long serialVersionUID = 1L;
        final int amount;

        Ebony(int amount) {
            this.amount = amount;
        }
    }

    static final class Felt implements Serializable {
        private static final long serialVersionUID = 1L;
        final int amount;

        Felt(int amount) {
            this.amount = amount;
        }
    }

    static final class Ginger implements Serializable {
        private static final long serialVersionUID = 1L;
        final int amount;

        Ginger(int amount) {
            this.amount = amount;
        }
    }

    static final class Honey implements Serializable {
        private static final long serialVersionUID = 1L;
        final int amount;

        Honey(int amount) {
            this.amount = amount;
        }
    }

    static final class Ivory implements Serializable {
        private static final long serialVersionUID = 1L;
        final int amount;

        Ivory(int amount) {
            this.amount = amount;
        }
    }

    static final class Juniper implements Serializable {
        private static final long serialVersionUID = 1L;
        final int amount;

        Juniper(int amount) {
            this.amount = amount;
        }
    }

    static final class Kohl implements Serializable {
        private static final long serialVersionUID = 1L;
        final int amount;

        Kohl(int amount) {
            this.amount = amount;
        }
    }

    static final class Linen implements Serializable {
        private static final long serialVersionUID = 1L;
        final int amount;

        Linen(int amount) {
            this.amount = amount;
        }
    }

    static final class Musk implements Serializable {
        private static final long serialVersionUID = 1L;
        final int amount;

        Musk(int amount) {
            this.amount = amount;
        }
    }

    static final class Nuts implements Serializable {
        private static final long serialVersionUID = 1L;
        final int amount;

        Nuts(int amount) {
            this.amount = amount;
        }
    }

    static final class Oil implements Serializable {
        private static final long serialVersionUID = 1L;
        final int amount;

        Oil(int amount) {
            this.amount = amount;
        }
    }

    static final class Pearl implements Serializable {
        private static final long serialVersionUID = 1L;
        final int amount;

        Pearl(int amount) {
            this.amount = amount;
        }
    }

    static final class Quartz implements Serializable {
        private static final long serialVersionUID = 1L;
        final int amount;

        Quartz(int amount) {
            this.amount = amount;
        }
    }

    static final class Rice implements Serializable {
        private static final long serialVersionUID = 1L;
        final int amount;

        Rice(int amount) {
            this.amount = amount;
        }
    }

    static final class Salt implements Serializable {
        private static final long serialVersionUID = 1L;
        final int amount;

        Salt(int amount) {
            this.amount = amount;
        }
    }

    static final class Tea implements Serializable {
        private static final long serialVersionUID = 1L;
        final int amount;

        Tea(int amount) {
            this.amount = amount;
        }
    }
}
