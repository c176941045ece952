//! Walks the rows: each raw request, each answer, and whether the connection lives on.

use std::time::Duration;

use crate::{
    front::{Front, OK},
    rows,
    wire::{Answer, Client, End, PATIENCE, get},
};

/// What must happen to the bytes of a row.
#[derive(Debug, Clone)]
pub enum Expect {
    /// These statuses, and then another request on the same connection is answered.
    Lives(&'static [u16]),
    /// These statuses, the last of which says so, and then the connection ends.
    Ends(&'static [u16]),
    /// These statuses; whether the connection lives on depends on how much of the body had come, and the last answer says it.
    Either(&'static [u16]),
    /// Nothing yet: the request is not complete.
    Waits,
    /// The handler sees exactly this path, and the connection lives on.
    Sees(&'static str),
}

/// One row of the table.
pub struct Row {
    pub name: &'static str,
    pub bytes: Vec<u8>,
    pub expect: Expect,
}

#[test]
fn every_raw_request_of_the_table_gets_its_answer() {
    let front = Front::start();
    let rows = rows::all();
    let mut failures = Vec::new();
    for row in &rows {
        for pieces in [false, true] {
            if let Err(failure) = check(&front, row, pieces) {
                failures.push(format!("{} (in pieces: {pieces}): {failure}\n    {}", row.name, excerpt(&row.bytes)));
            }
        }
    }
    println!("{} rows", rows.len());
    assert!(rows.len() >= 300, "{} rows", rows.len());
    assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), rows.len(), failures.join("\n"));
}

#[test]
fn the_rows_have_names_of_their_own() {
    let mut names: Vec<_> = rows::all().iter().map(|row| row.name).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
}

fn excerpt(bytes: &[u8]) -> String {
    bytes[..bytes.len().min(160)].escape_ascii().to_string()
}

fn check(front: &Front, row: &Row, pieces: bool) -> Result<(), String> {
    let before = front.served();
    front.take_lines();
    let mut client = Client::connect(front.address);
    // With empty lines before it, or without.
    client.expects_bodies = !row.bytes.trim_ascii_start().starts_with(b"HEAD");
    send(&mut client, &row.bytes, pieces);
    let (statuses, mut ends) = match &row.expect {
        Expect::Lives(statuses) => (*statuses, Some(false)),
        Expect::Ends(statuses) => (*statuses, Some(true)),
        Expect::Either(statuses) => (*statuses, None),
        Expect::Sees(_) => (&[OK][..], Some(false)),
        Expect::Waits => return waits(&mut client),
    };
    for (index, status) in statuses.iter().enumerate() {
        let answer = client.answer(PATIENCE).map_err(|end| format!("{end:?} instead of {status}"))?;
        judge(&answer, *status, &row.expect, client.expects_bodies)?;
        if index + 1 == statuses.len() && answer.is_last() != *ends.get_or_insert(answer.is_last()) {
            return Err(format!("the last answer does not say what follows: {}", answer.head));
        }
    }
    let ends = ends == Some(true);
    after(&mut client, ends)?;
    let served = front.served() - before - usize::from(!ends);
    let lines = front.take_lines();
    let answered = statuses.iter().filter(|status| **status == OK).count();
    if served != answered || lines.iter().any(|line| line.contains("smuggled")) {
        return Err(format!("{served} requests served for {answered} answers: {lines:?}"));
    }
    Ok(())
}

/// The answer has the status, a problem if it is one, and the handler saw what it should.
fn judge(answer: &Answer, status: u16, expect: &Expect, has_body: bool) -> Result<(), String> {
    if answer.status != status {
        return Err(format!("{} instead of {status}: {}", answer.status, String::from_utf8_lossy(&answer.body)));
    }
    if status >= 400 && has_body && answer.json()["status"] != status {
        return Err(format!("the problem is {:?}", String::from_utf8_lossy(&answer.body)));
    }
    if status >= 400 && has_body && answer.json()["request_id"].as_str().is_none_or(|id| id.len() != 32) {
        return Err(format!("the problem names no request: {:?}", String::from_utf8_lossy(&answer.body)));
    }
    match expect {
        Expect::Sees(path) if answer.json()["path"] != *path => {
            Err(format!("the handler saw {}", answer.json()["path"]))
        }
        _ => Ok(()),
    }
}

/// The connection has ended, or serves another request.
fn after(client: &mut Client, ends: bool) -> Result<(), String> {
    if ends {
        return match client.end(PATIENCE) {
            End::Closed => Ok(()),
            End::Silent => Err("the connection stays open".to_owned()),
        };
    }
    client.send(&get("/after"));
    let answer = client.answer(PATIENCE).map_err(|end| format!("{end:?} after the row"))?;
    match (answer.status, answer.json()["path"].as_str()) {
        (OK, Some("/after")) => Ok(()),
        _ => Err(format!("the next request got {}", answer.head)),
    }
}

fn waits(client: &mut Client) -> Result<(), String> {
    match client.answer(Duration::from_millis(50)) {
        Err(End::Silent) => Ok(()),
        other => Err(format!("{other:?} instead of waiting")),
    }
}

/// Whole, or in three writes that end where it hurts: inside a line, and before the last byte.
fn send(client: &mut Client, bytes: &[u8], pieces: bool) {
    if !pieces || bytes.len() < 8 {
        return client.send(bytes);
    }
    let (first, rest) = bytes.split_at(bytes.len() / 3);
    let (second, last) = rest.split_at(rest.len() - 1);
    for piece in [first, second, last] {
        client.send(piece);
        std::thread::sleep(Duration::from_millis(1));
    }
}
