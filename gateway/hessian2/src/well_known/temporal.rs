//! `java.time`: dates, times, spans and zones, from the handles that hessian-lite writes for them.
//!
//! ```text
//!   OffsetDateTimeHandle              Temporal { kind: OffsetDateTime,
//!   ├── dateTime: LocalDateTimeHandle
//!   │   ├── date: LocalDateHandle          year, month, day,
//!   │   └── time: LocalTimeHandle          hour, minute, second, nano,
//!   └── offset: ZoneOffsetHandle           seconds }
//! ```
//! The field names of nested handles never clash, so all of them fill one flat record. The compact mode of
//! hessian-lite 4 writes days and nanoseconds as longs in place of the inner handles.

mod format;

use super::TIME_HANDLES;
use crate::class::ClassIndex;
use crate::error::Error;
use crate::reader::{Reader, Token};
use crate::value::Value;

/// Name given to the days since 1970 that follow a compact `LocalDate`.
pub(crate) const EPOCH_DAY: &str = "epochDay";
/// Name given to the nanoseconds since midnight that follow a compact `LocalTime`.
pub(crate) const NANO_OF_DAY: &str = "nanoOfDay";

/// Years that `java.time` can hold, in days since 1970.
const EPOCH_DAYS: std::ops::RangeInclusive<i64> = -365_243_219_162..=365_241_780_471;

/// A class of `java.time`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is the class of that name")]
pub enum TemporalKind {
    LocalDate,
    LocalTime,
    LocalDateTime,
    Instant,
    Duration,
    Period,
    Year,
    YearMonth,
    MonthDay,
    ZoneOffset,
    ZoneId,
    OffsetTime,
    OffsetDateTime,
    ZonedDateTime,
}

/// Each class, its name, and the fields of its handle.
const KINDS: &[(TemporalKind, &str, &[&str])] = &[
    (TemporalKind::LocalDate, "LocalDate", &["year", "month", "day"]),
    (TemporalKind::LocalTime, "LocalTime", &["hour", "minute", "second", "nano"]),
    (TemporalKind::LocalDateTime, "LocalDateTime", &["date", "time"]),
    (TemporalKind::Instant, "Instant", &["seconds", "nanos"]),
    (TemporalKind::Duration, "Duration", &["seconds", "nanos"]),
    (TemporalKind::Period, "Period", &["years", "months", "days"]),
    (TemporalKind::Year, "Year", &["year"]),
    (TemporalKind::YearMonth, "YearMonth", &["year", "month"]),
    (TemporalKind::MonthDay, "MonthDay", &["month", "day"]),
    (TemporalKind::ZoneOffset, "ZoneOffset", &["seconds"]),
    (TemporalKind::ZoneId, "ZoneId", &["zoneId"]),
    (TemporalKind::OffsetTime, "OffsetTime", &["localTime", "zoneOffset"]),
    (TemporalKind::OffsetDateTime, "OffsetDateTime", &["dateTime", "offset"]),
    (TemporalKind::ZonedDateTime, "ZonedDateTime", &["dateTime", "offset", "zoneId"]),
];

impl TemporalKind {
    /// The kind that objects of this class stand for: a handle, or the class of `java.time` itself.
    #[must_use]
    pub fn of(class_name: &str) -> Option<Self> {
        let name = match class_name.strip_prefix(TIME_HANDLES) {
            Some(handle) => handle.strip_suffix("Handle")?,
            None => class_name.strip_prefix("java.time.")?,
        };
        KINDS.iter().find(|(_, known, _)| *known == name).map(|(kind, ..)| *kind)
    }

    /// The class that stands for this one in the bytes.
    #[must_use]
    pub fn handle(self) -> String {
        format!("{TIME_HANDLES}{}Handle", self.row().1)
    }

    /// The fields of [`TemporalKind::handle`]: numbers, except those that hold another handle and `zoneId`,
    /// which is text.
    #[must_use]
    pub fn fields(self) -> &'static [&'static str] {
        self.row().2
    }

    fn row(self) -> &'static (Self, &'static str, &'static [&'static str]) {
        KINDS.iter().find(|(kind, ..)| *kind == self).unwrap_or(&KINDS[0])
    }
}

/// The parts of a value of `java.time`, as they came: a part its kind does not have is zero, and none has
/// been checked to be on the calendar. Displays as ISO 8601, with seconds always and fractions of three,
/// six or nine digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Temporal {
    /// Which class.
    pub kind: TemporalKind,
    /// Year, or years of a period.
    pub year: i32,
    /// Month from 1, or months of a period.
    pub month: i32,
    /// Day of the month from 1, or days of a period.
    pub day: i32,
    /// Hour of the day.
    pub hour: i32,
    /// Minute of the hour.
    pub minute: i32,
    /// Second of the minute.
    pub second: i32,
    /// Nanosecond of the second.
    pub nano: i32,
    /// Of an instant: seconds since 1970. Of a duration: its seconds. Otherwise the zone's offset from UTC.
    pub seconds: i64,
    /// Name of the zone.
    pub zone: Option<Box<str>>,
}

