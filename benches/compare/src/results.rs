//! What was measured, kept between runs so that parts can be measured again.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use crate::{
    archives::Format,
    corpus::Corpus,
    machine::Machine,
    meter::Usage,
    peers::{Kind, Task},
    tree::Differences,
};

#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Results {
    pub(crate) machine: Machine,
    pub(crate) groups: BTreeMap<String, Group>,
    pub(crate) missing: Vec<String>,
    pub(crate) versions: BTreeMap<String, String>,
    pub(crate) calls: Vec<Calls>,
}

/// One task on one archive, done by everybody.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Group {
    pub(crate) task: Task,
    pub(crate) corpus: Corpus,
    pub(crate) format: Format,
    /// Length of the archive, for extraction.
    pub(crate) archive_bytes: u64,
    pub(crate) archive_by: String,
    pub(crate) rows: Vec<Row>,
    /// The commit that was measured.
    pub(crate) commit: String,
    /// Average numbers of processes that wanted to run, before and after: 0 is a quiet machine
    /// before, and what is measured adds to the load after.
    pub(crate) load: [f64; 2],
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) runs: Vec<Usage>,
    pub(crate) differences: Option<Differences>,
    /// Why there are no runs, or fewer.
    pub(crate) failure: Option<String>,
    /// Length of the archive that it made, for creation.
    pub(crate) made_bytes: u64,
}

impl Row {
    /// Whether all runs ended well with the right content.
    pub(crate) fn is_right(&self) -> bool {
        self.failure.is_none()
            && !self.runs.is_empty()
            && self
                .differences
                .is_none_or(|differences| !differences.content)
    }

    pub(crate) fn median(&self) -> f64 {
        let mut seconds: Vec<f64> = self.runs.iter().map(|run| run.seconds).collect();
        seconds.sort_by(f64::total_cmp);
        let middle = seconds.len() / 2;
        match seconds.len() {
            0 => f64::NAN,
            len if len % 2 == 1 => seconds[middle],
            _ => f64::midpoint(seconds[middle - 1], seconds[middle]),
        }
    }

    pub(crate) fn min(&self) -> f64 {
        let seconds = self.runs.iter().map(|run| run.seconds);
        seconds.fold(f64::NAN, f64::min)
    }

    /// Processor time of the run in the middle by that measure.
    pub(crate) fn cpu(&self) -> f64 {
        let mut seconds: Vec<f64> = self.runs.iter().map(|run| run.cpu_seconds).collect();
        seconds.sort_by(f64::total_cmp);
        seconds.get(seconds.len() / 2).copied().unwrap_or(f64::NAN)
    }

    /// The largest of all runs.
    pub(crate) fn peak(&self) -> u64 {
        self.runs
            .iter()
            .map(|run| run.peak_bytes)
            .max()
            .unwrap_or(0)
    }
}

impl Group {
    pub(crate) fn key(task: Task, corpus: Corpus, format: Format) -> String {
        format!("{}/{}/{}", task.name(), corpus.key(), format.ending())
    }

    /// The command line of ours, if it did the task.
    pub(crate) fn ours(&self) -> Option<&Row> {
        self.rows
            .iter()
            .find(|row| row.name == "anyarchive" && row.is_right())
    }

    /// The fastest of the others that did the task right.
    pub(crate) fn fastest_peer(&self) -> Option<&Row> {
        let right = self
            .rows
            .iter()
            .filter(|row| row.kind != Kind::Ours && row.is_right());
        right.min_by(|a, b| a.median().total_cmp(&b.median()))
    }

    /// How many times as fast as the fastest peer ours is.
    pub(crate) fn advantage(&self) -> Option<f64> {
        Some(self.fastest_peer()?.median() / self.ours()?.median())
    }
}

/// System calls of one extraction.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Calls {
    pub(crate) name: String,
    pub(crate) format: Format,
    pub(crate) files: u64,
    pub(crate) total: u64,
    /// The most frequent ones.
    pub(crate) frequent: Vec<(String, u64)>,
}

impl Results {
    /// What an earlier run left, or nothing yet.
    pub(crate) fn load(path: &Path) -> Result<Self> {
        if !path.exists() {
            return Ok(Self::default());
        }
        let text = fs::read(path)?;
        serde_json::from_slice(&text)
            .with_context(|| format!("{} is of another version: remove it", path.display()))
    }

    pub(crate) fn save(&self, path: &Path) -> Result<()> {
        let part = path.with_extension("part");
        fs::write(&part, serde_json::to_vec_pretty(self)?)?;
        Ok(fs::rename(part, path)?)
    }
}

/// The geometric mean; NaN of nothing.
pub(crate) fn geometric_mean(values: &[f64]) -> f64 {
    let sum: f64 = values.iter().map(|value| value.ln()).sum();
    (sum / values.len() as f64).exp()
}
