package com.acme.freight;

import java.io.Serializable;

/** Has a field and is abstract, which a service definition does not tell. */
public abstract class Vessel implements Serializable {
    private static final long serialVersionUID = 1L;

    private String name;

    public String getName() {
        return name;
    }

    public void setName(String name) {
        this.name = name;
    }
}
