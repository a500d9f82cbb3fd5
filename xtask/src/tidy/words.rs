//! Words that must not stand in the tree: shortcuts in code, machine paths, download addresses.

use regex::Regex;

use super::{Finding, SourceFile};

/// Pattern, where it counts, and what to do instead. A single space in brackets keeps the table from finding
/// itself.
const FORBIDDEN: &[(&str, Scope, &str)] = &[
    (r"\.unwrap\(\)", Scope::ProductCode, "handle the error, or expect(\"why it holds\")"),
    (r"\be?println!", Scope::ProductCode, "use tracing, or the command's output type"),
    (r"\b(todo|unimplemented|dbg)!", Scope::ProductCode, "finish it"),
    (r"\b(TODO|FIXME|XXX|HACK)\b", Scope::AllCode, "do it, or say it in an issue"),
    (
        r"/work/[a-z]|/root/|/home/[a-z]+/|/tmp/[a-z]\w+/",
        Scope::Anywhere,
        "no path of one machine in the tree",
    ),
    (
        r#""resolved":\s*"https?:"#,
        Scope::LockFiles,
        "set omit-lockfile-registry-resolved and make the lock anew",
    ),
];

/// Files that speak of the words themselves.
const EXEMPT: &[&str] = &["xtask/src/tidy/words.rs", "STYLE.md"];

#[derive(Clone, Copy)]
enum Scope {
    /// Rust outside tests, benches and xtask.
    ProductCode,
    /// All Rust and TypeScript.
    AllCode,
    /// npm's lock files.
    LockFiles,
    /// Every text file.
    Anywhere,
}

pub(crate) fn check(files: &[SourceFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (pattern, scope, remedy) in FORBIDDEN {
        let regex = Regex::new(pattern).expect("the table's patterns are tested");
        for file in files.iter().filter(|file| scope.includes(&file.path)) {
            for (number, line) in code_lines(file, *scope) {
                if let Some(found) = regex.find(line) {
                    let place = format!("{}:{number}", file.path);
                    findings.push(Finding::new(place, format!("`{}`: {remedy}", found.as_str())));
                }
            }
        }
    }
    findings
}

impl Scope {
    fn includes(self, path: &str) -> bool {
        let rust = path.ends_with(".rs");
        let script = path.ends_with(".ts") || path.ends_with(".tsx");
        let test = ["/tests/", "/tests.rs", "/benches/", "xtask/", "fuzz/"].iter().any(|p| path.contains(p));
        let exempt = EXEMPT.contains(&path);
        match self {
            Scope::ProductCode => rust && !test && !exempt,
            Scope::AllCode => (rust || script) && !exempt,
            Scope::LockFiles => path.ends_with("package-lock.json"),
            Scope::Anywhere => !exempt,
        }
    }
}

/// Lines that count: for product code those before the inline test module, without comments.
fn code_lines(file: &SourceFile, scope: Scope) -> impl Iterator<Item = (usize, &str)> {
    let product = matches!(scope, Scope::ProductCode);
    let test_module = |lines: &[&str]| {
        lines.windows(2).position(|two| two[0].trim() == "#[cfg(test)]" && two[1].starts_with("mod "))
    };
    let lines: Vec<&str> = file.text.lines().collect();
    let end = if product { test_module(&lines).unwrap_or(lines.len()) } else { lines.len() };
    let comment = move |line: &str| product && line.trim_start().starts_with("//");
    lines.into_iter().take(end).enumerate().map(|(i, l)| (i + 1, l)).filter(move |(_, l)| !comment(l))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> usize {
        check(&[SourceFile { path: path.to_owned(), text: text.to_owned() }]).len()
    }

    #[test]
    fn finds_each_word_where_it_counts() {
        assert_eq!(found("crates/a/src/b.rs", "x.unwrap();\n// y.unwrap()\nprintln!();\ntodo!()"), 3);
        assert_eq!(found("crates/a/src/b.rs", "#[cfg(test)]\nmod tests {\n x.unwrap();"), 0);
        assert_eq!(found("crates/a/src/b/tests.rs", "x.unwrap()"), 0);
        let path = ["/ro", "ot/x"].concat();
        assert_eq!(found("README.md", &path), 1);
        assert_eq!(found("web/package-lock.json", "\"resolved\": \"https://x\""), 1);
    }
}
