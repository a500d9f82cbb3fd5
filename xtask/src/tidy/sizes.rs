//! Functions of at most 70 lines, files of at most 600: a ratchet with reasoned exceptions.

use super::{Finding, SourceFile};

const FUNCTION_LINES: usize = 70;
const FILE_LINES: usize = 600;

/// Path (or path and function), and why it may be longer.
const EXCEPTIONS: &[(&str, &str)] = &[];

pub(crate) fn check(files: &[SourceFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| is_code(&file.path)) {
        if file.path.ends_with("/mod.rs") {
            findings.push(Finding::new(&file.path, "use foo.rs beside foo/, not foo/mod.rs"));
        }
        let lines = file.text.lines().count();
        if !is_test(&file.path) && lines > FILE_LINES && !is_excepted(&file.path) {
            findings.push(Finding::new(&file.path, format!("{lines} lines, at most {FILE_LINES}: split it")));
        }
        if file.path.ends_with(".rs") {
            findings.extend(long_functions(file));
        }
    }
    findings
}

fn is_code(path: &str) -> bool {
    [".rs", ".ts", ".tsx"].iter().any(|end| path.ends_with(end)) && !path.contains("node_modules/")
}

fn is_test(path: &str) -> bool {
    ["/tests/", "/tests.rs", ".test.ts", "/benches/", "/e2e/", "/gen.ts"]
        .iter()
        .any(|part| path.contains(part))
}

fn is_excepted(place: &str) -> bool {
    EXCEPTIONS.iter().any(|(listed, _)| *listed == place)
}

/// Functions by indentation: rustfmt puts a function's closing brace under the line that begins it.
fn long_functions(file: &SourceFile) -> Vec<Finding> {
    let lines: Vec<&str> = file.text.lines().collect();
    let mut findings = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let Some(name) = function_name(line) else { continue };
        let indent = line.len() - line.trim_start().len();
        let closing = format!("{}}}", " ".repeat(indent));
        let body = lines[start..].iter().position(|l| *l == closing);
        let Some(length) = body.map(|end| end + 1) else { continue };
        let place = format!("{}: {name}", file.path);
        if length > FUNCTION_LINES && !is_excepted(&place) {
            let message = format!("{length} lines, at most {FUNCTION_LINES}: divide it");
            findings.push(Finding::new(format!("{}:{} {name}", file.path, start + 1), message));
        }
    }
    findings
}

fn function_name(line: &str) -> Option<&str> {
    let mut rest = line.trim_start();
    for prefix in ["pub(crate) ", "pub(super) ", "pub ", "const ", "async ", "extern \"C\" "] {
        rest = rest.strip_prefix(prefix).unwrap_or(rest);
    }
    let rest = rest.strip_prefix("fn ")?;
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_')?;
    // A declaration without a body, or a body on the same line, ends here.
    let trimmed = line.trim_end();
    (!trimmed.ends_with(';') && !trimmed.ends_with('}')).then(|| &rest[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_long_functions_and_files() {
        let body = "    x();\n".repeat(70);
        let text = format!("impl A {{\n    pub fn short() {{\n    }}\n}}\nfn long() {{\n{body}}}\n");
        let file = SourceFile { path: "crates/a/src/b.rs".to_owned(), text };
        let found = check(&[file]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].place.ends_with("b.rs:5 long"), "{found:?}");
        let file = SourceFile { path: "crates/a/src/mod.rs".to_owned(), text: "\n".repeat(601) };
        assert_eq!(check(&[file]).len(), 2);
    }
}
