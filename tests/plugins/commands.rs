//! `yumen plugin push | list | canary | rollback | logs` as an operator types them.

use std::{
    path::Path,
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use serde_json::json;

use crate::{gate::Gate, life::started, swap::witness};

/// A command that goes on until it is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until users meet this witness.
async fn until_met(gate: &Gate, number: u64) {
    let begun = Instant::now();
    while gate.meets("ann").await != Some(number) {
        assert!(begun.elapsed() < Duration::from_secs(20), "witness {number} never serves");
    }
}

/// Puts a witness into a file, whole at once.
fn write(file: &Path, number: u64) {
    let beside = file.with_extension("new");
    std::fs::write(&beside, witness(number)).unwrap();
    std::fs::rename(beside, file).unwrap();
}

#[test]
fn a_module_is_pushed_tried_promoted_and_taken_back_by_commands() {
    crate::world::run(async {
        let gate = started().await;
        let file = gate.world.folder.path().join("witness.wasm");
        let file = file.to_str().unwrap();
        let done = async |arguments: &[&str], told: &str| {
            let (well, printed) = gate.commanded(arguments).await;
            assert!(well && printed.contains(told), "{arguments:?}: {printed}");
        };
        write(Path::new(file), 1);
        done(&["push", file, "--dry-run"], "could serve").await;
        assert_eq!(gate.meets("ann").await, None, "nothing was changed");
        done(&["push", file, "--activate"], "serves").await;
        assert_eq!(gate.meets("ann").await, Some(1));
        write(Path::new(file), 2);
        done(&["push", file], "--activate lets it serve").await;
        done(&["canary", "witness", "--header", "x-user=ann", "--max-p99", "2s", "--for", "5m"], "is on trial").await;
        let watch = gate.show().await["canary"]["watch"].clone();
        assert_eq!((&watch["max_p99"], &watch["for"]), (&json!("2000ms"), &json!("300000ms")), "{watch}");
        assert_eq!((gate.meets("ann").await, gate.meets("bob").await), (Some(2), Some(1)));
        done(&["list"], "x-user").await;
        done(&["canary", "witness", "--promote"], "serves everybody").await;
        assert_eq!(gate.meets("bob").await, Some(2));
        done(&["rollback", "witness", "--dry-run"], "would go from").await;
        done(&["rollback", "witness"], "went from").await;
        assert_eq!(gate.meets("bob").await, Some(1));
        done(&["list", "witness"], "SAYS").await;
        done(&["logs", "witness"], "").await;
        write(Path::new(file), 3);
        done(&["push", file], "--activate lets it serve").await;
        let (well, printed) = gate.commanded(&["canary", "witness", "--percent", "5", "--max-error-rate", "5"]).await;
        assert!(!well && printed.contains("share from 0 to 1"), "{printed}");
        let (well, printed) = gate.commanded(&["canary", "witness", "--abort"]).await;
        assert!(!well && printed.contains("there is no canary"), "{printed}");
        let (well, printed) = gate.commanded(&["push", file, "--name", "nobody"]).await;
        assert!(!well && printed.contains("nobody"), "{printed}");
    });
}

#[test]
fn a_file_is_brought_again_whenever_it_changes_and_what_is_refused_changes_nothing() {
    crate::world::run(async {
        let gate = started().await;
        let file = gate.world.folder.path().join("mine.wasm");
        write(&file, 1);
        let mut command = gate.command(&["push", file.to_str().unwrap(), "--name", "witness", "--activate", "--watch"]);
        let _running = Running(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        until_met(&gate, 1).await;
        write(&file, 2);
        until_met(&gate, 2).await;
        std::fs::write(&file, "nonsense").unwrap();
        write(&file, 3);
        until_met(&gate, 3).await;
    });
}
