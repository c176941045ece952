//! Java classes that mean more than their fields say.

use yumen_hessian2::well_known::{
    MAX_WORDS, Temporal, TemporalKind, Throwable, WellKnown, big_integer_text, big_integer_words, read_big_integer,
};
use yumen_hessian2::{Reader, RefId, Token, Value};

use crate::wire::{both, encode, read, wire};

#[test]
fn a_decimal_is_its_text() {
    let value = read("43 14 'java.math.BigDecimal' 91 05 'value' 60 07 '1.2E-30'");
    assert_eq!(value.as_decimal_text(), Some("1.2E-30"));
    assert_eq!(value.well_known(), Some(WellKnown::Decimal));
    assert_eq!(Value::string("1.2").as_decimal_text(), None);
}

#[test]
fn uuid_file_locale_and_class_are_their_text() {
    for (class, field) in [
        ("java.util.UUID", "value"),
        ("java.io.File", "value"),
        ("com.alibaba.com.caucho.hessian.io.LocaleHandle", "value"),
        ("java.lang.Class", "name"),
    ] {
        let value = Value::object(class, [(field, Value::string("text"))]);
        assert_eq!(value.as_text(), Some("text"), "{class}");
        assert_eq!(value.as_enum(), None);
    }
}

#[test]
fn an_enum_is_an_object_with_nothing_but_a_name() {
    let value = Value::object("com.acme.Color", [("name", Value::string("RED"))]);
    assert_eq!(value.as_enum(), Some(("com.acme.Color", "RED")));
    let person = [("name", Value::string("Ann")), ("age", Value::Int(3))];
    assert_eq!(Value::object("com.acme.Person", person).as_enum(), None);
}

#[test]
fn big_integers_become_digits_and_come_back() {
    for (signum, words, text) in [
        (0, vec![], "0"),
        (1, vec![1], "1"),
        (-1, vec![u32::MAX], "-4294967295"),
        (1, vec![1, 0], "4294967296"),
        (1, vec![0x0DE0_B6B3, 0xA764_0000], "1000000000000000000"),
        (-1, vec![1, 0, 0, 0, 0], "-340282366920938463463374607431768211456"),
    ] {
        assert_eq!(big_integer_text(signum, &words).as_deref(), Some(text));
        assert_eq!(big_integer_words(text), Some((signum, words)));
    }
    assert_eq!(big_integer_words("+007"), Some((1, vec![7])));
    assert_eq!(big_integer_words("-0"), Some((0, vec![])));
    for not_a_number in ["", "-", "1.0", "0x10", "--1", " 1", "1e3"] {
        assert_eq!(big_integer_words(not_a_number), None, "{not_a_number:?}");
    }
}

#[test]
fn big_integers_are_bounded() {
    let largest = big_integer_text(1, &vec![u32::MAX; MAX_WORDS]).unwrap();
    assert_eq!(largest.len(), 9865);
    assert_eq!(big_integer_text(1, &vec![1; MAX_WORDS + 1]), None);
    assert_eq!(big_integer_words(&"9".repeat(1_000_000)), None);
}

#[test]
fn big_integers_are_read_from_tokens_and_from_trees_even_when_they_share_words() {
    let class = "43 14 'java.math.BigInteger' 93 08 'bitCount' 06 'signum' 03 'mag'";
    let bytes = wire(&format!("7A {class} 60 90 91 72 04 '[int' 91 90 60 90 8F 51 92"));
    let mut reader = Reader::new(&bytes);
    reader.next().unwrap();
    for text in ["4294967296", "-4294967296"] {
        let Ok(Token::Object { class, .. }) = reader.next() else { panic!("not an object") };
        assert_eq!(read_big_integer(&mut reader, class).unwrap().as_deref(), Some(text));
    }
    assert!(reader.is_empty());
    let tree = Value::read(&mut Reader::new(&bytes)).unwrap();
    let items = tree.as_list().unwrap();
    assert_eq!(items[0].as_big_integer_text(&tree).as_deref(), Some("4294967296"));
    assert_eq!(items[1].as_big_integer_text(&tree).as_deref(), Some("-4294967296"));
}

fn handle(kind: TemporalKind, values: Vec<Value>) -> Value {
    let class = yumen_hessian2::Class {
        name: kind.handle().into(),
        fields: kind.fields().iter().map(|&field| field.into()).collect(),
    };
    Value::Object(Box::new(yumen_hessian2::Object { class: class.into(), values }))
}

fn ints(kind: TemporalKind, numbers: &[i32]) -> Value {
    handle(kind, numbers.iter().copied().map(Value::Int).collect())
}

fn seconds(kind: TemporalKind, seconds: i64, nanos: i32) -> Value {
    handle(kind, vec![Value::Long(seconds), Value::Int(nanos)])
}

