//! The load generator: `wrk`, run on the other core, and its report read.

use std::error::Error;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use crate::process::{OTHER_CORE, pinned};

/// What to ask for, how often at once, how long.
pub struct Load {
    /// Path and query.
    pub path: &'static str,
    /// Keep-alive connections, each with one request under way.
    pub connections: u32,
    /// Length of the run.
    pub seconds: u32,
}

/// What `wrk` saw.
#[derive(Debug, PartialEq)]
pub struct Run {
    /// Answers received.
    pub requests: u64,
    /// Time from first to last.
    pub took: Duration,
    /// Median latency in microseconds.
    pub p50_us: f64,
    /// 99th percentile of latency in microseconds.
    pub p99_us: f64,
}

impl Load {
    /// Sends the load to `address`; an answer other than 2xx makes the run fail.
    pub fn run(&self, address: SocketAddr) -> Result<Run, Box<dyn Error>> {
        let mut command = pinned(OTHER_CORE, Path::new("wrk"));
        command.args(["--latency", "-t1"]).arg(format!("-c{}", self.connections)).arg(format!("-d{}s", self.seconds));
        let output = command.arg(format!("http://{address}{}", self.path)).output()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if let Some(line) = text.lines().find(|line| line.contains("Non-2xx") || line.contains("Socket errors")) {
            return Err(format!("{} at {address}: {}", self.path, line.trim()).into());
        }
        read(&text).ok_or_else(|| format!("wrk failed: {text}{}", String::from_utf8_lossy(&output.stderr)).into())
    }
}

/// Reads the report that `wrk --latency` prints.
fn read(text: &str) -> Option<Run> {
    let percentile = |name: &str| {
        let line = text.lines().find_map(|line| line.trim().strip_prefix(name))?;
        duration_us(line.trim())
    };
    let counted = text.lines().find(|line| line.contains(" requests in "))?.trim();
    let (requests, rest) = counted.split_once(" requests in ")?;
    let took = duration_us(rest.split(',').next()?)?;
    Some(Run {
        requests: requests.parse().ok()?,
        took: Duration::from_secs_f64(took / 1e6),
        p50_us: percentile("50%")?,
        p99_us: percentile("99%")?,
    })
}

fn duration_us(text: &str) -> Option<f64> {
    const UNITS: [(&str, f64); 4] = [("us", 1.0), ("ms", 1e3), ("s", 1e6), ("m", 6e7)];
    let (number, scale) = UNITS.iter().find_map(|(unit, scale)| Some((text.strip_suffix(unit)?, scale)))?;
    Some(number.parse::<f64>().ok()? * scale)
}

#[test]
fn the_report_of_wrk_is_read_with_its_units() {
    let text =
        "  Latency Distribution\n     50%  650.00us\n     99%    1.20ms\n  38043 requests in 1.10s, 4.54MB read\n";
    let run = Run { requests: 38043, took: Duration::from_millis(1100), p50_us: 650.0, p99_us: 1200.0 };
    assert_eq!(read(text), Some(run));
    assert_eq!(read("unable to connect"), None);
}
