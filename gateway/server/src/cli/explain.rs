//! `yumen explain YM0107`: what a code means and how to mend it.

use std::{io::Write, process::ExitCode};

use serde_json::json;

use super::{Output, output};
use crate::{
    admin::REFUSALS,
    config::CODES,
    listener::{Reason, TOO_MANY_CONNECTIONS},
};

/// What is printed of one code.
struct Explained {
    code: String,
    title: &'static str,
    text: String,
}

/// Prints one code, or the list of all.
pub(super) fn run(code: Option<&str>, format: Output) -> ExitCode {
    let mut all = all();
    if let Some(code) = code {
        all.retain(|entry| entry.code.eq_ignore_ascii_case(code));
        if all.is_empty() {
            return unknown(code);
        }
    }
    output::print(&match (format, code) {
        (Output::Json, _) => format!("{:#}\n", json!({ "codes": all.iter().map(Explained::json).collect::<Vec<_>>() })),
        (_, Some(_)) => all.iter().map(Explained::long).collect(),
        (_, None) => all.iter().map(|entry| format!("{}  {}\n", entry.code, entry.title)).collect(),
    })
}

/// The configuration's codes and those of routed requests, then the listener's refusals.
fn all() -> Vec<Explained> {
    let ours = CODES.iter().map(|entry| Explained {
        code: entry.code.to_string(),
        title: entry.title,
        text: entry.text.to_owned(),
    });
    let listener = Reason::ALL.iter().map(|reason| Explained {
        code: reason.code().to_owned(),
        title: reason.detail(),
        text: format!(
            "The listener answers {} before any route is called. Limits are keys under `limits` of the listener, and\n\
             `body_limit` of a route; rules of HTTP have no switch.",
            reason.status().as_u16()
        ),
    });
    let connections = Explained {
        code: TOO_MANY_CONNECTIONS.to_owned(),
        title: "There are too many connections.",
        text: "The listener has as many connections as `limits.connection.total`, or as many from this address as\n\
               `limits.connection.per_address`, allows. The connection is answered 503 and closed."
            .to_owned(),
    };
    let admin = REFUSALS.iter().map(|(code, status, title)| Explained {
        code: (*code).to_owned(),
        title,
        text: format!(
            "The admin port answers {} and has changed nothing. Its answer says what would help; `/api/v1/openapi.json` describes\n\
             every request.",
            status.as_u16()
        ),
    });
    ours.chain(listener).chain([connections]).chain(admin).collect()
}

fn unknown(code: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "there is no code {code:?}; `yumen explain` lists them all");
    ExitCode::from(2)
}

impl Explained {
    fn long(&self) -> String {
        format!("{}: {}\n\n{}\n", self.code, self.title, self.text)
    }

    fn json(&self) -> serde_json::Value {
        json!({ "code": self.code, "title": self.title, "text": self.text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_code_means_two_things() {
        let mut codes: Vec<String> = all().into_iter().map(|entry| entry.code).collect();
        let count = codes.len();
        codes.sort();
        codes.dedup();
        assert_eq!(codes.len(), count);
    }
}
