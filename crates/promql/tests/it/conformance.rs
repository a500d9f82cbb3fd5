//! Prometheus' own test scripts.

use promql::promqltest::{Report, run};

use crate::shared;

/// The least number of the 1,601 cases that must pass; what is missing are `anchored`, `smoothed`, start
/// timestamps, and counter reset hints that a store derives.
const FLOOR: usize = 1_460;

#[test]
fn promqltest_scripts_pass() {
    let Some(folder) = shared("conformance/promql") else { return };
    let mut scripts: Vec<_> = std::fs::read_dir(&folder)
        .expect("the folder can be listed")
        .map(|entry| entry.expect("an entry can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "test"))
        .collect();
    scripts.sort();
    let mut total = Report::default();
    for script in scripts {
        let name = script.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&script).expect("a script can be read");
        let report = run(&name, &text);
        println!("{name}: {report}");
        total.add(report);
    }
    println!("{total}");
    let plain: Vec<String> =
        total.failures.iter().filter(|failure| failure.plain).map(ToString::to_string).collect();
    assert!(plain.is_empty(), "{} cases of plain floats failed:\n{}", plain.len(), plain.join("\n"));
    assert!(total.passed >= FLOOR, "{total}, expected at least {FLOOR}");
}
