//! From the upload of a plugin to the first answer that it had a part in.
//!
//! Cold is a module that this gateway never saw: it is compiled. A cache hit is one that was removed and comes again: its code is
//! still on disk.

use std::error::Error;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::client::Client;
use crate::swaps::activate;

/// Modules of each kind.
const TIMES: usize = 7;
/// What the witness' version looks like in its bytes.
const MARK: &[u8] = b"witness-version-";
/// Digits after it.
const DIGITS: usize = 10;

/// Medians.
#[derive(Debug)]
pub struct Times {
    /// A module never seen before.
    pub cold: Duration,
    /// One whose code was kept.
    pub kept: Duration,
}

/// The witness as another version.
pub fn witness(number: usize) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut bytes = yumen_guests::guest("witness")?.to_vec();
    let at = bytes.windows(MARK.len()).position(|window| window == MARK).ok_or("the witness has no mark")?;
    bytes[at + MARK.len()..][..DIGITS].copy_from_slice(format!("{number:010}").as_bytes());
    Ok(bytes)
}

/// Uploads a module and returns its version.
pub fn upload(admin: &mut Client, plugin: &str, module: &[u8]) -> Result<String, Box<dyn Error>> {
    let path = format!("/api/v1/plugins/{plugin}/versions");
    let answer = admin.send("PUT", &path, &[("content-type", "application/wasm")], module)?;
    let body: Value = serde_json::from_str(&answer.body)?;
    match (answer.status, body["id"].as_str()) {
        (200 | 201, Some(id)) => Ok(id.to_owned()),
        _ => Err(format!("uploading: {answer:?}").into()),
    }
}

/// Measures both.
pub fn run(front: SocketAddr, admin: &mut Client, plugin: &str) -> Result<Times, Box<dyn Error>> {
    const FIRST: usize = 1_000_000;
    let mut client = Client::connect(front)?;
    let (mut cold, mut kept, mut versions) = (Vec::new(), Vec::new(), Vec::new());
    for number in FIRST..FIRST + TIMES {
        let (took, version) = serve(&mut client, admin, plugin, number)?;
        cold.push(took);
        versions.push(version);
    }
    // The last one serves and the one before it is kept for a rollback; the others may go.
    versions.truncate(TIMES - 2);
    for (place, version) in versions.iter().enumerate() {
        remove(admin, plugin, version)?;
        kept.push(serve(&mut client, admin, plugin, FIRST + place)?.0);
    }
    Ok(Times { cold: median(cold), kept: median(kept) })
}

/// Uploads and activates a witness, and asks until it answers.
fn serve(
    client: &mut Client,
    admin: &mut Client,
    plugin: &str,
    number: usize,
) -> Result<(Duration, String), Box<dyn Error>> {
    let (module, expected) = (witness(number)?, format!("{number} {number}"));
    let begun = Instant::now();
    let version = upload(admin, plugin, &module)?;
    activate(admin, plugin, &version)?;
    while client.send("GET", "/echo/a", &[], b"")?.field("x-versions") != Some(&expected) {}
    Ok((begun.elapsed(), version))
}

fn remove(admin: &mut Client, plugin: &str, version: &str) -> Result<(), Box<dyn Error>> {
    let path = format!("/api/v1/plugins/{plugin}/versions/{version}");
    let answer = admin.send("DELETE", &path, &[("if-match", "*")], b"")?;
    if answer.status / 100 == 2 { Ok(()) } else { Err(format!("removing {version}: {answer:?}").into()) }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
