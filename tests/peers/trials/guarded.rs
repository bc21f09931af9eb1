//! A metrics server that wants a certificate and a password, of an authority that nobody else knows.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use flightdeck::adapters::prometheus::{Settings, Wanted, observe_once};
use flightdeck::adapters::transport::{Auth, ClientCertificate, Clients, Credentials, Login, Tls};
use flightdeck::domain::environment::{Environment, Place};
use flightdeck::domain::names::{Namespace, ServiceName};
use flightdeck::domain::secret::Secret;
use flightdeck::domain::source::TroubleKind;
use jiff::{SignedDuration, Timestamp};
use tokio::runtime::Runtime;

use super::Case;
use super::packs::no_cluster;
use crate::exporters::START;
use crate::lab::Lab;
use crate::process;
use crate::prometheus::{PROGRAMS, Prometheus};
use crate::wait::{PATIENCE, until};

pub(crate) fn cases() -> Vec<Case> {
    vec![Case::new(
        "guarded::a_server_that_wants_a_certificate_and_a_password_gets_both",
        &[&PROGRAMS, &["openssl"]],
        guarded,
    )]
}

/// A certificate by an authority of its own, valid for the loopback address and for clients.
fn certificate(
    lab: &Lab,
    folder: &Path,
    name: &str,
    extension: &str,
) -> Result<(PathBuf, PathBuf)> {
    let openssl = || anyhow::Ok(Command::new(lab.programs.path("openssl")?));
    let file = |kind: &str| folder.join(format!("{name}.{kind}"));
    let new = ["req", "-newkey", "rsa:2048", "-nodes", "-subj"];
    let subject = format!("/CN={name}");
    let mut request = openssl()?;
    request
        .args(new)
        .arg(&subject)
        .arg("-keyout")
        .arg(file("key"))
        .arg("-out")
        .arg(file("csr"));
    process::run(&mut request, None)?;
    fs::write(file("ext"), extension)?;
    let mut sign = openssl()?;
    sign.args(["x509", "-req", "-days", "2", "-set_serial", "7", "-in"])
        .arg(file("csr"));
    sign.arg("-CA")
        .arg(folder.join("ca.pem"))
        .arg("-CAkey")
        .arg(folder.join("ca.key"));
    sign.arg("-extfile")
        .arg(file("ext"))
        .arg("-out")
        .arg(file("pem"));
    process::run(&mut sign, None)?;
    Ok((file("pem"), file("key")))
}

fn authority(lab: &Lab, folder: &Path) -> Result<()> {
    let mut authority = Command::new(lab.programs.path("openssl")?);
    authority.args([
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=authority",
    ]);
    authority
        .arg("-keyout")
        .arg(folder.join("ca.key"))
        .arg("-out")
        .arg(folder.join("ca.pem"));
    process::run(&mut authority, None)?;
    Ok(())
}

fn guarded(lab: &Lab) -> Result<()> {
    let folder = lab.folder("guarded");
    fs::create_dir_all(&folder)?;
    authority(lab, &folder)?;
    let (server, server_key) = certificate(lab, &folder, "server", "subjectAltName=IP:127.0.0.1")?;
    let (client, client_key) = certificate(lab, &folder, "client", "extendedKeyUsage=clientAuth")?;
    // The user `admin` with the password `test`, as Prometheus' own guide has it (docs/guides/basic-auth).
    let web = format!(
        "tls_server_config: {{ cert_file: {}, key_file: {}, client_auth_type: RequireAndVerifyClientCert, client_ca_file: {} }}\nbasic_auth_users: {{ admin: $2b$12$hNf2lSsxfm0.i4a.1kVpSOVyBCfIB51VRjgBUyv6kdnyTlgWj81Ay }}\n",
        server.display(),
        server_key.display(),
        folder.join("ca.pem").display()
    );
    let prometheus = Prometheus::guarded(&lab.programs, &folder, &web)?;
    let runtime = Runtime::new()?;
    let cluster = runtime.block_on(async { no_cluster() })?;
    let read = |path: &Path| fs::read_to_string(path);
    let (ca, client, key) = (
        read(&folder.join("ca.pem"))?,
        read(&client)?,
        read(&client_key)?,
    );
    let asker = Asker {
        address: prometheus.address.clone(),
        runtime,
        cluster,
    };
    // It answers that it has no such series: so it was asked.
    let all = Some((client.as_str(), key.as_str()));
    until(
        "the server takes the certificate and the password",
        PATIENCE,
        || Ok((asker.asks(Some(&ca), all, "test")? == TroubleKind::NotFound).then_some(())),
    )?;
    for (kind, ca, client, password) in [
        (TroubleKind::Unauthorized, Some(ca.as_str()), all, "guess"),
        (TroubleKind::Unreachable, Some(ca.as_str()), None, "test"),
        (TroubleKind::Unreachable, None, all, "test"),
    ] {
        let found = asker.asks(ca, client, password)?;
        ensure!(found == kind, "{found:?} in place of {kind:?}");
    }
    Ok(())
}

/// Asks the guarded server.
struct Asker {
    address: String,
    runtime: Runtime,
    cluster: Clients,
}

impl Asker {
    /// With what trouble it ends: there is nothing on the server, so that it has no service either.
    fn asks(
        &self,
        ca: Option<&str>,
        client: Option<(&str, &str)>,
        password: &str,
    ) -> Result<TroubleKind> {
        let place = Place::new(ServiceName::parse("checkout")?, Environment::Canary);
        let address = format!("https://{}", self.address).parse()?;
        let mut settings = Settings::new(place, address, Namespace::parse("shop")?, "checkout");
        let credentials = Credentials {
            auth: Auth::Basic {
                user: "admin".to_owned(),
                password: Secret::new(password.to_owned()),
            },
            tls: Tls {
                ca: ca.map(str::to_owned),
                client: client.map(|(certificate, key)| ClientCertificate {
                    certificate: Secret::new(certificate.to_owned()),
                    key: Secret::new(key.to_owned()),
                }),
            },
        };
        settings.login = Login::by(move || {
            let credentials = credentials.clone();
            Box::pin(async move { Ok(credentials) })
        });
        let at = Timestamp::from_second(START)?;
        let wanted = Wanted {
            since: at,
            recent: SignedDuration::ZERO,
            canary_began: None,
        };
        let asked = observe_once(&settings, &self.cluster, at, wanted);
        let why = self.runtime.block_on(asked).err();
        Ok(why.context("an empty server has no such service")?.kind)
    }
}
