//! What plugins cost a request: the same gateway without any, and with eight of one kind in the chain of the route, taking turns.
//!
//! Eight, because what one costs drowns in what a request costs from one round to the next; the figure is an eighth of the
//! difference. A balancer has no chain to stand in: it is put beside the native choice between the same two providers.

use std::error::Error;
use std::fmt::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::load::Load;
use crate::process::Backend;
use crate::proxy::{Proxy, Setting};
use crate::{Plan, sample};

/// Plugins in a chain.
const LENGTH: usize = 8;

/// One way to set the gateway up.
struct Variant {
    name: &'static str,
    /// What it is compared with, by place.
    beside: usize,
    /// How often what is measured happens in a request.
    times: usize,
    /// The most it may add, in microseconds.
    aim_us: f64,
    proxy: Proxy,
}

/// One measured variant.
pub struct Cost {
    name: &'static str,
    cpu_us: f64,
    added_us: f64,
    aim_us: f64,
}

/// Measures every variant; connections as in the middle scenario of the plan.
pub fn measure(plan: &Plan, program: &Path, folder: &Path) -> Result<Vec<Cost>, Box<dyn Error>> {
    let backends = [Backend::start("serve-dubbo")?, Backend::start("serve-dubbo")?];
    let providers = backends.iter().map(|backend| backend.address).collect::<Vec<_>>();
    let variants = variants(program, folder, &providers)?;
    let mut samples = vec![Vec::new(); variants.len()];
    let load = Load { path: "/echo/hello-from-the-gate", connections: 50, seconds: plan.seconds };
    for round in 0..=plan.rounds * 2 {
        for (variant, samples) in variants.iter().zip(&mut samples) {
            let sample = sample(&variant.proxy, &load)?;
            if round > 0 {
                println!("{:<34} {sample}", variant.name);
                samples.push(sample.cpu_us);
            }
        }
    }
    let medians: Vec<f64> = samples.into_iter().map(crate::report::median).collect();
    let cost = |(variant, &cpu_us): (&Variant, &f64)| Cost {
        name: variant.name,
        cpu_us,
        added_us: (cpu_us - medians[variant.beside]) / variant.times as f64,
        aim_us: variant.aim_us,
    };
    Ok(variants.iter().zip(&medians).map(cost).collect())
}

fn variants(program: &Path, folder: &Path, providers: &[SocketAddr]) -> Result<Vec<Variant>, Box<dyn Error>> {
    let one = &providers[..1];
    let mut variants = Vec::new();
    let mut add = |name, beside, times, aim_us, setting: Setting<'_>| -> Result<(), Box<dyn Error>> {
        let proxy = Proxy::gateway(name, program, folder, &setting)?;
        variants.push(Variant { name, beside, times, aim_us, proxy });
        Ok(())
    };
    let plain = |providers: &[SocketAddr]| Setting { providers: providers.to_vec(), ..Setting::default() };
    add("no plugin", 0, 1, 0.0, plain(one))?;
    for (name, guest, aim_us) in [
        ("no interest", "idle", 0.0),
        ("nothing, asked about each request", "noop", 0.4),
        ("reads a field and sets another", "header", 0.8),
    ] {
        let file = guest_file(folder, guest)?;
        let names: Vec<String> = (0..LENGTH).map(|place| format!("{guest}-{place}")).collect();
        let plugins = names.iter().fold(String::new(), |mut text, name| {
            let _ = writeln!(text, "  - {{ name: {name}, source: {:?} }}", file.display().to_string()); // writing to a string
            text
        });
        let chain = names.iter().map(String::as_str).collect();
        add(name, 0, LENGTH, aim_us, Setting { plugins, chain, ..plain(one) })?;
    }
    let native = 4;
    add("two providers, native choice", native, 1, 0.0, plain(providers))?;
    for (name, builtin, config) in [
        ("pick: p2c-balancer", "p2c-balancer", "{}"),
        ("pick: sticky-balancer", "sticky-balancer", "{ key: [\":method\"] }"),
    ] {
        let plugins = format!("  - {{ name: balancer, source: \"builtin:{builtin}\", config: {config} }}\n");
        let service = "load_balance: { plugin: balancer }".to_owned();
        add(name, native, 1, 0.5, Setting { plugins, service, ..plain(providers) })?;
    }
    Ok(variants)
}

/// A guest of the tests as a file.
pub fn guest_file(folder: &Path, name: &str) -> Result<PathBuf, Box<dyn Error>> {
    let file = folder.join(format!("{name}.wasm"));
    if !file.exists() {
        std::fs::write(&file, yumen_guests::guest(name)?)?;
    }
    Ok(file)
}

/// The table of the report.
pub fn table(costs: &[Cost]) -> Result<String, std::fmt::Error> {
    let mut text = String::from("| chain | CPU µs per request | added by one, µs | aim |\n|---|---:|---:|---:|\n");
    for Cost { name, cpu_us, added_us, aim_us } in costs {
        let aim = if *aim_us == 0.0 { "0".to_owned() } else { format!("≤ {aim_us}") };
        writeln!(text, "| {name} | {cpu_us:.2} | {added_us:.2} | {aim} |")?;
    }
    Ok(text)
}
