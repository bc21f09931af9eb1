//! Fetches secrets while sources live: in the background, with a deadline, and again for each life. So a program that
//! hangs holds up its own source alone, and a token that ran out is replaced.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use futures::FutureExt as _;
use tokio::io::AsyncReadExt as _;
use tokio::process::Command;

use crate::adapters::transport::trouble::trouble;
use crate::adapters::transport::{Auth, ClientCertificate, Credentials, Login, Tls};
use crate::domain::secret::Secret;
use crate::domain::source::{Trouble, TroubleKind};
use crate::settings::{
    AuthSource, LoginSource, SecretSource, TlsSource, of_certificate, of_file, of_text, of_variable,
};

/// How long fetching a secret may take.
const DEADLINE: Duration = Duration::from_secs(10);

/// The most bytes of a secret that a program may print.
const MOST_BYTES: u64 = 64 * 1024;

/// How it is found out who asks.
pub fn login(source: &LoginSource) -> Login {
    within(source, DEADLINE)
}

fn within(source: &LoginSource, deadline: Duration) -> Login {
    if *source == LoginSource::default() {
        return Login::default();
    }
    let source = source.clone();
    Login::by(move || {
        let source = source.clone();
        async move {
            let late = || {
                let message = format!("no secret within {} s", deadline.as_secs());
                trouble(TroubleKind::TimedOut, message)
            };
            let fetched = tokio::time::timeout(deadline, credentials(&source)).await;
            fetched.unwrap_or_else(|_| Err(late()))
        }
        .boxed()
    })
}

async fn credentials(source: &LoginSource) -> Result<Credentials, Trouble> {
    Ok(Credentials {
        auth: auth(&source.auth).await?,
        tls: tls(&source.tls).await?,
    })
}

async fn tls(source: &TlsSource) -> Result<Tls, Trouble> {
    let ca = match source.ca.clone() {
        Some(path) => Some(certificate(path).await?),
        None => None,
    };
    let client = match &source.client {
        Some((path, key)) => Some(ClientCertificate {
            certificate: Secret::new(certificate(path.clone()).await?),
            key: secret(key).await?,
        }),
        None => None,
    };
    Ok(Tls { ca, client })
}

async fn certificate(path: PathBuf) -> Result<String, Trouble> {
    // A file may be on a disk that does not answer.
    let read = tokio::task::spawn_blocking(move || of_certificate(&path)).await;
    let read = read.map_err(|broken| failed(broken.to_string()))?;
    read.map_err(|why| failed(why.to_string()))
}

async fn auth(source: &AuthSource) -> Result<Auth, Trouble> {
    Ok(match source {
        AuthSource::None => Auth::None,
        AuthSource::Bearer(token) => Auth::Bearer(secret(token).await?),
        AuthSource::Basic { user, password } => Auth::Basic {
            user: user.clone(),
            password: secret(password).await?,
        },
    })
}

/// Without a secret one is not logged in, whatever keeps it away.
fn failed(why: String) -> Trouble {
    trouble(TroubleKind::Unauthorized, why)
}

async fn secret(source: &SecretSource) -> Result<Secret, Trouble> {
    let found = match source {
        SecretSource::File(path) => {
            let path = path.clone();
            // A file may be on a disk that does not answer.
            let read = tokio::task::spawn_blocking(move || of_file(&path)).await;
            read.map_err(|broken| failed(broken.to_string()))?
        }
        SecretSource::Env(name) => of_variable(name),
        SecretSource::Exec(words) => return of_program(words).await,
    };
    found.map_err(|why| failed(why.to_string()))
}

/// What a program prints. It gets no terminal to ask on, and ends with us.
async fn of_program(words: &[String]) -> Result<Secret, Trouble> {
    let (program, arguments) = words
        .split_first()
        .map_or(("", &[][..]), |(p, a)| (p.as_str(), a));
    let failed = |why: String| failed(format!("{program}: {why}"));
    let io = |error: std::io::Error| failed(error.to_string());
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(io)?;
    let mut printed = Vec::new();
    if let Some(out) = child.stdout.take() {
        out.take(MOST_BYTES)
            .read_to_end(&mut printed)
            .await
            .map_err(io)?;
    }
    let status = child.wait().await.map_err(io)?;
    if !status.success() {
        return Err(failed(status.to_string()));
    }
    String::from_utf8(printed)
        .map(|text| of_text(&text))
        .map_err(|_| failed("it printed something else than text".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bearer(token: SecretSource) -> LoginSource {
        LoginSource {
            auth: AuthSource::Bearer(token),
            tls: TlsSource::default(),
        }
    }

    fn program(script: &str) -> LoginSource {
        let words = ["sh", "-c", script].map(str::to_owned);
        bearer(SecretSource::Exec(words.to_vec()))
    }

    async fn of(source: &LoginSource) -> Result<String, Trouble> {
        let login = within(source, Duration::from_secs(10));
        match login.credentials().await?.auth {
            Auth::Bearer(token) => Ok(token.expose().to_owned()),
            other @ (Auth::None | Auth::Basic { .. }) => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn a_program_is_asked_each_time_and_its_failure_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("n").display().to_string();
        let counts = program(&format!("echo x >> {file}; wc -l < {file} | tr -d ' '"));
        assert_eq!(of(&counts).await.unwrap(), "1");
        assert_eq!(of(&counts).await.unwrap(), "2");
        for (source, says) in [
            (program("exit 3"), "sh: exit status: 3"),
            (program("printf '\\377'"), "something else than text"),
            (
                bearer(SecretSource::Exec(vec!["/nowhere/token".to_owned()])),
                "/nowhere/token: ",
            ),
            (
                bearer(SecretSource::Env("FLIGHTDECK_NO_SUCH".to_owned())),
                "FLIGHTDECK_NO_SUCH is not set",
            ),
        ] {
            let why = of(&source).await.unwrap_err();
            assert_eq!(why.kind, TroubleKind::Unauthorized);
            assert!(why.message.raw().contains(says), "{why:?}");
        }
    }

    #[tokio::test]
    async fn a_program_that_hangs_has_a_deadline_and_is_ended() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pid");
        let hangs = program(&format!("echo $$ > {}; exec sleep 600", file.display()));
        let why = within(&hangs, Duration::from_secs(2)).credentials().await;
        assert_eq!(why.unwrap_err().kind, TroubleKind::TimedOut);
        let pid = std::fs::read_to_string(&file).unwrap();
        let raw: i32 = pid.trim().parse().unwrap();
        let pid = rustix::process::Pid::from_raw(raw).unwrap();
        // Killed; what is not waited for yet is a zombie, until the runtime has reaped it.
        while rustix::process::test_kill_process(pid).is_ok() {
            tokio::task::yield_now().await;
        }
    }
}
