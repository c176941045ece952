//! Dates and times from text: `java.util.Date` as milliseconds, `java.time` as hessian-lite's handles.

use jiff::civil;

use super::super::types::{ClassId, Handles, NodeId, Temporal};
use super::{Encoded, Encoder, Form, quote};

impl Encoder<'_, '_> {
    /// `java.util.Date`: an RFC 3339 instant, `yyyy-MM-dd HH:mm:ss` or a bare date (both taken as UTC), or milliseconds.
    pub(super) fn date(&mut self, node: NodeId, text: &str) -> Encoded {
        let Some(milliseconds) = milliseconds(text) else {
            return Err(self.not(node, quote(text)));
        };
        self.writer().date(milliseconds);
        Ok(())
    }

    /// A class of `java.time`. In generic calls the provider reads the local types from text (`PojoUtils`).
    pub(super) fn temporal(&mut self, node: NodeId, temporal: Temporal, handles: Handles, text: &str) -> Encoded {
        let Some(value) = Parsed::of(temporal, text) else {
            return Err(self.not(node, quote(text)));
        };
        match value {
            Parsed::Date(_) | Parsed::Time(_) | Parsed::DateTime(_) if self.form == Form::Generic => {
                self.writer().string(text);
                Ok(())
            }
            Parsed::Date(date) => self.handle_date(handles, date),
            Parsed::Time(time) => self.handle_time(handles, time),
            Parsed::DateTime(value) => self.handle_date_time(handles, value),
            Parsed::OffsetTime(time, offset) => {
                self.whole_object(handles.own)?;
                self.handle_time(handles, time)?;
                self.handle_offset(handles, offset)
            }
            Parsed::OffsetDateTime(value, offset) => {
                self.whole_object(handles.own)?;
                self.handle_date_time(handles, value)?;
                self.handle_offset(handles, offset)
            }
            Parsed::Zoned(value, offset, zone) => {
                self.whole_object(handles.own)?;
                self.handle_date_time(handles, value)?;
                self.handle_offset(handles, offset)?;
                self.writer().string(zone);
                Ok(())
            }
            Parsed::Seconds(seconds, nanos) => {
                self.whole_object(handles.own)?;
                self.writer().long(seconds);
                self.writer().int(nanos);
                Ok(())
            }
            Parsed::Ints(ints) => self.handle_ints(handles.own, ints.into_iter().flatten()),
            Parsed::Text(text) => {
                self.whole_object(handles.own)?;
                self.writer().string(text);
                Ok(())
            }
        }
    }

    fn handle_date(&mut self, handles: Handles, date: civil::Date) -> Encoded {
        self.handle_ints(handles.date, [date.year().into(), date.month().into(), date.day().into()])
    }

    fn handle_time(&mut self, handles: Handles, time: civil::Time) -> Encoded {
        let parts = [time.hour().into(), time.minute().into(), time.second().into(), time.subsec_nanosecond()];
        self.handle_ints(handles.time, parts)
    }

    fn handle_date_time(&mut self, handles: Handles, value: civil::DateTime) -> Encoded {
        self.whole_object(handles.date_time)?;
        self.handle_date(handles, value.date())?;
        self.handle_time(handles, value.time())
    }

    fn handle_offset(&mut self, handles: Handles, seconds: i32) -> Encoded {
        self.handle_ints(handles.offset, [seconds])
    }

    fn handle_ints(&mut self, class: ClassId, ints: impl IntoIterator<Item = i32>) -> Encoded {
        self.whole_object(class)?;
        for int in ints {
            self.writer().int(int);
        }
        Ok(())
    }
}

/// Milliseconds since 1970, UTC.
fn milliseconds(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok();
    }
    let instant = match text.parse::<jiff::Timestamp>() {
        Ok(instant) => instant,
        Err(_) => local(text)?.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp(),
    };
    Some(instant.as_millisecond())
}

/// A date and time without offset, or a date alone.
fn local(text: &str) -> Option<civil::DateTime> {
    match text.len() {
        0..=10 => text.parse::<civil::Date>().ok().map(|date| date.at(0, 0, 0, 0)),
        _ => plain(text).then(|| text.parse().ok()).flatten(),
    }
}

/// No offset and no zone, which the parser of local times would pass over.
fn plain(text: &str) -> bool {
    let time = text.get(10..).unwrap_or_default();
    !time.contains(['Z', 'z', '+', '-', '['])
}

