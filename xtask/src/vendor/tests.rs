//! The command as a whole, with fake origins.

use std::cell::Cell;
use std::fs;
use std::rc::Rc;

use super::*;

/// What a fake origin does when asked.
#[derive(Clone, Copy)]
enum Behaviour {
    Cached,
    Delivers,
    Wrong,
    WithoutTests,
    Silent,
    Breaks,
}

struct Fake {
    behaviour: Behaviour,
    release: Release,
    asked: Rc<Cell<u32>>,
}

impl Origin for Fake {
    fn name(&self) -> String {
        format!("a fake of {}", self.release.version)
    }

    fn cached(&self) -> Result<Option<Tree>> {
        let cached = matches!(self.behaviour, Behaviour::Cached);
        Ok(cached.then(|| tree(&self.release.version)))
    }

    fn fetch(&self) -> Result<Fetched> {
        self.asked.set(self.asked.get() + 1);
        match self.behaviour {
            Behaviour::Cached | Behaviour::Delivers => {
                Ok(Fetched::Tree(tree(&self.release.version), None))
            }
            Behaviour::Wrong => {
                let mut tree = tree(&self.release.version);
                tree.insert("libarchive/extra.c", b"surprise".to_vec())?;
                Ok(Fetched::Tree(tree, None))
            }
            Behaviour::WithoutTests => Ok(Fetched::Tree(bare_tree(&self.release.version), None)),
            Behaviour::Silent => Ok(Fetched::Unavailable("no route to host".to_owned())),
            Behaviour::Breaks => bail!("its sha256 is different"),
        }
    }
}

fn bare_tree(version: &str) -> Tree {
    let mut tree = Tree::default();
    for (path, text) in [
        ("COPYING", "do what you like"),
        ("libarchive/archive.h", version),
        ("contrib/android/include/android.h", "android"),
        ("CMakeLists.txt", "make it"),
    ] {
        tree.insert(path, text.into()).unwrap();
    }
    tree
}

fn tree(version: &str) -> Tree {
    let mut tree = bare_tree(version);
    tree.insert(
        "libarchive/test/cat.uu",
        b"begin 644 cat\n#0V%T\n`\nend\n".to_vec(),
    )
    .unwrap();
    tree
}

fn release(version: &str) -> Release {
    let tree = tree(version);
    Release {
        version: version.to_owned(),
        tree_digest: tree.digest(Part::Source),
        android_digest: tree.digest(Part::Android),
        cmake_digest: tree.digest(Part::Cmake),
        tests_digest: tree.digest(Part::Tests),
        tests: 1,
        tarball_sha256: None,
        signer: None,
        origins: Vec::new(),
    }
}

struct Bench {
    directory: tempfile::TempDir,
    repo: Repo,
    asked: Rc<Cell<u32>>,
}

impl Bench {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let repo = Repo::at(directory.path());
        Self {
            directory,
            repo,
            asked: Rc::default(),
        }
    }

    /// Runs the command for a lock of 2.0 and 1.0 whose origins behave as told.
    fn run(&self, args: &Args, two: &[Behaviour], one: &[Behaviour]) -> Result<String> {
        let lock = Lock {
            releases: vec![release("2.0"), release("1.0")],
        };
        let origins = |release: &Release| -> Vec<Box<dyn Origin>> {
            let behaviours = if release.version == "2.0" { two } else { one };
            let fake = |&behaviour| -> Box<dyn Origin> {
                let (release, asked) = (release.clone(), Rc::clone(&self.asked));
                Box::new(Fake {
                    behaviour,
                    release,
                    asked,
                })
            };
            behaviours.iter().map(fake).collect()
        };
        Vendor {
            repo: &self.repo,
            args,
            origins: &origins,
        }
        .first(&lock)
    }

    /// Every file below the checkout, hidden ones too.
    fn files(&self) -> Vec<String> {
        fn walk(directory: &Path, found: &mut Vec<PathBuf>) {
            for item in fs::read_dir(directory).unwrap() {
                let path = item.unwrap().path();
                if path.is_dir() {
                    walk(&path, found)
                } else {
                    found.push(path)
                }
            }
        }
        let mut found = Vec::new();
        walk(self.directory.path(), &mut found);
        let mut names: Vec<String> = found
            .iter()
            .map(|path| self.repo.display(path).to_string().replace('\\', "/"))
            .collect();
        names.sort();
        names
    }
}

