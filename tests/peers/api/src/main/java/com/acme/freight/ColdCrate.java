package com.acme.freight;

/** A crate with ice in it: fields of its own and those of a superclass. */
public class ColdCrate extends Crate {
    private static final long serialVersionUID = 1L;

    private int degrees;
    private String ice;

    public int getDegrees() {
        return degrees;
    }

    public void setDegrees(int degrees) {
        this.degrees = degrees;
    }

    public String getIce() {
        return ice;
    }

    public void setIce(String ice) {
        this.ice = ice;
    }
}
