package com.acme.freight;

/** Declared and checked: a business answer with fields of its own. */
public class CargoLostException extends Exception {
    private static final long serialVersionUID = 1L;

    private long crateId;
    private String lastSeenAt;

    public CargoLostException() {}

    public CargoLostException(String message, long crateId, String lastSeenAt) {
        super(message);
        this.crateId = crateId;
        this.lastSeenAt = lastSeenAt;
    }

    public long getCrateId() {
        return crateId;
    }

    public void setCrateId(long crateId) {
        this.crateId = crateId;
    }

    public String getLastSeenAt() {
        return lastSeenAt;
    }

    public void setLastSeenAt(String lastSeenAt) {
        this.lastSeenAt = lastSeenAt;
    }
}
