//! A changed file is live without a request lost; a broken one changes nothing.

mod lists;

use std::{os::unix::fs::symlink, path::Path, time::Duration};

use yumen_tests::{gateway::Answer, yumen::Yumen};

use crate::{
    depot::{Depot, program, put},
    load::{Client, Load, until},
    world::run,
};

/// An edition of the configuration whose number is in the answer twice: once from the route, once from the service, by
/// way of the provider.
fn edition(depot: &Depot, number: usize) -> String {
    let service = format!("attachments: {{ edition: \"{number}\" }}");
    let routes = format!(
        r#"  - name: edition
    match: {{ path: /edition }}
    to: {{ service: freight, method: attachments }}
    respond: {{ body: {{ route: "{number}", service: result.edition }} }}
  - {{ name: of-its-own, match: {{ path: /only-{number} }}, to: {{ service: freight, method: attachments }} }}
"#
    );
    depot.file("", &service, &routes)
}

/// The number of the edition that answered, if it was one.
fn whole(answer: &Answer) -> Result<String, String> {
    let body = answer.text();
    let number = |member: &str| answer.json()[member].as_str().unwrap_or("none").to_owned();
    match answer.status.as_u16() {
        200 if number("route") == number("service") => Ok(number("route")),
        200 => Err(format!("a mix: {body}")),
        _ => Err(body),
    }
}

fn load(yumen: &Yumen) -> Load {
    Load::start(yumen.address, 4, |_| "/edition".to_owned(), whole)
}

async fn until_live(load: &Load, number: usize) {
    load.until(&format!("edition {number}"), |tally| tally.good.contains_key(&number.to_string())).await;
}

#[test]
fn a_changed_file_is_live_at_once_and_no_request_is_lost_or_sees_half_of_it() {
    run(async {
        let depot = Depot::get().await;
        let folder = tempfile::tempdir().unwrap();
        let yumen = program(folder.path(), &edition(depot, 1)).await;
        let load = load(&yumen);
        until_live(&load, 1).await;
        for number in 2..=6 {
            put(&folder.path().join("yumen.yaml"), &edition(depot, number));
            until_live(&load, number).await;
        }
        yumen.get("/only-6").await.expect(200);
        yumen.get("/only-5").await.expect(404);
        load.stop().await.expect_no_failure();
    });
}

#[test]
fn however_and_whenever_the_file_is_written_the_last_content_wins_and_no_request_fails() {
    run(async {
        let depot = Depot::get().await;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("yumen.yaml");
        let yumen = program(folder.path(), &edition(depot, 1)).await;
        let load = load(&yumen);
        until_live(&load, 1).await;
        let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
        for number in 2..=WRITINGS + 1 {
            dice.pause(400).await;
            let way = Way::ALL[dice.roll(Way::ALL.len())];
            if number % 5 == 0 {
                way.write(&path, number, &broken(depot, number), &mut dice).await;
                continue;
            }
            way.write(&path, number, &edition(depot, number), &mut dice).await;
            // Now and then it must be live before anything else is written.
            if dice.roll(3) == 0 || number == WRITINGS + 1 {
                until_live(&load, number).await;
                yumen.get(&format!("/only-{number}")).await.expect(200);
            }
        }
        load.stop().await.expect_no_failure();
    });
}

/// How often the file is written in one test; the last writing is a good one.
const WRITINGS: usize = 33;

/// The ways in which files are written.
#[derive(Debug, Clone, Copy)]
enum Way {
    /// A new file in the place of the old one.
    Rename,
    /// Emptied, then written, with a pause between.
    TwoSteps,
    /// Deleted, then made again, as some editors do.
    DeleteAndMake,
    /// A file behind a link behind a link, of which the second is replaced, as Kubernetes mounts a ConfigMap.
    ConfigMap,
}

impl Way {
    const ALL: [Self; 4] = [Self::Rename, Self::TwoSteps, Self::DeleteAndMake, Self::ConfigMap];

    async fn write(self, path: &Path, number: usize, text: &str, dice: &mut Dice) {
        match self {
            Self::Rename => put(path, text),
            Self::TwoSteps => {
                std::fs::write(path, "").unwrap();
                dice.pause(150).await;
                std::fs::write(path, text).unwrap();
            }
            Self::DeleteAndMake => {
                std::fs::remove_file(path).unwrap();
                dice.pause(150).await;
                std::fs::write(path, text).unwrap();
            }
            Self::ConfigMap => {
                let folder = path.parent().unwrap();
                let (data, version, next) =
                    (folder.join("..data"), folder.join(format!("..{number}")), folder.join("next"));
                std::fs::create_dir(&version).unwrap();
                std::fs::write(version.join("yumen.yaml"), text).unwrap();
                symlink(&version, &next).unwrap();
                std::fs::rename(&next, &data).unwrap();
                if !std::fs::read_link(path).is_ok_and(|target| target == Path::new("..data/yumen.yaml")) {
                    symlink("..data/yumen.yaml", &next).unwrap();
                    std::fs::rename(&next, path).unwrap();
                }
            }
        }
    }
}

/// Draws numbers from a seed, so that a failure comes again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        // xorshift64
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % below as u64).unwrap()
    }

    async fn pause(&mut self, below_ms: usize) {
        let pause = self.roll(below_ms) as u64;
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }
}