/// A text read as a class of `java.time`.
enum Parsed<'a> {
    Date(civil::Date),
    Time(civil::Time),
    DateTime(civil::DateTime),
    OffsetTime(civil::Time, i32),
    OffsetDateTime(civil::DateTime, i32),
    Zoned(civil::DateTime, i32, &'a str),
    Seconds(i64, i32),
    Ints([Option<i32>; 3]),
    Text(&'a str),
}

impl<'a> Parsed<'a> {
    fn of(temporal: Temporal, text: &'a str) -> Option<Self> {
        Some(match temporal {
            Temporal::LocalDate => Self::Date(local_date(text)?),
            Temporal::LocalTime => Self::Time(local_time(text)?),
            Temporal::LocalDateTime => Self::DateTime(local_date_time(text)?),
            Temporal::Instant => instant(text)?,
            Temporal::OffsetTime => {
                let (time, offset) = split_offset(text)?;
                Self::OffsetTime(local_time(time)?, offset)
            }
            Temporal::OffsetDateTime => {
                let (value, offset) = split_offset(text)?;
                Self::OffsetDateTime(local_date_time(value)?, offset)
            }
            Temporal::ZonedDateTime => zoned(text)?,
            Temporal::Year => Self::Ints([Some(year(text)?), None, None]),
            Temporal::YearMonth => {
                let (year_text, month) = text.rsplit_once('-')?;
                Self::Ints([Some(year(year_text)?), Some(two_digits(month, 12)?), None])
            }
            Temporal::MonthDay => {
                // Any leap year has every day there is.
                let date: civil::Date = format!("2000-{}", text.strip_prefix("--")?).parse().ok()?;
                Self::Ints([Some(date.month().into()), Some(date.day().into()), None])
            }
            Temporal::Duration => duration(text)?,
            Temporal::Period => period(text)?,
            Temporal::ZoneOffset => Self::Ints([Some(offset(text)?), None, None]),
            Temporal::ZoneId => Self::Text(zone(text)?),
        })
    }
}

fn local_date(text: &str) -> Option<civil::Date> {
    if text.len() == 10 { text.parse().ok() } else { None }
}

fn local_time(text: &str) -> Option<civil::Time> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.'));
    if digits && text.contains(':') { text.parse().ok() } else { None }
}

fn local_date_time(text: &str) -> Option<civil::DateTime> {
    if text.len() > 10 { local(text) } else { None }
}

fn instant(text: &str) -> Option<Parsed<'static>> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let instant = if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        jiff::Timestamp::from_millisecond(text.parse().ok()?).ok()?
    } else {
        text.parse::<jiff::Timestamp>().ok()?
    };
    let nanos = instant.as_nanosecond();
    let seconds = i64::try_from(nanos.div_euclid(1_000_000_000)).ok()?;
    Some(Parsed::Seconds(seconds, i32::try_from(nanos.rem_euclid(1_000_000_000)).ok()?))
}

/// `2024-01-31T10:15:30+08:00[Asia/Shanghai]`; without the bracket the offset is the zone.
fn zoned(text: &str) -> Option<Parsed<'_>> {
    let (head, zone_text) = match text.strip_suffix(']') {
        Some(open) => {
            let (head, name) = open.split_once('[')?;
            (head, Some(zone(name)?))
        }
        None => (text, None),
    };
    let (value, seconds) = split_offset(head)?;
    let offset_text = head.get(value.len()..)?;
    Some(Parsed::Zoned(local_date_time(value)?, seconds, zone_text.unwrap_or(offset_text)))
}

/// Splits `…+08:00` or `…Z` before its offset.
fn split_offset(text: &str) -> Option<(&str, i32)> {
    let time = text.find(':')?; // the first sign behind the hour is that of the offset
    let at = time + text.get(time..)?.find(['Z', '+', '-'])?;
    Some((text.get(..at)?, offset(text.get(at..)?)?))
}

/// `Z`, `+08:00`, `-03:30`, `+08:00:00`, `+08`: seconds east of UTC, at most 18 hours.
fn offset(text: &str) -> Option<i32> {
    if text == "Z" {
        return Some(0);
    }
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let mut parts = digits.split(':');
    let hours = two_digits_from_zero(parts.next()?, 18)?;
    let minutes = parts.next().map_or(Some(0), |text| two_digits_from_zero(text, 59))?;
    let seconds = parts.next().map_or(Some(0), |text| two_digits_from_zero(text, 59))?;
    let total = hours * 3600 + minutes * 60 + seconds;
    (parts.next().is_none() && total <= 18 * 3600).then_some(sign * total)
}

