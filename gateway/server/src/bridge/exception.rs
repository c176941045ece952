//! What a method threw: who it is, which route rule it meets, and what of it a client may read.
//!
//! The wire names the class only, not its superclasses. So a rule for a superclass fits when the service's `types` say
//! `extends`, or the JDK's own tree does; a class that nobody knows is still an `Exception` (an `Error` by its name).
//!
//! A provider's filter replaces an unchecked exception that the consumer may lack by a `RuntimeException` whose message
//! is the whole stack trace. Such a message is taken apart again: class, message, and the trace dropped.

use std::borrow::Cow;
use std::collections::BTreeMap;

use yumen_dubbo::reply::{Reply, ReplyKind};
use yumen_hessian2::well_known::Throwable;
use yumen_hessian2::{Reader, Token};

mod inside;

/// Characters of a message that a client is told at most.
const TOLD: usize = 1000;

/// An exception without its stack.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Thrown<'a> {
    /// Class on the wire, or the one that a generic call's wrapper stands for.
    pub(crate) class: Cow<'a, str>,
    /// Class found in a message that was a stack trace.
    pub(crate) hidden: Option<String>,
    /// First line of the message.
    pub(crate) message: Option<String>,
    /// Code of a Dubbo `RpcException`.
    pub(crate) code: Option<i32>,
}

impl<'a> Thrown<'a> {
    /// Reads the exception at the reader's position; nothing if there is no object.
    pub(crate) fn read(reader: &mut Reader<'a>) -> Result<Option<Self>, yumen_hessian2::Error> {
        let Token::Object { class, .. } = reader.next()? else { return Ok(None) };
        Ok(Some(Self::of(Throwable::read(reader, class)?)))
    }

    fn of(throwable: Throwable<'a>) -> Self {
        let Throwable { class, message, code } = throwable;
        let Some(text) = message else { return Self { class, hidden: None, message: None, code } };
        let line = first_line(&text);
        let (hidden, line) = match class_prefix(&text) {
            Some(prefix) => (Some(prefix.to_owned()), line.get(prefix.len() + 1..).unwrap_or_default().trim_start()),
            None => (None, line),
        };
        Self { message: (!line.is_empty()).then(|| line.to_owned()), hidden, class, code }
    }

    /// The class that the method threw, as far as anyone can tell.
    pub(crate) fn real_class(&self) -> &str {
        self.hidden.as_deref().unwrap_or(&self.class)
    }

    /// Whether it is an exception of Dubbo itself, with a code of its own.
    pub(crate) fn rpc_code(&self) -> Option<i32> {
        const CLASSES: [&str; 3] = [
            "org.apache.dubbo.rpc.RpcException",
            "com.alibaba.dubbo.rpc.RpcException",
            "org.apache.dubbo.rpc.StatusRpcException",
        ];
        CLASSES.contains(&&*self.class).then_some(self.code.unwrap_or(0))
    }

    /// The message, if it was written for callers, up to [`TOLD`] characters. What the JDK and Dubbo say of a failure
    /// within tells of hosts, statements and classes, and so may anyone's words.
    pub(crate) fn public_message(&self) -> Option<&str> {
        let class = self.real_class();
        let inner = INNER.iter().any(|package| class.starts_with(package)) && !SPOKEN.contains(&class);
        let message = self.message.as_deref().filter(|message| !inner && !inside::is_told_by(message))?;
        message.char_indices().nth(TOLD).map_or(Some(message), |(end, _)| message.get(..end))
    }

    /// Whether a rule for `class` fits.
    pub(crate) fn is_a(&self, class: &str, parents: &BTreeMap<Box<str>, Box<str>>) -> bool {
        class == "*" || is_subclass(self.real_class(), class, parents) || is_subclass(&self.class, class, parents)
    }
}

/// The class of the exception that the reply holds, if it holds one. For logs; a client never reads it.
#[must_use]
pub fn thrown_class(reply: &Reply) -> Option<String> {
    let thrown = (reply.kind == ReplyKind::Exception).then(|| Thrown::read(&mut reply.reader()))?;
    Some(thrown.ok()??.real_class().to_owned())
}