/// Routes beside the two of an edition, so that a version left behind would be missed: more than 100 KiB each.
const FILLING: usize = 40;
/// Changes until everything that comes once has come.
const WARM_UP: usize = 100;
/// Changes in all.
const CHANGES: usize = 1000;
/// How far the memory may stray between the two. A kept version of each change would be twenty times that.
const STRAY_KIB: u64 = 4096;

/// Memory of a process in KiB.
fn resident(id: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn a_thousand_changes_of_routes_take_no_memory_and_cost_no_request() {
    run(async {
        let depot = Depot::get().await;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("yumen.yaml");
        let filled = |number: usize| {
            let filling = (0..FILLING).map(|route| {
                format!(
                    "  - {{ name: r{route}, match: {{ path: /{number}/{route} }}, to: {{ service: freight, method: attachments }} }}\n"
                )
            });
            edition(depot, number) + &filling.collect::<String>()
        };
        let yumen = program(folder.path(), &filled(1)).await;
        let load = load(&yumen);
        until_live(&load, 1).await;
        let mut client = Client::new(yumen.address);
        let mut warm = 0;
        for number in 2..=CHANGES {
            put(&path, &filled(number));
            yumen.signal("HUP");
            until("the change", async || {
                client.get("/edition").await.is_ok_and(|answer| whole(&answer) == Ok(number.to_string()))
            })
            .await;
            if number == WARM_UP {
                warm = resident(yumen.id());
            }
        }
        let grown = resident(yumen.id()).saturating_sub(warm);
        assert!(grown < STRAY_KIB, "{grown} KiB more after {CHANGES} changes than the {warm} KiB after {WARM_UP}");
        load.stop().await.expect_no_failure();
    });
}

#[test]
fn a_broken_file_changes_nothing_and_is_told_with_its_line() {
    run(async {
        let depot = Depot::get().await;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("yumen.yaml");
        let mut yumen = program(folder.path(), &edition(depot, 1)).await;
        let load = load(&yumen);
        until_live(&load, 1).await;
        break_it(&path, depot);
        told(&mut yumen, &path).await;
        load.some_more(50).await;
        assert_eq!(load.count("2"), 0, "a broken edition answered");
        put(&path, &edition(depot, 3));
        until_live(&load, 3).await;
        load.stop().await.expect_no_failure();
    });
}

#[test]
fn a_hangup_reloads_and_so_does_a_change_behind_a_link() {
    run(async {
        let depot = Depot::get().await;
        let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let path = elsewhere.path().join("linked.yaml");
        put(&path, &edition(depot, 1));
        let link = folder.path().join("yumen.yaml");
        symlink(&path, &link).unwrap();
        let mut yumen = Yumen::run(&link).await;
        let load = load(&yumen);
        until_live(&load, 1).await;
        put(&path, &edition(depot, 2));
        until_live(&load, 2).await;
        break_it(&path, depot);
        yumen.signal("HUP");
        told(&mut yumen, &link).await;
        put(&path, &edition(depot, 3));
        yumen.signal("HUP");
        until_live(&load, 3).await;
        load.stop().await.expect_no_failure();
        until("version 3", async || yumen.output().contains("v3 live")).await;
    });
}

#[test]
fn what_became_of_a_reload_is_in_the_log_and_among_the_metrics() {
    run(async {
        let depot = Depot::get().await;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("yumen.yaml");
        let mut yumen = program(folder.path(), &edition(depot, 1)).await;
        yumen.signal("HUP");
        yumen.said("nothing changed; v1 is still live").await;
        expect_metrics(&yumen, &["yumen_config_version 1", "yumen_config_reloads_total{outcome=\"applied\"} 0"]).await;
        break_it(&path, depot);
        told(&mut yumen, &path).await;
        put(&path, &edition(depot, 2));
        yumen.said("v2 live").await;
        let lines = [
            "yumen_config_version 2",
            "yumen_config_reloads_total{outcome=\"applied\"} 1",
            "yumen_config_reloads_total{outcome=\"refused\"} 1",
            "yumen_service_providers{service=\"freight\"} 1",
            "yumen_registry_connected{registry=\"fixed\"} 1",
        ];
        expect_metrics(&yumen, &lines).await;
    });
}

async fn expect_metrics(yumen: &Yumen, lines: &[&str]) {
    let text = Client::new(yumen.status).get("/metrics").await.unwrap().text();
    for line in lines {
        assert!(text.lines().any(|found| found == *line), "{line} is not in\n{text}");
    }
}

/// Writes a file whose line `LINE` has an unknown key.
fn break_it(path: &Path, depot: &Depot) {
    put(path, &broken(depot, 2));
}

fn broken(depot: &Depot, number: usize) -> String {
    let text = edition(depot, number).replacen("    timeout: 55s", "    timeuot: 55s", 1);
    assert!(text.lines().nth(LINE - 1).unwrap().contains("timeuot"));
    text
}

/// The line that `break_it` breaks.
const LINE: usize = 10;

/// Waits until the log tells of the broken line.
async fn told(yumen: &mut Yumen, path: &Path) {
    let said = yumen.said("timeuot").await;
    assert!(said.contains(&format!("{}:{LINE}:", path.display())), "{said}");
    assert!(said.contains("timeout"), "no suggestion: {said}");
    assert!(said.contains("Nothing was applied"), "{said}");
}
