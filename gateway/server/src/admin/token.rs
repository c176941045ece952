//! The secret that callers show.

use std::{
    fs::{self, DirBuilder, OpenOptions},
    hint::black_box,
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
};

/// Its file in the folder for state.
pub const TOKEN_FILE: &str = "admin-token";

/// Bytes of a token that we make.
const BYTES: usize = 32;

/// A token. Never printed.
#[derive(Clone)]
pub struct Token(Box<str>);

impl Token {
    /// This text, without the white space around it.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.trim().into())
    }

    /// The one kept in `folder`; made, of 32 random bytes and readable for this user alone, where there is none.
    ///
    /// # Errors
    /// When the file cannot be read or made, or is empty.
    pub fn kept_in(folder: &Path) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let place = folder.join(TOKEN_FILE);
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&place) {
            Ok(mut file) => {
                let mut bytes = [0; BYTES];
                getrandom::fill(&mut bytes).map_err(io::Error::other)?;
                let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                file.write_all(text.as_bytes())?;
                file.sync_all()?;
                tracing::info!(file = %place.display(), "made a token for the admin port");
                Ok(Self::new(&text))
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Self::read(&place),
            Err(error) => Err(error),
        }
    }

    /// The one in this file.
    ///
    /// # Errors
    /// When it cannot be read, or is empty.
    pub fn read(file: &Path) -> io::Result<Self> {
        let token = Self::new(&fs::read_to_string(file)?);
        if token.0.is_empty() {
            return Err(io::Error::other("it is empty; remove it, and the next start makes another"));
        }
        Ok(token)
    }

    /// The text itself, for the header field of the one who calls.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether `shown` is this token, found in a time that does not tell how much of it is right. An empty token is nobody's.
    pub(super) fn is(&self, shown: &str) -> bool {
        let (ours, theirs) = (self.0.as_bytes(), shown.as_bytes());
        let differences = ours.iter().zip(theirs).fold(0, |sum, (one, other)| black_box(sum | (one ^ other)));
        !ours.is_empty() && ours.len() == theirs.len() && differences == 0
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_token_is_made_once_long_and_for_this_user_alone() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        let made = Token::kept_in(&state).unwrap();
        assert_eq!(made.reveal().len(), 2 * BYTES);
        assert!(made.is(Token::kept_in(&state).unwrap().reveal()));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&state.join(TOKEN_FILE)), mode(&state)), (0o600, 0o700));
        assert!(!made.is(Token::kept_in(&folder.path().join("other")).unwrap().reveal()));
    }

    #[test]
    fn only_the_whole_token_is_the_token() {
        let token = Token::new("secret\n");
        assert!(token.is("secret"));
        for wrong in ["", "s", "secre", "secret ", "secrets", "SECRET"] {
            assert!(!token.is(wrong), "{wrong:?}");
        }
        assert!(!Token::new("").is(""));
    }

    #[test]
    fn an_empty_file_is_no_token() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(TOKEN_FILE), "\n").unwrap();
        assert!(Token::kept_in(folder.path()).is_err());
    }
}
