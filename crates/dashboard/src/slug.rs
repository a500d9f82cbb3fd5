//! A title in a URL, by Grafana's rule.

/// More characters are cut (Grafana takes a hash there; a page is found by its uid, never by its slug).
const LENGTH_MAX: usize = 50;

/// Lower case; letters and digits of ASCII stay, `&` and `@` become words, accents vanish, all else becomes
/// single dashes that never stand at an end.
pub(crate) fn slug(title: &str) -> String {
    let mut slug = String::new();
    for c in title.trim().to_lowercase().chars() {
        match c {
            'a'..='z' | '0'..='9' => slug.push(c),
            '&' => slug.push_str("and"),
            '@' => slug.push_str("at"),
            'à' | 'á' | 'â' | 'ã' | 'å' => slug.push('a'),
            'ä' | 'æ' => slug.push_str("ae"),
            'ç' => slug.push('c'),
            'è' | 'é' | 'ê' | 'ë' => slug.push('e'),
            'ì' | 'í' | 'î' | 'ï' => slug.push('i'),
            'ñ' => slug.push('n'),
            'ò' | 'ó' | 'ô' | 'õ' | 'ø' => slug.push('o'),
            'ö' | 'œ' => slug.push_str("oe"),
            'ù' | 'ú' | 'û' => slug.push('u'),
            'ü' => slug.push_str("ue"),
            'ý' | 'ÿ' => slug.push('y'),
            'ß' => slug.push_str("ss"),
            _ if !slug.ends_with('-') => slug.push('-'),
            _ => {}
        }
        if slug.len() >= LENGTH_MAX {
            break;
        }
    }
    let slug = slug.trim_matches('-');
    if slug.is_empty() { "dashboard".to_owned() } else { slug.to_owned() }
}

#[cfg(test)]
mod tests {
    #[test]
    fn slugs() {
        for (title, want) in [
            ("Flux Cluster Stats", "flux-cluster-stats"),
            ("Flux Control Plane", "flux-control-plane"),
            ("  CPU & Memory / Pod (v2) ", "cpu-and-memory-pod-v2"),
            ("Übersicht: Café", "uebersicht-cafe"),
            ("日本", "dashboard"),
        ] {
            assert_eq!(super::slug(title), want, "{title}");
        }
        assert!(super::slug(&"ab ".repeat(100)).len() <= 50);
    }
}
