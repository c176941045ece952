//! Findings that only repeat another one: what was faulty is taken out or made up, and later checks stumble over the hole.
//!
//! A finding says what it [leans on](super::Lean); it is an echo when a hole is there, and only then: faults that have
//! nothing to do with each other are all told at once.

use super::{
    finding::{Code, Finding, Lean, Severity},
    locate::{ConfigPath, Segment},
    model::Config,
};

/// Where the tree is not as it was written.
#[derive(Debug, Clone, Default)]
pub(super) struct Damage {
    /// Values taken out or made up, and keys that an unknown one was probably meant to be.
    holes: Vec<ConfigPath>,
    /// An included file could not be read, so names may be missing from every list.
    pub(super) names_lost: bool,
}

impl Damage {
    pub(super) fn add(&mut self, hole: ConfigPath) {
        self.holes.push(hole);
    }

    /// Whether `path` was taken out or made up, or stands in something that was.
    pub(super) fn holds(&self, path: &ConfigPath) -> bool {
        self.holes.iter().any(|hole| path.is_within(hole))
    }

    /// Whether anything at or in `path` was taken out or made up.
    fn touches(&self, path: &ConfigPath) -> bool {
        self.holes.iter().any(|hole| path.is_within(hole) || hole.is_within(path))
    }

    /// Whether the finding may only be an echo.
    pub(super) fn explains(&self, finding: &Finding) -> bool {
        self.holds(&finding.at) || finding.leans_on.iter().any(|lean| self.takes_away(lean))
    }

    fn takes_away(&self, lean: &Lean) -> bool {
        match lean {
            Lean::Value(path) => self.holds(path),
            Lean::Items(path) => self.holds(path) || self.holes.iter().any(|hole| hole.is_just_within(path)),
            Lean::Names(list) => self.names_lost || self.holes.iter().any(|hole| is_name(hole, list)),
        }
    }
}

/// Whether the list, one of its entries or the name of one is the hole.
fn is_name(hole: &ConfigPath, list: &str) -> bool {
    match hole.segments() {
        [Segment::Key(key)] | [Segment::Key(key), Segment::Index(_)] => key == list,
        [Segment::Key(key), Segment::Index(_), Segment::Key(name)] => key == list && name == "name",
        _ => false,
    }
}

/// What could be read of a configuration with faults, so that routes and contracts can be looked at all the same.
#[derive(Debug)]
pub struct Remains {
    /// The configuration, with stand-ins for what is faulty.
    pub config: Config,
    damage: Damage,
    /// Where errors were reported.
    faults: Vec<ConfigPath>,
}

impl Remains {
    pub(super) fn new(config: Config, damage: Damage, findings: &[Finding]) -> Self {
        let errors = findings.iter().filter(|finding| finding.severity == Severity::Error && finding.place.is_none());
        Self { config, damage, faults: errors.map(|finding| finding.at.clone()).collect() }
    }

    /// Whether what a route and its contract have against each other may only be an echo of what is reported already.
    #[must_use]
    pub fn is_echo(&self, finding: &Finding) -> bool {
        self.damage.explains(finding)
            || self.faults.iter().any(|fault| finding.at.is_within(fault))
            || self.grounds(finding).iter().any(|ground| self.is_faulty(ground))
    }

    fn is_faulty(&self, ground: &ConfigPath) -> bool {
        self.damage.touches(ground) || self.faults.iter().any(|fault| fault.is_within(ground))
    }

    /// The values that decide about the call of the route that the finding is about.
    fn grounds(&self, finding: &Finding) -> Vec<ConfigPath> {
        let [Segment::Key(list), Segment::Index(index), inside @ ..] = finding.at.segments() else { return Vec::new() };
        let Some(route) = self.config.routes.get(*index).filter(|_| list == "routes") else { return Vec::new() };
        let at = ConfigPath::route(*index);
        let args = at.clone().key("args");
        let mut grounds = vec![at.clone().key("to")];
        if finding.code == Code::UNKNOWN_PATH_PARAMETER {
            grounds.push(at.key("match"));
        }
        grounds.push(match inside {
            [Segment::Key(key), Segment::Index(argument), ..] if key == "args" => args.index(*argument),
            _ => args,
        });
        if let Some((service, _)) = self.config.service(&route.to.service) {
            let service = ConfigPath::service(service);
            grounds.push(service.clone().key("methods").key(&route.to.method));
            match finding.code {
                Code::UNKNOWN_TYPE => grounds.push(service.key("types")),
                // A service without providers might have been meant to learn its methods.
                Code::UNTYPED_ARGUMENT if self.faults.contains(&service) => grounds.push(service),
                Code::UNTYPED_ARGUMENT => {
                    grounds.extend(["methods", "registry"].map(|key| service.clone().key(key)));
                }
                _ => {}
            }
        }
        grounds
    }
}
