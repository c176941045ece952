//! How a JVM of ours is run: its class path and its size.

use std::path::{Path, PathBuf};
use std::process::Command;

/// `java` with the class path of a module of `tests/peers`, quick to start and small.
pub(crate) fn java(module: &str, home: &Path) -> Command {
    let target = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/peers")).join(module).join("target");
    let own = target.join(format!("{module}.jar"));
    assert!(own.is_file(), "the Java peer {module} is not built ({} is missing): run ./x peers", own.display());
    let mut command = Command::new(java_program());
    command.args(["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.net.preferIPv4Stack=true"]);
    command.arg(format!("-Duser.home={}", home.display()));
    command.arg("-cp").arg(format!("{}:{}/lib/*", own.display(), target.display()));
    command
}

/// The JVM to run: of `JAVA_HOME` if set, else the first in the path.
fn java_program() -> PathBuf {
    std::env::var_os("JAVA_HOME").map_or_else(|| "java".into(), |home| Path::new(&home).join("bin/java"))
}