/// Class and the first line of the message of the exception that the reply holds, if it holds one.
#[must_use]
pub fn exception(reply: &Reply) -> Option<(String, Option<String>)> {
    let thrown = (reply.kind == ReplyKind::Exception).then(|| Thrown::read(&mut reply.reader()))?.ok()??;
    Some((thrown.real_class().to_owned(), thrown.message))
}

/// Packages whose exceptions speak of the inside.
const INNER: [&str; 8] =
    ["java.", "javax.", "jakarta.", "sun.", "jdk.", "com.sun.", "org.apache.dubbo.", "com.alibaba.dubbo."];

/// Classes of those packages that services throw on purpose, with words for the caller.
const SPOKEN: [&str; 9] = [
    "java.lang.Exception",
    "java.lang.RuntimeException",
    "java.lang.IllegalArgumentException",
    "java.lang.IllegalStateException",
    "java.lang.UnsupportedOperationException",
    "java.util.NoSuchElementException",
    "javax.validation.ValidationException",
    "javax.validation.ConstraintViolationException",
    "jakarta.validation.ConstraintViolationException",
];

/// Class and superclass, as far as rules are likely to name them.
const JDK_TREE: [(&str, &str); 22] = [
    ("java.lang.Exception", "java.lang.Throwable"),
    ("java.lang.Error", "java.lang.Throwable"),
    ("java.lang.RuntimeException", "java.lang.Exception"),
    ("java.lang.IllegalArgumentException", "java.lang.RuntimeException"),
    ("java.lang.NumberFormatException", "java.lang.IllegalArgumentException"),
    ("java.lang.IllegalStateException", "java.lang.RuntimeException"),
    ("java.lang.UnsupportedOperationException", "java.lang.RuntimeException"),
    ("java.lang.NullPointerException", "java.lang.RuntimeException"),
    ("java.lang.ArithmeticException", "java.lang.RuntimeException"),
    ("java.lang.ClassCastException", "java.lang.RuntimeException"),
    ("java.lang.SecurityException", "java.lang.RuntimeException"),
    ("java.lang.IndexOutOfBoundsException", "java.lang.RuntimeException"),
    ("java.lang.ArrayIndexOutOfBoundsException", "java.lang.IndexOutOfBoundsException"),
    ("java.util.NoSuchElementException", "java.lang.RuntimeException"),
    ("java.util.ConcurrentModificationException", "java.lang.RuntimeException"),
    ("java.time.DateTimeException", "java.lang.RuntimeException"),
    ("java.time.format.DateTimeParseException", "java.time.DateTimeException"),
    ("java.io.UncheckedIOException", "java.lang.RuntimeException"),
    ("java.io.FileNotFoundException", "java.io.IOException"),
    ("javax.validation.ConstraintViolationException", "javax.validation.ValidationException"),
    ("org.apache.dubbo.rpc.RpcException", "java.lang.RuntimeException"),
    ("com.alibaba.dubbo.rpc.RpcException", "org.apache.dubbo.rpc.RpcException"),
];

fn is_subclass(class: &str, wanted: &str, parents: &BTreeMap<Box<str>, Box<str>>) -> bool {
    let mut at = class;
    // The bound ends a circle of `extends`.
    for _ in 0..32 {
        if at == wanted {
            return true;
        }
        at = match parents.get(at) {
            Some(parent) => parent,
            None => match JDK_TREE.iter().find(|(known, _)| *known == at) {
                Some((_, parent)) => parent,
                None if at == "java.lang.Throwable" => return false,
                None if at.ends_with("Error") => "java.lang.Error",
                None => "java.lang.Exception",
            },
        };
    }
    false
}

/// The first line, without the frames of a stack trace that may follow on it.
pub(crate) fn first_line(text: &str) -> &str {
    let line = text.lines().next().unwrap_or_default();
    line.find("\tat ").map_or(line, |frames| line.get(..frames).unwrap_or_default()).trim_end()
}

