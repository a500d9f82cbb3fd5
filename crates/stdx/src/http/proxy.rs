//! Proxies: which one leads to an origin, and the way through it.
//!
//! The rules for `no_proxy` and the environment are those of Go's `httpproxy`.

use std::net::IpAddr;
use std::str::FromStr;

use http::header::HeaderValue;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio_rustls::TlsConnector;
use url::{Host, Url};

use super::HttpError;
use super::client::{Client, basic_credentials, decoded};
use super::config::HttpClientConfig;
use super::connection::Origin;

/// The head of an answer to CONNECT may have so many bytes.
const MOST_HEAD: usize = 16 << 10;

/// A connection, whatever it runs over.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// The proxy that leads to an origin; none if it is reached directly.
pub(super) fn choose(config: &HttpClientConfig, origin: &Origin) -> Result<Option<Url>, HttpError> {
    let variable = |name: &str| {
        let read = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        read(name).or_else(|| read(&name.to_lowercase()))
    };
    let (url, exceptions) = if config.proxy_from_environment == Some(true) {
        let name = if origin.https { "HTTPS_PROXY" } else { "HTTP_PROXY" };
        (variable(name), variable("NO_PROXY").unwrap_or_default())
    } else {
        let exceptions = config.no_proxy.clone().unwrap_or_default();
        (config.proxy_url.clone().filter(|url| !url.is_empty()), exceptions)
    };
    let Some(url) = url else { return Ok(None) };
    let by_rules = config.proxy_from_environment == Some(true) || !exceptions.is_empty();
    if by_rules && is_excepted(&exceptions, &origin.host, origin.port) {
        return Ok(None);
    }
    parse(&url).map(Some).map_err(|reason| HttpError::Url { url, reason })
}

/// A proxy's address; without a scheme it is `http`.
pub(super) fn parse(text: &str) -> Result<Url, String> {
    let full = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let url = Url::parse(&full).map_err(|error| error.to_string())?;
    if !matches!(url.scheme(), "http" | "https" | "socks5" | "socks5h") {
        return Err("a proxy is spoken to by http, https, socks5 or socks5h".to_owned());
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err("there is no host in it".to_owned());
    }
    Ok(url)
}

/// Whether a host is reached without a proxy.
fn is_excepted(exceptions: &str, host: &Host<String>, port: u16) -> bool {
    let address = match host {
        Host::Domain(name) => IpAddr::from_str(name).ok(),
        Host::Ipv4(address) => Some(IpAddr::V4(*address)),
        Host::Ipv6(address) => Some(IpAddr::V6(*address)),
    };
    let name = host.to_string().to_lowercase();
    let name = name.trim_end_matches('.');
    if name == "localhost" || address.is_some_and(|address| address.is_loopback()) {
        return true;
    }
    let excepts = |entry: &str| {
        let entry = entry.trim().to_lowercase();
        if let (Some(network), Some(address)) = (Network::parse(&entry), address) {
            return network.has(address);
        }
        let (entry, wanted) = match entry.rsplit_once(':') {
            Some((host, digits)) if !host.contains(':') || host.ends_with(']') => (host, digits.parse().ok()),
            _ => (entry.as_str(), None),
        };
        if wanted.is_some_and(|wanted: u16| wanted != port) || entry.is_empty() {
            return false;
        }
        if let Ok(own) = IpAddr::from_str(entry.trim_matches(['[', ']'])) {
            return address == Some(own);
        }
        let (suffix, itself) = match entry.strip_prefix("*.").or_else(|| entry.strip_prefix('.')) {
            Some(suffix) => (suffix, false),
            None => (entry, true),
        };
        entry == "*"
            || (itself && name == suffix)
            || name.strip_suffix(suffix).is_some_and(|rest| rest.ends_with('.'))
    };
    exceptions.split(',').any(excepts)
}

/// `10.0.0.0/8`
struct Network {
    address: IpAddr,
    bits: u32,
}

impl Network {
    fn parse(text: &str) -> Option<Network> {
        let (address, bits) = text.split_once('/')?;
        Some(Network { address: address.parse().ok()?, bits: bits.parse().ok()? })
    }

