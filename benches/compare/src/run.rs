//! Runs everybody in turns and verifies what comes out.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};

use crate::{
    Args, Places, Step,
    archives::{Archives, Format},
    corpus::{Corpus, TOP},
    machine::{self, Machine},
    meter::{self, Invocation, Outcome},
    peers::{self, Names, PEERS, Peer, Task},
    results::{Group, Results, Row},
    scratch::{self, Scratch},
    syscalls,
    tree::{Differences, Tree},
};

/// Formats for the comparison of memory: a stream, and the two with a directory of entries.
const MEMORY_FORMATS: [Format; 3] = [Format::Tar, Format::Zip, Format::SevenZip];
/// Formats for the count of calls: the same file by one reader, and from a place of its own.
const CALLS_FORMATS: [Format; 2] = [Format::Tar, Format::Zip];
const CREATE_FORMATS: [Format; 3] = [Format::TarGz, Format::TarZst, Format::Zip];

struct Sizes {
    timed: [Corpus; 2],
    memory: [Corpus; 2],
}

impl Sizes {
    fn new(small: bool) -> Self {
        if small {
            Self {
                timed: [Corpus::Small { files: 1000 }, Corpus::Large { mib: 8 }],
                memory: [
                    Corpus::Empty { entries: 1000 },
                    Corpus::Empty { entries: 20_000 },
                ],
            }
        } else {
            Self {
                timed: [Corpus::Small { files: 20_000 }, Corpus::Large { mib: 512 }],
                memory: [
                    Corpus::Empty { entries: 10_000 },
                    Corpus::Empty { entries: 1_000_000 },
                ],
            }
        }
    }
}

struct Runner<'a> {
    args: &'a Args,
    places: &'a Places,
    scratch: &'a Scratch,
    /// Programs that are built.
    programs: Names,
    results: Results,
}

pub(crate) fn run(args: &Args, places: &Places, scratch: &Scratch) -> Result<()> {
    let sizes = Sizes::new(args.small);
    let mut runner = Runner {
        args,
        places,
        scratch,
        programs: Names::new(),
        results: Results::load(&places.results())?,
    };
    runner.results.missing.clear();
    if args.steps.contains(&Step::Prepare) {
        runner.prepare(&sizes)?;
    }
    let measures = [Step::Time, Step::Memory, Step::Calls];
    if !args.steps.iter().any(|step| measures.contains(step)) {
        return runner.save();
    }
    runner.programs = programs(places, !args.no_build)?;
    runner.meet();
    runner.save()?;
    if args.steps.contains(&Step::Time) {
        for corpus in sizes.timed {
            for format in Format::ALL {
                runner.group(Task::Extract, corpus, format, args.rounds)?;
            }
            for format in CREATE_FORMATS {
                runner.group(Task::Create, corpus, format, args.rounds)?;
            }
        }
    }
    if args.steps.contains(&Step::Memory) {
        for format in MEMORY_FORMATS {
            for corpus in sizes.memory {
                runner.group(Task::Extract, corpus, format, 1)?;
            }
        }
    }
    if args.steps.contains(&Step::Calls) {
        runner.calls(sizes.timed[0])?;
    }
    Ok(())
}

/// Builds ours and the peers, as a release is built; where they are.
fn programs(places: &Places, build: bool) -> Result<Names> {
    let target = places.benches.join("target");
    let cargo = |directory: &Path, args: &[&str]| -> Result<()> {
        let mut command = Command::new("cargo");
        command
            .args(["build", "--release", "--quiet", "--target-dir"])
            .arg(&target)
            .args(args);
        eprintln!("building {}", args[1]);
        let status = command
            .current_dir(directory)
            .status()
            .context("run cargo")?;
        if !status.success() {
            bail!("cargo build {}: {status}", args.join(" "));
        }
        Ok(())
    };
    if build {
        // One by one: built together, each would get the features of all.
        cargo(&places.repository, &["-p", "anyarchive-cli"])?;
        cargo(&places.benches, &["-p", "library"])?;
        let with_peers: &[&str] = match peers::has_libarchive() {
            true => &["-p", "peers", "--features", "compress-tools"],
            false => &["-p", "peers"],
        };
        cargo(&places.benches, with_peers)?;
    }
    let built = ["anyarchive", "library", "peers"];
    let names: Names = built
        .into_iter()
        .map(|name| (name, target.join("release").join(name)))
        .collect();
    match names.values().find(|path| !path.exists()) {
        Some(path) => bail!("{} is not built", path.display()),
        None => Ok(names),
    }
}

