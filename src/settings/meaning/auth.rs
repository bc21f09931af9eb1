//! Who asks a server, and where the secret for it is; never the secret itself.

use crate::adapters::transport::Address;
use crate::settings::{AuthSource, LoginSource, SecretSource, TlsSource, written};

use super::{Reader, beside};

impl Reader<'_> {
    pub(super) fn login(&mut self, path: &[&str], written: Option<&written::Auth>) -> LoginSource {
        let Some(written) = written else {
            return LoginSource::default();
        };
        LoginSource {
            auth: self.auth(path, written),
            tls: self.tls(path, written),
        }
    }

    /// Certificates are of no use where the API server carries the connection to the pod.
    pub(super) fn reached(
        &mut self,
        path: &[&str],
        addresses: &[Address],
        written: Option<&written::Auth>,
    ) {
        let Some(written) = written else {
            return;
        };
        let key = [
            ("ca", written.ca.is_some()),
            ("certificate", written.certificate.is_some()),
        ];
        let key = key
            .into_iter()
            .find_map(|(key, there)| there.then_some(key));
        let is_inside = |address: &Address| matches!(address, Address::Service(_));
        let inside = addresses.iter().all(is_inside);
        if let (Some(key), Some(address), true) = (key, addresses.first(), inside) {
            let what =
                format!("{address} is reached through the API server, where it counts for nothing");
            let hint = "leave it out, or write the server's https:// address";
            self.wrong(&[path, &[key]].concat(), what, Some(hint.to_owned()));
        }
    }

    fn auth(&mut self, path: &[&str], written: &written::Auth) -> AuthSource {
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
            (None, None, None) if written.certificate.is_some() || written.ca.is_some() => {
                AuthSource::None
            }
            _ => {
                let hint = "write { bearer = SECRET } or { user = \"...\", password = SECRET }";
                self.wrong(path, "who asks is not clear", Some(hint.to_owned()));
                AuthSource::None
            }
        }
    }

    fn tls(&mut self, path: &[&str], written: &written::Auth) -> TlsSource {
        let file = self.file;
        let client = match (&written.certificate, &written.key) {
            (Some(certificate), Some(key)) => {
                let key = self.secret(&[path, &["key"]].concat(), key);
                key.map(|key| (beside(file, certificate.clone()), key))
            }
            (None, None) => None,
            _ => {
                let hint = "write { certificate = \"...\", key = SECRET }";
                let what = "a certificate and its key belong together";
                self.wrong(path, what, Some(hint.to_owned()));
                None
            }
        };
        let ca = written.ca.clone().map(|ca| beside(file, ca));
        TlsSource { ca, client }
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
