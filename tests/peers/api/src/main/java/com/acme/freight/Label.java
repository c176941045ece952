package com.acme.freight;

import java.io.Serializable;

/** Fields whose names are not what their getters suggest, as Kotlin, Lombok and old habits write them. */
public class Label implements Serializable {
    private static final long serialVersionUID = 1L;

    private boolean isDeleted;
    private Boolean isPaid;
    private String aBC;
    private String URL;
    private int xIndex;
    private String _note;

    public boolean isDeleted() {
        return isDeleted;
    }

    public void setDeleted(boolean deleted) {
        isDeleted = deleted;
    }

    public Boolean getPaid() {
        return isPaid;
    }

    public void setPaid(Boolean paid) {
        isPaid = paid;
    }

    public String getABC() {
        return aBC;
    }

    public void setABC(String abc) {
        aBC = abc;
    }

    public String getURL() {
        return URL;
    }

    public void setURL(String url) {
        URL = url;
    }

    public int getxIndex() {
        return xIndex;
    }

    public void setxIndex(int index) {
        xIndex = index;
    }

    public String getNote() {
        return _note;
    }

    public void setNote(String note) {
        _note = note;
    }
}