    fn has(&self, address: IpAddr) -> bool {
        let same = |a: u128, b: u128, width: u32| {
            let kept = width.saturating_sub(self.bits);
            a.checked_shr(kept).unwrap_or(0) == b.checked_shr(kept).unwrap_or(0)
        };
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                same(u32::from(own).into(), u32::from(other).into(), u32::BITS)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => same(own.into(), other.into(), u128::BITS),
            _ => false,
        }
    }
}

/// `Proxy-Authorization` for the user in a proxy's address.
pub(super) fn authorization(proxy: &Url) -> Option<String> {
    let has_user = !proxy.username().is_empty() || proxy.password().is_some();
    let password = proxy.password().unwrap_or_default();
    has_user.then(|| basic_credentials(&decoded(proxy.username()), &decoded(password)))
}

/// A stream that ends at the origin, or at a proxy that is asked for whole URLs.
pub(super) async fn connect(
    client: &Client,
    proxy: &Url,
    origin: &Origin,
) -> Result<Box<dyn Stream>, HttpError> {
    let is_socks = proxy.scheme().starts_with("socks5");
    let default = if is_socks { 1080 } else { 80 };
    let host = proxy.host().map(|host| host.to_owned());
    let at = Origin {
        https: proxy.scheme() == "https",
        host: host.unwrap_or_else(|| Host::Domain(String::new())),
        port: proxy.port_or_known_default().unwrap_or(default),
    };
    let address = format!("{}:{}", at.host, at.port);
    let stream =
        at.connect().await.map_err(|source| HttpError::Connect { address: address.clone(), source })?;
    let mut stream: Box<dyn Stream> = Box::new(stream);
    if at.https {
        let name =
            at.server_name().map_err(|reason| HttpError::Proxy { address: address.clone(), reason })?;
        let connected = TlsConnector::from(client.tls()?).connect(name, stream).await;
        stream =
            Box::new(connected.map_err(|source| HttpError::Handshake { address: address.clone(), source })?);
    }
    let through = if is_socks {
        socks(&mut stream, proxy, origin).await
    } else if origin.https {
        tunnel(&mut stream, proxy, origin, client.config()).await
    } else {
        Ok(())
    };
    through.map_err(|reason| HttpError::Proxy { address, reason })?;
    Ok(stream)
}

/// RFC 9110 §9.3.6.
async fn tunnel(
    stream: &mut Box<dyn Stream>,
    proxy: &Url,
    origin: &Origin,
    config: &HttpClientConfig,
) -> Result<(), String> {
    let to = format!("{}:{}", origin.host, origin.port);
    let mut head = format!("CONNECT {to} HTTP/1.1\r\nHost: {to}\r\n");
    let mut add = |name: &str, value: &str| match HeaderValue::from_str(value) {
        Ok(_) => {
            head.push_str(&format!("{name}: {value}\r\n"));
            Ok(())
        }
        Err(_) => Err(format!("the value of header \"{name}\" has characters that no header may have")),
    };
    if let Some(value) = authorization(proxy) {
        add("Proxy-Authorization", &value)?;
    }
    for (name, values) in &config.proxy_connect_header {
        values.iter().try_for_each(|value| add(name, value.reveal()))?;
    }
    head.push_str("\r\n");
    let failed = |error: std::io::Error| error.to_string();
    stream.write_all(head.as_bytes()).await.map_err(failed)?;
    stream.flush().await.map_err(failed)?;
    let mut answer = Vec::new();
    // What follows the head belongs to the origin: byte by byte nothing of it is taken.
    while !answer.ends_with(b"\r\n\r\n") {
        if answer.len() >= MOST_HEAD {
            return Err("its answer to CONNECT is too long".to_owned());
        }
        answer.push(stream.read_u8().await.map_err(failed)?);
    }
    let line = String::from_utf8_lossy(&answer);
    let line = line.lines().next().unwrap_or("");
    match line.split(' ').nth(1) {
        Some("200") => Ok(()),
        _ => Err(format!("it answered CONNECT {to} with \"{line}\"")),
    }
}

