//! The figures of a run: medians, ratios, and the table that is kept.

use std::error::Error;
use std::fmt::{Display, Formatter, Write};
use std::process::Command;

use crate::proxy::Proxy;
use crate::{Plan, Scenario};

/// One proxy in one round.
#[derive(Clone, Debug)]
pub struct Sample {
    /// CPU time of the proxy per request, in microseconds.
    pub cpu_us: f64,
    /// Share of its core that the proxy used.
    pub busy: f64,
    /// Requests per second.
    pub per_second: f64,
    /// Median latency in microseconds.
    pub p50_us: f64,
    /// 99th percentile of latency in microseconds.
    pub p99_us: f64,
    /// Resident memory after the round.
    pub rss_mib: f64,
}

impl Display for Sample {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let Sample { cpu_us, busy, per_second, p50_us, p99_us, rss_mib } = self;
        let busy = busy * 100.0;
        write!(f, "{cpu_us:6.2} us/request  {busy:3.0} % of core  {per_second:7.0}/s  p50 {p50_us:5.0}  ")?;
        write!(f, "p99 {p99_us:5.0} us  {rss_mib:5.1} MiB")
    }
}

/// The medians of one proxy in one scenario.
pub struct Row {
    proxy: &'static str,
    scenario: Scenario,
    connections: u32,
    median: Sample,
}

impl Row {
    /// The medians of `samples`.
    pub fn new(proxy: &'static str, scenario: Scenario, connections: u32, samples: Vec<Sample>) -> Row {
        let of = |figure: fn(&Sample) -> f64| median(samples.iter().map(figure).collect());
        let median = Sample {
            cpu_us: of(|sample| sample.cpu_us),
            busy: of(|sample| sample.busy),
            per_second: of(|sample| sample.per_second),
            p50_us: of(|sample| sample.p50_us),
            p99_us: of(|sample| sample.p99_us),
            rss_mib: of(|sample| sample.rss_mib),
        };
        Row { proxy, scenario, connections, median }
    }
}

/// The one in the middle, or half-way between the two there.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    match figures.len() {
        0 => f64::NAN,
        odd if odd % 2 == 1 => figures[odd / 2],
        even => (figures[even / 2 - 1] + figures[even / 2]) / 2.0,
    }
}

/// The whole report.
pub fn markdown(plan: &Plan, proxies: &[Proxy], rows: &[Row]) -> Result<String, Box<dyn Error>> {
    let mut text = String::from("# What a request costs\n\nWritten by `./x bench`; do not edit.\n\n");
    writeln!(text, "- {}", machine())?;
    writeln!(
        text,
        "- yumen {}, {}, {}, {}",
        env!("CARGO_PKG_VERSION"),
        said("nginx", "-v"),
        said("wrk", "-v"),
        said("rustc", "-V")
    )?;
    writeln!(
        text,
        "- The proxy has one core and one worker; generator and backends share another core. {} rounds of {} s for each \
         figure, proxies taking turns, medians. CPU is user and system time of the proxy's process per request. No \
         access log on either side.\n- Absolute times are this machine's; the ratios are what to compare.\n",
        plan.rounds, plan.seconds,
    )?;
    text += &table(rows)?;
    text += "\n| proxy | start to first answer | memory, idle |\n|---|---:|---:|\n";
    for proxy in proxies {
        writeln!(text, "| {} | {:.0} ms | {:.1} MiB |", proxy.name, proxy.ready_ms, proxy.idle_mib)?;
    }
    Ok(text)
}

fn table(rows: &[Row]) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    text += "| scenario | connections | proxy | CPU µs per request | nginx / proxy | requests per s | p50 µs | p99 µs | memory MiB |\n";
    text += "|---|---:|---|---:|---:|---:|---:|---:|---:|\n";
    for row in rows {
        let same = |other: &&Row| other.scenario == row.scenario && other.connections == row.connections;
        let nginx =
            rows.iter().filter(same).find(|other| other.proxy == "nginx").map_or(f64::NAN, |row| row.median.cpu_us);
        let Sample { cpu_us, per_second, p50_us, p99_us, rss_mib, .. } = row.median;
        writeln!(
            text,
            "| {} | {} | {} | {cpu_us:.2} | {:.2} | {per_second:.0} | {p50_us:.0} | {p99_us:.0} | {rss_mib:.1} |",
            row.scenario.name(),
            row.connections,
            row.proxy,
            nginx / cpu_us,
        )?;
    }
    Ok(text)
}

/// The day, and what this was measured on.
pub fn machine() -> String {
    format!("{}, {}, {}", date(), cpu_model(), kernel())
}

fn date() -> String {
    said("date", "+%Y-%m-%d")
}

fn kernel() -> String {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let number: Vec<&str> = release.trim().split(['.', '-']).take(2).collect();
    format!("Linux {}", number.join("."))
}

fn cpu_model() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    model.map_or("unknown CPU", |(_, model)| model).to_owned()
}

/// The first line that `program flag` prints, cut to what tells the version.
fn said(program: &str, flag: &str) -> String {
    let Ok(output) = Command::new(program).arg(flag).output() else {
        return format!("{program} of unknown version");
    };
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    let line = text.lines().next().unwrap_or_default();
    line.trim_start_matches("nginx version: ").split([' ', '\u{a0}', '[', '(']).take(2).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_median_of_an_even_number_lies_between_the_two_in_the_middle() {
    assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
    assert_eq!(median(vec![4.0, 1.0, 2.0, 9.0]), 3.0);
}
