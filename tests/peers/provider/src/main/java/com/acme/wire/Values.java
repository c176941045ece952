package com.acme.wire;

import com.acme.freight.Beast;
import com.acme.freight.Caravan;
import com.acme.freight.ColdCrate;
import com.acme.freight.Crate;
import com.acme.freight.CrateKind;
import com.acme.freight.Merchant;
import com.acme.freight.Node;
import com.acme.freight.Oasis;
import com.acme.freight.Page;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/** The values that several shapes are made of. */
final class Values {
    private Values() {}

    static List<Object> list(Object... values) {
        List<Object> list = new ArrayList<>(values.length);
        for (Object value : values) {
            list.add(value);
        }
        return list;
    }

    /** Key, value, key, value. */
    static Map<Object, Object> map(Object... pairs) {
        Map<Object, Object> map = new HashMap<>();
        for (int index = 0; index < pairs.length; index += 2) {
            map.put(pairs[index], pairs[index + 1]);
        }
        return map;
    }

    @SuppressWarnings("unchecked")
    static <T> T cast(Object value) {
        return (T) value;
    }

    static Crate crate(long id) {
        return fill(new Crate(), id);
    }

    static <T extends Crate> T fill(T crate, long id) {
        crate.setId(id);
        crate.setLabel("crate-" + id);
        crate.setKind(CrateKind.values()[(int) (id % 4)]);
        crate.setWeight(new BigDecimal(id + ".50"));
        crate.setFragile(id % 2 != 0);
        crate.setPacked(new Date(1_700_000_000_000L + id * 1000));
        crate.setMarks(cast(list("north", "mark-" + id)));
        crate.setContents(cast(map("bolts", (int) id)));
        crate.setSeal(new byte[] {1, 2, (byte) id});
        return crate;
    }

    static ColdCrate coldCrate(long id) {
        ColdCrate crate = fill(new ColdCrate(), id);
        crate.setDegrees(-5);
        crate.setIce("from Tianshan");
        return crate;
    }

    static Oasis oasis(String name) {
        Oasis oasis = new Oasis();
        oasis.setName(name);
        oasis.setLatitude(40.14);
        oasis.setLongitude(94.66);
        return oasis;
    }

    static Merchant merchant() {
        Merchant merchant = new Merchant();
        merchant.setName("Zhang Qian");
        merchant.setLicence(9_007_199_254_740_993L);
        merchant.setHome(oasis("Chang'an"));
        return merchant;
    }

    static Caravan caravan() {
        Caravan caravan = new Caravan();
        caravan.setId(1);
        caravan.setName("caravan-1");
        caravan.setOwner(merchant());
        caravan.setBeast(Beast.CAMEL);
        caravan.setCrates(cast(list(crate(1), coldCrate(2))));
        caravan.setByShelf(cast(map(3L, crate(3))));
        caravan.setByKind(cast(map("JADE", list(crate(6)))));
        caravan.setPermits(new LinkedHashSet<>(List.of("Yumen", "Yang")));
        caravan.setRoute(new Caravan.Stop[] {stop("Dunhuang", 2), stop("Hami", 1)});
        caravan.setLeaves(LocalDate.of(2024, 2, 29));
        return caravan;
    }

    private static Caravan.Stop stop(String name, int nights) {
        Caravan.Stop stop = new Caravan.Stop();
        stop.setOasis(oasis(name));
        stop.setNights((short) nights);
        return stop;
    }

    static <T> Page<T> page(T first, List<Object> items) {
        Page<T> page = new Page<>();
        page.setNumber(1);
        page.setTotal(1000);
        page.setItems(cast(items));
        page.setFirst(first);
        return page;
    }

    static Node node(String name, Node parent) {
        Node node = new Node();
        node.setName(name);
        node.setParent(parent);
        node.setChildren(new ArrayList<>());
        return node;
    }
}
