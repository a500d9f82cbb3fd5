//! Users, passwords and tokens, and whether a request's `Authorization` header is one of them.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use stdx::http::Secret;
use subtle::ConstantTimeEq;

/// Names of the keys of a Secret, and of the files of a folder, as Grafana's chart names them.
const USER: &str = "admin-user";
const PASSWORD: &str = "admin-password";
const TOKENS: &str = "tokens";
/// Who logs in where no name is given.
const DEFAULT_USER: &str = "admin";
/// Shorter tokens can be guessed.
const TOKEN_LEAST: usize = 16;
/// As many characters as 128 bits need, of 62 kinds.
const PASSWORD_LENGTH: usize = 24;
const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// Compared with where the user is not known, so that an answer takes as long as for one who is.
const NOBODY: &str = "$2b$10$abcdefghijklmnopqrstuuM3bXgqVv0Ezm3yl0Yx8a3k0q1ZL4eVe";

/// Why credentials cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {reason}")]
pub struct CredentialsError {
    /// The file or key.
    pub place: String,
    /// What is wrong, and the remedy.
    pub reason: String,
}

/// Who may log in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Credentials {
    users: BTreeMap<String, Password>,
    tokens: Vec<Secret>,
}

#[derive(Clone, Debug, PartialEq)]
enum Password {
    Plain(Secret),
    /// A bcrypt hash, `$2y$10$…`.
    Hashed(String),
}

/// What a header is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Granted,
    /// No header.
    Missing,
    /// Not a user's, or not readable.
    Wrong,
}

// === impl Credentials ===

impl Credentials {
    /// Users with bcrypt hashes, as in `basic_auth_users` of a web configuration file.
    ///
    /// # Errors
    /// Where a hash is none; the error names the user.
    pub fn of_hashes(users: BTreeMap<String, String>) -> Result<Credentials, CredentialsError> {
        for (user, hash) in &users {
            hash.parse::<bcrypt::HashParts>().map_err(|error| CredentialsError {
                place: format!("basic_auth_users, user \"{user}\""),
                reason: format!("not a bcrypt hash ({error}); `htpasswd -nBC 10 {user}` makes one"),
            })?;
        }
        let users = users.into_iter().map(|(user, hash)| (user, Password::Hashed(hash))).collect();
        Ok(Credentials { users, tokens: Vec::new() })
    }

    /// The content of a Secret: `admin-user`, `admin-password`, and `tokens`, one a line. Without a password only
    /// tokens count.
    ///
    /// # Errors
    /// Where there is neither password nor token, or a token is short; the error names the key.
    pub fn of_keys(keys: &HashMap<String, String>, place: &str) -> Result<Credentials, CredentialsError> {
        let failed =
            |key: &str, reason: String| CredentialsError { place: format!("{place}, {key}"), reason };
        let get = |key: &str| keys.get(key).map(|text| text.trim()).filter(|text| !text.is_empty());
        let mut found = Credentials::default();
        if let Some(password) = get(PASSWORD) {
            let user = get(USER).unwrap_or(DEFAULT_USER);
            if user.contains(':') {
                return Err(failed(USER, "a name cannot hold a colon".to_owned()));
            }
            found.users.insert(user.to_owned(), Password::Plain(Secret::new(password)));
        }
        for (index, token) in keys.get(TOKENS).map_or("", String::as_str).lines().enumerate() {
            let token = token.trim();
            if token.is_empty() || token.starts_with('#') {
                continue;
            }
            if token.len() < TOKEN_LEAST {
                let line = index + 1;
                let reason = format!("line {line}: a token needs at least {TOKEN_LEAST} characters");
                return Err(failed(TOKENS, reason));
            }
            found.tokens.push(Secret::new(token));
        }
        if found.users.is_empty() && found.tokens.is_empty() {
            return Err(failed(PASSWORD, "there is no password and no token".to_owned()));
        }
        Ok(found)
    }

    /// The same from the files of a folder, as a Secret is mounted. `None` if it holds none of them.
    ///
    /// # Errors
    /// Where a file cannot be read, or as [`Credentials::of_keys`].
    pub fn of_folder(folder: &Path) -> Result<Option<Credentials>, CredentialsError> {
        let mut keys = HashMap::new();
        for key in [USER, PASSWORD, TOKENS] {
            let path = folder.join(key);
            match std::fs::read_to_string(&path) {
                Ok(text) => _ = keys.insert(key.to_owned(), text),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => {
                    let place = path.display().to_string();
                    return Err(CredentialsError { place, reason: error.to_string() });
                }
            }
        }
        if keys.is_empty() {
            return Ok(None);
        }
        Credentials::of_keys(&keys, &folder.display().to_string()).map(Some)
    }

    /// Both.
    #[must_use]
    pub fn with(mut self, more: Credentials) -> Credentials {
        self.users.extend(more.users);
        self.tokens.extend(more.tokens);
        self
    }

    /// Whether the check takes long enough to be done elsewhere: bcrypt is slow on purpose.
    pub(super) fn is_slow(&self) -> bool {
        self.users.values().any(|password| matches!(password, Password::Hashed(_)))
    }

