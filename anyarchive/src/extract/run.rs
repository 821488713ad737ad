//! One extraction, from the first entry to the last.

use std::path::Path;

use super::{
    Item, OnItem, OnProgress, Outcome,
    apply::Groups,
    destination::{Destination, Resolver},
    halt::Halt,
    path::{Place, RelPath, place},
    plan::{Action, Metadata, Plan, plan},
    policy::Policy,
    progress::Meter,
    report::Data,
};
use crate::{Entry, Reader, Result};

/// Headers that may fail one after another before the extraction gives up: a reader that always says
/// that it can go on would never end.
const MAX_FAILURES: u32 = 100_000;

/// What an extraction works with.
pub(super) struct Run<'x> {
    pub(super) policy: &'x Policy,
    pub(super) destination: Destination,
    pub(super) groups: Groups,
    pub(super) meter: Meter<'x>,
    pub(super) report: &'x mut Data,
    /// Remarks on the present entry; they count only if it is made.
    pub(super) warnings: Vec<String>,
    on_item: Option<&'x mut OnItem>,
}

/// What the caller set.
pub(super) struct Settings<'x> {
    pub(super) policy: &'x Policy,
    pub(super) on_progress: Option<&'x mut OnProgress>,
    pub(super) on_item: Option<&'x mut OnItem>,
}

/// Extracts what is left of an archive. What is not right with an entry goes to the report.
pub(super) fn run(
    reader: &mut Reader<'_>,
    destination: &Path,
    settings: Settings<'_>,
    report: &mut Data,
) -> Result<()> {
    let destination = Destination::open(destination, Resolver::best())?;
    let mut run = Run::new(settings.policy, destination, report);
    run.meter = Meter::new(settings.on_progress, reader.total_bytes());
    run.on_item = settings.on_item;
    let result = run.entries(reader);
    for (path, problem) in run.destination.finish() {
        run.tell(&path, Outcome::Warned(problem));
    }
    result
}

impl<'x> Run<'x> {
    /// One that tells nobody.
    pub(super) fn new(policy: &'x Policy, destination: Destination, report: &'x mut Data) -> Self {
        Self {
            policy,
            destination,
            groups: Groups::default(),
            meter: Meter::new(None, None),
            report,
            warnings: Vec::new(),
            on_item: None,
        }
    }
}

impl Run<'_> {
    fn entries(&mut self, reader: &mut Reader<'_>) -> Result<()> {
        let archive = reader.archive_path().map(Path::to_path_buf);
        let mut failures = 0;
        loop {
            let mut entry = match reader.next_entry() {
                Ok(Some(entry)) => entry,
                Ok(None) => break,
                Err(error) if error.is_recoverable() && failures < MAX_FAILURES => {
                    failures += 1;
                    let path = error.entry_bytes().unwrap_or_default().to_vec();
                    self.tell(&path, Outcome::Failed(error));
                    continue;
                }
                Err(error) => return Err(error),
            };
            failures = 0;
            match self.entry(&mut entry) {
                Ok(()) => {}
                Err(Halt::Entry(Outcome::Failed(error))) => {
                    let error = error.with_archive(archive.as_deref());
                    let path = self.meter.path().to_vec();
                    self.tell(&path, Outcome::Failed(error.with_entry(&path)));
                }
                Err(Halt::Entry(outcome)) => {
                    let path = self.meter.path().to_vec();
                    self.tell(&path, outcome);
                }
                Err(Halt::Everything(error)) => {
                    let error = error.with_archive(archive.as_deref());
                    return Err(error.with_entry(self.meter.path()));
                }
            }
        }
        if let Some(remark) = reader.warning() {
            let text = remark.message().to_owned();
            self.tell(&[], Outcome::Warned(text));
        }
        Ok(())
    }

    fn entry(&mut self, entry: &mut Entry<'_>) -> Result<(), Halt> {
        self.warnings.clear();
        self.meter.read(entry.archive_bytes_read());
        let metadata = Metadata::of(entry);
        self.meter.begin(metadata.path)?;
        let action = match plan(&metadata, self.policy) {
            Plan::Do(action) => action,
            Plan::Nothing => return Ok(()),
            Plan::Refuse(reason) => {
                self.without_data(&metadata);
                return Err(reason.into());
            }
            Plan::Skip(reason) => {
                self.without_data(&metadata);
                return Err(reason.into());
            }
        };
        if let Some(remark) = entry.warning() {
            self.warnings.push(remark.message().to_owned());
        }
        self.apply(&action, entry)?;
        self.report.entries += 1;
        if let Some(text) = dropped_bits(&action) {
            self.warnings.push(text);
        }
        if action.guessed {
            let text = "the archive does not say what it is: it became a regular file";
            self.warnings.push(text.into());
        }
        let path = self.meter.path().to_vec();
        for text in std::mem::take(&mut self.warnings) {
            self.tell(&path, Outcome::Warned(text));
        }
        Ok(())
    }

    /// An entry is left out. If it is a hard link with data, its other names are without.
    fn without_data(&mut self, metadata: &Metadata<'_>) {
        let (Some(target), Some(1..)) = (metadata.hard_link, metadata.size) else {
            return;
        };
        if let Ok(Place::Below(target)) = place(target, self.policy.strip_components) {
            self.abandon(&target);
        }
    }

    /// An entry that was made before is no longer there.
    pub(super) fn lost(&mut self, path: &RelPath, outcome: Outcome) {
        self.report.entries = self.report.entries.saturating_sub(1);
        self.tell(path.as_bytes(), outcome);
    }

    fn tell(&mut self, path: &[u8], outcome: Outcome) {
        let item = Item {
            path: path.into(),
            outcome,
        };
        if let Some(callback) = &mut self.on_item {
            callback(&item);
        }
        self.report.items.push(item);
    }
}

fn dropped_bits(action: &Action) -> Option<String> {
    let names = [(0o4000, "setuid"), (0o2000, "setgid"), (0o1000, "sticky")];
    let dropped: Vec<_> = names
        .into_iter()
        .filter(|(bit, _)| action.dropped_bits & bit != 0)
        .map(|(_, name)| name)
        .collect();
    (!dropped.is_empty()).then(|| format!("made without {}", dropped.join(", ")))
}
