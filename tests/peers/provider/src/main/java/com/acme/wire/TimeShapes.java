package com.acme.wire;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.MonthDay;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.Period;
import java.time.Year;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Calendar;
import java.util.GregorianCalendar;
import java.util.TimeZone;

/** All of java.time, which travels as handles of hessian-lite's own, and what was before it. */
final class TimeShapes {
    private static final LocalDate LEAP_DAY = LocalDate.of(2024, 2, 29);
    private static final LocalTime LATE = LocalTime.of(23, 59, 58, 7_000_000);

    private TimeShapes() {}

    static void addTo(Shapes shapes) {
        days(shapes);
        instants(shapes);
        zones(shapes);
        older(shapes);
    }

    private static void days(Shapes shapes) {
        shapes.add("time-local-date", "LocalDate", () -> LocalDate.of(2024, 2, 29));
        shapes.add("time-local-date-first", "LocalDate.MIN", () -> LocalDate.MIN);
        shapes.add("time-local-time", "LocalTime with nanoseconds", () -> LocalTime.of(23, 59, 58, 7));
        shapes.add("time-midnight", "LocalTime.MIDNIGHT", () -> LocalTime.MIDNIGHT);
        shapes.add("time-local-date-time", "LocalDateTime", () -> LocalDateTime.of(LEAP_DAY, LATE));
        shapes.add("time-period", "Period", () -> Period.of(1, -2, 3));
        shapes.add("time-year", "Year", () -> Year.of(2024));
        shapes.add("time-year-month", "YearMonth", () -> YearMonth.of(2024, 2));
        shapes.add("time-month-day", "MonthDay", () -> MonthDay.of(2, 29));
    }

    private static void instants(Shapes shapes) {
        shapes.add("time-instant", "Instant with nanoseconds", () -> Instant.ofEpochSecond(1_700_000_000L, 123_456_789));
        shapes.add("time-instant-before-epoch", "Instant before 1970", () -> Instant.ofEpochSecond(-1, 1));
        shapes.add("time-duration", "Duration", () -> Duration.ofSeconds(3661, 500_000_000));
        shapes.add("time-duration-negative", "Duration below nothing", () -> Duration.ofMillis(-1));
    }

    private static void zones(Shapes shapes) {
        shapes.add("time-zone-offset", "ZoneOffset", () -> ZoneOffset.ofHoursMinutes(-3, -30));
        shapes.add("time-zone-id", "ZoneId", () -> ZoneId.of("Asia/Shanghai"));
        shapes.add("time-offset-time", "OffsetTime", () -> OffsetTime.of(LATE, ZoneOffset.ofHours(8)));
        shapes.add("time-offset-date-time", "OffsetDateTime", () -> OffsetDateTime.of(LEAP_DAY, LATE, ZoneOffset.UTC));
        shapes.add("time-zoned", "ZonedDateTime of a region", () -> ZonedDateTime.of(LEAP_DAY, LATE, ZoneId.of("Asia/Shanghai")));
        shapes.add("time-zoned-offset", "ZonedDateTime of an offset", () -> ZonedDateTime.of(LEAP_DAY, LATE, ZoneOffset.ofHours(1)));
    }

    private static void older(Shapes shapes) {
        shapes.add("sql-date", "java.sql.Date by itself", () -> new java.sql.Date(1_700_000_000_000L));
        shapes.add("sql-time", "java.sql.Time by itself", () -> new java.sql.Time(1_700_000_000_000L));
        shapes.add("sql-timestamp", "java.sql.Timestamp by itself", () -> new java.sql.Timestamp(1_700_000_000_123L));
        shapes.add("calendar", "GregorianCalendar", () -> {
            Calendar calendar = new GregorianCalendar(TimeZone.getTimeZone("UTC"));
            calendar.setTimeInMillis(1_700_000_000_123L);
            return calendar;
        });
    }
}