/// A value of `java.time` has the same text whether it is read from a tree or from tokens.
#[track_caller]
fn is_text(value: &Value, text: &str) {
    assert_eq!(value.as_temporal(value).unwrap().to_string(), text);
    let bytes = encode(value);
    let mut reader = Reader::new(&bytes);
    let Ok(Token::Object { class, .. }) = reader.next() else { panic!("not an object") };
    let kind = TemporalKind::of(&reader.class(class).name).unwrap();
    let temporal = Temporal::read(&mut reader, kind, class).unwrap();
    assert!(reader.is_empty());
    assert_eq!(temporal.to_string(), text);
}

#[test]
fn local_dates_and_times_are_iso_text() {
    use TemporalKind::{LocalDate, LocalDateTime, LocalTime};
    let date = ints(LocalDate, &[2024, 2, 29]);
    is_text(&date, "2024-02-29");
    is_text(&ints(LocalDate, &[-5, 1, 1]), "-0005-01-01");
    is_text(&ints(LocalDate, &[12_345, 12, 31]), "+12345-12-31");
    is_text(&ints(LocalTime, &[7, 5, 0, 0]), "07:05:00");
    is_text(&ints(LocalTime, &[23, 59, 59, 120_000_000]), "23:59:59.120");
    is_text(&ints(LocalTime, &[0, 0, 0, 1_000]), "00:00:00.000001");
    let time = ints(LocalTime, &[1, 2, 3, 4]);
    is_text(&handle(LocalDateTime, vec![date, time]), "2024-02-29T01:02:03.000000004");
}

#[test]
fn instants_durations_and_periods_are_iso_text() {
    use TemporalKind::{Duration, Instant, Period};
    is_text(&seconds(Instant, 0, 0), "1970-01-01T00:00:00Z");
    is_text(&seconds(Instant, 1_709_164_800, 5_000_000), "2024-02-29T00:00:00.005Z");
    is_text(&seconds(Instant, -1, 999_999_999), "1969-12-31T23:59:59.999999999Z");
    is_text(&seconds(Instant, 253_402_300_799, 0), "9999-12-31T23:59:59Z");
    is_text(&seconds(Instant, -62_167_219_200, 0), "0000-01-01T00:00:00Z");
    is_text(&seconds(Instant, i64::MAX, 0), "+999999999-12-31T15:30:07Z");
    is_text(&seconds(Duration, 0, 0), "PT0S");
    is_text(&seconds(Duration, 3661, 500_000_000), "PT1H1M1.5S");
    is_text(&seconds(Duration, 7200, 0), "PT2H");
    is_text(&seconds(Duration, -1, 500_000_000), "PT-0.5S");
    is_text(&seconds(Duration, -90, 0), "PT-1M-30S");
    is_text(&seconds(Duration, -3601, 250_000_000), "PT-1H-0.75S");
    is_text(&ints(Period, &[0, 0, 0]), "P0D");
    is_text(&ints(Period, &[1, 0, -3]), "P1Y-3D");
}

#[test]
fn zones_and_parts_of_dates_are_iso_text() {
    use TemporalKind::{
        LocalDate, LocalDateTime, LocalTime, MonthDay, OffsetDateTime, OffsetTime, Year, YearMonth, ZoneId, ZoneOffset,
        ZonedDateTime,
    };
    is_text(&ints(Year, &[2024]), "2024");
    is_text(&ints(YearMonth, &[2024, 3]), "2024-03");
    is_text(&ints(MonthDay, &[12, 3]), "--12-03");
    is_text(&ints(ZoneOffset, &[0]), "Z");
    is_text(&ints(ZoneOffset, &[28_800]), "+08:00");
    is_text(&ints(ZoneOffset, &[-16_230]), "-04:30:30");
    is_text(&handle(ZoneId, vec![Value::string("Asia/Shanghai")]), "Asia/Shanghai");
    let time = || ints(LocalTime, &[10, 15, 30, 0]);
    let date_time = || handle(LocalDateTime, vec![ints(LocalDate, &[2024, 1, 2]), time()]);
    let offset = || ints(ZoneOffset, &[28_800]);
    is_text(&handle(OffsetTime, vec![time(), offset()]), "10:15:30+08:00");
    is_text(&handle(OffsetDateTime, vec![date_time(), offset()]), "2024-01-02T10:15:30+08:00");
    let zoned = vec![date_time(), offset(), Value::string("Asia/Shanghai")];
    is_text(&handle(ZonedDateTime, zoned), "2024-01-02T10:15:30+08:00[Asia/Shanghai]");
    let no_region = vec![date_time(), offset(), Value::string("+08:00")];
    is_text(&handle(ZonedDateTime, no_region), "2024-01-02T10:15:30+08:00");
}