/// RFC 1928, with user and password by RFC 1929; names are looked up by the proxy.
async fn socks(stream: &mut Box<dyn Stream>, proxy: &Url, origin: &Origin) -> Result<(), String> {
    const NO_LOGIN: u8 = 0;
    const PASSWORD: u8 = 2;
    let failed = |error: std::io::Error| error.to_string();
    let (user, password) = (decoded(proxy.username()), decoded(proxy.password().unwrap_or_default()));
    let offered: &[u8] = if user.is_empty() { &[5, 1, NO_LOGIN] } else { &[5, 2, NO_LOGIN, PASSWORD] };
    stream.write_all(offered).await.map_err(failed)?;
    let mut chosen = [0; 2];
    stream.read_exact(&mut chosen).await.map_err(failed)?;
    match chosen {
        [5, NO_LOGIN] => {}
        [5, PASSWORD] if !user.is_empty() => {
            let mut login = vec![1];
            for part in [&user, &password] {
                login.push(u8::try_from(part.len()).map_err(|_| "user or password is too long".to_owned())?);
                login.extend_from_slice(part.as_bytes());
            }
            stream.write_all(&login).await.map_err(failed)?;
            stream.read_exact(&mut chosen).await.map_err(failed)?;
            if chosen[1] != 0 {
                return Err("it refused user and password".to_owned());
            }
        }
        _ => return Err("it takes none of the logins that were offered".to_owned()),
    }
    let mut request = vec![5, 1, 0];
    match &origin.host {
        Host::Ipv4(address) => request.extend([1].into_iter().chain(address.octets())),
        Host::Ipv6(address) => request.extend([4].into_iter().chain(address.octets())),
        Host::Domain(name) => {
            let length = u8::try_from(name.len()).map_err(|_| "the host's name is too long".to_owned())?;
            request.extend([3, length]);
            request.extend_from_slice(name.as_bytes());
        }
    }
    request.extend(origin.port.to_be_bytes());
    stream.write_all(&request).await.map_err(failed)?;
    let mut head = [0; 4];
    stream.read_exact(&mut head).await.map_err(failed)?;
    if head[1] != 0 {
        return Err(format!("it cannot reach {}:{} (SOCKS reply {})", origin.host, origin.port, head[1]));
    }
    let rest = match head[3] {
        1 => 4 + 2,
        4 => 16 + 2,
        _ => usize::from(stream.read_u8().await.map_err(failed)?) + 2,
    };
    let mut bound = vec![0; rest];
    stream.read_exact(&mut bound).await.map_err(failed).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::{Host, is_excepted, parse};

    #[test]
    fn exceptions_are_names_addresses_and_networks() {
        for (exceptions, host, excepted) in [
            ("example.org", "example.org", true),
            ("example.org", "a.example.org", true),
            (".example.org", "example.org", false),
            ("*.example.org", "a.example.org", true),
            ("example.org", "anexample.org", false),
            ("example.org:9090", "example.org", true),
            ("example.org:80", "example.org", false),
            ("a, 10.0.0.0/8", "10.1.2.3", true),
            ("10.0.0.0/8", "11.1.2.3", false),
            ("10.1.2.3", "10.1.2.3", true),
            ("fd00::/8", "[fd00::1]", true),
            ("[fd00::1]:9090", "[fd00::1]", true),
            ("*", "anything", true),
            ("", "anything", false),
            ("", "localhost", true),
            ("", "127.0.0.1", true),
        ] {
            let parsed = Host::parse(host).expect("a host");
            assert_eq!(is_excepted(exceptions, &parsed, 9090), excepted, "{exceptions} {host}");
        }
    }

    #[test]
    fn proxies_are_urls() {
        assert_eq!(parse("proxy:3128").map(String::from).as_deref(), Ok("http://proxy:3128/"));
        assert!(parse("socks5://proxy").is_ok() && parse("ftp://proxy").is_err());
    }
}
