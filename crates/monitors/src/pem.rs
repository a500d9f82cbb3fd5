//! Whether bytes are a certificate or a key in PEM, as far as it shows from outside.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";

/// The first block must hold one ASN.1 sequence; of a key's file one block must be a private key.
pub(crate) fn check(bytes: &[u8], is_key: bool) -> Result<(), String> {
    let text = String::from_utf8_lossy(bytes);
    let blocks: Vec<(&str, &str)> = text.split(BEGIN).skip(1).filter_map(block).collect();
    let wanted = if is_key { "PRIVATE KEY" } else { "CERTIFICATE" };
    let Some((_, body)) = blocks.iter().find(|(kind, _)| kind.ends_with(wanted)) else {
        let there: Vec<&str> = blocks.iter().map(|(kind, _)| *kind).collect();
        return Err(if there.is_empty() {
            "not PEM".to_owned()
        } else {
            format!("no block of PEM is a {wanted}; there are: {}", there.join(", "))
        });
    };
    let lines = body.lines().map(str::trim).filter(|line| !line.contains(':'));
    let der = STANDARD.decode(lines.collect::<String>()).unwrap_or_default();
    if is_sequence(&der) { Ok(()) } else { Err(format!("the {wanted} in it is damaged")) }
}

/// The kind and the body of what follows a `BEGIN`.
fn block(text: &str) -> Option<(&str, &str)> {
    let (kind, rest) = text.split_once("-----")?;
    Some((kind, rest.split_once(END)?.0))
}

/// A sequence whose length is that of the whole.
fn is_sequence(der: &[u8]) -> bool {
    let [0x30, length, rest @ ..] = der else { return false };
    if *length < 0x80 {
        return rest.len() == usize::from(*length);
    }
    let digits = usize::from(*length & 0x7f);
    let Some((length, rest)) = rest.split_at_checked(digits) else { return false };
    let length =
        length.iter().fold(0_usize, |sum, digit| sum.saturating_mul(256).saturating_add(usize::from(*digit)));
    rest.len() == length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_certificate_is_seen() {
        let pem = |kind: &str, der: &[u8]| {
            format!("-----BEGIN {kind}-----\n{}\n-----END {kind}-----\n", STANDARD.encode(der)).into_bytes()
        };
        let whole = [0x30, 3, 2, 1, 7];
        assert!(check(&pem("CERTIFICATE", &whole), false).is_ok());
        assert!(check(&pem("EC PRIVATE KEY", &whole), true).is_ok());
        for (bytes, is_key, said) in [
            (b"words".to_vec(), false, "not PEM"),
            (pem("CERTIFICATE", &[0, 0, 0]), false, "damaged"),
            (pem("CERTIFICATE", &whole[..4]), false, "damaged"),
            (pem("CERTIFICATE", &whole), true, "PRIVATE KEY"),
        ] {
            let error = check(&bytes, is_key).expect_err("refused");
            assert!(error.contains(said), "{error}");
        }
    }
}
