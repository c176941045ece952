package com.acme.freight;

/** A subclass of a declared exception, known to both sides. */
public class CargoFrozenException extends CargoLostException {
    private static final long serialVersionUID = 1L;

    private int degrees;

    public CargoFrozenException() {}

    public CargoFrozenException(String message, long crateId, int degrees) {
        super(message, crateId, "the pass");
        this.degrees = degrees;
    }

    public int getDegrees() {
        return degrees;
    }

    public void setDegrees(int degrees) {
        this.degrees = degrees;
    }
}
