package com.acme.freight;

/** A vessel that exists. */
public class Junk extends Vessel {
    private static final long serialVersionUID = 1L;

    private int masts;

    public int getMasts() {
        return masts;
    }

    public void setMasts(int masts) {
        this.masts = masts;
    }
}
