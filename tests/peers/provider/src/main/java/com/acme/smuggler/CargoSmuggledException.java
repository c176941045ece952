package com.acme.smuggler;

import com.acme.freight.CargoLostException;

/** Known to the provider alone, of a package that the class check of Dubbo 3.2 and 3.3 does not allow. */
public class CargoSmuggledException extends CargoLostException {
    private static final long serialVersionUID = 1L;

    private String across;

    public CargoSmuggledException(String message, long crateId, String across) {
        super(message, crateId, "the border");
        this.across = across;
    }

    public String getAcross() {
        return across;
    }
}
