package com.acme.depot;

import com.acme.freight.Caravan;
import com.acme.freight.Cargo;
import com.acme.freight.CargoFrozenException;
import com.acme.freight.CargoLostException;
import com.acme.freight.ColdCrate;
import com.acme.freight.Crate;
import com.acme.freight.CrateKind;
import com.acme.freight.GateClosedException;
import com.acme.freight.Ledger;
import com.acme.freight.Node;
import com.acme.freight.Page;
import com.acme.freight.Passenger;
import com.acme.smuggler.CargoSmuggledException;
import java.math.BigDecimal;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Set;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32;
import org.apache.dubbo.common.Version;
import org.apache.dubbo.rpc.RpcContext;
import org.apache.dubbo.rpc.RpcException;

/** The service itself; the interface says what each method is for. */
final class Depot extends Echoes {
    /** Calls seen by key, shared by every export of this process. */
    private static final Map<String, AtomicInteger> CALLS = new ConcurrentHashMap<>();

    private final String who;

    Depot(String who) {
        this.who = who;
    }

    private static int count(String key) {
        return CALLS.computeIfAbsent(key, any -> new AtomicInteger()).incrementAndGet();
    }

    /** Ends early for all keys that begin alike, up to their first dash, when `drop` sees that with `-end`. */
    private static void sleepUnlessEnded(String key, long millis) {
        String end = key.split("-", 2)[0] + "-end";
        long until = System.nanoTime() + millis * 1_000_000;
        while (!CALLS.containsKey(end) && System.nanoTime() < until) {
            sleep(Math.min(millis, 20));
        }
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public Long keyOf(Crate value) {
        return value.getId();
    }

    @Override
    public Map<Long, Crate> keptUnder(Set<Long> keys) {
        Map<Long, Crate> kept = new HashMap<>();
        for (Long key : keys) {
            kept.put(key, Samples.crate(key));
        }
        return kept;
    }

    @Override
    public String find() {
        return "find()";
    }

    @Override
    public String find(long id) {
        return "find(long) " + id;
    }

    @Override
    public String find(Long id) {
        return "find(Long) " + id;
    }

    @Override
    public String find(String label) {
        return "find(String) " + label;
    }

    @Override
    public String find(int[] ids) {
        return "find(int[]) " + Describe.of(ids);
    }

    @Override
    public String find(Crate like) {
        return "find(Crate) " + Describe.of(like);
    }

    @Override
    public String find(List<String> labels) {
        return "find(List) " + Describe.of(labels);
    }

    @Override
    public String find(String label, int limit) {
        return "find(String, int) " + label + " " + limit;
    }

    @Override
    public String find(String label, CrateKind kind) {
        return "find(String, CrateKind) " + label + " " + kind;
    }

    @Override
    public Crate crate(long id) {
        return Samples.crate(id);
    }

    @Override
    public ColdCrate coldCrate(long id) {
        return Samples.coldCrate(id);
    }

    @Override
    public Caravan caravan(long id) {
        return Samples.caravan(id);
    }

    @Override
    public Page<Crate> page(int number, int size) {
        return Samples.page(number, size);
    }

    @Override
    public Ledger ledger() {
        return Samples.ledger();
    }

    @Override
    public Cargo cargo(boolean alive) {
        if (!alive) {
            return Samples.crate(1);
        }
        Passenger passenger = new Passenger();
        passenger.setId(2);
        passenger.setName("Ban Chao");
        return passenger;
    }

    @Override
    public Object anything(String kind) {
        switch (kind) {
            case "text":
                return "silk";
            case "int":
                return 7;
            case "long":
                return 7L;
            case "decimal":
                return new BigDecimal("7.10");
            case "date":
                return new Date(1_700_000_000_000L);
            case "crate":
                return Samples.crate(7);
            case "list":
                return Samples.listOf("a", 1, 2L, null, Samples.crate(8));
            case "map":
                return new HashMap<>(Map.of("crate", Samples.crate(9)));
            case "bytes":
                return new byte[] {1, 2, 3};
            case "kind":
                return CrateKind.JADE;
            default:
                return null;
        }
    }

    @Override
    public Node ring() {
        return Samples.ring();
    }

    @Override
    public Node tree(int depth, int width) {
        return Samples.tree("root", depth, width);
    }

    @Override
    public List<Crate> twice() {
        Crate crate = Samples.crate(1);
        return Samples.listOf(crate, crate);
    }

    @Override
    public List<Crate> nothingInside() {
        return Samples.listOf(Samples.crate(1), null, null);
    }

    @Override
    public Crate nothing() {
        return null;
    }

    @Override
    public void rest() {
    }

    @Override
    public String version() {
        return Version.getVersion();
    }

    @Override
    public CompletableFuture<Crate> later(long id, long millis) {
        return CompletableFuture.supplyAsync(() -> {
            sleep(millis);
            return Samples.crate(id);
        });
    }

    @Override
    public String longText(int units) {
        return Samples.longText(units);
    }

    @Override
    public byte[] longBytes(int length) {
        return Samples.longBytes(length);
    }

    @Override
    public List<Crate> manyCrates(int count) {
        return Samples.crates(0, count);
    }

    @Override
    public int lengthOf(String text) {
        return text.length();
    }

    @Override
    public long checksumOf(byte[] bytes) {
        CRC32 sum = new CRC32();
        sum.update(bytes);
        return sum.getValue();
    }

    @Override
    public int countCrates(List<Crate> crates) {
        int count = 0;
        for (Crate crate : crates) {
            count += crate == null ? 0 : 1;
        }
        return count;
    }

    @Override
    public String slow(long millis) {
        sleep(millis);
        return who;
    }

    @Override
    public void drop(String key) {
        count(key);
    }

    @Override
    public String flaky(String key, int failures) {
        if (count(key) <= failures) {
            throw new RuntimeException("not yet: " + key);
        }
        return who;
    }

    @Override
    public String flakySlow(String key, int failures, long millis) {
        if (count(key) <= failures) {
            sleepUnlessEnded(key, millis);
        }
        return who;
    }

    @Override
    public int countOf(String key) {
        return CALLS.getOrDefault(key, new AtomicInteger()).get();
    }

    @Override
    public String who() {
        return who;
    }

    @Override
    public Map<String, String> attachments() {
        return SeenFilter.attachments();
    }

    @Override
    public String answerWith(String name, String value) {
        RpcContext.getServerContext().setAttachment(name, value);
        return value;
    }

    @Override
    public Crate lose(long id, String lastSeenAt) throws CargoLostException {
        throw new CargoLostException("crate " + id + " is lost", id, lastSeenAt);
    }

    @Override
    public Crate loseFrozen(long id) throws CargoLostException {
        throw new CargoFrozenException("crate " + id + " is frozen", id, -40);
    }

    @Override
    public void closeGate(int opensInHours) {
        throw new GateClosedException("the gate is closed", opensInHours);
    }

    @Override
    public Crate steal(long id) throws CargoLostException {
        throw new CargoStolenException("crate " + id + " is stolen", id, "nobody knows");
    }

    @Override
    public Crate smuggle(long id) throws CargoLostException {
        throw new CargoSmuggledException("crate " + id + " is smuggled", id, "the Pamirs");
    }

    @Override
    public void stampede(String message) {
        throw new StampedeException(message);
    }

    @Override
    public void fail(String message) {
        throw new RuntimeException(message);
    }

    @Override
    public void failWithCause(String message) {
        throw new IllegalStateException(message, new IllegalArgumentException("the cause of it"));
    }

    @Override
    public void divide(int by) {
        if (1 / by > 1) {
            throw new ArithmeticException("cannot be");
        }
    }

    @Override
    public void refuse(int code, String message) {
        throw new RpcException(code, message);
    }

    @Override
    public void breakDown() {
        throw new AssertionError("broken down");
    }
}
