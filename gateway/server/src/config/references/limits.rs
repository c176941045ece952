//! Limits of a listener that would let nothing in, or that mean nothing.

use super::{Check, Code, ConfigPath, Finding};
use crate::config::model::{ByteSize, LimitsConfig};

/// Fields that hyper's table has room for, with some to spare.
const MOST_HEADERS: u32 = 10_000;
/// The longest target that the `http` crate takes.
const LONGEST_TARGET: u64 = u16::MAX as u64 - 1;
/// A round number below the widest window of HTTP/2 (2^31 - 1, RFC 9113, 6.9.1).
const WIDEST_WINDOW: u64 = 1 << 30;

/// Section and key of a size, what it is, and the least and the most that it may be.
type Bounds = (&'static str, &'static str, ByteSize, ByteSize, ByteSize);

impl Check<'_> {
    /// Every limit leaves room for a request, and none is beyond what can be kept.
    pub(super) fn limits(&mut self) {
        for (index, listener) in self.config.listeners.iter().enumerate() {
            self.counts(index, &listener.limits);
            self.sizes(index, &listener.limits);
        }
    }

    fn counts(&mut self, listener: usize, limits: &LimitsConfig) {
        for (section, key, zero) in [
            ("request", "headers", limits.request.headers == 0),
            ("connection", "total", limits.connection.total == Some(0)),
            ("connection", "per_address", limits.connection.per_address == Some(0)),
            ("connection", "in_flight", limits.connection.in_flight == 0),
            ("http2", "streams", limits.http2.streams == 0),
        ] {
            if zero {
                let message = format!("with {key} 0 no request gets in");
                let finding = Finding::error(Code::OUT_OF_RANGE, at(listener, section, key), message);
                self.report(finding.help("write at least 1"));
            }
        }
        if limits.request.headers > MOST_HEADERS {
            let message = format!("{} header fields are more than any request may have", limits.request.headers);
            let finding = Finding::error(Code::OUT_OF_RANGE, at(listener, "request", "headers"), message);
            self.report(finding.help(format!("write at most {MOST_HEADERS}")));
        }
    }

    fn sizes(&mut self, listener: usize, limits: &LimitsConfig) {
        let (request, http2) = (&limits.request, &limits.http2);
        let (little, widest) = (ByteSize::kib(1), ByteSize(WIDEST_WINDOW));
        let bounds: [Bounds; 6] = [
            ("request", "header_bytes", request.header_bytes, little, ByteSize::mib(16)),
            ("request", "uri_bytes", request.uri_bytes, ByteSize(1), ByteSize(LONGEST_TARGET)),
            ("http2", "stream_window", http2.stream_window, little, widest),
            ("http2", "connection_window", http2.connection_window, little, widest),
            ("http2", "send_buffer", http2.send_buffer, little, widest),
            ("http2", "header_list", http2.header_list, little, ByteSize::mib(16)),
        ];
        for (section, key, size, least, most) in bounds {
            if size < least || size > most {
                let message = format!("{key} {size} is out of range");
                let finding = Finding::error(Code::OUT_OF_RANGE, at(listener, section, key), message);
                self.report(finding.help(format!("write from {least} to {most}")));
            }
        }
    }
}

fn at(listener: usize, section: &str, key: &str) -> ConfigPath {
    ConfigPath::root().key("listeners").index(listener).key("limits").key(section).key(key)
}

#[cfg(test)]
mod tests {
    use crate::config::{Sources, load};

    fn findings(limits: &str) -> Vec<String> {
        let text = format!(
            "version: 1\nlisteners: [{{ name: web, bind: \"127.0.0.1:0\", limits: {limits} }}]\nservices: []\nroutes: []\n"
        );
        let found = match load(&Sources::text("test.yaml", text)) {
            Ok(loaded) => loaded.warnings,
            Err(findings) => findings.list,
        };
        found.into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn a_limit_that_lets_nothing_in_or_cannot_be_kept_is_found() {
        for (limits, part) in [
            ("{ request: { headers: 0 } }", "headers 0"),
            ("{ request: { headers: 4000000000 } }", "4000000000 header fields"),
            ("{ request: { header_bytes: 100B } }", "header_bytes 100B"),
            ("{ request: { header_bytes: 1GiB } }", "header_bytes 1GiB"),
            ("{ request: { uri_bytes: 1MiB } }", "uri_bytes 1MiB"),
            ("{ connection: { total: 0 } }", "total 0"),
            ("{ connection: { per_address: 0 } }", "per_address 0"),
            ("{ connection: { in_flight: 0 } }", "in_flight 0"),
            ("{ http2: { streams: 0 } }", "streams 0"),
            ("{ http2: { stream_window: 1B } }", "stream_window 1B"),
            ("{ http2: { connection_window: 3GiB } }", "connection_window 3GiB"),
            ("{ http2: { send_buffer: 1B } }", "send_buffer 1B"),
            ("{ http2: { header_list: 1B } }", "header_list 1B"),
        ] {
            let found = findings(limits);
            assert!(found.iter().any(|message| message.contains(part)), "{limits}: {found:?}");
        }
        let allowed = "{ request: { body: 1B, trailers: 0, query_pairs: 0 }, http2: { resets: 0 } }";
        assert!(findings(allowed).iter().all(|message| !message.contains("out of range")), "{:?}", findings(allowed));
    }
}