impl Runner<'_> {
    fn save(&self) -> Result<()> {
        self.results.save(&self.places.results())
    }

    fn is_wanted(&self, key: &str) -> bool {
        // Whole parts: tar is not tar.gz.
        let key = format!("/{key}/");
        let only = &self.args.only;
        only.is_empty() || only.iter().any(|text| key.contains(&format!("/{text}/")))
    }

    /// Those that take part, with the template of their command.
    fn peers(&self, task: Task, format: Format) -> Vec<(&'static Peer, &'static str)> {
        let wanted = |peer: &&Peer| {
            self.args.peer.is_empty() || self.args.peer.iter().any(|name| name == peer.name)
        };
        let here = PEERS
            .iter()
            .filter(wanted)
            .filter(|peer| peer.missing().is_none());
        here.filter_map(|peer| Some((peer, peer.template(task, format)?)))
            .collect()
    }

    fn prepare(&mut self, sizes: &Sizes) -> Result<()> {
        let timed = sizes.timed.map(|corpus| (corpus, &Format::ALL[..]));
        let memory = sizes.memory.map(|corpus| (corpus, &MEMORY_FORMATS[..]));
        for (corpus, formats) in timed.into_iter().chain(memory) {
            let wanted: Vec<Format> = formats
                .iter()
                .copied()
                .filter(|&format| self.is_wanted(&Group::key(Task::Extract, corpus, format)))
                .collect();
            if wanted.is_empty() {
                continue;
            }
            let missing =
                Archives::new(&self.places.keep, corpus).prepare(&wanted, self.scratch)?;
            self.results.missing.extend(missing);
        }
        Ok(())
    }

    /// Notes who is here and who is not.
    fn meet(&mut self) {
        self.results.machine = Machine::this(&self.places.repository);
        for peer in PEERS {
            match peer.missing() {
                Some(reason) => self.results.missing.push(reason),
                None => {
                    let version = peer.version(&self.places.benches, &self.programs);
                    self.results.versions.insert(peer.name.to_owned(), version);
                }
            }
        }
        for reason in &self.results.missing {
            eprintln!("missing: {reason}");
        }
    }

    /// One task on one archive by everybody, in turns.
    fn group(&mut self, task: Task, corpus: Corpus, format: Format, rounds: usize) -> Result<()> {
        let key = Group::key(task, corpus, format);
        let archives = Archives::new(&self.places.keep, corpus);
        let peers = self.peers(task, format);
        // Without ours there is nothing to compare.
        if !self.is_wanted(&key) || !peers.iter().any(|(peer, _)| peer.name == "anyarchive") {
            return Ok(());
        }
        if !archives.path(format).exists() {
            eprintln!("{key}: no archive");
            return Ok(());
        }
        eprintln!("{key}");
        let wanted = archives.tree()?;
        let archive_bytes = archives.path(format).metadata()?.len();
        self.scratch.need(archive_bytes + 2 * corpus.bytes())?;
        let mut names = self.programs.clone();
        let source = match task {
            Task::Extract => {
                let copy = self.copy(&archives.path(format), format)?;
                names.insert("archive", copy.clone());
                copy
            }
            Task::Create => {
                let source = archives.source(self.scratch)?;
                names.insert("parent", source.clone());
                source
            }
        };
        let mut group = Group {
            task,
            corpus,
            format,
            archive_bytes,
            archive_by: archives.made_by(format)?,
            rows: Vec::new(),
            commit: self.results.machine.commit.clone(),
            load: [machine::load(); 2],
        };
        for (peer, _) in &peers {
            group.rows.push(Row {
                name: peer.name.to_owned(),
                kind: peer.kind,
                runs: Vec::new(),
                differences: None,
                failure: None,
                made_bytes: 0,
            });
        }
        for round in 0..rounds {
            // Nobody always runs first.
            for turn in 0..peers.len() {
                let turn = (turn + round) % peers.len();
                let row = &mut group.rows[turn];
                if row.failure.is_none() {
                    self.turn(task, format, peers[turn].1, &mut names, &wanted, row)?;
                }
            }
        }
        scratch::remove(&source)?;
        group.load[1] = machine::load();
        for row in &group.rows {
            let text = match &row.failure {
                Some(failure) => failure.clone(),
                None => format!("{:9.3} s {:6} MiB", row.median(), row.peak() >> 20),
            };
            eprintln!("  {:24}{text}", row.name);
        }
        self.results.groups.insert(key, group);
        self.save()
    }

    /// One command, once.
    fn turn(
        &self,
        task: Task,
        format: Format,
        template: &str,
        names: &mut Names,
        wanted: &Tree,
        row: &mut Row,
    ) -> Result<()> {
        let out = match task {
            Task::Extract => {
                let out = self.scratch.fresh("out")?;
                names.insert("out", out.clone());
                out
            }
            Task::Create => {
                let archive = self
                    .scratch
                    .path()
                    .join(format!("made.{}", format.ending()));
                scratch::remove(&archive)?;
                names.insert("archive", archive.clone());
                archive
            }
        };
        let invocation = Invocation {
            argv: peers::fill(template, names)?,
            directory: self.scratch.path().to_path_buf(),
        };
        let limit = Duration::from_secs(self.args.time_limit);
        match meter::run(&invocation, self.scratch.path(), limit)? {
            Outcome::TimedOut => row.failure = Some(format!("more than {} s", limit.as_secs())),
            Outcome::Failed(said) => row.failure = Some(said),
            Outcome::Done(usage) => {
                row.runs.push(usage);
                if task == Task::Create {
                    row.made_bytes = out.metadata()?.len();
                }
                match self.verify(task, format, &out, wanted) {
                    Ok(now) => row.differences = Some(now.or(row.differences)),
                    Err(error) => row.failure = Some(format!("cannot be verified: {error:#}")),
                }
            }
        }
        scratch::remove(&out)
    }

    /// Compares what came out with what went in. An archive is extracted for that, by a tool that
    /// did not make it.
    fn verify(&self, task: Task, format: Format, out: &Path, wanted: &Tree) -> Result<Differences> {
        if task == Task::Extract {
            return Ok(Tree::read(&out.join(TOP))?.differences(wanted));
        }
        let directory = self.scratch.fresh("verified")?;
        let mut command = match format {
            Format::Zip => Command::new("unzip"),
            _ => Command::new("tar"),
        };
        match format {
            Format::Zip => command.arg("-q").arg(out).arg("-d").arg(&directory),
            _ => command
                .arg("--no-same-owner")
                .arg("-xf")
                .arg(out)
                .arg("-C")
                .arg(&directory),
        };
        let status = command.status().context("run the tool that verifies")?;
        if !status.success() {
            bail!("{} says {status}", command.get_program().display());
        }
        let differences = Tree::read(&directory.join(TOP))?.differences(wanted);
        scratch::remove(&directory)?;
        Ok(differences)
    }

    fn calls(&mut self, corpus: Corpus) -> Result<()> {
        if !peers::is_there("strace") {
            self.results
                .missing
                .push("system calls: no strace here (package strace)".into());
            return self.save();
        }
        let archives = Archives::new(&self.places.keep, corpus);
        let files = archives.tree()?.files;
        for format in CALLS_FORMATS {
            if !self.is_wanted(&format!("calls/{}", format.ending())) {
                continue;
            }
            let mut names = self.programs.clone();
            let archive = self.copy(&archives.path(format), format)?;
            names.insert("archive", archive.clone());
            self.results.calls.retain(|calls| calls.format != format);
            for (peer, template) in self.peers(Task::Extract, format) {
                eprintln!("calls/{}: {}", format.ending(), peer.name);
                let out = self.scratch.fresh("out")?;
                names.insert("out", out.clone());
                let invocation = Invocation {
                    argv: peers::fill(template, &names)?,
                    directory: self.scratch.path().to_path_buf(),
                };
                let scratch = self.scratch.path();
                let calls = syscalls::count(peer.name, format, files, &invocation, scratch)?;
                self.results.calls.push(calls);
                scratch::remove(&out)?;
            }
            scratch::remove(&archive)?;
        }
        self.save()
    }

    fn copy(&self, archive: &Path, format: Format) -> Result<PathBuf> {
        let copy = self
            .scratch
            .path()
            .join(format!("{TOP}.{}", format.ending()));
        fs::copy(archive, &copy).with_context(|| format!("copy {}", archive.display()))?;
        Ok(copy)
    }
}
