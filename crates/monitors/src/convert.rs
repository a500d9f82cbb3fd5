//! Fields in camel case, as custom resources write them, into the snake case of Prometheus.

/// `enableHTTP2` → `enable_http2`
pub(crate) fn snake(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut snake = String::with_capacity(name.len() + 4);
    for (i, c) in chars.iter().enumerate() {
        let before = i.checked_sub(1).and_then(|i| chars.get(i));
        let after = chars.get(i + 1);
        let begins = c.is_ascii_uppercase()
            && before.is_some_and(|before| {
                !before.is_ascii_uppercase() || after.is_some_and(char::is_ascii_lowercase)
            });
        if begins {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_those_of_prometheus() {
        let rows = [
            ("enableHTTP2", "enable_http2"),
            ("roundRobinDNS", "round_robin_dns"),
            ("clientId", "client_id"),
            ("convertClassicHistogramsToNHCB", "convert_classic_histograms_to_nhcb"),
            ("url", "url"),
            ("maxSamplesPerSend", "max_samples_per_send"),
        ];
        for (theirs, ours) in rows {
            assert_eq!(snake(theirs), ours);
        }
    }
}
