package com.acme.freight;

import java.io.Serializable;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** Every scalar type that a contract can name, as a field. */
public class Ledger implements Serializable {
    private static final long serialVersionUID = 1L;

    private boolean flag;
    private byte tiny;
    private short small;
    private int number;
    private long big;
    private float single;
    private double real;
    private char letter;
    private Boolean boxedFlag;
    private Byte boxedTiny;
    private Short boxedSmall;
    private Integer boxedNumber;
    private Long boxedBig;
    private Float boxedSingle;
    private Double boxedReal;
    private Character boxedLetter;
    private String text;
    private BigDecimal amount;
    private BigInteger count;
    private Date date;
    private LocalDate localDate;
    private LocalTime localTime;
    private LocalDateTime localDateTime;
    private Instant instant;
    private ZonedDateTime zonedDateTime;
    private OffsetDateTime offsetDateTime;
    private Duration duration;
    private UUID uuid;
    private Locale locale;
    private CrateKind kind;
    private byte[] bytes;
    private int[] ints;
    private long[] longs;
    private double[] doubles;
    private String[] texts;
    private Crate[] crates;
    private int[][] grid;
    private List<Long> longList;
    private Set<String> textSet;
    private Map<Long, String> textByNumber;

    public boolean isFlag() {
        return flag;
    }

    public void setFlag(boolean flag) {
        this.flag = flag;
    }

    public byte getTiny() {
        return tiny;
    }

    public void setTiny(byte tiny) {
        this.tiny = tiny;
    }

    public short getSmall() {
        return small;
    }

    public void setSmall(short small) {
        this.small = small;
    }

    public int getNumber() {
        return number;
    }

    public void setNumber(int number) {
        this.number = number;
    }

    public long getBig() {
        return big;
    }

    public void setBig(long big) {
        this.big = big;
    }

    public float getSingle() {
        return single;
    }

    public void setSingle(float single) {
        this.single = single;
    }

    public double getReal() {
        return real;
    }

    public void setReal(double real) {
        this.real = real;
    }

    public char getLetter() {
        return letter;
    }

    public void setLetter(char letter) {
        this.letter = letter;
    }

    public Boolean getBoxedFlag() {
        return boxedFlag;
    }

    public void setBoxedFlag(Boolean boxedFlag) {
        this.boxedFlag = boxedFlag;
    }

    public Byte getBoxedTiny() {
        return boxedTiny;
    }

    public void setBoxedTiny(Byte boxedTiny) {
        this.boxedTiny = boxedTiny;
    }

    public Short getBoxedSmall() {
        return boxedSmall;
    }

    public void setBoxedSmall(Short boxedSmall) {
        this.boxedSmall = boxedSmall;
    }

    public Integer getBoxedNumber() {
        return boxedNumber;
    }

    public void setBoxedNumber(Integer boxedNumber) {
        this.boxedNumber = boxedNumber;
    }

    public Long getBoxedBig() {
        return boxedBig;
    }

    public void setBoxedBig(Long boxedBig) {
        this.boxedBig = boxedBig;
    }

    public Float getBoxedSingle() {
        return boxedSingle;
    }

    public void setBoxedSingle(Float boxedSingle) {
        this.boxedSingle = boxedSingle;
    }

    public Double getBoxedReal() {
        return boxedReal;
    }

    public void setBoxedReal(Double boxedReal) {
        this.boxedReal = boxedReal;
    }

    public Character getBoxedLetter() {
        return boxedLetter;
    }

    public void setBoxedLetter(Character boxedLetter) {
        this.boxedLetter = boxedLetter;
    }

    public String getText() {
        return text;
    }

    public void setText(String text) {
        this.text = text;
    }

    public BigDecimal getAmount() {
        return amount;
    }

    public void setAmount(BigDecimal amount) {
        this.amount = amount;
    }

    public BigInteger getCount() {
        return count;
    }

    public void setCount(BigInteger count) {
        this.count = count;
    }

    public Date getDate() {
        return date;
    }

    public void setDate(Date date) {
        this.date = date;
    }

    public LocalDate getLocalDate() {
        return localDate;
    }

    public void setLocalDate(LocalDate localDate) {
        this.localDate = localDate;
    }

    public LocalTime getLocalTime() {
        return localTime;
    }

    public void setLocalTime(LocalTime localTime) {
        this.localTime = localTime;
    }

    public LocalDateTime getLocalDateTime() {
        return localDateTime;
    }

    public void setLocalDateTime(LocalDateTime localDateTime) {
        this.localDateTime = localDateTime;
    }

    public Instant getInstant() {
        return instant;
    }

    public void setInstant(Instant instant) {
        this.instant = instant;
    }

    public ZonedDateTime getZonedDateTime() {
        return zonedDateTime;
    }

    public void setZonedDateTime(ZonedDateTime zonedDateTime) {
        this.zonedDateTime = zonedDateTime;
    }

    public OffsetDateTime getOffsetDateTime() {
        return offsetDateTime;
    }

    public void setOffsetDateTime(OffsetDateTime offsetDateTime) {
        this.offsetDateTime = offsetDateTime;
    }

    public Duration getDuration() {
        return duration;
    }

    public void setDuration(Duration duration) {
        this.duration = duration;
    }

    public UUID getUuid() {
        return uuid;
    }

    public void setUuid(UUID uuid) {
        this.uuid = uuid;
    }

    public Locale getLocale() {
        return locale;
    }

    public void setLocale(Locale locale) {
        this.locale = locale;
    }

    public CrateKind getKind() {
        return kind;
    }

    public void setKind(CrateKind kind) {
        this.kind = kind;
    }

    public byte[] getBytes() {
        return bytes;
    }

    public void setBytes(byte[] bytes) {
        this.bytes = bytes;
    }

    public int[] getInts() {
        return ints;
    }

    public void setInts(int[] ints) {
        this.ints = ints;
    }

    public long[] getLongs() {
        return longs;
    }

    public void setLongs(long[] longs) {
        this.longs = longs;
    }

    public double[] getDoubles() {
        return doubles;
    }

    public void setDoubles(double[] doubles) {
        this.doubles = doubles;
    }

    public String[] getTexts() {
        return texts;
    }

    public void setTexts(String[] texts) {
        this.texts = texts;
    }

    public Crate[] getCrates() {
        return crates;
    }

    public void setCrates(Crate[] crates) {
        this.crates = crates;
    }

    public int[][] getGrid() {
        return grid;
    }

    public void setGrid(int[][] grid) {
        this.grid = grid;
    }

    public List<Long> getLongList() {
        return longList;
    }

    public void setLongList(List<Long> longList) {
        this.longList = longList;
    }

    public Set<String> getTextSet() {
        return textSet;
    }

    public void setTextSet(Set<String> textSet) {
        this.textSet = textSet;
    }

    public Map<Long, String> getTextByNumber() {
        return textByNumber;
    }

    public void setTextByNumber(Map<Long, String> textByNumber) {
        this.textByNumber = textByNumber;
    }
}
