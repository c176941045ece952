package com.acme.freight;

/** Unchecked and declared by no method, but of the interface's own jar, so Dubbo passes it on as it is. */
public class GateClosedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private int opensInHours;

    public GateClosedException() {}

    public GateClosedException(String message, int opensInHours) {
        super(message);
        this.opensInHours = opensInHours;
    }

    public int getOpensInHours() {
        return opensInHours;
    }

    public void setOpensInHours(int opensInHours) {
        this.opensInHours = opensInHours;
    }
}
