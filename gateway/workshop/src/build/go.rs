//! Go: its own toolchain, as a WASI reactor; the adapter takes WASI away again.

use std::path::PathBuf;

use super::{Bench, tool::Tool};
use crate::trouble::Trouble;

/// The first release that exports functions with strings among their parameters.
const OLDEST: (u32, u32) = (1, 24);

pub(super) fn build(bench: &Bench<'_>) -> Result<PathBuf, Trouble> {
    let folder = &bench.project.folder;
    let go = Tool { program: "go".into(), install: "install Go 1.24 or newer; on Debian: apt-get install golang-go" };
    let version = go.output(folder, |command| command.args(["env", "GOVERSION"]))?;
    if release(&version).is_some_and(|found| found < OLDEST) {
        let message = format!("{} cannot export functions of a module", version.trim());
        return Err(Trouble::new(message).help("install Go 1.24 or newer"));
    }
    let module = Bench::absolute(&bench.workroom)?.join("core.wasm");
    go.run(folder, |command| {
        command
            .env("GOOS", "wasip1")
            .env("GOARCH", "wasm")
            .args(["build", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-o"])
            .arg(&module)
            .arg(".")
    })?;
    Ok(module)
}

/// `go1.26.8` as (1, 26).
fn release(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.trim().strip_prefix("go")?.split(['.', '-', 'r', 'b']);
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::release;

    #[test]
    fn a_release_of_go_is_read_from_its_version() {
        assert_eq!(release("go1.26.8\n"), Some((1, 26)));
        assert_eq!(release("go1.24rc1"), Some((1, 24)));
        assert_eq!(release("devel"), None);
    }
}
