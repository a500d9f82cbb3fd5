//! Whether a text is an URL, as far as Go's parser of URLs says it.

/// What is wrong with an URL.
pub(crate) fn check(url: &str) -> Result<(), String> {
    let bad = |what: &str| Err(format!("\"{url}\" is no URL: {what}"));
    if url.chars().any(|c| c.is_ascii_control()) {
        return bad("it has a control character");
    }
    let plain = url.split_once('#').map_or(url, |(plain, _)| plain);
    let (plain, _) = plain.split_once('?').unwrap_or((plain, ""));
    let Some((_, rest)) = plain.split_once("://") else {
        return if is_escaped(plain) { Ok(()) } else { bad("% must be followed by two hexadecimal digits") };
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    if !is_escaped(path) {
        return bad("% must be followed by two hexadecimal digits");
    }
    let (_, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let port = match host.strip_prefix('[') {
        Some(inner) => match inner.split_once(']') {
            Some((_, port)) => port,
            None => return bad("']' is missing"),
        },
        None => host.rfind(':').map_or("", |at| &host[at..]),
    };
    let is_port =
        port.is_empty() || port.strip_prefix(':').is_some_and(|p| p.bytes().all(|b| b.is_ascii_digit()));
    if !is_port {
        return bad(&format!("{port} is no port"));
    }
    let may_be = |c: char| !c.is_ascii() || c.is_ascii_alphanumeric() || "-_.~!$&'()*+,;=:[]<>\"".contains(c);
    match host.chars().find(|c| !may_be(*c)) {
        Some(c) => bad(&format!("'{c}' is not possible in the name of a host")),
        None => Ok(()),
    }
}

/// `http` or `https`, with a host.
pub(crate) fn check_with_host(url: &str) -> Result<(), String> {
    check(url)?;
    let host = url.split_once("://").map_or("", |(_, rest)| rest);
    if host.is_empty() || host.starts_with(['/', '?', '#']) {
        return Err(format!("\"{url}\" has no host; write it as http://host:port"));
    }
    Ok(())
}

/// `host` or `host:port`, a host being a name or an address.
pub(crate) fn check_host(text: &str) -> Result<(), String> {
    let is_address = |host: &str| host.parse::<std::net::IpAddr>().is_ok();
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !is_address(text) => (host, Some(port)),
        _ => (text, None),
    };
    let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).filter(|_| port.is_some());
    let is_host = inner.map_or_else(|| is_name(host) || (port.is_none() && is_address(host)), is_address);
    let is_port = |port: &str| port.parse::<u16>().is_ok_and(|number| number > 0);
    if is_host && port.is_none_or(is_port) {
        return Ok(());
    }
    Err(format!("\"{text}\" must be host or host:port; path and scheme have fields of their own"))
}

/// Labels of letters, digits, `_` and `-`, the last two not first, with dots between.
fn is_name(host: &str) -> bool {
    let inner = host.strip_suffix(['.', '_']).unwrap_or(host);
    let is_label = |label: &str| {
        let may_be = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        (1..=63).contains(&label.len()) && !label.starts_with('-') && label.chars().all(may_be)
    };
    host.len() <= 255 && inner.split('.').all(is_label)
}

fn is_escaped(path: &str) -> bool {
    path.split('%').skip(1).all(|after| after.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_those_of_go() {
        for good in
            ["http://h", "https://h:80/p?q=1%", "http://[::1]:9/x", "http://u:p@h/", "h:80", "http://h/%2f"]
        {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in
            ["http://[::1", "http://h:bad/", "http://a b/", "http://h/%zz", "http://${X}", "http://h\n"]
        {
            assert!(check(bad).is_err(), "{bad}");
        }
        assert!(check_with_host("http://h/x").is_ok());
        assert!(check_with_host("http:///x").is_err());
    }

    #[test]
    fn a_prober_is_a_host() {
        for good in ["blackbox.mon.svc:9115", "blackbox", "10.0.0.1:80", "::1", "[::1]:80", "a_b.c."] {
            assert!(check_host(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "http://bb:9115/probe",
            "bb:x",
            "bb:0",
            "bb:70000",
            "a b",
            "bb:",
            "[::1]",
            "a..b",
            "-a",
            "bb/x",
        ] {
            assert!(check_host(bad).is_err(), "{bad}");
        }
    }
}
