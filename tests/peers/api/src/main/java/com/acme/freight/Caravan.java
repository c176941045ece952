package com.acme.freight;

import java.io.Serializable;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** POJOs in POJOs: lists, maps, sets and arrays of them, and a nested class. */
public class Caravan implements Serializable {
    private static final long serialVersionUID = 1L;

    private long id;
    private String name;
    private Merchant owner;
    private Beast beast;
    private List<Crate> crates;
    private Map<Long, Crate> byShelf;
    private Map<String, List<Crate>> byKind;
    private Set<String> permits;
    private Stop[] route;
    private LocalDate leaves;

    /** Where the caravan rests: a class inside a class, `Caravan$Stop` on the wire. */
    public static class Stop implements Serializable {
        private static final long serialVersionUID = 1L;

        private Oasis oasis;
        private short nights;

        public Oasis getOasis() {
            return oasis;
        }

        public void setOasis(Oasis oasis) {
            this.oasis = oasis;
        }

        public short getNights() {
            return nights;
        }

        public void setNights(short nights) {
            this.nights = nights;
        }
    }

    public long getId() {
        return id;
    }

    public void setId(long id) {
        this.id = id;
    }

    public String getName() {
        return name;
    }

    public void setName(String name) {
        this.name = name;
    }

    public Merchant getOwner() {
        return owner;
    }

    public void setOwner(Merchant owner) {
        this.owner = owner;
    }

    public Beast getBeast() {
        return beast;
    }

    public void setBeast(Beast beast) {
        this.beast = beast;
    }

    public List<Crate> getCrates() {
        return crates;
    }

    public void setCrates(List<Crate> crates) {
        this.crates = crates;
    }

    public Map<Long, Crate> getByShelf() {
        return byShelf;
    }

    public void setByShelf(Map<Long, Crate> byShelf) {
        this.byShelf = byShelf;
    }

    public Map<String, List<Crate>> getByKind() {
        return byKind;
    }

    public void setByKind(Map<String, List<Crate>> byKind) {
        this.byKind = byKind;
    }

    public Set<String> getPermits() {
        return permits;
    }

    public void setPermits(Set<String> permits) {
        this.permits = permits;
    }

    public Stop[] getRoute() {
        return route;
    }

    public void setRoute(Stop[] route) {
        this.route = route;
    }

    public LocalDate getLeaves() {
        return leaves;
    }

    public void setLeaves(LocalDate leaves) {
        this.leaves = leaves;
    }
}