    /// What an `Authorization` header is worth. May take a tenth of a second.
    pub(super) fn check(&self, header: Option<&str>) -> Verdict {
        let Some(header) = header else { return Verdict::Missing };
        let (kind, rest) = header.split_once(' ').unwrap_or((header, ""));
        let granted = match kind.to_ascii_lowercase().as_str() {
            "basic" => self.is_user(rest.trim()),
            "bearer" => self.is_token(rest.trim()),
            _ => false,
        };
        if granted { Verdict::Granted } else { Verdict::Wrong }
    }

    fn is_user(&self, encoded: &str) -> bool {
        let decoded = STANDARD.decode(encoded).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let Some((user, given)) = decoded.as_deref().and_then(|text| text.split_once(':')) else {
            return false;
        };
        match self.users.get(user) {
            Some(Password::Plain(password)) => equal(password.reveal(), given),
            Some(Password::Hashed(hash)) => bcrypt::verify(given, hash).unwrap_or(false),
            None => {
                // Whoever asks shall not learn from the time it takes whether the user is known.
                let _ = self.is_slow() && bcrypt::verify(given, NOBODY).unwrap_or(false);
                false
            }
        }
    }

    fn is_token(&self, given: &str) -> bool {
        // All are compared, so that the time does not tell which one was near.
        self.tokens.iter().fold(false, |found, token| equal(token.reveal(), given) | found)
    }
}

/// The keys of a new Secret, or the names and contents of the files of a new folder.
pub fn generate_password() -> Result<Vec<(&'static str, String)>, CredentialsError> {
    let failed = |error: getrandom::Error| CredentialsError {
        place: "a new password".to_owned(),
        reason: format!("the system gives no random bytes: {error}"),
    };
    let mut password = String::with_capacity(PASSWORD_LENGTH);
    while password.len() < PASSWORD_LENGTH {
        let mut bytes = [0_u8; 32];
        getrandom::fill(&mut bytes).map_err(failed)?;
        // Bytes beyond a multiple of 62 would make some letters likelier.
        let letters = bytes.iter().filter(|byte| **byte < 248).map(|byte| ALPHABET[usize::from(byte % 62)]);
        password.extend(letters.take(PASSWORD_LENGTH - password.len()).map(char::from));
    }
    Ok(vec![(USER, DEFAULT_USER.to_owned()), (PASSWORD, password)])
}

fn equal(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(pairs: &[(&str, &str)]) -> HashMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn headers_are_checked() {
        let keys = keys(&[("admin-password", "s3:cret\n"), ("tokens", "# ci\n0123456789abcdef\n")]);
        let known = Credentials::of_keys(&keys, "secret").expect("valid");
        let basic = |text: &str| format!("Basic {}", STANDARD.encode(text));
        for (header, verdict) in [
            (None, Verdict::Missing),
            (Some(basic("admin:s3:cret")), Verdict::Granted),
            (Some(basic("admin:s3:cret ")), Verdict::Wrong),
            (Some(basic("admin:")), Verdict::Wrong),
            (Some(basic("root:s3:cret")), Verdict::Wrong),
            (Some("Basic !!".to_owned()), Verdict::Wrong),
            (Some(String::new()), Verdict::Wrong),
            (Some("bearer 0123456789abcdef".to_owned()), Verdict::Granted),
            (Some("Bearer 0123456789abcde".to_owned()), Verdict::Wrong),
            (Some("Bearer ".to_owned()), Verdict::Wrong),
        ] {
            assert_eq!(known.check(header.as_deref()), verdict, "{header:?}");
        }
    }

    #[test]
    fn hashes_are_checked() {
        let hash = bcrypt::hash("secret", 4).expect("hashed");
        let known = Credentials::of_hashes(BTreeMap::from([("ann".to_owned(), hash)])).expect("valid");
        let basic = |text: &str| format!("Basic {}", STANDARD.encode(text));
        assert_eq!(known.check(Some(&basic("ann:secret"))), Verdict::Granted);
        assert_eq!(known.check(Some(&basic("ann:Secret"))), Verdict::Wrong);
        assert_eq!(known.check(Some(&basic("bob:secret"))), Verdict::Wrong);
        let error = Credentials::of_hashes(BTreeMap::from([("ann".to_owned(), "secret".to_owned())]));
        assert!(error.expect_err("no hash").to_string().contains("user \"ann\""));
        assert!(NOBODY.parse::<bcrypt::HashParts>().is_ok());
    }

    #[test]
    fn bad_keys_are_named() {
        for (pairs, text) in [
            (vec![("admin-user", "ann")], "secret, admin-password: there is no password and no token"),
            (vec![("tokens", "\nshort")], "secret, tokens: line 2: a token needs at least 16 characters"),
            (vec![("admin-user", "a:b"), ("admin-password", "x")], "secret, admin-user: a name cannot hold"),
        ] {
            let error = Credentials::of_keys(&keys(&pairs), "secret").expect_err(text).to_string();
            assert!(error.starts_with(text), "{error}");
        }
    }

    #[test]
    fn passwords_differ() {
        let made = [generate_password().expect("random"), generate_password().expect("random")];
        assert_eq!(made[0][1].1.len(), PASSWORD_LENGTH);
        assert_ne!(made[0], made[1]);
    }
}