/// `com.acme.Hidden` of `com.acme.Hidden: text`: what `Throwable.toString` puts before a message.
fn class_prefix(text: &str) -> Option<&str> {
    let line = first_line(text);
    let (class, _) = line.split_once(':').unwrap_or((line, ""));
    let mut parts = class.split('.');
    let java = |part: &str| {
        !part.is_empty()
            && !part.starts_with(|c: char| c.is_ascii_digit())
            && part.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '$')
    };
    let qualified = class.contains('.') && parts.all(java);
    let trace = text.contains("\n\tat ") || text.contains("\r\n\tat ");
    let named = ["Exception", "Error", "Throwable"].iter().any(|end| class.ends_with(end));
    (qualified && (trace || named)).then_some(class)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thrown(class: &str, message: &str) -> Thrown<'static> {
        Thrown::of(Throwable { class: class.to_owned().into(), message: Some(message.to_owned().into()), code: None })
    }

    #[test]
    fn a_message_that_is_a_stack_trace_is_taken_apart() {
        let trace = "com.acme.Hidden: no such order\r\ncom.acme.Hidden: no such order\n\tat com.acme.A.b(A.java:1)";
        let thrown = thrown("java.lang.RuntimeException", trace);
        assert_eq!(thrown.real_class(), "com.acme.Hidden");
        assert_eq!(thrown.public_message(), Some("no such order"));
    }

    #[test]
    fn a_stack_trace_without_a_message_leaves_none() {
        let thrown = thrown("java.lang.RuntimeException", "com.acme.Hidden\n\tat com.acme.A.b(A.java:1)");
        assert_eq!((thrown.real_class(), thrown.public_message()), ("com.acme.Hidden", None));
    }

    #[test]
    fn an_ordinary_message_is_kept_with_its_colons() {
        let thrown = thrown("com.acme.Broke", "order 7: not paid. See a.b: yes\nsecond line");
        assert_eq!(thrown.public_message(), Some("order 7: not paid. See a.b: yes"));
        assert_eq!(thrown.hidden, None);
    }

    #[test]
    fn what_the_jdk_says_of_the_inside_is_not_told() {
        for class in ["java.net.ConnectException", "java.sql.SQLException", "java.lang.NullPointerException"] {
            assert_eq!(thrown(class, "10.0.0.5:3306 refused").public_message(), None, "{class}");
        }
        assert_eq!(thrown("java.lang.IllegalArgumentException", "too old").public_message(), Some("too old"));
        let nested = thrown("java.lang.RuntimeException", "java.sql.SQLException: at 10.0.0.5");
        assert_eq!(nested.public_message(), None);
    }

    #[test]
    fn words_that_tell_of_the_inside_are_not_told_whoever_says_them() {
        for class in ["java.lang.IllegalStateException", "com.acme.Broke"] {
            assert_eq!(thrown(class, "no bean of type org.acme.impl.Secrets").public_message(), None, "{class}");
        }
    }

    #[test]
    fn a_message_without_end_is_cut_between_characters() {
        let long = "关".repeat(TOLD + 1);
        assert_eq!(thrown("com.acme.Broke", &long).public_message(), Some(&*"关".repeat(TOLD)));
    }

    #[test]
    fn a_rule_fits_the_class_and_what_it_extends() {
        let parents = BTreeMap::from([("com.acme.Broke".into(), "com.acme.Base".into())]);
        let broke = thrown("com.acme.Broke", "");
        for fits in ["com.acme.Broke", "com.acme.Base", "java.lang.Exception", "java.lang.Throwable", "*"] {
            assert!(broke.is_a(fits, &parents), "{fits}");
        }
        for not in ["com.acme.Other", "java.lang.RuntimeException", "java.lang.Error"] {
            assert!(!broke.is_a(not, &parents), "{not}");
        }
        assert!(thrown("java.lang.NumberFormatException", "").is_a("java.lang.RuntimeException", &parents));
    }

    #[test]
    fn a_circle_of_superclasses_ends() {
        let parents = BTreeMap::from([("a.A".into(), "a.B".into()), ("a.B".into(), "a.A".into())]);
        assert!(!thrown("a.A", "").is_a("a.C", &parents));
    }
}
