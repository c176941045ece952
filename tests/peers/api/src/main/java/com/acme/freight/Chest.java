package com.acme.freight;

import java.io.Serializable;
import java.util.List;
import java.util.Map;

/** Values whose types say nothing: `Object`, a map of `Object`, a list of `Object`, an interface. */
public class Chest implements Serializable {
    private static final long serialVersionUID = 1L;

    private Object anything;
    private Map<String, Object> labels;
    private List<Object> things;
    private Cargo cargo;

    public Object getAnything() {
        return anything;
    }

    public void setAnything(Object anything) {
        this.anything = anything;
    }

    public Map<String, Object> getLabels() {
        return labels;
    }

    public void setLabels(Map<String, Object> labels) {
        this.labels = labels;
    }

    public List<Object> getThings() {
        return things;
    }

    public void setThings(List<Object> things) {
        this.things = things;
    }

    public Cargo getCargo() {
        return cargo;
    }

    public void setCargo(Cargo cargo) {
        this.cargo = cargo;
    }
}
