package com.acme.freight;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.sql.Timestamp;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.util.Collection;
import java.util.Currency;
import java.util.Date;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/**
 * The rich interface: every Java type that a contract can name goes in and comes out, and every way that a call can end has a method.
 * Methods named `echo…` give back what came, `describe…` say what Java saw, types included.
 */
public interface FreightService extends Keep<Crate, Long> {

    /** Said again with its types, so that the compiler adds one with `Object`, which is listed beside it. */
    @Override
    Long keyOf(Crate value);

    // Scalars.

    boolean echoBoolean(boolean value);
    byte echoByte(byte value);
    short echoShort(short value);
    int echoInt(int value);
    long echoLong(long value);
    float echoFloat(float value);
    double echoDouble(double value);
    char echoChar(char value);

    Boolean echoBoxedBoolean(Boolean value);
    Byte echoBoxedByte(Byte value);
    Short echoBoxedShort(Short value);
    Integer echoBoxedInteger(Integer value);
    Long echoBoxedLong(Long value);
    Float echoBoxedFloat(Float value);
    Double echoBoxedDouble(Double value);
    Character echoBoxedCharacter(Character value);

    String echoString(String value);
    BigDecimal echoBigDecimal(BigDecimal value);
    BigInteger echoBigInteger(BigInteger value);
    Date echoDate(Date value);
    LocalDate echoLocalDate(LocalDate value);
    LocalTime echoLocalTime(LocalTime value);
    LocalDateTime echoLocalDateTime(LocalDateTime value);
    Instant echoInstant(Instant value);
    ZonedDateTime echoZonedDateTime(ZonedDateTime value);
    OffsetDateTime echoOffsetDateTime(OffsetDateTime value);
    Duration echoDuration(Duration value);
    UUID echoUuid(UUID value);
    Locale echoLocale(Locale value);
    Currency echoCurrency(Currency value);
    URI echoUri(URI value);
    DayOfWeek echoDayOfWeek(DayOfWeek value);
    Timestamp echoTimestamp(Timestamp value);
    CrateKind echoKind(CrateKind value);
    Beast echoBeast(Beast value);

    // Arrays.

    byte[] echoBytes(byte[] value);
    int[] echoInts(int[] value);
    long[] echoLongs(long[] value);
    double[] echoDoubles(double[] value);
    boolean[] echoBooleans(boolean[] value);
    char[] echoChars(char[] value);
    String[] echoStrings(String[] value);
    Crate[] echoCrateArray(Crate[] value);
    CrateKind[] echoKindArray(CrateKind[] value);
    int[][] echoGrid(int[][] value);

    // Lists, sets and maps.

    List<String> echoStringList(List<String> value);
    List<Integer> echoIntegerList(List<Integer> value);
    List<Long> echoLongList(List<Long> value);
    List<BigDecimal> echoDecimalList(List<BigDecimal> value);
    List<LocalDate> echoDateList(List<LocalDate> value);
    List<CrateKind> echoKindList(List<CrateKind> value);
    List<Crate> echoCrates(List<Crate> value);
    Collection<Crate> echoCrateCollection(Collection<Crate> value);
    List<List<Integer>> echoLists(List<List<Integer>> value);
    List<Map<String, Crate>> echoCrateMaps(List<Map<String, Crate>> value);
    Set<String> echoStringSet(Set<String> value);
    Set<Long> echoLongSet(Set<Long> value);
    Set<CrateKind> echoKindSet(Set<CrateKind> value);
    EnumSet<CrateKind> echoKindEnumSet(EnumSet<CrateKind> value);
    Map<String, String> echoStringMap(Map<String, String> value);
    Map<String, Integer> echoIntegerMap(Map<String, Integer> value);
    Map<String, Object> echoObjectMap(Map<String, Object> value);
    Map<Long, Crate> echoCrateByShelf(Map<Long, Crate> value);
    Map<String, Crate> echoCrateByName(Map<String, Crate> value);
    Map<CrateKind, Integer> echoCountByKind(Map<CrateKind, Integer> value);
    Map<String, List<Crate>> echoCratesByName(Map<String, List<Crate>> value);
    Map<Integer, String> echoStringByInteger(Map<Integer, String> value);

    // Objects.

    Crate echoCrate(Crate value);
    ColdCrate echoColdCrate(ColdCrate value);
    Caravan echoCaravan(Caravan value);
    Merchant echoMerchant(Merchant value);
    Ledger echoLedger(Ledger value);
    Chest echoChest(Chest value);
    Node echoNode(Node value);
    Caravan.Stop echoStop(Caravan.Stop value);
    Page<Crate> echoCratePage(Page<Crate> value);
    Page<String> echoStringPage(Page<String> value);
    Page<Page<Crate>> echoPageOfPages(Page<Page<Crate>> value);
    Map<String, Page<Crate>> echoPageByName(Map<String, Page<Crate>> value);
    Parcel<Crate> echoParcel(Parcel<Crate> value);
    Label echoLabel(Label value);
    Cargo echoCargo(Cargo value);
    List<Cargo> echoCargoList(List<Cargo> value);
    Object echoObject(Object value);

