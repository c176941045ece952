//! Whether what a plugin says about itself holds.

use crate::words::Manifest;

/// Bytes of a name and of a version.
const NAME_MOST: usize = 100;

/// Names that one phase may want.
const WANTS_MOST: usize = 64;

/// Bytes of the schema of the configuration.
const SCHEMA_MOST: usize = 256 << 10;

/// Judges a manifest.
pub(super) fn judge(manifest: &Manifest) -> Result<(), String> {
    word(&manifest.name, "name")?;
    word(&manifest.version, "version")?;
    if manifest.config_schema.len() > SCHEMA_MOST {
        return Err(format!("a schema of {} bytes; {SCHEMA_MOST} are the most", manifest.config_schema.len()));
    }
    let wants = [
        ("request-wants", &manifest.request_wants, Request),
        ("call-wants", &manifest.call_wants, Call),
        ("response-wants", &manifest.response_wants, Response),
    ];
    for (list, names, phase) in wants {
        if names.len() > WANTS_MOST {
            return Err(format!("{list} has {} names; {WANTS_MOST} are the most", names.len()));
        }
        if let Some(name) = names.iter().find(|name| !phase.knows(name)) {
            return Err(format!("{list} names {name:?}, which means nothing there"));
        }
    }
    Ok(())
}

enum Wants {
    Request,
    Call,
    Response,
}
use Wants::{Call, Request, Response};

impl Wants {
    /// The contract lists the names in `types.manifest`; whatever does not begin with `:` or a known prefix is a field or an attachment.
    fn knows(&self, name: &str) -> bool {
        let special: &[&str] = match self {
            Request => &[":method", ":path", ":authority", ":client", ":route"],
            Call => &[":service", ":method", ":group", ":version"],
            Response => &[],
        };
        if let Some(index) = name.strip_prefix("argument.") {
            return matches!(self, Call) && index.parse::<u32>().is_ok();
        }
        if name.starts_with(':') {
            return special.contains(&name);
        }
        !name.is_empty() && name.len() <= NAME_MOST && !name.chars().any(char::is_control)
    }
}

fn word(text: &str, what: &str) -> Result<(), String> {
    if text.is_empty() || text.len() > NAME_MOST || text.chars().any(char::is_control) {
        return Err(format!("its {what} is {text:.60?}; it has 1 to {NAME_MOST} printable characters"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::{BodyMode, FailurePolicy, Interest};

    fn manifest() -> Manifest {
        Manifest {
            name: "a".to_owned(),
            version: "1.0.0".to_owned(),
            config_schema: String::new(),
            interest: Interest::REQUEST_HEAD,
            request_wants: vec![],
            call_wants: vec![],
            response_wants: vec![],
            request_body: BodyMode::None,
            response_body: BodyMode::None,
            on_failure: FailurePolicy::Closed,
            ext: vec![],
        }
    }

    #[test]
    fn a_manifest_that_holds_is_taken() {
        let mut full = manifest();
        full.request_wants = [":path", "x-tenant", "tag.user"].map(str::to_owned).to_vec();
        full.call_wants = [":service", "argument.0", "request.x-tenant", "my.attachment"].map(str::to_owned).to_vec();
        assert_eq!(judge(&full), Ok(()));
    }

    #[test]
    fn a_want_that_its_phase_does_not_know_is_refused_by_name() {
        for (place, name) in
            [(0, ":service"), (0, "argument.0"), (1, ":path"), (1, "argument.x"), (2, ":status"), (2, "")]
        {
            let mut wrong = manifest();
            let lists = [&mut wrong.request_wants, &mut wrong.call_wants, &mut wrong.response_wants];
            lists.into_iter().nth(place).unwrap().push(name.to_owned());
            assert!(judge(&wrong).unwrap_err().contains(&format!("{name:?}")), "{name}");
        }
    }

    #[test]
    fn a_name_that_would_spoil_a_list_is_refused() {
        assert!(judge(&Manifest { name: "a\nb".to_owned(), ..manifest() }).is_err());
        assert!(judge(&Manifest { version: String::new(), ..manifest() }).is_err());
    }
}
