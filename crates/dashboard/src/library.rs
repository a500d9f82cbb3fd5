//! The set of dashboards that is served, by uid.

use std::collections::BTreeMap;
use std::fmt;

use crate::api::{Dashboard, DashboardSummary};
use crate::parse::parse;

/// Uids of later Flux releases, and the dashboards of ours that answer to them.
pub const FLUX_ALIASES: [(&str, &str); 2] =
    [("flux-cluster", "gitops-toolkit-cluster"), ("flux-control-plane", "gitops-toolkit-control-plane")];

/// A file of dashboards to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Its path below the folder of dashboards, with `/`; what stands before the last `/` is the folder's title.
    pub name: String,
    /// Its content.
    pub text: String,
}

/// Something about a file that a human should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file's name.
    pub file: String,
    /// What is wrong.
    pub message: String,
    /// Whether the file's dashboard is not served because of it.
    pub is_fatal: bool,
}

/// Dashboards by uid, and other uids that lead to them.
#[derive(Clone, Debug, Default)]
pub struct Library {
    entries: BTreeMap<String, Entry>,
    aliases: BTreeMap<String, String>,
}

/// A dashboard and where it came from.
#[derive(Clone, Debug)]
struct Entry {
    dashboard: Dashboard,
    folder: String,
    file: String,
}

// === impl Problem ===

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file, self.message)
    }
}

// === impl Library ===

impl Library {
    /// Reads files in their order. Of two dashboards with one uid the first is kept; a file that is no
    /// dashboard is left out; both are reported. Notes of dashboards are reported too.
    pub fn load(files: impl IntoIterator<Item = SourceFile>) -> (Library, Vec<Problem>) {
        let mut library = Library::default();
        let mut problems = Vec::new();
        for file in files {
            library.add(file, &mut problems);
        }
        for (alias, uid) in FLUX_ALIASES {
            library.alias(alias, uid);
        }
        (library, problems)
    }

    /// Adds a dashboard that comes with the program, unless its uid is taken: people's own go first.
    pub fn add_default(&mut self, file: SourceFile) -> Vec<Problem> {
        let taken = parse(&file.text).is_ok_and(|(dashboard, _)| self.entries.contains_key(&dashboard.uid));
        let mut problems = Vec::new();
        if !taken {
            self.add(file, &mut problems);
        }
        problems
    }

    /// Lets a dashboard answer to another uid as well; a dashboard of that uid itself goes first.
    pub fn alias(&mut self, alias: &str, uid: &str) {
        self.aliases.insert(alias.to_owned(), uid.to_owned());
    }

    /// The dashboard with this uid or alias.
    pub fn get(&self, uid: &str) -> Option<&Dashboard> {
        let entry = self.entries.get(uid).or_else(|| self.entries.get(self.aliases.get(uid)?));
        entry.map(|entry| &entry.dashboard)
    }

    /// All dashboards, by uid.
    pub fn iter(&self) -> impl Iterator<Item = &Dashboard> {
        self.entries.values().map(|entry| &entry.dashboard)
    }

    /// The list that the browser shows, sorted by folder and title.
    pub fn summaries(&self) -> Vec<DashboardSummary> {
        let mut list: Vec<DashboardSummary> =
            self.entries.values().map(|entry| entry.dashboard.summary(&entry.folder)).collect();
        list.sort_by_cached_key(|row| (row.folder.to_lowercase(), row.title.to_lowercase(), row.uid.clone()));
        list
    }

    /// How many dashboards there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn add(&mut self, file: SourceFile, problems: &mut Vec<Problem>) {
        let mut report =
            |message: String, is_fatal| problems.push(Problem { file: file.name.clone(), message, is_fatal });
        let (dashboard, notes) = match parse(&file.text) {
            Ok(parsed) => parsed,
            Err(error) => return report(error.to_string(), true),
        };
        if let Some(known) = self.entries.get(&dashboard.uid) {
            let message = format!("uid {} is taken by {}; give it another uid", dashboard.uid, known.file);
            return report(message, true);
        }
        for note in notes {
            report(note.to_string(), false);
        }
        // The innermost folder, as people see it in Grafana.
        let folders = file.name.rsplit_once('/').map_or("", |(folders, _)| folders);
        let folder = folders.rsplit('/').next().unwrap_or("").to_owned();
        self.entries.insert(dashboard.uid.clone(), Entry { dashboard, folder, file: file.name });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, text: &str) -> SourceFile {
        SourceFile { name: name.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn duplicates_and_broken_files_are_reported_and_the_rest_is_served() {
        let (library, problems) = Library::load([
            file("Flux/a.json", r#"{"uid": "a", "title": "One & Two", "panels": []}"#),
            file("b.json", r#"{"uid": "gitops-toolkit-cluster", "title": "Cluster", "panels": []}"#),
            file("c.json", r#"{"uid": "a", "title": "Again", "panels": []}"#),
            file("d.json", "{"),
        ]);
        let problems: Vec<String> = problems.iter().map(Problem::to_string).collect();
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert_eq!(problems[0], "c.json: uid a is taken by Flux/a.json; give it another uid");
        assert!(problems[1].starts_with("d.json: dashboard JSON, line 1, column 1: "), "{}", problems[1]);
        let rows: Vec<(String, String)> =
            library.summaries().into_iter().map(|row| (row.folder, row.url)).collect();
        let row = |folder: &str, url: &str| (folder.to_owned(), url.to_owned());
        assert_eq!(rows, [row("", "/d/gitops-toolkit-cluster/cluster"), row("Flux", "/d/a/one-and-two")]);
        assert_eq!(
            library.get("flux-cluster").map(|found| found.uid.as_str()),
            Some("gitops-toolkit-cluster")
        );
        assert!(library.get("flux-control-plane").is_none());
        assert_eq!(library.len(), 2);
    }
}
