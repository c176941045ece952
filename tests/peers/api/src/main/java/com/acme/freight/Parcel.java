package com.acme.freight;

import java.io.Serializable;
import java.util.List;

/** A `T` with a real `Object` beside it, which a service definition does not tell apart. */
public class Parcel<T> implements Serializable {
    private static final long serialVersionUID = 1L;

    private T content;
    private Object note;
    private List<T> more;

    public T getContent() {
        return content;
    }

    public void setContent(T content) {
        this.content = content;
    }

    public Object getNote() {
        return note;
    }

    public void setNote(Object note) {
        this.note = note;
    }

    public List<T> getMore() {
        return more;
    }

    public void setMore(List<T> more) {
        this.more = more;
    }
}
