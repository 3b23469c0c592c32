//! `docs/metrics.md` lists what `/metrics` has, in the words of `/metrics`.

use std::fs;
use std::path::Path;

use super::dashboard::labels_by_metric;

/// What stands before the list, and behind it.
const BEGIN: &str = "<!-- metrics: written by `cargo xtask generate` -->\n";
const END: &str = "\n<!-- end of the metrics -->";
/// Set by `cargo xtask generate`: the list is written instead of compared.
const GENERATE: &str = "AUTOTAG_GENERATE";

/// Checks the list against an answer of `/metrics` that has every metric.
pub(crate) fn assert_lists(metrics: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/metrics.md");
    let text = fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (list, behind) = rest.split_once(END).unwrap();
    let written = table(metrics);
    if std::env::var_os(GENERATE).is_some() {
        fs::write(&path, format!("{before}{BEGIN}{written}{END}{behind}")).unwrap();
    } else {
        assert_eq!(list, written, "run `cargo xtask generate`");
    }
}

/// The metrics by name, with their kinds, their labels, and what they say of themselves.
fn table(metrics: &str) -> String {
    let of = |family: &str, what: &str| {
        let line = metrics.lines().find_map(|line| line.strip_prefix(&format!("# {what} {family} ")));
        line.unwrap_or_else(|| panic!("{family} has no {what}")).trim_end_matches('.').to_owned()
    };
    let rows = labels_by_metric(metrics).into_iter().map(|(family, labels)| {
        let kind = of(&family, "TYPE");
        let suffix = if kind == "counter" { "_total" } else { "" };
        let labels: Vec<_> = labels.into_iter().filter(|label| label != "le").collect();
        format!("| `{family}{suffix}` | {kind} | {} | {} |", labels.join(", "), of(&family, "HELP"))
    });
    ["| metric | kind | labels | says |".to_owned(), "|---|---|---|---|".to_owned()]
        .into_iter()
        .chain(rows)
        .collect::<Vec<_>>()
        .join("\n")
}
