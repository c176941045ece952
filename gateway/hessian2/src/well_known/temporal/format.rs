//! `java.time` as text: ISO 8601 as Java's `toString` has it, but with the seconds always there.

use std::fmt::{self, Display, Formatter};

use super::{Temporal, TemporalKind};

const NANOS: i32 = 1_000_000_000;

impl Display for Temporal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.kind {
            TemporalKind::LocalDate => self.date(f),
            TemporalKind::LocalTime => self.time(f),
            TemporalKind::LocalDateTime => self.date_time(f),
            TemporalKind::Instant => self.instant(f),
            TemporalKind::Duration => self.duration(f),
            TemporalKind::Period => self.period(f),
            TemporalKind::Year => write!(f, "{}", self.year),
            TemporalKind::YearMonth => self.year_month(f),
            TemporalKind::MonthDay => write!(f, "--{:02}-{:02}", self.month, self.day),
            TemporalKind::ZoneOffset => self.offset(f),
            TemporalKind::ZoneId => f.write_str(self.zone.as_deref().unwrap_or_default()),
            TemporalKind::OffsetTime => self.time(f).and_then(|()| self.offset(f)),
            TemporalKind::OffsetDateTime => self.date_time(f).and_then(|()| self.offset(f)),
            TemporalKind::ZonedDateTime => self.zoned(f),
        }
    }
}

impl Temporal {
    fn year_month(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.year {
            0..=9999 => write!(f, "{:04}", self.year),
            ..0 => write!(f, "-{:04}", self.year.unsigned_abs()),
            _ => write!(f, "+{}", self.year),
        }?;
        write!(f, "-{:02}", self.month)
    }

    fn date(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.year_month(f)?;
        write!(f, "-{:02}", self.day)
    }

    fn time(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}:{:02}", self.hour, self.minute, self.second)?;
        match self.nano {
            0 => Ok(()),
            nano if nano % 1_000_000 == 0 => write!(f, ".{:03}", nano / 1_000_000),
            nano if nano % 1000 == 0 => write!(f, ".{:06}", nano / 1000),
            nano => write!(f, ".{nano:09}"),
        }
    }

    fn date_time(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.date(f)?;
        f.write_str("T")?;
        self.time(f)
    }

    fn instant(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut utc = Self { zone: None, ..*self };
        utc.set_epoch_day(self.seconds.div_euclid(86_400));
        utc.set_second_of_day(self.seconds.rem_euclid(86_400));
        utc.date_time(f)?;
        f.write_str("Z")
    }

    fn offset(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.seconds == 0 {
            return f.write_str("Z");
        }
        let sign = if self.seconds < 0 { '-' } else { '+' };
        let seconds = self.seconds.unsigned_abs();
        write!(f, "{sign}{:02}:{:02}", seconds / 3600, seconds / 60 % 60)?;
        if seconds.is_multiple_of(60) { Ok(()) } else { write!(f, ":{:02}", seconds % 60) }
    }

    /// The zone is left out when it is nothing but the offset.
    fn zoned(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.date_time(f)?;
        let offset = Self { kind: TemporalKind::ZoneOffset, zone: None, ..*self }.to_string();
        f.write_str(&offset)?;
        match &self.zone {
            Some(zone) if **zone != *offset => write!(f, "[{zone}]"),
            _ => Ok(()),
        }
    }

    fn period(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("P")?;
        let parts = [(self.year, 'Y'), (self.month, 'M'), (self.day, 'D')];
        if parts.iter().all(|(number, _)| *number == 0) {
            return f.write_str("0D");
        }
        parts.iter().filter(|(number, _)| *number != 0).try_for_each(|(number, unit)| write!(f, "{number}{unit}"))
    }

    /// Seconds and nanoseconds count in opposite directions when the seconds are negative: −0.5 s is −1 s
    /// and 500 ms.
    fn duration(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let backwards = self.seconds < 0 && self.nano > 0;
        let whole = if backwards { self.seconds + 1 } else { self.seconds };
        let nano = if backwards { NANOS.saturating_sub(self.nano) } else { self.nano };
        let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
        f.write_str("PT")?;
        if hours != 0 {
            write!(f, "{hours}H")?;
        }
        if minutes != 0 {
            write!(f, "{minutes}M")?;
        }
        match (seconds, nano) {
            (0, 0) if whole != 0 => Ok(()),
            (_, 0) => write!(f, "{seconds}S"),
            _ => {
                let sign = if backwards && seconds == 0 { "-" } else { "" };
                let fraction = format!("{nano:09}");
                write!(f, "{sign}{seconds}.{}S", fraction.trim_end_matches('0'))
            }
        }
    }
}
