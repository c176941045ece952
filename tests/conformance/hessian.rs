//! The codec against hessian-lite: each shape that Java wrote is what Java meant, and what we write Java reads as the same.
//!
//! ```text
//!   Java ──▶ <name>.bin ──▶ Value ══ expected of manifest.json
//!                             │
//!   Java ◀── <name>.bin ◀─────┘
//! ```
//! `tests/fixtures/hessian/PROVENANCE.md` says where the bytes come from.

mod fixture;

use yumen_hessian2::{ErrorKind, Reader, Value, Writer};
use yumen_tests::java::{self, Line};

use fixture::Fixture;

/// Texts with half a surrogate pair, which Rust's texts cannot hold: they become U+FFFD, and are sent on as that.
const HALVED: &str = "text-lone-";

fn decode(bytes: &[u8]) -> Result<Value, yumen_hessian2::Error> {
    let mut reader = Reader::new(bytes);
    let value = Value::read(&mut reader)?;
    assert!(reader.is_empty(), "bytes are left over");
    Ok(value)
}

fn encode(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    value.write(&mut Writer::new(&mut out));
    out
}

/// Runs a check on every fixture of every line and tells all that fail.
#[track_caller]
fn each(mut check: impl FnMut(&Fixture) -> Result<(), String>) {
    let fixtures: Vec<_> = Line::ALL.into_iter().flat_map(fixture::load).collect();
    let failed = |fixture: &Fixture| check(fixture).err().map(|why| format!("{fixture}: {why}"));
    let failures: Vec<_> = fixtures.iter().filter_map(failed).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn equal(expected: &Value, actual: &Value) -> Result<(), String> {
    match (expected, actual) {
        (Value::Double(expected), Value::Double(actual)) if expected.is_nan() && actual.is_nan() => Ok(()),
        _ if expected == actual => Ok(()),
        _ => Err(format!("expected {expected:?}\n     got {actual:?}")),
    }
}

#[test]
fn what_java_wrote_is_read_as_what_java_meant() {
    each(|fixture| match decode(&fixture.bytes) {
        Ok(value) => equal(&fixture.expected, &value),
        Err(error) if fixture.malformed => match error.kind {
            ErrorKind::UnknownRef(_) => Ok(()),
            _ => Err(error.to_string()),
        },
        Err(error) => Err(error.to_string()),
    });
}

#[test]
fn what_is_written_again_is_read_as_the_same() {
    each(|fixture| match decode(&fixture.bytes) {
        Ok(value) => {
            let again = decode(&encode(&value)).map_err(|error| error.to_string())?;
            equal(&value, &again)
        }
        Err(_) => Ok(()),
    });
}

#[test]
fn numbers_dates_and_texts_have_the_bytes_that_java_gives_them() {
    each(|fixture| {
        let is_plain = matches!(
            fixture.expected,
            Value::Null
                | Value::Bool(_)
                | Value::Int(_)
                | Value::Long(_)
                | Value::Double(_)
                | Value::Date(_)
                | Value::String(_)
        );
        let is_ours = fixture.name.starts_with(HALVED) || fixture.name == "double-minus-0.0";
        if !is_plain || is_ours || encode(&fixture.expected) == fixture.bytes {
            Ok(())
        } else {
            Err("other bytes".to_owned())
        }
    });
}

#[test]
fn skipping_a_shape_ends_where_reading_it_ends() {
    each(|fixture| {
        let mut reader = Reader::new(&fixture.bytes);
        match reader.skip() {
            Ok(()) if reader.is_empty() => Ok(()),
            Ok(()) => Err("bytes are left over".to_owned()),
            Err(_) if fixture.malformed => Ok(()),
            Err(error) => Err(error.to_string()),
        }
    });
}

#[test]
fn no_beginning_of_a_shape_is_a_value() {
    each(|fixture| {
        let len = fixture.bytes.len();
        // Every byte of the short ones, and both ends of those that are mostly filling.
        let cuts = (0..len).filter(|cut| *cut < 400 || len - cut < 50);
        let whole = cuts.filter(|cut| decode(&fixture.bytes[..*cut]).is_ok());
        let whole: Vec<_> = whole.collect();
        if whole.is_empty() { Ok(()) } else { Err(format!("its first {whole:?} bytes are a value")) }
    });
}

#[test]
fn java_of_every_line_reads_what_we_write() {
    for line in Line::ALL {
        let written = tempfile::tempdir().unwrap();
        for fixture in fixture::load(line) {
            if fixture.malformed || fixture.name.starts_with(HALVED) {
                continue;
            }
            let value = decode(&fixture.bytes).unwrap();
            std::fs::write(written.path().join(format!("{}.bin", fixture.name)), encode(&value)).unwrap();
        }
        if let Err(said) = java::read_fixtures(line, written.path()) {
            let failed: Vec<_> = said.lines().filter(|line| !line.starts_with("ok ")).collect();
            panic!("Dubbo {line}:\n{}", failed.join("\n"));
        }
    }
}

#[test]
fn decimals_and_big_integers_keep_every_digit() {
    let mut seen = 0;
    each(|fixture| {
        let value = &fixture.expected;
        let (kind, digits) = match fixture.name.split_once('-') {
            Some((kind @ ("decimal" | "integer"), digits)) if !digits.ends_with("bits") => (kind, digits),
            _ => return Ok(()),
        };
        seen += 1;
        let digits = digits.replace("minus-", "-").replace("1e", "1E").replace("1E4", "1E+4");
        let text = match kind {
            "decimal" => value.as_decimal_text().map(str::to_owned),
            _ => value.as_big_integer_text(value),
        };
        if text.as_deref() == Some(&digits) { Ok(()) } else { Err(format!("expected {digits}, got {text:?}")) }
    });
    assert_eq!(seen, 30, "six decimals and four integers of three lines");
}

#[test]
fn dates_and_times_of_java_time_have_their_iso_text() {
    let texts = [
        ("time-local-date", "2024-02-29"),
        ("time-local-date-first", "-999999999-01-01"),
        ("time-local-time", "23:59:58.000000007"),
        ("time-midnight", "00:00:00"),
        ("time-local-date-time", "2024-02-29T23:59:58.007"),
        ("time-period", "P1Y-2M3D"),
        ("time-year", "2024"),
        ("time-year-month", "2024-02"),
        ("time-month-day", "--02-29"),
        ("time-instant", "2023-11-14T22:13:20.123456789Z"),
        ("time-instant-before-epoch", "1969-12-31T23:59:59.000000001Z"),
        ("time-duration", "PT1H1M1.5S"),
        ("time-duration-negative", "PT-0.001S"),
        ("time-zone-offset", "-03:30"),
        ("time-zone-id", "Asia/Shanghai"),
        ("time-offset-time", "23:59:58.007+08:00"),
        ("time-offset-date-time", "2024-02-29T23:59:58.007Z"),
        ("time-zoned", "2024-02-29T23:59:58.007+08:00[Asia/Shanghai]"),
        ("time-zoned-offset", "2024-02-29T23:59:58.007+01:00"),
    ];
    let mut seen = 0;
    each(|fixture| {
        if !fixture.name.starts_with("time-") {
            return Ok(());
        }
        seen += 1;
        let (_, expected) = texts.iter().find(|(name, _)| *name == fixture.name).ok_or("no expected text")?;
        let value = &fixture.expected;
        match value.as_temporal(value) {
            Some(temporal) if temporal.to_string() == *expected => Ok(()),
            Some(temporal) => Err(format!("expected {expected}, got {temporal}")),
            None => Err(format!("not of java.time: {value:?}")),
        }
    });
    assert_eq!(seen, 3 * texts.len());
}

#[test]
fn exceptions_tell_their_class_and_message() {
    let mut seen = 0;
    each(|fixture| {
        if !fixture.name.starts_with("exception") || fixture.name == "exception-trace-by-itself" {
            return Ok(());
        }
        seen += 1;
        let throwable = fixture.expected.as_throwable().ok_or("not an exception")?;
        let message = fixture.expected.field("detailMessage").and_then(Value::as_str);
        let same = throwable.message.as_deref() == message && Some(&*throwable.class) == fixture.expected.class_name();
        if same { Ok(()) } else { Err(format!("{throwable:?}")) }
    });
    assert!(seen > 30, "there are exceptions among the shapes");
}
