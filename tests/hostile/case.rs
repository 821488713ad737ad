//! One archive, and what has to become of it.

use anyarchive::{Error, Extractor, Limit, Reader, Refusal, Report};
use anyarchive_test_support::world::{World, refusals};

use crate::inside::{is_harmless, links_in};

/// An archive that wants something, and what it gets.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) archive: Vec<u8>,
    pub(crate) settings: fn() -> Extractor,
    /// Makes what is in the destination before.
    pub(crate) prepare: fn(&std::path::Path),
    pub(crate) expect: Expect,
}

/// What has to come of an archive.
#[derive(Clone, Debug)]
pub(crate) enum Expect {
    /// These refusals in this order, and these names in the destination.
    Refused(Vec<Refusal>, Vec<&'static str>),
    /// These refusals, each at least once, and no others.
    Among(Vec<Refusal>),
    /// The limit that ends it.
    Ended(Limit),
    /// An error ends it, or entries fail.
    Fails,
}

impl Case {
    pub(crate) fn new(name: impl Into<String>, archive: Vec<u8>, expect: Expect) -> Self {
        Self {
            name: name.into(),
            archive,
            settings: Extractor::new,
            prepare: |_| {},
            expect,
        }
    }

    pub(crate) fn settings(self, settings: fn() -> Extractor) -> Self {
        Self { settings, ..self }
    }

    /// Extracts with one thread and with several, from memory and from a file; whatever is not as
    /// it has to be is a panic.
    pub(crate) fn run(&self) {
        for (threads, in_file) in [(1, false), (4, true)] {
            let world = World::with(self.prepare);
            let links = links_in(&world.d(""));
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), &self.archive).unwrap();
            let reader = if in_file {
                Reader::open(file.path())
            } else {
                Reader::from_bytes(&self.archive)
            };
            let mut extractor = (self.settings)().threads(threads);
            let result = reader
                .and_then(|mut reader| extractor.extract(&mut reader, world.d("")))
                .map(drop);
            self.judge(&result, extractor.report(), &world);
            is_harmless(&world.d(""), &links);
        }
    }

    fn judge(&self, result: &Result<(), Error>, report: &Report, world: &World) {
        let name = &self.name;
        let items: Vec<_> = report.items().iter().map(ToString::to_string).collect();
        match &self.expect {
            Expect::Refused(reasons, names) => {
                assert!(result.is_ok(), "{name}: {result:?}, {items:?}");
                let refused: Vec<_> = refusals(report).into_iter().map(|(_, why)| why).collect();
                assert_eq!(refused, *reasons, "{name}: {items:?}");
                assert_eq!(world.names(), *names, "{name}: {items:?}");
            }
            Expect::Among(reasons) => {
                assert!(result.is_ok(), "{name}: {result:?}, {items:?}");
                let refused: Vec<_> = refusals(report).into_iter().map(|(_, why)| why).collect();
                let all = reasons.iter().all(|reason| refused.contains(reason));
                let only = refused.iter().all(|reason| reasons.contains(reason));
                assert!(all && only, "{name}: {items:?}");
            }
            Expect::Ended(limit) => {
                let by = result.as_ref().err().and_then(Error::limit);
                assert_eq!(by, Some(*limit), "{name}: {result:?}, {items:?}");
            }
            Expect::Fails => {
                let fails = result.is_err() || report.failed_count() > 0;
                assert!(fails, "{name}: {items:?}");
            }
        }
    }
}
