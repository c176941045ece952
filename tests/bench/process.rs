//! Processes of a run: started on one core, measured from `/proc`, ended when dropped.

use std::error::Error;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The core that the proxy under test has for itself.
pub const PROXY_CORE: &str = "0";
/// The core that generator and backends share.
pub const OTHER_CORE: &str = "1";

/// Kernel clock ticks in a second, as `/proc` counts them on Linux.
const TICKS: u64 = 100;
/// Bytes of a page of memory, as `/proc` counts them.
const PAGE: f64 = 4096.0;

/// A command that will run on `core` only.
pub fn pinned(core: &str, program: &Path) -> Command {
    let mut command = Command::new("taskset");
    command.args(["--cpu-list", core]).arg(program).stdin(Stdio::null());
    command
}

/// A running process; dropping it ends it.
pub struct Process(Child);

impl Process {
    /// Starts `command`.
    pub fn start(mut command: Command) -> Result<Process, Box<dyn Error>> {
        let child = command.spawn().map_err(|error| format!("cannot start {command:?}: {error}"))?;
        Ok(Process(child))
    }

    /// User and system time spent so far, workers included.
    pub fn cpu(&self) -> Result<Duration, Box<dyn Error>> {
        let mut ticks = 0;
        for pid in self.family()? {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
            let after_name = stat.rsplit_once(") ").ok_or("an odd line in /proc/PID/stat")?.1;
            let fields: Vec<&str> = after_name.split(' ').collect();
            ticks += fields[11].parse::<u64>()? + fields[12].parse::<u64>()?;
        }
        Ok(Duration::from_millis(ticks * 1000 / TICKS))
    }

    /// Resident memory in MiB, workers included.
    pub fn rss_mib(&self) -> Result<f64, Box<dyn Error>> {
        let mut pages = 0;
        for pid in self.family()? {
            let statm = std::fs::read_to_string(format!("/proc/{pid}/statm"))?;
            pages += statm.split(' ').nth(1).ok_or("an odd line in /proc/PID/statm")?.parse::<u64>()?;
        }
        Ok(pages as f64 * PAGE / 1024.0 / 1024.0)
    }

    /// Whether the process still runs.
    pub fn is_alive(&mut self) -> bool {
        matches!(self.0.try_wait(), Ok(None))
    }

    fn family(&self) -> Result<Vec<u32>, Box<dyn Error>> {
        let own = self.0.id();
        let children = std::fs::read_to_string(format!("/proc/{own}/task/{own}/children"))?;
        let mut family = vec![own];
        for child in children.split_whitespace() {
            family.push(child.parse()?);
        }
        Ok(family)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // SIGTERM, so that nginx takes its worker along.
        let pid = self.0.id().to_string();
        let asked = Command::new("kill").arg(&pid).status().is_ok_and(|status| status.success());
        if !asked {
            let _ = self.0.kill();
        }
        let _ = self.0.wait();
    }
}

/// One of this binary's own servers on the other core.
pub struct Backend {
    /// Where it listens.
    pub address: SocketAddr,
    _process: Process,
}

impl Backend {
    /// Starts this binary with `verb` and waits for the line with its address.
    pub fn start(verb: &str) -> Result<Backend, Box<dyn Error>> {
        let mut command = pinned(OTHER_CORE, &std::env::current_exe()?);
        command.arg(verb).stdout(Stdio::piped());
        let mut process = Process::start(command)?;
        let output = process.0.stdout.take().ok_or("no output of the backend")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let address = line.trim().parse().map_err(|_| format!("{verb} did not say where it listens: {line:?}"))?;
        Ok(Backend { address, _process: process })
    }
}
