package com.acme.freight;

/** What a crate holds. */
public enum CrateKind {
    SILK, SPICE, JADE, GLASS
}
