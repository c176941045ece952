//! Which origins are meant.

/// Origins by name and by pattern.
pub(crate) struct Origins {
    all: bool,
    exact: Vec<String>,
    /// What stands before the `*` and what comes after it: (`https://`, `.example.com`).
    patterns: Vec<(String, String)>,
}

impl Origins {
    pub(crate) fn new(texts: &[String]) -> Result<Origins, String> {
        let mut origins = Origins { all: false, exact: Vec::new(), patterns: Vec::new() };
        for text in texts {
            let text = text.to_ascii_lowercase();
            let (scheme, host) = text.split_once("://").unwrap_or(("", ""));
            if text == "*" {
                origins.all = true;
            } else if text == "null" || !host.contains('*') && is_host(host) && !scheme.is_empty() {
                origins.exact.push(text);
            } else if let Some(domain) = host.strip_prefix("*.")
                && is_host(domain)
            {
                origins.patterns.push((format!("{scheme}://"), format!(".{domain}")));
            } else {
                return Err(format!(
                    "`{text}` is no origin: it is written `https://host`, `https://host:port`, `https://*.domain`, `null` or `*`"
                ));
            }
        }
        Ok(origins)
    }

    /// Whether every origin is meant.
    pub(crate) fn all(&self) -> bool {
        self.all
    }

    /// Whether `origin`, as a browser writes it, is meant.
    pub(crate) fn has(&self, origin: &str) -> bool {
        let matches = |(scheme, domain): &(String, String)| {
            let labels = origin.strip_prefix(scheme.as_str()).and_then(|host| host.strip_suffix(domain.as_str()));
            labels.is_some_and(|labels| {
                !labels.is_empty()
                    && labels.bytes().all(|sign| sign.is_ascii_alphanumeric() || matches!(sign, b'-' | b'.'))
            })
        };
        self.all || self.exact.iter().any(|known| known == origin) || self.patterns.iter().any(matches)
    }
}

fn is_host(host: &str) -> bool {
    !host.is_empty() && host.bytes().all(|sign| sign.is_ascii_alphanumeric() || b"-.:[]".contains(&sign))
}
