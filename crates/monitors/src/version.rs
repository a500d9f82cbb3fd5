//! The version of Prometheus that `spec.version` names. What it does not know is left out or refused.

/// A version; a preview comes before its release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version {
    numbers: (u32, u32, u32),
    is_release: bool,
}

/// The version since which something is known.
pub(crate) type Since = (u32, u32, u32);

/// What is assumed where no version is named.
pub(crate) const NEWEST: Version = Version::new(3, 13, 1);

/// What is said of something that the version does not have.
pub(crate) fn needs((major, minor, patch): Since) -> String {
    format!("needs version {major}.{minor}.{patch} of Prometheus; raise spec.version, or leave it out")
}

// === impl Version ===

impl Version {
    pub(crate) const fn new(major: u32, minor: u32, patch: u32) -> Version {
        Version { numbers: (major, minor, patch), is_release: true }
    }

    /// Reads `v2.53.0`, `3.1` or `3.0.0-rc.0`; "" is the newest. Versions 2 and 3 are known.
    pub(crate) fn read(text: &str) -> Result<Version, String> {
        if text.is_empty() {
            return Ok(NEWEST);
        }
        let plain = text.trim().trim_start_matches('v');
        let plain = plain.split_once('+').map_or(plain, |(version, _)| version);
        let (numbers, preview) = plain.split_once('-').unwrap_or((plain, ""));
        let parsed: Option<Vec<u32>> = numbers.split('.').map(|part| part.parse().ok()).collect();
        let version = match parsed.as_deref() {
            Some([major]) => Version::new(*major, 0, 0),
            Some([major, minor]) => Version::new(*major, *minor, 0),
            Some([major, minor, patch]) => Version::new(*major, *minor, *patch),
            _ => return Err(format!("\"{text}\" is no version; write it as v3.1.0, or leave it out")),
        };
        if !matches!(version.numbers.0, 2 | 3) {
            return Err(format!("\"{text}\" is not supported; it must be 2 or 3, or left out"));
        }
        Ok(Version { is_release: preview.is_empty(), ..version })
    }

    pub(crate) fn major(self) -> u32 {
        self.numbers.0
    }

    pub(crate) fn has(self, since: Since) -> bool {
        self >= Version::new(since.0, since.1, since.2)
    }

    /// Whether a label may have this name: any but "" since 3.0, before `[a-zA-Z_][a-zA-Z0-9_]*`.
    pub(crate) fn allows_label(self, name: &str) -> bool {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let is_legacy = name.chars().all(is_plain) && !name.starts_with(|c: char| c.is_ascii_digit());
        !name.is_empty() && (is_legacy || self.has((3, 0, 0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_in_order() {
        let read = |text| Version::read(text).expect("a version");
        assert_eq!(read(""), NEWEST);
        assert_eq!(read("v2.45"), Version::new(2, 45, 0));
        assert!(read("3.0.0-rc.0") < read("3.0.0"));
        assert!(read("3.0.0-rc.0") > read("2.55.1"));
        for bad in ["latest", "v1.8.0", "4.0.0", "2.x", "2.1.0.0"] {
            assert!(Version::read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn names_of_labels_are_free_since_version_3() {
        for (version, name, is_allowed) in [
            (Version::new(2, 55, 0), "a_1", true),
            (Version::new(2, 55, 0), "a-b", false),
            (Version::new(2, 55, 0), "1a", false),
            (NEWEST, "a-b", true),
            (NEWEST, "", false),
        ] {
            assert_eq!(version.allows_label(name), is_allowed, "{version:?} {name}");
        }
    }
}