#[test]
fn a_date_shared_by_two_date_times_is_followed() {
    use TemporalKind::{LocalDate, LocalDateTime, LocalTime};
    let date_time = |date| handle(LocalDateTime, vec![date, ints(LocalTime, &[1, 0, 0, 0])]);
    let both = Value::list(vec![date_time(ints(LocalDate, &[2024, 1, 2])), date_time(Value::Ref(RefId(2)))]);
    let second = &both.as_list().unwrap()[1];
    assert_eq!(second.as_temporal(&both).unwrap().to_string(), "2024-01-02T01:00:00");
    let bytes = encode(&both);
    let mut reader = Reader::new(&bytes);
    reader.next().unwrap();
    reader.skip().unwrap();
    let Ok(Token::Object { class, .. }) = reader.next() else { panic!("not an object") };
    let temporal = Temporal::read(&mut reader, LocalDateTime, class).unwrap();
    assert_eq!(temporal.to_string(), "2024-01-02T01:00:00");
    assert!(reader.is_empty());
}

#[test]
fn the_compact_mode_of_java_time_is_read_and_written_back() {
    let date = Value::object("java.time.LocalDate", [("epochDay", Value::Long(19_782))]);
    both(&date, "43 13 'java.time.LocalDate' 90 60 3C 4D 46");
    is_text(&date, "2024-02-29");
    let nanos = Value::Long(3_661_000_000_001);
    let time = Value::object("java.time.LocalTime", [("nanoOfDay", nanos.clone())]);
    both(&time, "43 13 'java.time.LocalTime' 90 60 4C 00 00 03 54 64 9A C2 01");
    is_text(&time, "01:01:01.000000001");
    let fields = [("date", Value::Long(-1)), ("time", nanos)];
    is_text(&Value::object("java.time.LocalDateTime", fields), "1969-12-31T01:01:01.000000001");
}

#[test]
fn compact_dates_among_other_values_keep_the_stream_in_step() {
    let bytes = wire("7B 43 13 'java.time.LocalDate' 90 60 E0 60 E1 07 'the end'");
    let mut reader = Reader::new(&bytes);
    assert_eq!(reader.skip(), Ok(()));
    assert!(reader.is_empty());
}

#[test]
fn handles_full_of_themselves_end_soon() {
    let fields: Vec<Box<str>> = (0..200).map(|_| "date".into()).collect();
    let class = yumen_hessian2::Class { name: "java.time.LocalDate".into(), fields: fields.into() };
    let values = vec![Value::Ref(RefId(0)); 200];
    let value = Value::Object(Box::new(yumen_hessian2::Object { class: class.into(), values }));
    assert_eq!(value.as_temporal(&value), None);
    let bytes = encode(&value);
    let mut reader = Reader::new(&bytes);
    let Ok(Token::Object { class, .. }) = reader.next() else { panic!("not an object") };
    assert!(Temporal::read(&mut reader, TemporalKind::LocalDate, class).is_err());
}

const EXCEPTION: &str = "43 1A 'java.lang.RuntimeException' 94 \
    0D 'detailMessage' 05 'cause' 0A 'stackTrace' 14 'suppressedExceptions' \
    60 04 'boom' 51 90 70 1C '[java.lang.StackTraceElement' 78";

#[test]
fn an_exception_that_is_its_own_cause_is_read() {
    let value = read(EXCEPTION);
    assert_eq!(value.field("cause"), Some(&Value::Ref(RefId(0))));
    let throwable = value.as_throwable().unwrap();
    assert_eq!(throwable.class, "java.lang.RuntimeException");
    assert_eq!(throwable.message.as_deref(), Some("boom"));
    both(&value, EXCEPTION);
}

#[test]
fn an_exception_is_read_from_tokens_without_its_stack() {
    let bytes = wire(&format!("{EXCEPTION} 97"));
    let mut reader = Reader::new(&bytes);
    let Ok(Token::Object { class, .. }) = reader.next() else { panic!("not an object") };
    let throwable = Throwable::read(&mut reader, class).unwrap();
    assert_eq!(throwable.message.as_deref(), Some("boom"));
    assert_eq!(reader.next(), Ok(Token::Int(7)));
}

#[test]
fn a_generic_exception_is_shown_as_what_it_stands_for() {
    let value = Value::object(
        "org.apache.dubbo.rpc.service.GenericException",
        [
            ("detailMessage", Value::string("generic")),
            ("exceptionClass", Value::string("com.acme.Gone")),
            ("exceptionMessage", Value::string("gone")),
        ],
    );
    let throwable = value.as_throwable().unwrap();
    assert_eq!(throwable.class, "com.acme.Gone");
    assert_eq!(throwable.message.as_deref(), Some("gone"));
}

#[test]
fn an_rpc_exception_keeps_its_code() {
    let fields = [("code", Value::Int(2)), ("detailMessage", Value::Null)];
    let value = Value::object("org.apache.dubbo.rpc.RpcException", fields);
    let throwable = value.as_throwable().unwrap();
    assert_eq!((throwable.code, throwable.message), (Some(2), None));
}
