//! Hessian 2 as Dubbo speaks it: bytes to values and back, bounded.
//!
//! A value is a first byte and what that byte asks for. Every first byte there is:
//!
//! | first byte | value | then |
//! |---|---|---|
//! | `00`–`1F` | string of 0–31 units | the units |
//! | `20`–`2F` | binary of 0–15 bytes | the bytes |
//! | `30`–`33` | string of up to 1023 units | low length byte, the units |
//! | `34`–`37` | binary of up to 1023 bytes | low length byte, the bytes |
//! | `38`–`3F` | long −2¹⁸…2¹⁸−1 | two low bytes |
//! | `41` A, `42` B | binary chunk, last chunk | length in two bytes, the bytes; after A another chunk |
//! | `43` C | class definition | name, field count, field names; then a value |
//! | `44` D | double | 8 bytes |
//! | `46` F, `54` T | false, true | |
//! | `48` H | map | keys and values up to `5A` |
//! | `49` I | int | 4 bytes |
//! | `4A`, `4B` | date | milliseconds in 8 bytes, minutes in 4 |
//! | `4C` L, `59` | long | 8 bytes, 4 bytes |
//! | `4D` M | typed map | type, keys and values up to `5A` |
//! | `4E` N | null | |
//! | `4F` O | object | class number, the values of its fields |
//! | `51` Q | reference | number of a list, map or object that has started before |
//! | `52` R, `53` S | string chunk, last chunk | units in two bytes, the units; after R another chunk |
//! | `55`, `57` | list, typed and not | (type,) values up to `5A` |
//! | `56`, `58` | list, typed and not | (type,) length, values |
//! | `5A` Z | the end of a map or list | |
//! | `5B`, `5C` | double 0.0, 1.0 | |
//! | `5D`, `5E`, `5F` | double | 1 byte, 2 bytes, thousandths in 4 |
//! | `60`–`6F` | object of class 0–15 | the values of its fields |
//! | `70`–`77` | typed list of 0–7 | type, values |
//! | `78`–`7F` | list of 0–7 | values |
//! | `80`–`BF` | int −16…47 | |
//! | `C0`–`CF`, `D0`–`D7` | int −2¹¹…, −2¹⁸… | one low byte, two |
//! | `D8`–`EF`, `F0`–`FF` | long −8…15, −2¹¹… | nothing, one low byte |
//!
//! A *unit* is one of UTF-16, written as one to three bytes. A *type* is a string, or an int that counts
//! the type strings before it. Lists, maps and objects are numbered as they start.
//!
//! ```text
//!               Reader ──▶ Token      pulls from borrowed bytes, builds nothing; the hot path
//!   bytes ──▶     └──────▶ Value      a tree, for those who want one
//!         ◀── Writer ◀─────┘          appends the shortest forms
//! ```
//!
//! Nothing in the bytes can make this crate panic, recurse without end or allocate ahead of what was
//! received: see [`Limits`].

mod class;
mod error;
mod limits;
mod reader;
mod source;
mod tag;
mod text;
mod value;
pub mod well_known;
mod writer;

pub use class::{ClassDefinition, ClassIndex, KnownClass};
pub use error::{Error, ErrorKind};
pub use limits::Limits;
pub use reader::{Bookmark, Reader, RefId, Token};
pub use value::{Class, List, Map, Object, Value};
pub use writer::Writer;
