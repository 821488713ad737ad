//! One extraction, from the first entry to the last.

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    path::{Path, PathBuf},
    sync::Arc,
    thread,
};

use super::{
    CancelToken, Filter, Item, Limit, OnItem, OnProgress, Outcome,
    apply::{DataLost, Groups, Renamed, Restorer},
    destination::{Destination, Resolver},
    halt::Halt,
    limits::exceeded,
    names::Names,
    parallel::{Close, Elsewhere, Occupied, Pool, Window},
    path::{Place, RelPath, place},
    plan::{Action, Kind, Metadata, Plan, plan},
    policy::Policy,
    progress::Meter,
    rehearse::Shadow,
    report::Data,
};
use crate::{
    Entry, ErrorKind, FileType, Format, Reader, Result,
    reader::{origin::Twins, slices::SLICE},
};

/// Headers that may fail one after another before the extraction gives up: a reader that always says
/// that it can go on would never end.
const MAX_FAILURES: u32 = 100_000;

/// What an extraction works with.
pub(super) struct Run<'x> {
    pub(super) policy: &'x Policy,
    pub(super) destination: Destination,
    pub(super) groups: Groups,
    pub(super) renamed: Renamed,
    pub(super) restorer: Restorer,
    /// What would be different on disk, in a dry run.
    pub(super) shadow: Option<Shadow>,
    names: Names,
    pub(super) meter: Arc<Meter<'x>>,
    /// Other threads that make files, if there are any, and what they were given.
    pub(super) pool: Option<&'x Pool<'x>>,
    pub(super) window: Window,
    /// Files in the air that a directory is in the way of, and how many of them are being seen to.
    pub(super) occupied: Vec<Occupied>,
    pub(super) in_hand: usize,
    pub(super) archive: Option<PathBuf>,
    pub(super) report: &'x mut Data,
    /// Remarks on the present entry; they count only if it is made.
    pub(super) warnings: Vec<String>,
    on_item: Option<&'x mut OnItem>,
    filter: Option<&'x mut Filter>,
    kept_items: usize,
    /// How often the reader was asked for the next entry.
    pub(super) asked: u64,
    /// Bytes of the archive that were counted of this reader.
    pub(super) counted: u64,
    /// Bytes of files that other readers took over.
    pub(super) taken_over: u64,
    pub(super) format: Option<Format>,
    /// Tells whether C gets behind data without decoding it.
    twins: Option<Twins>,
}

/// What the caller set.
pub(super) struct Settings<'x> {
    pub(super) policy: &'x Policy,
    pub(super) on_progress: Option<&'x mut OnProgress>,
    pub(super) on_item: Option<&'x mut OnItem>,
    pub(super) filter: Option<&'x mut Filter>,
    /// Items that the report keeps.
    pub(super) kept_items: usize,
    pub(super) cancel: Option<&'x CancelToken>,
    pub(super) threads: usize,
}

/// Extracts what is left of an archive. What is not right with an entry goes to the report.
pub(super) fn run(
    reader: &mut Reader<'_>,
    destination: &Path,
    settings: Settings<'_>,
    report: &mut Data,
) -> Result<()> {
    let policy = settings.policy;
    let filters = reader.filters().len();
    if policy.limits.filters.is_some_and(|limit| filters > limit) {
        let what = format!("is inside {filters} filters");
        return Err(exceeded(Limit::Filters, &what).with_archive(reader.archive_path()));
    }
    reader.slice(SLICE);
    if !reader.decode_by(settings.threads) {
        reader.read_ahead(settings.threads);
    }
    let (destination, shadow) = if policy.dry_run {
        let (found, bare) = Destination::look(destination, Resolver::best())?;
        (found, Some(Shadow::new(bare)))
    } else {
        (Destination::open(destination, Resolver::best())?, None)
    };
    let meter = Arc::new(Meter::new(
        settings.on_progress,
        settings.cancel,
        reader.total_bytes(),
        &policy.limits,
    ));
    // Nothing is written, so there is nothing to do for other threads than to decode.
    let threads = if policy.dry_run { 1 } else { settings.threads };
    let twins = reader.twins();
    let elsewhere = twins.clone().filter(|_| threads > 1);
    let elsewhere = elsewhere.map(|twins| Elsewhere::new(twins, Arc::clone(&meter)));
    let pool = Pool::new(elsewhere);
    let mut run = Run::new(policy, destination, report);
    run.archive = reader.archive_path().map(Path::to_path_buf);
    run.meter = meter;
    run.shadow = shadow;
    run.on_item = settings.on_item;
    run.filter = settings.filter;
    run.kept_items = settings.kept_items;
    run.twins = twins;
    // Directories get their modes and times all the same when a callback panics.
    let work = AssertUnwindSafe(|| {
        thread::scope(|scope| {
            let _close = Close(&pool);
            for _ in 1..threads {
                let builder = thread::Builder::new().name("anyarchive-write".into());
                // Without it the others, or this thread alone, do its work.
                if builder.spawn_scoped(scope, || pool.work(policy)).is_ok() {
                    run.pool = Some(&pool);
                }
            }
            let result = run.entries(reader);
            // What fails in the air failed before.
            run.land_all().and(result)
        })
    });
    let result = catch_unwind(work);
    if result.is_err() {
        run.on_item = None;
    }
    for (path, problem) in run.destination.finish(&mut run.restorer) {
        run.tell(&path, Outcome::Warned(problem));
    }
    result.unwrap_or_else(|payload| resume_unwind(payload))
}

