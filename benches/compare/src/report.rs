//! docs/performance.md and its charts, made of the results.

use std::{collections::BTreeSet, fmt::Write as _, fs, path::Path};

use anyhow::{Context as _, Result};

use crate::{
    Places,
    archives::Format,
    chart,
    corpus::Corpus,
    peers::{PEERS, Task},
    results::{Calls, Group, Results, Row, geometric_mean},
};

/// The text around the tables.
const TEMPLATE: &str = include_str!("../performance.md");

pub(crate) fn write(results: &Results, places: &Places, docs: &Path) -> Result<()> {
    fs::create_dir_all(docs)?;
    let overhead = places.benches.join("target/overhead.md");
    let overhead = fs::read_to_string(overhead).unwrap_or_else(|_| "Not measured yet.\n".into());
    let text = TEMPLATE
        .replace("{{summary}}", &summary(results))
        .replace("{{machine}}", &machine(results))
        .replace("{{extract}}", &timed(results, Task::Extract, docs)?)
        .replace("{{create}}", &timed(results, Task::Create, docs)?)
        .replace("{{memory}}", &memory(results))
        .replace("{{calls}}", &calls(results))
        .replace("{{overhead}}", &overhead)
        .replace("{{commands}}", &commands());
    let path = docs.join("performance.md");
    fs::write(&path, text).with_context(|| format!("write {}", path.display()))?;
    eprintln!("wrote {}", path.display());
    Ok(())
}

/// Groups of a task on corpora with data, by corpus and format.
fn groups(results: &Results, task: Task) -> Vec<&Group> {
    let is_timed =
        |group: &&Group| group.task == task && !matches!(group.corpus, Corpus::Empty { .. });
    let mut groups: Vec<&Group> = results.groups.values().filter(is_timed).collect();
    groups.sort_by_key(|group| (group.corpus, group.format));
    groups
}

fn summary(results: &Results) -> String {
    let mut text = String::new();
    for (task, title) in [(Task::Extract, "Extraction"), (Task::Create, "Creation")] {
        let groups = groups(results, task);
        let advantages: Vec<f64> = groups
            .iter()
            .filter_map(|group| group.advantage())
            .collect();
        if advantages.is_empty() {
            continue;
        }
        let _ = writeln!(
            text,
            "\n{title}: {:.2} times as fast as the fastest of the others in the geometric mean of \
             {} archives, at least as fast as it in {}.\n\n\
             | archive | anyarchive | fastest other | | times as fast |\n| --- | --: | --: | --- | --: |",
            geometric_mean(&advantages),
            advantages.len(),
            advantages
                .iter()
                .filter(|&&advantage| advantage >= 1.0)
                .count(),
        );
        for group in groups {
            if let (Some(ours), Some(peer)) = (group.ours(), group.fastest_peer()) {
                let _ = writeln!(
                    text,
                    "| {}, {} | {} | {} | {} | {:.2} |",
                    group.corpus.title(),
                    group.format.ending(),
                    seconds(ours.median()),
                    seconds(peer.median()),
                    peer.name,
                    peer.median() / ours.median(),
                );
            }
        }
    }
    if text.is_empty() {
        "\nNot measured yet.\n".into()
    } else {
        text
    }
}

fn machine(results: &Results) -> String {
    let machine = &results.machine;
    let mut text = format!(
        "{}, {} cores, {} GiB; {}; {}; {}.\n\n| what | version |\n| --- | --- |\n",
        machine.cpu,
        machine.cores,
        machine.memory_gib,
        machine.kernel,
        machine.system,
        machine.rustc,
    );
    for peer in PEERS {
        if let Some(version) = results.versions.get(peer.name) {
            let _ = writeln!(text, "| {} | {version} |", peer.name);
        }
    }
    let makers: BTreeSet<&str> = results
        .groups
        .values()
        .map(|group| group.archive_by.as_str())
        .collect();
    if !makers.is_empty() {
        let makers: Vec<String> = makers
            .into_iter()
            .map(|maker| format!("`{maker}`"))
            .collect();
        let _ = writeln!(text, "\nThe archives were made by {}.", makers.join(", "));
    }
    if !results.missing.is_empty() {
        let _ = writeln!(
            text,
            "\nNot on this machine: {}.",
            results.missing.join("; ")
        );
    }
    text
}

fn timed(results: &Results, task: Task, docs: &Path) -> Result<String> {
    let groups = groups(results, task);
    if groups.is_empty() {
        return Ok("\nNot measured yet.\n".into());
    }
    let mut columns: Vec<Vec<&Group>> = Vec::new();
    for group in &groups {
        match columns.last_mut() {
            Some(column) if column[0].corpus == group.corpus => column.push(group),
            _ => columns.push(vec![group]),
        }
    }
    let title = match task {
        Task::Extract => "Extraction: seconds, less is better",
        Task::Create => "Creation: seconds, less is better",
    };
    let name = format!("performance-{}.svg", task.name());
    fs::write(docs.join(&name), chart::svg(title, &columns))?;
    let mut text = format!("\n![{title}]({name})\n");
    for group in groups {
        table(&mut text, group);
    }
    Ok(text)
}

