//! The configuration as it is shown: as Prometheus shows its own, normalized, with secrets hidden.

use serde_json::Value;
use url::Url;

const SECRET: &str = "<secret>";
/// Fields whose value is a secret wherever they stand.
const FIELDS: [&str; 6] = ["password", "credentials", "bearer_token", "client_secret", "key", "secret"];

/// The configuration text with secrets replaced. A text that cannot be read as YAML is not shown at all.
pub(crate) fn redacted(text: &str) -> String {
    let Ok(mut value) = serde_saphyr::from_str::<Value>(text) else { return String::new() };
    if value.is_null() {
        return String::new();
    }
    hide(&mut value, false);
    serde_saphyr::to_string(&value).unwrap_or_default()
}

fn hide(value: &mut Value, inside_webhooks: bool) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields.iter_mut() {
                // Who knows the URL of a webhook may post to it; so Alertmanager hides it as well.
                let secret = FIELDS.contains(&name.as_str()) || (inside_webhooks && name == "url");
                if name == "proxy_connect_header" {
                    hide_all(field);
                    continue;
                }
                match field {
                    Value::String(text) if secret && !text.is_empty() => SECRET.clone_into(text),
                    field => hide(field, inside_webhooks || name == "webhooks"),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| hide(item, inside_webhooks)),
        Value::String(text) => hide_in_url(text),
        _ => {}
    }
}

/// Headers may hold tokens.
fn hide_all(value: &mut Value) {
    match value {
        Value::Object(fields) => fields.values_mut().for_each(hide_all),
        Value::Array(items) => items.iter_mut().for_each(hide_all),
        value => *value = Value::from(SECRET),
    }
}

/// `http://user:password@host` keeps its user.
fn hide_in_url(text: &mut String) {
    if !text.contains("://") || !text.contains('@') {
        return;
    }
    if let Ok(mut url) = Url::parse(text)
        && url.password().is_some()
        && url.set_password(Some("xxxxx")).is_ok()
    {
        *text = url.into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden_however_they_are_written() {
        let rows = [
            ("a:\n  password: x\n  job: y", "password"),
            ("a: {password: x, job: y}", "password"),
            ("authorization: {type: Bearer, credentials: x}", "credentials"),
            ("webhooks:\n- name: slack\n  url: https://hooks/x\n", "url"),
            ("tls_config: {key: \"-----BEGIN\\nx\"}", "key"),
        ];
        for (text, field) in rows {
            let shown = redacted(text);
            assert!(
                shown.contains(&format!("{field}: {SECRET}"))
                    || shown.contains(&format!("{field}: \"{SECRET}\"")),
                "{shown}"
            );
            assert!(!shown.contains(" x") && !shown.contains("BEGIN") && !shown.contains("https"), "{shown}");
        }
        let shown = redacted("http_sd_configs: [{url: 'http://me:word@host/x'}]");
        assert!(shown.contains("me:xxxxx@host/x") && !shown.contains("word"), "{shown}");
        assert_eq!((redacted(""), redacted("a: [")), (String::new(), String::new()));
    }
}
