//! What plugins cost, and what happens while they are replaced: the second half of a run.

use std::error::Error;
use std::fmt::Write;
use std::path::Path;

use crate::chain;
use crate::client::Client;
use crate::process::Backend;
use crate::proxy::{Proxy, Setting, free_address};
use crate::swaps::{self, Outcome};
use crate::upload::{self, Times};
use crate::{Plan, report};

/// Measures all of it and writes the report.
pub fn measure(plan: &Plan, program: &Path) -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let costs = chain::measure(plan, program, folder.path())?;
    let (times, outcome) = replaced(plan, program, folder.path())?;
    let text = markdown(plan, &chain::table(&costs)?, &times, &outcome)?;
    println!("\n{text}");
    std::fs::write(&plan.plugin_results, text)?;
    Ok(())
}

/// Uploads and swaps on a gateway of their own.
fn replaced(plan: &Plan, program: &Path, folder: &Path) -> Result<(Times, Outcome), Box<dyn Error>> {
    let provider = Backend::start("serve-dubbo")?;
    let bind = free_address()?;
    let setting = Setting {
        providers: vec![provider.address],
        admin: Some(bind),
        plugins: "  - { name: witness, source: upload, on_failure: open }\n".to_owned(),
        chain: vec!["witness"],
        ..Setting::default()
    };
    let gateway = Proxy::gateway("swapped", program, folder, &setting)?;
    let token = std::fs::read_to_string(folder.join("swapped/state/admin-token"))?;
    let mut admin = Client::with_token(bind, &token)?;
    let times = upload::run(gateway.address, &mut admin, "witness")?;
    let versions = [1, 2].map(|number| upload::upload(&mut admin, "witness", &upload::witness(number)?));
    let [one, other] = versions;
    let versions = [one?, other?];
    let outcome = swaps::run(gateway.address, &mut admin, &gateway.process, "witness", &versions, plan.swaps)?;
    Ok((times, outcome))
}

fn markdown(plan: &Plan, chains: &str, times: &Times, outcome: &Outcome) -> Result<String, std::fmt::Error> {
    let mut text = String::from("# What plugins cost\n\nWritten by `./x bench`; do not edit.\n\n");
    writeln!(text, "- {}", report::machine())?;
    writeln!(
        text,
        "- One gateway for each row, one core and one worker, 50 connections, {} rounds of {} s, taking turns; medians. Of a filter \
         there are eight in the chain and the figure is an eighth of what they add; a pick is put beside the native one.\n- What \
         is less than the spread between rounds, some tenths of a microsecond, is noise, also below 0.\n",
        plan.rounds * 2,
        plan.seconds
    )?;
    text += chains;
    text += "\n| from upload to the first answer | median | aim |\n|---|---:|---:|\n";
    writeln!(text, "| a small Rust plugin, compiled | {:.0} ms | ≤ 300 ms |", milliseconds(times.cold))?;
    writeln!(text, "| the same one again, its code kept on disk | {:.0} ms | ≤ 50 ms |", milliseconds(times.kept))?;
    let Outcome { swaps, requests, failed, mixed, swap, rss_mib } = outcome;
    writeln!(text, "\n| {swaps} swaps under load | | aim |\n|---|---:|---:|")?;
    writeln!(text, "| requests meanwhile | {requests} | |")?;
    writeln!(text, "| failed | {failed} | 0 |")?;
    writeln!(text, "| answers of two versions | {mixed} | 0 |")?;
    writeln!(text, "| one swap, from order to confirmation | {:.1} ms | |", milliseconds(*swap))?;
    writeln!(text, "| memory after a tenth of them, after all | {:.1}, {:.1} MiB | flat |", rss_mib.0, rss_mib.1)?;
    Ok(text)
}

fn milliseconds(duration: std::time::Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