    // What Java saw, types included: `Long:7`, `ArrayList[Crate{id=Long:7, …}]`.

    String describeObject(Object value);
    String describeLedger(Ledger value);
    String describeCrate(Crate value);
    String describeCrates(List<Crate> value);
    String describeLongs(List<Long> value);
    String describeDecimals(List<BigDecimal> value);
    String describeLongSet(Set<Long> value);
    String describeKindSet(Set<CrateKind> value);
    String describeKindEnumSet(EnumSet<CrateKind> value);
    String describeCrateByShelf(Map<Long, Crate> value);
    String describeCountByKind(Map<CrateKind, Integer> value);
    String describeObjectMap(Map<String, Object> value);
    String describeCratePage(Page<Crate> value);
    String describeParcel(Parcel<Crate> value);
    String describeLabel(Label value);
    String describeCaravan(Caravan value);
    String describeCargo(Cargo value);
    String describeCrateArray(Crate[] value);

    /** What Java saw of an abstract class. */
    String vesselOf(Vessel value);

    /** What Java saw of a map that hessian cannot make. */
    String stockOf(EnumMap<CrateKind, Integer> value);

    /** Counts by crates; without one, by null. */
    Map<Crate, Integer> countByCrate(int crates);

    /** Many arguments of many sorts, in order. */
    String describeAll(long id, String name, Integer count, List<String> marks, Crate crate, byte[] seal);

    // Overloads, by type and by count; one has no argument.

    String find();
    String find(long id);
    String find(Long id);
    String find(String label);
    String find(int[] ids);
    String find(Crate like);
    String find(List<String> labels);
    String find(String label, int limit);
    String find(String label, CrateKind kind);

    // Results only.


    /** A crate whose fields follow from its id. */
    Crate crate(long id);
    ColdCrate coldCrate(long id);
    Caravan caravan(long id);
    Page<Crate> page(int number, int size);
    Ledger ledger();

    /** Declared as an interface: a crate, or a passenger. */
    Cargo cargo(boolean alive);

    /** Declared as `Object`: `null`, `text`, `int`, `long`, `decimal`, `date`, `crate`, `list`, `map`, `bytes` or `kind`. */
    Object anything(String kind);

    /** Parent and child that know each other, and a child that is its own child. */
    Node ring();
    Node tree(int depth, int width);

    /** The same crate twice in one list. */
    List<Crate> twice();

    /** A list of one crate and two nulls. */
    List<Crate> nothingInside();

    /** Always null. */
    Crate nothing();

    /** No argument, no result. */
    void rest();
    String version();

    /** An answer that comes by itself, later. */
    CompletableFuture<Crate> later(long id, long millis);

    // Sizes.


    /** `units` characters, one in ten of them Chinese. */
    String longText(int units);
    byte[] longBytes(int length);
    List<Crate> manyCrates(int count);
    int lengthOf(String text);

    /** CRC-32. */
    long checksumOf(byte[] bytes);
    int countCrates(List<Crate> crates);

    // Time and counting.


    /** Answers with the provider's id after a while. */
    String slow(long millis);

    /** Counts only: to be called one way. */
    void drop(String key);

    /** Throws `RuntimeException` the first `failures` times that `key` is seen, then gives the provider's id. */
    String flaky(String key, int failures);

    /** As `flaky`, but is slow instead of throwing; `drop("a-end")` ends all that have a key `a-…`. */
    String flakySlow(String key, int failures, long millis);

    /** How often `drop`, `flaky` or `flakySlow` saw `key` in this process. */
    int countOf(String key);

    /** The provider's id, with group and version if the export has them. */
    String who();

    /** What the provider got beside the arguments, before any filter took something away. */
    Map<String, String> attachments();

    /** Puts an attachment on the reply. */
    String answerWith(String name, String value);

    // Exceptions.


    /** Declared and checked, with fields of its own. */
    Crate lose(long id, String lastSeenAt) throws CargoLostException;

    /** A subclass of what is declared, in the interface's own jar. */
    Crate loseFrozen(long id) throws CargoLostException;

    /** Unchecked, not declared, in the interface's own jar. */
    void closeGate(int opensInHours);

    /** A checked subclass that only the provider knows. */
    Crate steal(long id) throws CargoLostException;

    /** As `steal`, of a package that the class check of 3.x does not allow. */
    Crate smuggle(long id) throws CargoLostException;

    /** Unchecked, of a class that only the provider knows. */
    void stampede(String message);

    /** `RuntimeException`; the message may be null. */
    void fail(String message);

    /** `IllegalStateException` with a cause of its own. */
    void failWithCause(String message);

    /** `ArithmeticException` for nought. */
    void divide(int by);

    /** `RpcException`, thrown by business code. */
    void refuse(int code, String message);

    /** An `Error`. */
    void breakDown();
}