impl<'x> Run<'x> {
    /// One that tells nobody.
    pub(super) fn new(policy: &'x Policy, destination: Destination, report: &'x mut Data) -> Self {
        Self {
            policy,
            destination,
            groups: Groups::default(),
            renamed: Renamed::default(),
            restorer: Restorer::new(policy),
            shadow: None,
            names: Names::default(),
            meter: Arc::new(Meter::new(None, None, None, &policy.limits)),
            pool: None,
            window: Window::default(),
            occupied: Vec::new(),
            in_hand: 0,
            archive: None,
            report,
            warnings: Vec::new(),
            on_item: None,
            filter: None,
            kept_items: usize::MAX,
            asked: 0,
            counted: 0,
            taken_over: 0,
            format: None,
            twins: None,
        }
    }
}

impl Run<'_> {
    fn entries(&mut self, reader: &mut Reader<'_>) -> Result<()> {
        let mut failures = 0;
        loop {
            self.land()?;
            self.asked += 1;
            match reader.advance() {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) if error.is_recoverable() && failures < MAX_FAILURES => {
                    failures += 1;
                    self.meter.may_go_on()?;
                    let path = error.entry_bytes().unwrap_or_default().to_vec();
                    self.tell(&path, Outcome::Failed(error));
                    continue;
                }
                Err(error) => return Err(error),
            }
            failures = 0;
            if let Some(error) = reader.damage() {
                self.tell(&[], Outcome::Failed(error));
            }
            self.format = reader.format();
            let Some(mut entry) = reader.current_entry() else {
                continue;
            };
            if let Err(error) = self.entry(&mut entry) {
                let error = error.with_archive(self.archive.as_deref());
                return Err(error.with_entry(&self.meter.path()));
            }
        }
        if let Some(error) = reader.damage() {
            self.tell(&[], Outcome::Failed(error));
        } else if let Some(remark) = reader.warning() {
            let text = remark.message().to_owned();
            self.tell(&[], Outcome::Warned(text));
        }
        Ok(())
    }

    /// Does what an entry asks for, and tells what came of it.
    fn entry(&mut self, entry: &mut Entry<'_>) -> Result<()> {
        match self.make(entry) {
            Ok(Progress::Told) => Ok(()),
            Ok(Progress::PassOver) => self.pass_over(entry),
            Err(Halt::Everything(error)) => Err(error),
            Err(Halt::Entry(outcome)) => {
                let path = self.meter.path();
                let outcome = self.place_of(&path, outcome);
                self.tell(&path, outcome);
                self.pass_over(entry)
            }
        }
    }

    fn make(&mut self, entry: &mut Entry<'_>) -> Result<Progress, Halt> {
        self.warnings.clear();
        self.meter
            .read(&mut self.counted, entry.archive_bytes_read());
        let metadata = Metadata::of(entry, self.policy);
        self.meter.begin(metadata.path).map_err(Halt::Everything)?;
        if self.filter.as_mut().is_some_and(|filter| !filter(entry)) {
            self.report.filtered += 1;
            self.without_data(&metadata, DataLost::LeftOut)?;
            return Ok(Progress::PassOver);
        }
        let action = match self.plan(&metadata) {
            Plan::Do(action) => action,
            Plan::Nothing => return Ok(Progress::Told),
            Plan::Refuse(reason) => {
                self.without_data(&metadata, DataLost::Refused)?;
                return Err(reason.into());
            }
            Plan::Skip(reason) => {
                self.without_data(&metadata, DataLost::LeftOut)?;
                return Err(reason.into());
            }
        };
        if let Some(remark) = entry.warning().filter(|remark| !remark.is_of_damage()) {
            self.warnings.push(remark.message().to_owned());
        }
        self.keep_order(&action)?;
        if let Some(pool) = self.pool
            && let Kind::File(spec) = action.kind
            && self.can_fly(&spec)
        {
            return self.fly(action, spec, entry, pool);
        }
        self.apply(&action, entry)?;
        let path = self.meter.path();
        let mut warnings = std::mem::take(&mut self.warnings);
        warnings.extend(remarks(&action));
        self.report.entries += 1;
        for text in warnings {
            self.tell(&path, Outcome::Warned(text));
        }
        Ok(Progress::Told)
    }

    /// What is to be done with an entry, as far as metadata tells it and the names before.
    fn plan(&mut self, metadata: &Metadata<'_>) -> Plan {
        let plan = plan(metadata, self.policy);
        let Plan::Do(action) = &plan else {
            return plan;
        };
        let is_directory = matches!(action.kind, Kind::Directory { .. });
        let duplicates = self.policy.duplicates;
        match self.names.add(&action.path, is_directory, duplicates) {
            Ok(()) => plan,
            Err(reason) => Plan::Refuse(reason),
        }
    }

    /// Gets behind the data of an entry that is left out, within the limits: left to itself, the C
    /// library decodes all of it before it comes back.
    fn pass_over(&mut self, entry: &mut Entry<'_>) -> Result<()> {
        let may_have_data = matches!(entry.file_type(), FileType::File | FileType::Unknown);
        let is_skipped = |twins: &Twins| twins.skip_in(self.format);
        if !may_have_data || entry.size() == Some(0) || self.twins.as_ref().is_some_and(is_skipped)
        {
            return Ok(());
        }
        loop {
            let len = match entry.next_block() {
                Ok(Some(block)) => block.len(),
                Ok(None) => return Ok(()),
                // What is wrong with data that nobody wants was told, or does not matter.
                Err(error) if error.is_recoverable() => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Poisoned => return Ok(()),
                Err(error) => return Err(error),
            };
            self.meter
                .read(&mut self.counted, entry.archive_bytes_read());
            self.meter.pass(len as u64)?;
        }
    }

    /// An entry is left out. If it is a hard link with data, its other names are without.
    fn without_data(&mut self, metadata: &Metadata<'_>, why: DataLost) -> Result<(), Halt> {
        let (Some(target), Some(1..)) = (metadata.hard_link, metadata.size) else {
            return Ok(());
        };
        if let Ok(Place::Below(target)) = place(target, self.policy) {
            self.land_all().map_err(Halt::Everything)?;
            self.abandon(&target, why);
        }
        Ok(())
    }

    /// Adds to an error where it happened.
    pub(super) fn place_of(&self, path: &[u8], outcome: Outcome) -> Outcome {
        match outcome {
            Outcome::Failed(error) => {
                let error = error.with_archive(self.archive.as_deref());
                Outcome::Failed(error.with_entry(path))
            }
            outcome => outcome,
        }
    }

    /// An entry that was made before is no longer there.
    pub(super) fn lost(&mut self, path: &RelPath, outcome: Outcome) {
        self.report.entries = self.report.entries.saturating_sub(1);
        self.tell(path.as_bytes(), outcome);
    }

    fn tell(&mut self, path: &[u8], outcome: Outcome) {
        let item = Item::new(path, outcome);
        if let Some(item) = self.window.hold(item) {
            self.deliver(item);
        }
    }

    /// Tells an item whose turn it is.
    pub(super) fn deliver(&mut self, item: Item) {
        if let Some(callback) = &mut self.on_item {
            callback(&item);
        }
        self.report.add(item, self.kept_items);
    }
}

/// How the work on an entry ended.
pub(super) enum Progress {
    /// All was told, or will be.
    Told,
    /// So it was, and there can be data left.
    PassOver,
}

/// What is remarked on every entry with such an action that is made.
pub(super) fn remarks(action: &Action) -> impl Iterator<Item = String> {
    let relative = "its path is absolute: it was made below the destination";
    let guessed = "the archive does not say what it is: it became a regular file";
    let texts = [(action.made_relative, relative), (action.guessed, guessed)];
    let texts = texts.into_iter().filter(|(told, _)| *told);
    let texts = texts.map(|(_, text)| text.to_owned());
    dropped_bits(action).into_iter().chain(texts)
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
