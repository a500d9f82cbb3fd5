//! The inverted index: which series have which label, and the selection by matchers.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use model::{Labels, MatchOp, Matcher};

/// Label name, then value, then series ids in ascending order.
#[derive(Debug, Default)]
pub(crate) struct Index {
    postings: HashMap<String, BTreeMap<String, Vec<u32>>>,
    all: Vec<u32>,
}

impl Index {
    /// Adds a series; ids are added in ascending order.
    pub(crate) fn add(&mut self, id: u32, labels: &Labels) {
        for (name, value) in labels {
            if !self.postings.contains_key(name) {
                self.postings.insert(name.to_owned(), BTreeMap::new());
            }
            let Some(values) = self.postings.get_mut(name) else { continue };
            match values.get_mut(value) {
                Some(ids) => ids.push(id),
                None => drop(values.insert(value.to_owned(), vec![id])),
            }
        }
        self.all.push(id);
    }

    /// The ids of series that pass all matchers, ascending.
    pub(crate) fn select(&self, matchers: &[Matcher]) -> Vec<u32> {
        let mut found: Option<Vec<u32>> = None;
        // Those that name values narrow the set; the rest only filter what is left.
        for matcher in matchers.iter().filter(|m| !m.matches_empty()) {
            let with = self.with(matcher);
            found = Some(match found {
                Some(before) => intersect(&before, &with),
                None => with,
            });
        }
        let mut found = found.unwrap_or_else(|| self.all.clone());
        for matcher in matchers.iter().filter(|m| m.matches_empty()) {
            found = subtract(&found, &self.without(matcher));
        }
        found
    }

    pub(crate) fn label_names(&self) -> impl Iterator<Item = &String> {
        self.postings.keys()
    }

    pub(crate) fn label_values(&self, name: &str) -> impl Iterator<Item = &String> {
        self.postings.get(name).into_iter().flat_map(BTreeMap::keys)
    }

    /// Names, values and how many series have each.
    pub(crate) fn counts(&self) -> impl Iterator<Item = (&String, &BTreeMap<String, Vec<u32>>)> {
        self.postings.iter()
    }

    /// Series that have the label with a value that passes.
    fn with(&self, matcher: &Matcher) -> Vec<u32> {
        let Some(values) = self.postings.get(&matcher.name) else { return Vec::new() };
        let lists: Vec<&Vec<u32>> = match matcher.literal_values() {
            Some(literals) => literals.iter().filter_map(|value| values.get(value)).collect(),
            None => values.iter().filter(|(value, _)| matcher.matches(value)).map(|(_, ids)| ids).collect(),
        };
        union(&lists)
    }

    /// Series that have the label with a value that does not pass.
    fn without(&self, matcher: &Matcher) -> Vec<u32> {
        let Some(values) = self.postings.get(&matcher.name) else { return Vec::new() };
        let lists: Vec<&Vec<u32>> = match matcher.op {
            MatchOp::NotEqual => values.get(&matcher.value).into_iter().collect(),
            _ => values.iter().filter(|(value, _)| !matcher.matches(value)).map(|(_, ids)| ids).collect(),
        };
        union(&lists)
    }
}

/// Label names of some series, sorted.
pub(crate) fn names_of<'a>(series: impl Iterator<Item = &'a Labels>) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = BTreeSet::new();
    for labels in series {
        for (name, _) in labels {
            if !names.contains(name) {
                names.insert(name.to_owned());
            }
        }
    }
    names
}

fn intersect(a: &[u32], b: &[u32]) -> Vec<u32> {
    let (small, large) = if a.len() < b.len() { (a, b) } else { (b, a) };
    if small.len() * 16 < large.len() {
        return small.iter().copied().filter(|id| large.binary_search(id).is_ok()).collect();
    }
    let mut found = Vec::with_capacity(small.len());
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        match a[i].cmp(&b[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                found.push(a[i]);
                (i, j) = (i + 1, j + 1);
            }
        }
    }
    found
}

fn subtract(a: &[u32], b: &[u32]) -> Vec<u32> {
    if b.is_empty() {
        return a.to_vec();
    }
    a.iter().copied().filter(|id| b.binary_search(id).is_err()).collect()
}

fn union(lists: &[&Vec<u32>]) -> Vec<u32> {
    match lists {
        [] => Vec::new(),
        [one] => (*one).clone(),
        many => {
            let mut all: Vec<u32> = many.iter().flat_map(|ids| ids.iter().copied()).collect();
            all.sort_unstable();
            all
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selects_as_a_scan_would() {
        let series: Vec<Labels> = (0..200u32)
            .map(|i| {
                let mut pairs = vec![("__name__", format!("m{}", i % 5)), ("i", i.to_string())];
                if i % 3 == 0 {
                    pairs.push(("x", format!("v{}", i % 7)));
                }
                Labels::from_pairs(pairs)
            })
            .collect();
        let mut index = Index::default();
        series.iter().enumerate().for_each(|(id, labels)| index.add(id as u32, labels));
        use MatchOp::{Equal, NotEqual, NotRegex, Regex};
        let rows: &[&[(MatchOp, &str, &str)]] = &[
            &[(Equal, "__name__", "m1")],
            &[(Equal, "__name__", "m1"), (NotEqual, "x", "v3")],
            &[(Equal, "x", "")],
            &[(NotEqual, "x", "")],
            &[(Regex, "x", "v1|v2"), (NotRegex, "__name__", "m[0-2]")],
            &[(Regex, "x", "v.*|")],
            &[(NotRegex, "x", "v.*")],
            &[(Regex, "none", ".*")],
            &[(Equal, "none", "a")],
            &[],
        ];
        for row in rows {
            let matchers: Vec<Matcher> =
                row.iter().map(|(op, n, v)| Matcher::new(*op, *n, *v).expect("valid")).collect();
            let scan: Vec<u32> = (0..200u32)
                .filter(|id| matchers.iter().all(|m| m.matches_labels(&series[*id as usize])))
                .collect();
            assert_eq!(index.select(&matchers), scan, "{row:?}");
        }
    }
}
