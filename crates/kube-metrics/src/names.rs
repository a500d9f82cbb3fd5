//! Label keys and annotations as label names, and resource names as label values.

use std::collections::HashMap;

/// Every character that a label name cannot have becomes `_`; nothing else changes.
pub fn sanitize(key: &str) -> String {
    key.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).collect()
}

/// The names of a map's keys, in the order of the sorted keys: sanitized, split before a capital that follows a
/// lower-case letter or a digit, lower case, under a prefix. Keys that get the same name are numbered, and a
/// number that another key already stands for is numbered again.
pub(crate) fn label_names(prefix: &str, keys: &[&str]) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(keys.len());
    let mut holder: HashMap<String, usize> = HashMap::with_capacity(keys.len());
    let mut counts: HashMap<String, usize> = HashMap::new();
    for key in keys {
        let base = format!("{prefix}_{}", snake(&sanitize(key)));
        let name = if let Some(count) = counts.get_mut(&base) {
            free(&base, count, &holder)
        } else if let Some(first) = holder.remove(&base) {
            let mut count = 0;
            let renamed = free(&base, &mut count, &holder);
            holder.insert(renamed.clone(), first);
            if let Some(name) = names.get_mut(first) {
                *name = renamed;
            }
            let name = free(&base, &mut count, &holder);
            counts.insert(base, count);
            name
        } else {
            base
        };
        holder.insert(name.clone(), names.len());
        names.push(name);
    }
    names
}

/// The next numbered form that no key has.
fn free(base: &str, count: &mut usize, holder: &HashMap<String, usize>) -> String {
    loop {
        *count += 1;
        let candidate = format!("{base}_conflict{count}");
        if !holder.contains_key(&candidate) {
            return candidate;
        }
    }
}

fn snake(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    let mut after_small = false;
    for c in name.chars() {
        if c.is_ascii_uppercase() && after_small {
            out.push('_');
            // The regular expression of the original consumes both letters: `aBC` splits once.
            after_small = false;
        } else {
            after_small = c.is_ascii_lowercase() || c.is_ascii_digit();
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::label_names;

    #[test]
    fn keys_become_names() {
        let rows = [
            (vec!["app.kubernetes.io/name"], vec!["label_app_kubernetes_io_name"]),
            (vec!["HTTPServer", "x1Y2z3"], vec!["label_httpserver", "label_x1_y2z3"]),
            (
                vec!["foo-bar", "foo.bar", "fooBar", "foo_bar"],
                vec![
                    "label_foo_bar_conflict1",
                    "label_foo_bar_conflict2",
                    "label_foo_bar_conflict3",
                    "label_foo_bar_conflict4",
                ],
            ),
            (
                vec!["a-b", "a.b", "aB", "a_b", "a_b_conflict1"],
                vec![
                    "label_a_b_conflict1_conflict1",
                    "label_a_b_conflict2",
                    "label_a_b_conflict3",
                    "label_a_b_conflict4",
                    "label_a_b_conflict1_conflict2",
                ],
            ),
        ];
        for (keys, names) in rows {
            assert_eq!(label_names("label", &keys), names);
        }
    }
}
