//! What an error of the engine means for a callback, in words.

use wasmtime::component::ResourceTableError;
use wasmtime::{Error, PoolConcurrencyLimitError, Trap, WasmBacktrace};

use super::room::{OutOfTime, Spent};
use crate::failure::Failure;

/// Frames that are told of a trap.
const FRAMES: usize = 4;

/// Why a call ended with `error`. `refused` is what the guest asked for and did not get during the call.
pub(super) fn failure(error: &Error, refused: Option<&'static str>) -> Failure {
    if let Some(Spent(budget)) = error.downcast_ref() {
        return Failure::Budget(budget);
    }
    if error.is::<OutOfTime>() {
        return Failure::Timeout;
    }
    if error.is::<PoolConcurrencyLimitError>() {
        return Failure::Exhausted;
    }
    if let Some(ResourceTableError::Full) = error.downcast_ref() {
        return Failure::Budget("handles");
    }
    if let Some(budget) = refused {
        return Failure::Budget(budget);
    }
    let cause = error.root_cause().to_string();
    if cause.contains("fuel allocated for hostcalls") {
        return Failure::Budget("body");
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::Interrupt) => Failure::Timeout,
        Some(trap) => Failure::Trap(format!("{}{}", plain(*trap), frames(error))),
        // Without a trap's code it was the passing of values that failed: the guest's answer is not what its type says.
        None if error.downcast_ref::<WasmBacktrace>().is_none() => Failure::Invalid(cause),
        None => Failure::Trap(format!("{cause}{}", frames(error))),
    }
}

/// Why an instance could not be made.
pub(super) fn start(error: &Error, refused: Option<&'static str>) -> Failure {
    match failure(error, refused) {
        Failure::Invalid(what) | Failure::Trap(what) => Failure::Start(what),
        other => other,
    }
}

fn plain(trap: Trap) -> String {
    match trap {
        Trap::StackOverflow => "the call stack is exhausted".to_owned(),
        Trap::UnreachableCodeReached => "it gave up (`unreachable`, as after a panic)".to_owned(),
        Trap::MemoryOutOfBounds => "it reached beyond its memory".to_owned(),
        other => other.to_string(),
    }
}

/// The innermost functions, as far as the module names them.
fn frames(error: &Error) -> String {
    let Some(trace) = error.downcast_ref::<WasmBacktrace>() else { return String::new() };
    let names: Vec<&str> = trace.frames().iter().filter_map(|frame| frame.func_name()).take(FRAMES).collect();
    match names[..] {
        [] => String::new(),
        _ => format!(", in {}", names.join(" < ")),
    }
}
