package com.acme.wire;

import com.acme.freight.Crate;
import com.acme.freight.CrateKind;
import com.acme.freight.Ledger;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Date;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;

/** A ledger with every field set. */
public final class Ledgers {
    private Ledgers() {}

    public static Ledger full() {
        Ledger ledger = new Ledger();
        fillPrimitives(ledger);
        fillBoxes(ledger);
        fillScalars(ledger);
        fillTimes(ledger);
        fillContainers(ledger);
        return ledger;
    }

    private static void fillPrimitives(Ledger ledger) {
        ledger.setFlag(true);
        ledger.setTiny((byte) -7);
        ledger.setSmall((short) 3000);
        ledger.setNumber(-2_000_000_000);
        ledger.setBig(9_007_199_254_740_993L);
        ledger.setSingle(1.5f);
        ledger.setReal(-0.125);
        ledger.setLetter('门');
    }

    private static void fillBoxes(Ledger ledger) {
        ledger.setBoxedFlag(false);
        ledger.setBoxedTiny((byte) 127);
        ledger.setBoxedSmall((short) -1);
        ledger.setBoxedNumber(48);
        ledger.setBoxedBig(Long.MIN_VALUE);
        ledger.setBoxedSingle(0.1f);
        ledger.setBoxedReal(1e300);
        ledger.setBoxedLetter('x');
    }

    private static void fillScalars(Ledger ledger) {
        ledger.setText("玉门关 🐫");
        ledger.setAmount(new BigDecimal("12345678901234567890.0100"));
        ledger.setCount(new BigInteger("-123456789012345678901234567890"));
        ledger.setUuid(UUID.fromString("0f8fad5b-d9cb-469f-a165-70867728950e"));
        ledger.setLocale(Locale.SIMPLIFIED_CHINESE);
        ledger.setKind(CrateKind.SPICE);
    }

    private static void fillTimes(Ledger ledger) {
        ledger.setDate(new Date(1_700_000_000_123L));
        ledger.setLocalDate(LocalDate.of(2024, 2, 29));
        ledger.setLocalTime(LocalTime.of(23, 59, 58, 7_000_000));
        ledger.setLocalDateTime(LocalDateTime.of(2024, 2, 29, 1, 2, 3));
        ledger.setInstant(Instant.ofEpochSecond(1_700_000_000L, 123_456_789));
        ledger.setZonedDateTime(ZonedDateTime.of(2024, 7, 1, 8, 0, 0, 0, ZoneId.of("Asia/Shanghai")));
        ledger.setOffsetDateTime(OffsetDateTime.of(2024, 7, 1, 8, 0, 0, 0, ZoneOffset.ofHours(-3)));
        ledger.setDuration(Duration.ofSeconds(3661, 500_000_000));
    }

    private static void fillContainers(Ledger ledger) {
        ledger.setBytes(new byte[] {0, -1, 127});
        ledger.setInts(new int[] {1, -2, 300_000});
        ledger.setLongs(new long[] {Long.MAX_VALUE, 0});
        ledger.setDoubles(new double[] {0.5, 100});
        ledger.setTexts(new String[] {"a", null, "丝"});
        ledger.setCrates(new Crate[] {Values.crate(1)});
        ledger.setGrid(new int[][] {{1, 2}, {}, {3}});
        ledger.setLongList(Values.cast(Values.list(1L, 2L)));
        ledger.setTextSet(new LinkedHashSet<>(List.of("east", "west")));
        ledger.setTextByNumber(new HashMap<>(Map.of(7L, "seven")));
    }
}
