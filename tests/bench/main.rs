//! CPU per request of the gateway beside nginx, in one run on one machine.
//!
//! ```text
//!            core 0                       core 1
//!  wrk ──▶ yumen, one worker  ──▶ Dubbo provider (this binary)
//!  wrk ──▶ nginx, one worker  ──▶ HTTP backend   (this binary)
//! ```
//! Rounds alternate between the two, so that what else the machine does hits both alike. The main figure is what the
//! proxy's process spent (user and system time) divided by the requests that the generator counted; ratios of it carry
//! over between machines, absolute times do not. Without `--gateway` only nginx is measured.

#![allow(clippy::print_stdout, unreachable_pub, reason = "a program that reports to a person, and has no outside")]

mod answer;
mod backend;
mod chain;
mod client;
mod load;
mod plugins;
mod process;
mod provider;
mod proxy;
mod report;
mod swaps;
mod upload;

use std::error::Error;
use std::path::PathBuf;

use load::Load;
use proxy::{Proxy, Setting};
use report::{Row, Sample};

/// Also shown by `./x bench --help`, which builds nothing for it.
const USAGE: &str = include_str!("usage.txt");

/// What one round asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scenario {
    /// One string there and back.
    Echo,
    /// A small call, answered by an object of 65 fields.
    Object,
}

impl Scenario {
    const ALL: [Scenario; 2] = [Scenario::Echo, Scenario::Object];

    fn name(self) -> &'static str {
        match self {
            Scenario::Echo => "echo of one string",
            Scenario::Object => "object of 65 fields, 2 kB",
        }
    }

    fn path(self) -> &'static str {
        match self {
            Scenario::Echo => "/echo/hello-from-the-gate",
            Scenario::Object => "/customers/4711",
        }
    }
}

/// How long and how often to measure.
struct Plan {
    gateway: Option<PathBuf>,
    rounds: usize,
    seconds: u32,
    connections: Vec<u32>,
    swaps: u32,
    only: Option<Part>,
    results: PathBuf,
    plugin_results: PathBuf,
}

/// Half of a run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// The gateway beside nginx.
    Road,
    /// Plugins beside none.
    Plugins,
}

impl Plan {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Plan, Box<dyn Error>> {
        let results = PathBuf::from("tests/bench/RESULTS.md");
        let plugin_results = PathBuf::from("tests/bench/PLUGINS.md");
        let (connections, swaps) = (vec![1, 50, 256], 10_000);
        let mut plan =
            Plan { gateway: None, rounds: 5, seconds: 3, connections, swaps, only: None, results, plugin_results };
        while let Some(flag) = arguments.next() {
            let value = arguments.next().ok_or_else(|| format!("{flag} needs a value"))?;
            match flag.as_str() {
                "--gateway" => plan.gateway = Some(PathBuf::from(value)),
                "--rounds" => plan.rounds = value.parse()?,
                "--seconds" => plan.seconds = value.parse()?,
                "--connections" => plan.connections = value.split(',').map(str::parse).collect::<Result<_, _>>()?,
                "--swaps" => plan.swaps = value.parse()?,
                "--only" if value == "road" => plan.only = Some(Part::Road),
                "--only" if value == "plugins" => plan.only = Some(Part::Plugins),
                "--plugin-results" => plan.plugin_results = PathBuf::from(value),
                "--results" => plan.results = PathBuf::from(value),
                _ => return Err(format!("unknown flag {flag}").into()),
            }
        }
        Ok(plan)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("serve-http") => backend::serve(),
        Some("serve-dubbo") => provider::serve(),
        _ if arguments.iter().any(|argument| matches!(argument.as_str(), "--help" | "-h")) => {
            print!("{USAGE}");
            Ok(())
        }
        _ => run(&Plan::parse(arguments.into_iter())?),
    }
}

fn run(plan: &Plan) -> Result<(), Box<dyn Error>> {
    if plan.only != Some(Part::Plugins) {
        measure(plan)?;
    }
    match &plan.gateway {
        Some(program) if plan.only != Some(Part::Road) => plugins::measure(plan, program),
        _ => Ok(()),
    }
}

fn measure(plan: &Plan) -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let backend = process::Backend::start("serve-http")?;
    let mut proxies = vec![Proxy::nginx(folder.path(), backend.address)?];
    let provider = plan.gateway.as_ref().map(|_| process::Backend::start("serve-dubbo")).transpose()?;
    if let (Some(program), Some(provider)) = (&plan.gateway, &provider) {
        let setting = Setting::plain(provider.address);
        proxies.insert(0, Proxy::gateway("yumen", program, folder.path(), &setting)?);
    }
    for proxy in &proxies {
        println!("{}: ready after {:.1} ms, {:.1} MiB idle", proxy.name, proxy.ready_ms, proxy.idle_mib);
    }
    let mut rows = Vec::new();
    for scenario in Scenario::ALL {
        proxy::agree(&proxies, scenario.path())?;
        for &connections in &plan.connections {
            rows.extend(interleaved(plan, &proxies, scenario, connections)?);
        }
    }
    let text = report::markdown(plan, &proxies, &rows)?;
    println!("\n{text}");
    std::fs::write(&plan.results, text)?;
    Ok(())
}

/// Rounds of one scenario, taking turns between the proxies; one row for each proxy.
fn interleaved(
    plan: &Plan,
    proxies: &[Proxy],
    scenario: Scenario,
    connections: u32,
) -> Result<Vec<Row>, Box<dyn Error>> {
    let mut samples = vec![Vec::new(); proxies.len()];
    for round in 0..=plan.rounds {
        for (proxy, samples) in proxies.iter().zip(&mut samples) {
            let seconds = if round == 0 { 1 } else { plan.seconds };
            let sample = sample(proxy, &Load { path: scenario.path(), connections, seconds })?;
            if round > 0 {
                println!("{:<7} {:>3} conn  {:<26} {sample}", proxy.name, connections, scenario.name());
                samples.push(sample); // round 0 warms up
            }
        }
    }
    let row = |(proxy, samples): (&Proxy, Vec<Sample>)| Row::new(proxy.name, scenario, connections, samples);
    Ok(proxies.iter().zip(samples).map(row).collect())
}

fn sample(proxy: &Proxy, load: &Load) -> Result<Sample, Box<dyn Error>> {
    let before = proxy.process.cpu()?;
    let run = load.run(proxy.address)?;
    let spent = proxy.process.cpu()? - before;
    Ok(Sample {
        cpu_us: spent.as_secs_f64() * 1e6 / run.requests as f64,
        busy: spent.as_secs_f64() / run.took.as_secs_f64(),
        per_second: run.requests as f64 / run.took.as_secs_f64(),
        p50_us: run.p50_us,
        p99_us: run.p99_us,
        rss_mib: proxy.process.rss_mib()?,
    })
}
