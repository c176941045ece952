package com.acme.freight;

import java.math.BigDecimal;
import java.util.Date;
import java.util.List;
import java.util.Map;

/** One crate: scalars of every common sort, an enum, a list, a map and bytes. */
public class Crate implements Cargo {
    private static final long serialVersionUID = 1L;

    private long id;
    private String label;
    private CrateKind kind;
    private BigDecimal weight;
    private boolean fragile;
    private Date packed;
    private List<String> marks;
    private Map<String, Integer> contents;
    private byte[] seal;

    public long getId() {
        return id;
    }

    public void setId(long id) {
        this.id = id;
    }

    public String getLabel() {
        return label;
    }

    public void setLabel(String label) {
        this.label = label;
    }

    public CrateKind getKind() {
        return kind;
    }

    public void setKind(CrateKind kind) {
        this.kind = kind;
    }

    public BigDecimal getWeight() {
        return weight;
    }

    public void setWeight(BigDecimal weight) {
        this.weight = weight;
    }

    public boolean isFragile() {
        return fragile;
    }

    public void setFragile(boolean fragile) {
        this.fragile = fragile;
    }

    public Date getPacked() {
        return packed;
    }

    public void setPacked(Date packed) {
        this.packed = packed;
    }

    public List<String> getMarks() {
        return marks;
    }

    public void setMarks(List<String> marks) {
        this.marks = marks;
    }

    public Map<String, Integer> getContents() {
        return contents;
    }

    public void setContents(Map<String, Integer> contents) {
        this.contents = contents;
    }

    public byte[] getSeal() {
        return seal;
    }

    public void setSeal(byte[] seal) {
        this.seal = seal;
    }
}
