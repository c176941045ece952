package com.acme.depot;

import com.acme.freight.Beast;
import com.acme.freight.Caravan;
import com.acme.freight.ColdCrate;
import com.acme.freight.Crate;
import com.acme.freight.CrateKind;
import com.acme.freight.Ledger;
import com.acme.freight.Merchant;
import com.acme.freight.Node;
import com.acme.freight.Oasis;
import com.acme.freight.Page;
import com.acme.wire.Ledgers;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/** The values that the provider answers with: each follows from its arguments alone, so a test can write down what it expects. */
final class Samples {
    /** 2023-11-14T22:13:20Z. */
    private static final long START = 1_700_000_000_000L;

    private Samples() {}

    static Crate crate(long id) {
        return fill(new Crate(), id);
    }

    static ColdCrate coldCrate(long id) {
        ColdCrate crate = (ColdCrate) fill(new ColdCrate(), id);
        crate.setDegrees(-5);
        crate.setIce("from Tianshan");
        return crate;
    }

    private static Crate fill(Crate crate, long id) {
        crate.setId(id);
        crate.setLabel("crate-" + id);
        crate.setKind(CrateKind.values()[(int) Math.floorMod(id, 4L)]);
        crate.setWeight(new BigDecimal(id + ".50"));
        crate.setFragile(id % 2 != 0);
        crate.setPacked(new Date(START + id * 1000));
        crate.setMarks(listOf("north", "mark-" + id));
        Map<String, Integer> contents = new HashMap<>();
        contents.put("bolts", (int) id);
        crate.setContents(contents);
        crate.setSeal(new byte[] {1, 2, (byte) id});
        return crate;
    }

    static Caravan caravan(long id) {
        Caravan caravan = new Caravan();
        caravan.setId(id);
        caravan.setName("caravan-" + id);
        caravan.setOwner(merchant());
        caravan.setBeast(Beast.CAMEL);
        caravan.setCrates(listOf(crate(1), coldCrate(2)));
        caravan.setByShelf(new HashMap<>(Map.of(3L, crate(3))));
        caravan.setByKind(new HashMap<>(Map.of("JADE", listOf(crate(6)))));
        caravan.setPermits(new LinkedHashSet<>(listOf("Yumen", "Yang")));
        caravan.setRoute(new Caravan.Stop[] {stop("Dunhuang", 2), stop("Hami", 1)});
        caravan.setLeaves(LocalDate.of(2024, 2, 29));
        return caravan;
    }

    private static Merchant merchant() {
        Merchant merchant = new Merchant();
        merchant.setName("Zhang Qian");
        merchant.setLicence(9_007_199_254_740_993L);
        merchant.setHome(oasis("Chang'an"));
        return merchant;
    }

    private static Oasis oasis(String name) {
        Oasis oasis = new Oasis();
        oasis.setName(name);
        oasis.setLatitude(40.14);
        oasis.setLongitude(94.66);
        return oasis;
    }

    private static Caravan.Stop stop(String name, int nights) {
        Caravan.Stop stop = new Caravan.Stop();
        stop.setOasis(oasis(name));
        stop.setNights((short) nights);
        return stop;
    }

    static Page<Crate> page(int number, int size) {
        Page<Crate> page = new Page<>();
        page.setNumber(number);
        page.setTotal(1_000L);
        page.setItems(crates(number * size, size));
        page.setFirst(size > 0 ? crate((long) number * size) : null);
        return page;
    }

    static List<Crate> crates(int from, int count) {
        List<Crate> crates = new ArrayList<>();
        for (int id = from; id < from + count; id++) {
            crates.add(crate(id));
        }
        return crates;
    }

    static Ledger ledger() {
        Ledger ledger = Ledgers.full();
        ledger.setCrates(new Crate[] {crate(1)});
        return ledger;
    }

    /** `gate` knows its children; `guard` has `gate` for a parent; `echo` is its own only child. */
    static Node ring() {
        Node gate = node("gate", null);
        Node guard = node("guard", gate);
        Node echo = node("echo", gate);
        echo.getChildren().add(echo);
        gate.getChildren().add(guard);
        gate.getChildren().add(echo);
        return gate;
    }

    /** A tree without parents, so that nothing in it is shared. */
    static Node tree(String name, int depth, int width) {
        Node node = node(name, null);
        for (int child = 0; depth > 0 && child < width; child++) {
            node.getChildren().add(tree(name + "." + child, depth - 1, width));
        }
        return node;
    }

    private static Node node(String name, Node parent) {
        Node node = new Node();
        node.setName(name);
        node.setParent(parent);
        node.setChildren(new ArrayList<>());
        return node;
    }

    static String longText(int units) {
        StringBuilder text = new StringBuilder(units);
        for (int unit = 0; unit < units; unit++) {
            text.append(unit % 10 == 9 ? '玉' : (char) ('a' + unit % 26));
        }
        return text.toString();
    }

    static byte[] longBytes(int length) {
        byte[] bytes = new byte[length];
        for (int index = 0; index < length; index++) {
            bytes[index] = (byte) (index * 31 + 7);
        }
        return bytes;
    }

    @SafeVarargs
    static <T> List<T> listOf(T... values) {
        List<T> list = new ArrayList<>(values.length);
        for (T value : values) {
            list.add(value);
        }
        return list;
    }
}
