package com.acme.depot;

import com.acme.freight.Beast;
import com.acme.freight.Caravan;
import com.acme.freight.Cargo;
import com.acme.freight.Chest;
import com.acme.freight.ColdCrate;
import com.acme.freight.Crate;
import com.acme.freight.CrateKind;
import com.acme.freight.FreightService;
import com.acme.freight.Label;
import com.acme.freight.Ledger;
import com.acme.freight.Merchant;
import com.acme.freight.Node;
import com.acme.freight.Page;
import com.acme.freight.Parcel;
import com.acme.freight.Vessel;
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
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** The part of the service that only says back what came. */
abstract class Echoes implements FreightService {
    @Override
    public boolean echoBoolean(boolean value) {
        return value;
    }

    @Override
    public byte echoByte(byte value) {
        return value;
    }

    @Override
    public short echoShort(short value) {
        return value;
    }

    @Override
    public int echoInt(int value) {
        return value;
    }

    @Override
    public long echoLong(long value) {
        return value;
    }

    @Override
    public float echoFloat(float value) {
        return value;
    }

    @Override
    public double echoDouble(double value) {
        return value;
    }

    @Override
    public char echoChar(char value) {
        return value;
    }

    @Override
    public Boolean echoBoxedBoolean(Boolean value) {
        return value;
    }

    @Override
    public Byte echoBoxedByte(Byte value) {
        return value;
    }

    @Override
    public Short echoBoxedShort(Short value) {
        return value;
    }

    @Override
    public Integer echoBoxedInteger(Integer value) {
        return value;
    }

    @Override
    public Long echoBoxedLong(Long value) {
        return value;
    }

    @Override
    public Float echoBoxedFloat(Float value) {
        return value;
    }

    @Override
    public Double echoBoxedDouble(Double value) {
        return value;
    }

    @Override
    public Character echoBoxedCharacter(Character value) {
        return value;
    }

    @Override
    public String echoString(String value) {
        return value;
    }

    @Override
    public BigDecimal echoBigDecimal(BigDecimal value) {
        return value;
    }

    @Override
    public BigInteger echoBigInteger(BigInteger value) {
        return value;
    }

    @Override
    public Date echoDate(Date value) {
        return value;
    }

    @Override
    public LocalDate echoLocalDate(LocalDate value) {
        return value;
    }

    @Override
    public LocalTime echoLocalTime(LocalTime value) {
        return value;
    }

    @Override
    public LocalDateTime echoLocalDateTime(LocalDateTime value) {
        return value;
    }

    @Override
    public Instant echoInstant(Instant value) {
        return value;
    }

    @Override
    public ZonedDateTime echoZonedDateTime(ZonedDateTime value) {
        return value;
    }

    @Override
    public OffsetDateTime echoOffsetDateTime(OffsetDateTime value) {
        return value;
    }

    @Override
    public Duration echoDuration(Duration value) {
        return value;
    }

    @Override
    public UUID echoUuid(UUID value) {
        return value;
    }

    @Override
    public Locale echoLocale(Locale value) {
        return value;
    }

    @Override
    public Currency echoCurrency(Currency value) {
        return value;
    }

    @Override
    public URI echoUri(URI value) {
        return value;
    }

    @Override
    public DayOfWeek echoDayOfWeek(DayOfWeek value) {
        return value;
    }

    @Override
    public Timestamp echoTimestamp(Timestamp value) {
        return value;
    }

    @Override
    public CrateKind echoKind(CrateKind value) {
        return value;
    }

    @Override
    public Beast echoBeast(Beast value) {
        return value;
    }

    @Override
    public byte[] echoBytes(byte[] value) {
        return value;
    }

    @Override
    public int[] echoInts(int[] value) {
        return value;
    }

    @Override
    public long[] echoLongs(long[] value) {
        return value;
    }

    @Override
    public double[] echoDoubles(double[] value) {
        return value;
    }

    @Override
    public boolean[] echoBooleans(boolean[] value) {
        return value;
    }

    @Override
    public char[] echoChars(char[] value) {
        return value;
    }

    @Override
    public String[] echoStrings(String[] value) {
        return value;
    }

    @Override
    public Crate[] echoCrateArray(Crate[] value) {
        return value;
    }

    @Override
    public CrateKind[] echoKindArray(CrateKind[] value) {
        return value;
    }

    @Override
    public int[][] echoGrid(int[][] value) {
        return value;
    }

    @Override
    public List<String> echoStringList(List<String> value) {
        return value;
    }

    @Override
    public List<Integer> echoIntegerList(List<Integer> value) {
        return value;
    }

    @Override
    public List<Long> echoLongList(List<Long> value) {
        return value;
    }

    @Override
    public List<BigDecimal> echoDecimalList(List<BigDecimal> value) {
        return value;
    }

    @Override
    public List<LocalDate> echoDateList(List<LocalDate> value) {
        return value;
    }

    @Override
    public List<CrateKind> echoKindList(List<CrateKind> value) {
        return value;
    }

    @Override
    public List<Crate> echoCrates(List<Crate> value) {
        return value;
    }

    @Override
    public Collection<Crate> echoCrateCollection(Collection<Crate> value) {
        return value;
    }

    @Override
    public List<List<Integer>> echoLists(List<List<Integer>> value) {
        return value;
    }

    @Override
    public List<Map<String, Crate>> echoCrateMaps(List<Map<String, Crate>> value) {
        return value;
    }

