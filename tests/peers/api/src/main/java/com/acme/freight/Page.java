package com.acme.freight;

import java.io.Serializable;
import java.util.List;

/** One page of anything: class generics, as a list of `T` and as a bare `T`. */
public class Page<T> implements Serializable {
    private static final long serialVersionUID = 1L;

    private int number;
    private long total;
    private List<T> items;
    private T first;

    public int getNumber() {
        return number;
    }

    public void setNumber(int number) {
        this.number = number;
    }

    public long getTotal() {
        return total;
    }

    public void setTotal(long total) {
        this.total = total;
    }

    public List<T> getItems() {
        return items;
    }

    public void setItems(List<T> items) {
        this.items = items;
    }

    public T getFirst() {
        return first;
    }

    public void setFirst(T first) {
        this.first = first;
    }
}
