//! Lines in the gateway's log and in the plugin's own.
//!
//! ```
//! yumen_plugin::log::warn!("a key expired {} s ago", 7);
//! ```

#[cfg(target_arch = "wasm32")]
use crate::bindings::host::yumen::plugin::log as host;
#[cfg(not(target_arch = "wasm32"))]
use crate::testing::calls::log as host;

pub use crate::bindings::host::yumen::plugin::log::Level;

/// Whether lines of `level` are kept. The macros ask before they format.
#[must_use]
pub fn enabled(level: Level) -> bool {
    host::enabled(level)
}

/// Writes a line. Control characters are escaped, and what is longer than 8 KiB is cut.
pub fn write(level: Level, message: &str) {
    host::write(level, message);
}

/// Logs the message of a panic before the panic becomes a trap. Call it in `configure`; it imports the log.
pub fn panics() {
    #[cfg(target_arch = "wasm32")]
    std::panic::set_hook(Box::new(|panic| write(Level::Error, &panic.to_string())));
}

#[doc(hidden)]
#[macro_export]
macro_rules! __log {
    ($level:ident, $($message:tt)*) => {
        if $crate::log::enabled($crate::log::Level::$level) {
            $crate::log::write($crate::log::Level::$level, &::std::format!($($message)*));
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __log_trace { ($($message:tt)*) => { $crate::__log!(Trace, $($message)*) }; }
#[doc(hidden)]
#[macro_export]
macro_rules! __log_debug { ($($message:tt)*) => { $crate::__log!(Debug, $($message)*) }; }
#[doc(hidden)]
#[macro_export]
macro_rules! __log_info { ($($message:tt)*) => { $crate::__log!(Info, $($message)*) }; }
#[doc(hidden)]
#[macro_export]
macro_rules! __log_warn { ($($message:tt)*) => { $crate::__log!(Warn, $($message)*) }; }
#[doc(hidden)]
#[macro_export]
macro_rules! __log_error { ($($message:tt)*) => { $crate::__log!(Error, $($message)*) }; }

/// Writes a formatted line.
pub use crate::{
    __log_debug as debug, __log_error as error, __log_info as info, __log_trace as trace, __log_warn as warn,
};
