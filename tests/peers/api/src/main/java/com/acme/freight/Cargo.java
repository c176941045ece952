package com.acme.freight;

import java.io.Serializable;

/** Anything that is carried: an interface as an argument's and a result's type. */
public interface Cargo extends Serializable {
    long getId();
}