fn zone(text: &str) -> Option<&str> {
    let sign = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_' | b'-' | b'+' | b':' | b'.');
    (!text.is_empty() && text.len() <= 64 && text.bytes().all(sign)).then_some(text)
}

fn year(text: &str) -> Option<i32> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = (1..=9).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

fn two_digits(text: &str, most: i32) -> Option<i32> {
    two_digits_from_zero(text, most).filter(|value| *value > 0)
}

fn two_digits_from_zero(text: &str, most: i32) -> Option<i32> {
    let plain = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten().filter(|value| *value <= most)
}

/// What Java's `Duration.parse` reads: `PT1H30M`, `-PT1.5S`, `PT-0.5S`, `P2DT3H`; a day is 24 hours.
fn duration(text: &str) -> Option<Parsed<'static>> {
    let (sign, rest) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let rest = rest.strip_prefix('P').filter(|rest| !rest.is_empty())?;
    let (days, time) = match rest.split_once('T') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (rest, ""),
    };
    let nanos = sign * (sum(days, &[("D", 86_400)])? + sum(time, &[("H", 3600), ("M", 60), ("S", 1)])?);
    let seconds = i64::try_from(nanos.div_euclid(1_000_000_000)).ok()?;
    Some(Parsed::Seconds(seconds, i32::try_from(nanos.rem_euclid(1_000_000_000)).ok()?))
}

/// Nanoseconds of numbers with units, each unit at most once and in this order.
fn sum(mut text: &str, units: &[(&str, i128)]) -> Option<i128> {
    let (mut nanos, mut units) = (0, units.iter());
    while !text.is_empty() {
        let end = text.find(|sign: char| sign.is_ascii_alphabetic())?;
        let unit = text.get(end..=end)?;
        let (_, seconds) = units.find(|(name, _)| *name == unit)?;
        nanos += billionths(text.get(..end)?, unit == "S")? * seconds;
        text = text.get(end + 1..)?;
    }
    Some(nanos)
}

/// `-1.5` as a number of billionths; without `fraction` only `-1`.
fn billionths(number: &str, fraction: bool) -> Option<i128> {
    let (whole, behind) = match number.split_once('.') {
        Some((whole, behind)) if fraction => (whole, behind),
        Some(_) => return None,
        None => (number, ""),
    };
    if behind.len() > 9 || !behind.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let sign = if whole.starts_with('-') { -1 } else { 1 };
    let part: i128 = format!("{behind:0<9}").parse().ok()?;
    Some(i128::from(whole.parse::<i64>().ok()?) * 1_000_000_000 + sign * part)
}

/// `P1Y2M3D`, `P2W`: years, months, days; a week is seven days.
fn period(text: &str) -> Option<Parsed<'static>> {
    let (sign, mut rest) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    rest = rest.strip_prefix('P').filter(|rest| !rest.is_empty())?;
    let (mut parts, mut units) = ([0i32; 3], "YMWD");
    while !rest.is_empty() {
        let end = rest.find(|sign: char| sign.is_ascii_alphabetic())?;
        let number: i32 = rest.get(..end)?.parse().ok()?;
        let unit = rest.get(end..=end)?;
        let place = units.find(unit)?;
        units = units.get(place + 1..)?;
        rest = rest.get(end + 1..)?;
        let (slot, scale) = match unit {
            "Y" => (0, 1),
            "M" => (1, 1),
            "W" => (2, 7),
            _ => (2, 1),
        };
        let part = parts.get_mut(slot)?;
        *part = number.checked_mul(scale * sign)?.checked_add(*part)?;
    }
    Some(Parsed::Ints(parts.map(Some)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_what_java_reads() {
        let read = |text| match duration(text)? {
            Parsed::Seconds(seconds, nanos) => Some((seconds, nanos)),
            _ => None,
        };
        for (text, value) in [
            ("PT0S", (0, 0)),
            ("PT1H30M", (5400, 0)),
            ("P2DT3H", (183_600, 0)),
            ("P-1D", (-86_400, 0)),
            ("PT-0.5S", (-1, 500_000_000)),
            ("-PT1.5S", (-2, 500_000_000)),
            ("-PT-1.5S", (1, 500_000_000)),
            ("PT1H-0.000000001S", (3599, 999_999_999)),
        ] {
            assert_eq!(read(text), Some(value), "{text}");
        }
        let too_long = format!("PT{}S", i128::MAX);
        for text in
            ["", "P", "PT", "P1DT", "1H", "PT1", "PT1.5H", "PT1M1H", "PT1.0000000001S", "P1Y", "PT.5S", &too_long]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