fn with_tests() -> Args {
    Args {
        tests: true,
        ..Args::default()
    }
}

const SOURCE_2: [&str; 5] = [
    "archive-sys/upstream/2.0/.stamp",
    "archive-sys/upstream/2.0/CMakeLists.txt",
    "archive-sys/upstream/2.0/COPYING",
    "archive-sys/upstream/2.0/contrib/android/include/android.h",
    "archive-sys/upstream/2.0/libarchive/archive.h",
];

#[test]
fn the_first_origin_that_answers_is_taken() {
    let bench = Bench::new();
    let all = [Behaviour::Silent, Behaviour::Delivers, Behaviour::Breaks];
    assert_eq!(bench.run(&Args::default(), &all, &[]).unwrap(), "2.0");
    assert_eq!(bench.files(), SOURCE_2);
    let stamp = bench.repo.source_dir("2.0").join(".stamp");
    let stamp: toml::Table = toml::from_str(&fs::read_to_string(stamp).unwrap()).unwrap();
    assert_eq!(stamp["version"].as_str(), Some("2.0"));
    assert_eq!(stamp["origin"].as_str(), Some("a fake of 2.0"));
    assert_eq!(
        stamp["tree_digest"].as_str(),
        Some(release("2.0").tree_digest.as_str())
    );
}

#[test]
fn what_is_on_the_machine_is_used_before_the_network() {
    let bench = Bench::new();
    bench
        .run(
            &Args::default(),
            &[Behaviour::Delivers, Behaviour::Cached],
            &[],
        )
        .unwrap();
    assert_eq!(bench.asked.get(), 0);
}

#[test]
fn a_release_in_place_asks_nobody() {
    let bench = Bench::new();
    bench
        .run(&with_tests(), &[Behaviour::Delivers], &[])
        .unwrap();
    bench.run(&with_tests(), &[Behaviour::Breaks], &[]).unwrap();
    assert_eq!(bench.asked.get(), 1);
}

/// The build reads the digest there; an older stamp has none.
#[test]
fn a_stamp_follows_the_lock() {
    let bench = Bench::new();
    let old = release("2.0");
    place::place_source(&bench.repo, &old, &tree("2.0"), "a fake").unwrap();
    let stamp = || {
        let path = bench.repo.source_dir("2.0").join(".stamp");
        toml::from_str::<toml::Table>(&fs::read_to_string(path).unwrap()).unwrap()
    };
    assert!(!stamp().contains_key("tarball_sha256"));

    let new = Release {
        tarball_sha256: Some("ab".repeat(32)),
        ..release("2.0")
    };
    let origin = place::source_origin(&bench.repo, &new).unwrap();
    assert_eq!(origin.as_deref(), Some("a fake"));
    assert_eq!(
        stamp()["tarball_sha256"].as_str(),
        new.tarball_sha256.as_deref()
    );
    assert_eq!(stamp()["origin"].as_str(), Some("a fake"));
    assert_eq!(stamp()["tree_digest"].as_str(), Some(&*new.tree_digest));
}

#[test]
fn force_and_changed_files_replace_what_is_in_place() {
    let bench = Bench::new();
    bench
        .run(&Args::default(), &[Behaviour::Delivers], &[])
        .unwrap();
    let force = Args {
        force: true,
        ..Args::default()
    };
    bench.run(&force, &[Behaviour::Delivers], &[]).unwrap();
    assert_eq!(bench.asked.get(), 2);
    let header = bench.repo.source_dir("2.0").join("libarchive/archive.h");
    fs::write(&header, "edited").unwrap();
    bench
        .run(&Args::default(), &[Behaviour::Delivers], &[])
        .unwrap();
    assert_eq!(bench.asked.get(), 3);
    assert_eq!(fs::read_to_string(&header).unwrap(), "2.0");
    assert_eq!(bench.files(), SOURCE_2);
}

#[test]
fn the_next_release_follows_when_the_first_cannot_be_had() {
    let bench = Bench::new();
    let version = bench.run(
        &Args::default(),
        &[Behaviour::Silent],
        &[Behaviour::Delivers],
    );
    assert_eq!(version.unwrap(), "1.0");
    assert!(bench.files().iter().all(|file| file.contains("/1.0/")));
}

