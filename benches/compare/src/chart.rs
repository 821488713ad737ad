//! The chart: a panel for each archive, a bar for each competitor.

use std::fmt::Write as _;

use crate::{
    peers::Kind,
    results::{Group, Row},
};

const PANEL_WIDTH: usize = 430;
const BAR: usize = 18;
const LABELS: usize = 150;
const BARS: usize = 200;
const MARGIN: usize = 20;

/// Panels of two columns, a column for each corpus, a row for each format.
pub(crate) fn svg(title: &str, columns: &[Vec<&Group>]) -> String {
    let rows = columns.iter().map(Vec::len).max().unwrap_or(0);
    let heights: Vec<usize> = (0..rows)
        .map(|row| {
            let panels = columns.iter().filter_map(|column| column.get(row));
            panels
                .map(|group| 44 + BAR * shown(group).len())
                .max()
                .unwrap_or(0)
        })
        .collect();
    let width = MARGIN + columns.len() * (PANEL_WIDTH + MARGIN);
    let height = 60 + heights.iter().sum::<usize>() + MARGIN;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         width=\"{width}\" height=\"{height}\" role=\"img\" aria-label=\"{title}\">\n\
         <style>\n\
         text {{ font: 12px sans-serif; fill: #24292f }}\n\
         .title {{ font-size: 16px; font-weight: bold }}\n\
         .panel {{ font-weight: bold }}\n\
         .back {{ fill: #ffffff }}\n\
         .ours {{ fill: #c2410c }}\n\
         .tool {{ fill: #64748b }}\n\
         .crate {{ fill: #94a3b8 }}\n\
         </style>\n\
         <rect class=\"back\" width=\"{width}\" height=\"{height}\"/>\n\
         <text class=\"title\" x=\"{MARGIN}\" y=\"30\">{title}</text>\n",
    );
    for (index, column) in columns.iter().enumerate() {
        let x = MARGIN + index * (PANEL_WIDTH + MARGIN);
        let mut y = 60;
        for (group, height) in column.iter().zip(&heights) {
            panel(&mut svg, group, x, y);
            y += height;
        }
    }
    svg.push_str("</svg>\n");
    svg
}

/// Those with a right result, the fastest first.
fn shown(group: &Group) -> Vec<&Row> {
    let mut rows: Vec<&Row> = group.rows.iter().filter(|row| row.is_right()).collect();
    rows.sort_by(|a, b| a.median().total_cmp(&b.median()));
    rows
}

fn panel(svg: &mut String, group: &Group, x: usize, top: usize) {
    let rows = shown(group);
    let longest = rows.last().map_or(1.0, |row| row.median());
    // Writing to a String cannot fail.
    let _ = writeln!(
        svg,
        "<text class=\"panel\" x=\"{x}\" y=\"{}\">{}: {}</text>",
        top + 14,
        group.format.ending(),
        group.corpus.title(),
    );
    for (index, row) in rows.iter().enumerate() {
        let y = top + 22 + index * BAR;
        let class = match row.kind {
            Kind::Ours => "ours",
            Kind::Tool => "tool",
            Kind::Crate => "crate",
        };
        let length = row.median() / longest * BARS as f64;
        let bar = x + LABELS;
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\
             <rect class=\"{class}\" x=\"{bar}\" y=\"{y}\" width=\"{length:.1}\" height=\"{}\"/>\
             <text x=\"{:.1}\" y=\"{}\">{:.2} s</text>",
            bar - 6,
            y + 12,
            row.name,
            BAR - 4,
            bar as f64 + length + 5.0,
            y + 12,
            row.median(),
        );
    }
}
