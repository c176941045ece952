package com.acme.depot;

import com.acme.freight.CargoLostException;

/** A subclass of a declared exception that only the provider knows. */
public class CargoStolenException extends CargoLostException {
    private static final long serialVersionUID = 1L;

    private String thief;

    public CargoStolenException(String message, long crateId, String thief) {
        super(message, crateId, "the depot");
        this.thief = thief;
    }

    public String getThief() {
        return thief;
    }
}