#[test]
fn nothing_to_be_had_is_an_error_with_advice() {
    let bench = Bench::new();
    let error = bench
        .run(&Args::default(), &[Behaviour::Silent], &[])
        .unwrap_err();
    assert!(error.to_string().contains("--from"), "{error}");
}

#[test]
fn offline_asks_no_network() {
    let bench = Bench::new();
    let offline = Args {
        offline: true,
        ..Args::default()
    };
    assert!(
        bench
            .run(&offline, &[Behaviour::Delivers], &[Behaviour::Delivers])
            .is_err()
    );
    assert_eq!(bench.asked.get(), 0);
    assert_eq!(
        bench.run(&offline, &[], &[Behaviour::Cached]).unwrap(),
        "1.0"
    );
}

#[test]
fn a_wrong_digest_is_an_error_and_leaves_nothing() {
    let bench = Bench::new();
    let both = [Behaviour::Wrong, Behaviour::Delivers];
    let error = bench
        .run(&with_tests(), &both, &[Behaviour::Delivers])
        .unwrap_err();
    let expected = release("2.0").tree_digest;
    assert!(error.to_string().contains(&expected), "{error}");
    assert_eq!(bench.files(), Vec::<String>::new());
}

#[test]
fn a_wrong_file_is_an_error_and_no_other_origin_is_asked() {
    let bench = Bench::new();
    let both = [Behaviour::Breaks, Behaviour::Delivers];
    assert!(bench.run(&Args::default(), &both, &[]).is_err());
    assert_eq!(bench.asked.get(), 1);
    assert_eq!(bench.files(), Vec::<String>::new());
}

#[test]
fn a_wrong_digest_keeps_what_was_in_place() {
    let bench = Bench::new();
    bench
        .run(&Args::default(), &[Behaviour::Delivers], &[])
        .unwrap();
    let force = Args {
        force: true,
        ..Args::default()
    };
    assert!(bench.run(&force, &[Behaviour::Wrong], &[]).is_err());
    assert_eq!(bench.files(), SOURCE_2);
}

#[test]
fn reference_archives_are_decoded_under_their_own_names() {
    let bench = Bench::new();
    bench
        .run(&with_tests(), &[Behaviour::Delivers], &[])
        .unwrap();
    let decoded = bench.repo.tests_dir("2.0").join("cat");
    assert_eq!(fs::read(decoded).unwrap(), b"Cat");
}

#[test]
fn an_origin_without_reference_archives_is_named() {
    let bench = Bench::new();
    let error = bench
        .run(&with_tests(), &[Behaviour::WithoutTests], &[])
        .unwrap_err();
    assert!(error.to_string().contains("0 of the 1"), "{error}");
    assert_eq!(bench.files(), Vec::<String>::new());
    bench
        .run(&Args::default(), &[Behaviour::WithoutTests], &[])
        .unwrap();
    assert_eq!(bench.files(), SOURCE_2);
}

#[test]
fn a_directory_of_the_users_own() {
    let bench = Bench::new();
    bench
        .run(&with_tests(), &[Behaviour::Delivers], &[])
        .unwrap();
    let lock = Lock {
        releases: vec![release("2.0"), release("1.0")],
    };
    let other = Bench::new();
    let args = Args::default();
    let vendor = Vendor {
        repo: &other.repo,
        args: &args,
        origins: &|_| Vec::new(),
    };
    vendor
        .take_path(&lock, &bench.repo.source_dir("2.0"))
        .unwrap();
    assert_eq!(other.files(), SOURCE_2);
    assert!(
        vendor.take_path(&lock, other.directory.path()).is_err(),
        "not a release"
    );

    let args = Args {
        release: vec!["1.0".to_owned()],
        ..Args::default()
    };
    let vendor = Vendor {
        repo: &other.repo,
        args: &args,
        origins: &|_| Vec::new(),
    };
    let error = vendor
        .take_path(&lock, &bench.repo.source_dir("2.0"))
        .unwrap_err();
    assert!(
        error.to_string().contains("is libarchive 2.0, not 1.0"),
        "{error}"
    );
}