fn table(text: &mut String, group: &Group) {
    let _ = writeln!(
        text,
        "\n### {}: {}\n",
        group.format.ending(),
        group.corpus.title(),
    );
    if group.task == Task::Extract {
        let _ = write!(text, "{} MiB. ", group.archive_bytes >> 20);
    }
    let runs = group
        .rows
        .iter()
        .map(|row| row.runs.len())
        .max()
        .unwrap_or(0);
    let _ = writeln!(
        text,
        "{runs} runs each, at commit {}; load {:.1} before and {:.1} after.\n",
        group.commit, group.load[0], group.load[1],
    );
    let created = group.task == Task::Create;
    text.push_str("| | median s | min s | times ours | CPU s | peak MiB |");
    text.push_str(if created {
        " archive MiB | remarks |\n"
    } else {
        " remarks |\n"
    });
    text.push_str("| --- | --: | --: | --: | --: | --: |");
    text.push_str(if created {
        " --: | --- |\n"
    } else {
        " --- |\n"
    });
    let ours = group.ours().map_or(f64::NAN, Row::median);
    let mut rows: Vec<&Row> = group.rows.iter().collect();
    rows.sort_by(|a, b| a.median().total_cmp(&b.median()));
    for row in rows {
        if row.runs.is_empty() {
            let columns = if created { 6 } else { 5 };
            let _ = writeln!(
                text,
                "| {} |{} {} |",
                row.name,
                " |".repeat(columns),
                remarks(row)
            );
            continue;
        }
        let size = match created {
            true => format!(" {:.1} |", row.made_bytes as f64 / f64::from(1 << 20)),
            false => String::new(),
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {:.2} | {} | {:.1} |{size} {} |",
            row.name,
            seconds(row.median()),
            seconds(row.min()),
            row.median() / ours,
            seconds(row.cpu()),
            mib(row.peak()),
            remarks(row),
        );
    }
}

/// What is not as it should be.
fn remarks(row: &Row) -> String {
    let mut remarks = Vec::new();
    if let Some(failure) = &row.failure {
        remarks.push(format!("failed: {}", failure.replace('|', "/")));
    }
    if let Some(differences) = row.differences {
        let lost = [
            (differences.content, "wrong content"),
            (differences.modes, "modes differ"),
            (differences.times, "times not kept"),
        ];
        remarks.extend(
            lost.into_iter()
                .filter(|(is, _)| *is)
                .map(|(_, what)| what.to_owned()),
        );
    }
    remarks.join("; ")
}

fn memory(results: &Results) -> String {
    let is_empty = |group: &&Group| matches!(group.corpus, Corpus::Empty { .. });
    let mut groups: Vec<&Group> = results.groups.values().filter(is_empty).collect();
    groups.sort_by_key(|group| (group.format, group.corpus));
    let mut text = String::new();
    for pair in groups.chunk_by(|a, b| a.format == b.format) {
        let [few, many] = pair else { continue };
        let _ = writeln!(
            text,
            "\n{}:\n\n| | {}, MiB | {}, MiB | growth | |\n| --- | --: | --: | --: | --- |",
            few.format.ending(),
            few.corpus.title(),
            many.corpus.title(),
        );
        for row in &few.rows {
            let Some(other) = many.rows.iter().find(|other| other.name == row.name) else {
                continue;
            };
            let _ = writeln!(
                text,
                "| {} | {:.1} | {:.1} | {:+.0} % | {} |",
                row.name,
                mib(row.peak()),
                mib(other.peak()),
                (other.peak() as f64 / row.peak() as f64 - 1.0) * 100.0,
                remarks(other),
            );
        }
    }
    if text.is_empty() {
        "\nNot measured yet.\n".into()
    } else {
        text
    }
}

fn calls(results: &Results) -> String {
    let mut text = String::new();
    let mut calls: Vec<&Calls> = results.calls.iter().collect();
    calls.sort_by_key(|calls| (calls.format, calls.total));
    for same in calls.chunk_by(|a, b| a.format == b.format) {
        let _ = writeln!(
            text,
            "\n{} of {} small files:\n\n| | calls per file | of these |\n| --- | --: | --- |",
            same[0].format.ending(),
            same[0].files,
        );
        for calls in same {
            let per_file = |count: u64| count as f64 / calls.files as f64;
            let frequent: Vec<String> = calls
                .frequent
                .iter()
                .filter(|(_, count)| per_file(*count) >= 0.05)
                .map(|(name, count)| format!("{name} {:.2}", per_file(*count)))
                .collect();
            let _ = writeln!(
                text,
                "| {} | {:.2} | {} |",
                calls.name,
                per_file(calls.total),
                frequent.join(", "),
            );
        }
    }
    if text.is_empty() {
        "\nNot measured yet.\n".into()
    } else {
        text
    }
}

/// The commands of all, as they are run.
fn commands() -> String {
    let mut text = String::from("| | task | formats | command |\n| --- | --- | --- | --- |\n");
    for peer in PEERS {
        for task in [Task::Extract, Task::Create] {
            let mut told = Vec::new();
            for format in Format::ALL {
                let Some(template) = peer.template(task, format) else {
                    continue;
                };
                if told.contains(&template) {
                    continue;
                }
                told.push(template);
                let same = |other: &Format| peer.template(task, *other) == Some(template);
                let formats: Vec<&str> = Format::ALL
                    .iter()
                    .filter(|other| same(other))
                    .map(|other| other.ending())
                    .collect();
                let _ = writeln!(
                    text,
                    "| {} | {} | {} | `{}` |",
                    peer.name,
                    task.name(),
                    formats.join(", "),
                    template.replace('|', "\\|"),
                );
            }
        }
    }
    text
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// Three digits that matter.
fn seconds(value: f64) -> String {
    match value {
        _ if value < 1.0 => format!("{value:.3}"),
        _ if value < 10.0 => format!("{value:.2}"),
        _ => format!("{value:.1}"),
    }
}
