//! Java classes that mean more than their fields say.
//!
//! Hessian knows numbers, text, dates, lists, maps and objects; everything else Java writes as an object of
//! some class. The names here are what the bytes carry, as observed from dubbo-hessian-lite 3.2 and 4.0.

mod big_integer;
mod temporal;
mod throwable;

pub use big_integer::{MAX_WORDS, big_integer_text, big_integer_words, read_big_integer};
pub use temporal::{Temporal, TemporalKind};
pub use throwable::Throwable;

use crate::value::Value;

/// `BigDecimal`: one field, [`VALUE`], its text.
pub const BIG_DECIMAL: &str = "java.math.BigDecimal";
/// `BigInteger`: fields [`SIGNUM`] and [`MAGNITUDE`], and on old JDKs some cached ints.
pub const BIG_INTEGER: &str = "java.math.BigInteger";
/// `UUID`: one field, [`VALUE`], its text.
pub const UUID: &str = "java.util.UUID";
/// `File`: one field, [`VALUE`], its path.
pub const FILE: &str = "java.io.File";
/// `ObjectName`: one field, [`VALUE`], its text.
pub const OBJECT_NAME: &str = "javax.management.ObjectName";
/// `Class`: one field, [`NAME`].
pub const CLASS: &str = "java.lang.Class";
/// `new Object()`: no fields.
pub const PLAIN_OBJECT: &str = "object";
/// `java.sql.Date` where the declared type is wider: one field, [`VALUE`], a date.
pub const SQL_DATE: &str = "java.sql.Date";
/// As [`SQL_DATE`].
pub const SQL_TIME: &str = "java.sql.Time";
/// As [`SQL_DATE`].
pub const SQL_TIMESTAMP: &str = "java.sql.Timestamp";
/// Stands for a `Locale`: one field, [`VALUE`], its text such as `zh_CN`.
pub const LOCALE_HANDLE: &str = "com.alibaba.com.caucho.hessian.io.LocaleHandle";
/// Stands for a `Calendar`: fields `type`, a [`CLASS`], and `date`.
pub const CALENDAR_HANDLE: &str = "com.alibaba.com.caucho.hessian.io.CalendarHandle";
/// Stands for a `BitSet`: one field, `words`, a list of longs.
pub const BIT_SET_HANDLE: &str = "com.alibaba.com.caucho.hessian.io.BitSetHandle";
/// Stands for an `EnumSet`: fields `type`, a [`CLASS`], and `objects`, an array.
pub const ENUM_SET_HANDLE: &str = "com.alibaba.com.caucho.hessian.io.EnumSetHandler";
/// Stands for an `InetAddress`: fields `hostName` and `address`, a binary.
pub const INET_ADDRESS_HANDLE: &str = "com.alibaba.com.caucho.hessian.io.InetAddressHandle";
/// Stands for a `LongAdder`: one field, [`VALUE`], a long.
pub const LONG_ADDER_PROXY: &str = "java.util.concurrent.atomic.LongAdder$SerializationProxy";
/// Package of the classes that stand for those of `java.time`; each is named after its class plus
/// `Handle`. See [`TemporalKind`].
pub const TIME_HANDLES: &str = "com.alibaba.com.caucho.hessian.io.java8.";

/// The one field of classes that are written as their text or value.
pub const VALUE: &str = "value";
/// The one field of enum constants and of [`CLASS`].
pub const NAME: &str = "name";
/// Sign of a [`BIG_INTEGER`]: −1, 0 or 1.
pub const SIGNUM: &str = "signum";
/// Absolute value of a [`BIG_INTEGER`]: a list of ints, each 32 bits without sign, highest first.
pub const MAGNITUDE: &str = "mag";

/// What an object of a known class stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WellKnown {
    /// A decimal number: its text is in field [`VALUE`].
    Decimal,
    /// A whole number of any size, see [`read_big_integer`].
    BigInteger,
    /// Something that is its text, in field [`VALUE`]: UUID, file, object name, locale.
    Text,
    /// A class: its name is in field [`NAME`].
    Class,
    /// A date in field [`VALUE`].
    Date,
    /// A long in field [`VALUE`].
    Long,
    /// A class of `java.time`.
    Temporal(TemporalKind),
}

impl WellKnown {
    /// What objects of this class stand for, if it is more than their fields say.
    #[must_use]
    pub fn of(class_name: &str) -> Option<Self> {
        match class_name {
            BIG_DECIMAL => Some(Self::Decimal),
            BIG_INTEGER => Some(Self::BigInteger),
            UUID | FILE | OBJECT_NAME | LOCALE_HANDLE => Some(Self::Text),
            CLASS => Some(Self::Class),
            SQL_DATE | SQL_TIME | SQL_TIMESTAMP => Some(Self::Date),
            LONG_ADDER_PROXY => Some(Self::Long),
            _ => TemporalKind::of(class_name).map(Self::Temporal),
        }
    }
}

/// The name given to the one value that follows an object of a class that declares no field at all.
///
/// hessian-lite 4 writes so when `com.caucho.hessian.io.java.time.serializer.compactMode` is set.
pub(crate) fn unnamed_field(class_name: &str) -> Option<&'static str> {
    match class_name {
        "java.time.LocalDate" => Some(temporal::EPOCH_DAY),
        "java.time.LocalTime" => Some(temporal::NANO_OF_DAY),
        _ => None,
    }
}

impl Value {
    /// What this object stands for, by its class.
    #[must_use]
    pub fn well_known(&self) -> Option<WellKnown> {
        WellKnown::of(&self.as_object()?.class.name)
    }

    /// The digits of a `BigDecimal`, as Java wrote them: perhaps with an exponent.
    #[must_use]
    pub fn as_decimal_text(&self) -> Option<&str> {
        if self.well_known()? == WellKnown::Decimal { self.field(VALUE)?.as_str() } else { None }
    }

    /// The digits of a `BigInteger`. References are looked up in `root`, the tree's root.
    #[must_use]
    pub fn as_big_integer_text(&self, root: &Self) -> Option<String> {
        if self.well_known()? != WellKnown::BigInteger {
            return None;
        }
        let magnitude = match self.field(MAGNITUDE)? {
            Self::Ref(id) => root.resolve(*id)?,
            here => here,
        };
        let words: Option<Vec<u32>> =
            magnitude.as_list()?.iter().map(|word| Some(word.as_i32()?.cast_unsigned())).collect();
        big_integer_text(self.field(SIGNUM)?.as_i32()?, &words?)
    }

    /// The text of a UUID, file, object name or locale, or the name of a class.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self.well_known()? {
            WellKnown::Text => self.field(VALUE)?.as_str(),
            WellKnown::Class => self.field(NAME)?.as_str(),
            _ => None,
        }
    }

    /// The class and constant of an enum: any object whose only field is a text called [`NAME`].
    #[must_use]
    pub fn as_enum(&self) -> Option<(&str, &str)> {
        let object = self.as_object()?;
        match (&*object.class.fields, &*object.values) {
            ([name], [Self::String(constant)]) if **name == *NAME && *object.class.name != *CLASS => {
                Some((&object.class.name, constant))
            }
            _ => None,
        }
    }
}