    @Override
    public Set<String> echoStringSet(Set<String> value) {
        return value;
    }

    @Override
    public Set<Long> echoLongSet(Set<Long> value) {
        return value;
    }

    @Override
    public Set<CrateKind> echoKindSet(Set<CrateKind> value) {
        return value;
    }

    @Override
    public EnumSet<CrateKind> echoKindEnumSet(EnumSet<CrateKind> value) {
        return value;
    }

    @Override
    public Map<String, String> echoStringMap(Map<String, String> value) {
        return value;
    }

    @Override
    public Map<String, Integer> echoIntegerMap(Map<String, Integer> value) {
        return value;
    }

    @Override
    public Map<String, Object> echoObjectMap(Map<String, Object> value) {
        return value;
    }

    @Override
    public Map<Long, Crate> echoCrateByShelf(Map<Long, Crate> value) {
        return value;
    }

    @Override
    public Map<String, Crate> echoCrateByName(Map<String, Crate> value) {
        return value;
    }

    @Override
    public Map<CrateKind, Integer> echoCountByKind(Map<CrateKind, Integer> value) {
        return value;
    }

    @Override
    public Map<String, List<Crate>> echoCratesByName(Map<String, List<Crate>> value) {
        return value;
    }

    @Override
    public Map<Integer, String> echoStringByInteger(Map<Integer, String> value) {
        return value;
    }

    @Override
    public Crate echoCrate(Crate value) {
        return value;
    }

    @Override
    public ColdCrate echoColdCrate(ColdCrate value) {
        return value;
    }

    @Override
    public Caravan echoCaravan(Caravan value) {
        return value;
    }

    @Override
    public Merchant echoMerchant(Merchant value) {
        return value;
    }

    @Override
    public Ledger echoLedger(Ledger value) {
        return value;
    }

    @Override
    public Chest echoChest(Chest value) {
        return value;
    }

    @Override
    public Node echoNode(Node value) {
        return value;
    }

    @Override
    public Caravan.Stop echoStop(Caravan.Stop value) {
        return value;
    }

    @Override
    public Parcel<Crate> echoParcel(Parcel<Crate> value) {
        return value;
    }

    @Override
    public Label echoLabel(Label value) {
        return value;
    }

    @Override
    public Page<Crate> echoCratePage(Page<Crate> value) {
        return value;
    }

    @Override
    public Page<String> echoStringPage(Page<String> value) {
        return value;
    }

    @Override
    public Page<Page<Crate>> echoPageOfPages(Page<Page<Crate>> value) {
        return value;
    }

    @Override
    public Map<String, Page<Crate>> echoPageByName(Map<String, Page<Crate>> value) {
        return value;
    }

    @Override
    public Cargo echoCargo(Cargo value) {
        return value;
    }

    @Override
    public List<Cargo> echoCargoList(List<Cargo> value) {
        return value;
    }

    @Override
    public Object echoObject(Object value) {
        return value;
    }

    @Override
    public String describeObject(Object value) {
        return Describe.of(value);
    }

    @Override
    public String describeLedger(Ledger value) {
        return Describe.of(value);
    }

    @Override
    public String describeCrate(Crate value) {
        return Describe.of(value);
    }

    @Override
    public String describeCrates(List<Crate> value) {
        return Describe.of(value);
    }

    @Override
    public String describeLongs(List<Long> value) {
        return Describe.of(value);
    }

    @Override
    public String describeDecimals(List<BigDecimal> value) {
        return Describe.of(value);
    }

    @Override
    public String describeLongSet(Set<Long> value) {
        return Describe.of(value);
    }

    @Override
    public String describeKindSet(Set<CrateKind> value) {
        return Describe.of(value);
    }

    @Override
    public String describeKindEnumSet(EnumSet<CrateKind> value) {
        return Describe.of(value);
    }

    @Override
    public String describeCrateByShelf(Map<Long, Crate> value) {
        return Describe.of(value);
    }

    @Override
    public String describeCountByKind(Map<CrateKind, Integer> value) {
        return Describe.of(value);
    }

    @Override
    public String describeObjectMap(Map<String, Object> value) {
        return Describe.of(value);
    }

    @Override
    public String describeParcel(Parcel<Crate> value) {
        return Describe.of(value);
    }

    @Override
    public String describeLabel(Label value) {
        return Describe.of(value);
    }

    @Override
    public String vesselOf(Vessel value) {
        return Describe.of(value);
    }

    @Override
    public String stockOf(EnumMap<CrateKind, Integer> value) {
        return Describe.of(value);
    }

    @Override
    public Map<Crate, Integer> countByCrate(int crates) {
        Map<Crate, Integer> counts = new HashMap<>();
        counts.put(null, 0);
        for (int id = 1; id <= crates; id++) {
            counts.put(Samples.crate(id), id);
        }
        return counts;
    }

    @Override
    public String describeCratePage(Page<Crate> value) {
        return Describe.of(value);
    }

    @Override
    public String describeCaravan(Caravan value) {
        return Describe.of(value);
    }

    @Override
    public String describeCargo(Cargo value) {
        return Describe.of(value);
    }

    @Override
    public String describeCrateArray(Crate[] value) {
        return Describe.of(value);
    }

    @Override
    public String describeAll(long id, String name, Integer count, List<String> marks, Crate crate, byte[] seal) {
        return Describe.of(Samples.listOf(id, name, count, marks, crate, seal));
    }
}
