//! Compilation, where it hurts nobody: on threads of its own with low priority, few at a time, and with an end to the wait.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use wasmtime::component::Component;

use crate::engine::Engine;
use crate::error::{HostError, LoadError, Step};

/// Modules compiled at the same time. A third one waits for its turn.
const AT_ONCE: usize = 2;

/// How much less than everybody else the compiler's threads are given.
const NICE: i32 = 10;

/// How long a load waits for its code, its turn included. The largest engines of scripting languages take a tenth of it on a small machine.
const PATIENCE: Duration = Duration::from_secs(180);

/// The compiler's threads.
pub(crate) struct Compiler {
    threads: rayon::ThreadPool,
    turns: Arc<Turns>,
    patience: Duration,
}

impl Compiler {
    pub(crate) fn start() -> Result<Compiler, HostError> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = rayon::ThreadPoolBuilder::new()
            .num_threads(cores.div_ceil(2).max(AT_ONCE))
            .thread_name(|number| format!("plugin-compile-{number}"))
            .start_handler(|_| {
                // A machine that forbids it compiles with the priority of everybody.
                let _ = rustix::process::nice(NICE);
            })
            // A compiler that fails at a module must not take the process with it; whoever waits sees that nothing comes.
            .panic_handler(|_| {})
            .build()
            .map_err(|error| HostError(error.to_string()))?;
        Ok(Compiler { threads, turns: Arc::new(Turns::new(AT_ONCE)), patience: PATIENCE })
    }

    /// Compiles; blocks until it is done. What takes too long is given up: its thread finishes alone and its turn stays taken until then.
    pub(crate) fn compile(&self, engine: &Arc<Engine>, bytes: &Bytes) -> Result<Component, LoadError> {
        let (engine, bytes) = (Arc::clone(engine), bytes.clone());
        let turn = Turns::take(&self.turns, self.patience).ok_or_else(|| late(self.patience))?;
        let (done, result) = channel();
        self.threads.spawn(move || {
            let compiled = Component::new(engine.wasm(), &bytes);
            drop(turn);
            // Nobody may be waiting any more.
            let _ = done.send(compiled);
        });
        match result.recv_timeout(self.patience) {
            Ok(compiled) => compiled.map_err(|error| LoadError::new(Step::Compile, format!("{error:#}"))),
            Err(RecvTimeoutError::Timeout) => Err(late(self.patience)),
            Err(RecvTimeoutError::Disconnected) => {
                Err(LoadError::new(Step::Compile, "the compiler failed at this module"))
            }
        }
    }
}

fn late(patience: Duration) -> LoadError {
    LoadError::new(Step::Compile, format!("is not compiled after {} seconds", patience.as_secs()))
}

/// Turns to be taken and given back.
struct Turns {
    free: Mutex<usize>,
    freed: Condvar,
}

/// One turn; given back when dropped.
struct Turn(Arc<Turns>);

impl Turns {
    fn new(free: usize) -> Turns {
        Turns { free: Mutex::new(free), freed: Condvar::new() }
    }

    fn take(turns: &Arc<Turns>, patience: Duration) -> Option<Turn> {
        let free = turns.free.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = turns.freed.wait_timeout_while(free, patience, |free| *free == 0);
        let (mut free, _) = waited.unwrap_or_else(PoisonError::into_inner);
        *free = free.checked_sub(1)?;
        Some(Turn(Arc::clone(turns)))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_that_is_not_given_back_is_not_taken_twice() {
        let turns = Arc::new(Turns::new(1));
        let first = Turns::take(&turns, Duration::ZERO);
        assert!(first.is_some());
        assert!(Turns::take(&turns, Duration::ZERO).is_none());
        drop(first);
        assert!(Turns::take(&turns, Duration::ZERO).is_some());
    }

    #[test]
    fn a_module_that_compiles_for_too_long_is_given_up_and_its_turn_stays_taken() {
        let engine = Engine::start(4).unwrap();
        let mut compiler = Compiler::start().unwrap();
        compiler.patience = Duration::from_millis(1);
        compiler.turns = Arc::new(Turns::new(1));
        let body = "local.get 0 i32.const 7 i32.mul local.set 0 ".repeat(20_000);
        let slow = format!("(component (core module (func (param i32) {body})))");
        let error = compiler.compile(&engine, &wat::parse_str(slow).unwrap().into()).unwrap_err();
        assert_eq!((error.step, error.message.as_str()), (Step::Compile, "is not compiled after 0 seconds"));
        assert!(Turns::take(&compiler.turns, Duration::ZERO).is_none());
        assert!(
            Turns::take(&compiler.turns, Duration::from_secs(60)).is_some(),
            "the turn comes back when the thread is done"
        );
    }
}
