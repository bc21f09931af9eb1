//! Who asks a server, and where the secret for it is; never the secret itself.

use crate::settings::{AuthSource, SecretSource, written};

use super::{Reader, beside};

impl Reader<'_> {
    pub(super) fn auth(&mut self, path: &[&str], written: Option<&written::Auth>) -> AuthSource {
        let Some(written) = written else {
            return AuthSource::None;
        };
        match (&written.bearer, &written.user, &written.password) {
            (Some(secret), None, None) => match self.secret(path, secret) {
                Some(source) => AuthSource::Bearer(source),
                None => AuthSource::None,
            },
            (None, Some(user), Some(secret)) => match self.secret(path, secret) {
                Some(password) => AuthSource::Basic {
                    user: user.clone(),
                    password,
                },
                None => AuthSource::None,
            },
            _ => {
                let hint = "write { bearer = SECRET } or { user = \"...\", password = SECRET }";
                self.wrong(path, "who asks is not clear", Some(hint.to_owned()));
                AuthSource::None
            }
        }
    }

    fn secret(&mut self, path: &[&str], written: &written::Secret) -> Option<SecretSource> {
        match (&written.file, &written.env, &written.exec) {
            (Some(file), None, None) => Some(SecretSource::File(beside(self.file, file.clone()))),
            (None, Some(name), None) => Some(SecretSource::Env(name.clone())),
            (None, None, Some(words)) if !words.is_empty() => {
                Some(SecretSource::Exec(words.clone()))
            }
            _ => {
                let hint =
                    "write one of { file = \"...\" }, { env = \"...\" }, { exec = [\"...\"] }";
                self.wrong(
                    path,
                    "where the secret is, is not clear",
                    Some(hint.to_owned()),
                );
                None
            }
        }
    }
}