impl Temporal {
    /// Reads the fields of a handle whose object token has just been read, and leaves it.
    ///
    /// # Errors
    /// As [`Reader::next`].
    pub fn read(reader: &mut Reader<'_>, kind: TemporalKind, class: ClassIndex) -> Result<Self, Error> {
        let mut temporal = Self::empty(kind);
        temporal.read_fields(reader, class)?;
        Ok(temporal)
    }

    fn read_fields(&mut self, reader: &mut Reader<'_>, class: ClassIndex) -> Result<(), Error> {
        for field in reader.class(class).fields() {
            let token = reader.next()?;
            self.read_part(reader, &field, token)?;
        }
        reader.leave();
        Ok(())
    }

    fn read_part(&mut self, reader: &mut Reader<'_>, field: &str, token: Token<'_>) -> Result<(), Error> {
        match token {
            Token::Int(value) => self.set(field, i64::from(value)),
            Token::Long(value) => self.set(field, value),
            Token::String(text) => self.zone = Some(text.into()),
            Token::Object { class, .. } => self.read_fields(reader, class)?,
            Token::Ref(id) => {
                let bookmark = reader.revisit(id)?;
                let shared = reader.next().and_then(|token| self.read_part(reader, field, token));
                reader.resume(bookmark);
                shared?;
            }
            other => reader.skip_inside(&other)?,
        }
        Ok(())
    }

    /// From a tree. References are looked up in `root`; `left` bounds how many values are looked at, so that
    /// objects full of references to themselves end soon.
    fn fill(&mut self, root: &Value, field: &str, value: &Value, left: &mut u8) -> Option<()> {
        *left = left.checked_sub(1)?;
        match value {
            Value::String(text) => self.zone = Some(text.clone()),
            Value::Ref(id) => self.fill(root, field, root.resolve(*id)?, left)?,
            Value::Object(object) => {
                for (field, value) in object.fields() {
                    self.fill(root, field, value, left)?;
                }
            }
            number => self.set(field, number.as_i64().unwrap_or(0)),
        }
        Some(())
    }

    fn empty(kind: TemporalKind) -> Self {
        let (year, month, day, hour, minute, second, nano, seconds, zone) = Default::default();
        Self { kind, year, month, day, hour, minute, second, nano, seconds, zone }
    }

    fn set(&mut self, field: &str, value: i64) {
        let part = i32::try_from(value).unwrap_or(0);
        match field {
            "year" | "years" => self.year = part,
            "month" | "months" => self.month = part,
            "day" | "days" => self.day = part,
            "hour" => self.hour = part,
            "minute" => self.minute = part,
            "second" => self.second = part,
            "nano" | "nanos" => self.nano = part,
            "seconds" | "totalSeconds" => self.seconds = value,
            "date" | EPOCH_DAY => self.set_epoch_day(value),
            "time" | NANO_OF_DAY => self.set_nano_of_day(value),
            _ => {}
        }
    }

    /// The proleptic Gregorian calendar, counted in eras of 400 years that begin in March.
    fn set_epoch_day(&mut self, epoch_day: i64) {
        const ERA: i64 = 146_097;
        let day = epoch_day.clamp(*EPOCH_DAYS.start(), *EPOCH_DAYS.end()) + 719_468;
        let (era, of_era) = (day.div_euclid(ERA), day.rem_euclid(ERA));
        let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        self.day = (of_year - (153 * month + 2) / 5 + 1) as i32;
        self.month = (if month < 10 { month + 3 } else { month - 9 }) as i32;
        self.year = (era * 400 + year + i64::from(self.month <= 2)) as i32;
    }

    fn set_nano_of_day(&mut self, nano_of_day: i64) {
        const SECOND: i64 = 1_000_000_000;
        let second = (nano_of_day / SECOND) % 86_400;
        self.set_second_of_day(second);
        self.nano = (nano_of_day % SECOND) as i32;
    }

    fn set_second_of_day(&mut self, second: i64) {
        self.hour = (second / 3600) as i32;
        self.minute = (second / 60 % 60) as i32;
        self.second = (second % 60) as i32;
    }
}

impl Value {
    /// The parts of a value of `java.time`. References are looked up in `root`, the tree's root.
    #[must_use]
    pub fn as_temporal(&self, root: &Self) -> Option<Temporal> {
        /// More than the largest has: a zoned date-time is 14 values.
        const VALUES: u8 = 64;
        let mut temporal = Temporal::empty(TemporalKind::of(&self.as_object()?.class.name)?);
        temporal.fill(root, "", self, &mut { VALUES })?;
        Some(temporal)
    }
}
