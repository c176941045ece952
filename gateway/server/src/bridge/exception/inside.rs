//! Whether a message tells of the inside: addresses, locations, classes and source lines.
//!
//! Frameworks throw such text in exceptions that services use for words to callers, too, so the class alone does not
//! tell. Judged word by word, on the side of silence: a caller loses a sentence, not a secret.

/// Whether any word of the message is an address, a URL, a qualified class name or a source line.
pub(super) fn is_told_by(message: &str) -> bool {
    let between = |c: char| c.is_whitespace() || "\"'`,;()[]{}<>=|@".contains(c);
    message.split(between).any(|word| {
        let word = word.trim_end_matches(['.', ':', '!', '?']);
        word.contains("://") || word.starts_with("jdbc:") || is_address(word) || is_class(word) || is_source(word)
    })
}

/// `10.0.0.5`, `10.0.0.5:3306`, `/10.0.0.5:3306`, `db.internal:3306`, `localhost:80`.
fn is_address(word: &str) -> bool {
    word.split('/').any(|part| match part.rsplit_once(':') {
        Some((host, port)) if port.len() >= 2 && port.parse::<u16>().is_ok() => {
            host.contains('.') || host == "localhost"
        }
        _ => part.parse::<std::net::Ipv4Addr>().is_ok(),
    })
}

/// `org.acme.impl.Secrets`, also with a member behind it: packages in lower case, then a class.
fn is_class(word: &str) -> bool {
    let mut packages = 0;
    for part in word.split(['.', '$', '#', ':']) {
        let identifier = !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        match part.bytes().next() {
            Some(b'a'..=b'z') if identifier => packages += 1,
            Some(b'A'..=b'Z') if identifier => return packages >= 2,
            _ => return false,
        }
    }
    false
}

/// `Secrets.java:17`.
fn is_source(word: &str) -> bool {
    [".java", ".kt", ".scala", ".groovy"].iter().any(|end| word.ends_with(end) || word.contains(&format!("{end}:")))
}

#[cfg(test)]
mod tests {
    use super::is_told_by;

    #[test]
    fn addresses_classes_and_source_lines_are_of_the_inside() {
        for message in [
            "Could not connect to jdbc:mysql://10.0.0.5:3306/db user=root",
            "Connection refused: /10.1.2.3:20880",
            "bad arg at 10.1.2.3",
            "no answer from db.internal:3306.",
            "localhost:6379 is away",
            "see http://wiki/x",
            "No qualifying bean of type 'org.clinic.impl.SecretRepo' available",
            "c49 at org.clinic.X.y(X.java:1)",
            "class java.lang.String cannot be cast",
            "failed in Secrets.java:17",
        ] {
            assert!(is_told_by(message), "{message}");
        }
    }

    #[test]
    fn words_for_a_caller_are_not() {
        for message in [
            "order 7: not paid. See a.b: yes",
            "the amount 12.50 is above 10.00",
            "version 1.2.3.4000 is too old",
            "no user ann@example.com",
            "closes at 17:30:00, opens 2026-01-31T08:00",
            "item 3/4 of batch 12:7 is lost",
            "Node.js is no payment method",
            "订单 7 不存在",
            "",
        ] {
            assert!(!is_told_by(message), "{message}");
        }
    }
}
