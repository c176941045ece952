package com.acme.freight;

/** An enum whose constants have bodies, so that the class of a constant is not the enum's class. */
public enum Beast {
    CAMEL {
        @Override
        public int load() {
            return 200;
        }
    },
    HORSE {
        @Override
        public int load() {
            return 90;
        }
    };

    public abstract int load();
}
