//! The kinds of mistakes in a configuration, each with what would be right, so that none is told without it.

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is not TOML.
    Syntax,
    /// A key that there is not.
    UnknownKey,
    /// A key that has to be there is not.
    MissingKey,
    /// A value of another type.
    Type,
    /// A value that its type does not take.
    Value,
    /// A secret stands where only its place may stand.
    SecretWritten,
    /// Where a secret is, is not said, or said twice.
    SecretPlace,
    /// A format that this program does not read.
    Version,
    /// A name that its system would not take.
    Name,
    /// A cluster that is not among the clusters.
    Cluster,
    /// There is no service.
    NoService,
    /// An environment that each service has is missing.
    NoEnvironment,
    /// An address that can't be asked.
    Address,
    /// No object that holds flags.
    FlagSource,
    /// No endpoint.
    Endpoint,
    /// A vocabulary of metrics that there is not.
    Pack,
    /// No label's name.
    Label,
    /// No tenant's name.
    Tenant,
    /// A signal that there is not.
    Signal,
    /// A signal that can't be told so.
    SignalParts,
    /// It is not clear who asks.
    Auth,
    /// A certificate without its key, or a key without its certificate.
    Certificate,
    /// A certificate for a connection that carries none.
    CertificateUnused,
    /// Both environments would be told by the same series.
    SameSeries,
    /// A business metric without a query.
    Query,
    /// Which way is better is not said in words that are known.
    Better,
    /// No speed of a clock.
    Speed,
    /// No chance of a false breach.
    Chance,
    /// No share.
    Share,
    /// Limits that do not rise.
    Limits,
    /// Limits of a drop that do not rise.
    DropLimits,
    /// A theme that there is not.
    Theme,
    /// A mistake in a theme file.
    ThemeFile,
    /// A keymap file that can't be read.
    Keymap,
    /// A mistake in a keymap file.
    KeymapFile,
}

impl Fault {
    /// What would be right, where nothing nearer can be said.
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::Syntax => {
                "write KEY = VALUE on a line of its own, text in \"quotes\", and tables as [NAME]"
            }
            Self::UnknownKey => "take it out; `flightdeck config schema` lists what there is",
            Self::MissingKey => "write it",
            Self::Type | Self::Value => "`flightdeck config schema` says what may stand here",
            Self::SecretWritten => {
                "move it out of this file: write { file = \"...\" }, { env = \"NAME\" } or { exec = [\"...\"] }; who could read this file may know it"
            }
            Self::SecretPlace => {
                "write one of { file = \"...\" }, { env = \"NAME\" }, { exec = [\"PROGRAM\", \"...\"] }"
            }
            Self::Version => "this flightdeck reads version = 1",
            Self::Name => "write it as its system has it",
            Self::Cluster => "write [clusters.NAME] with its context",
            Self::NoService => "write [services.NAME.environments.canary] and .production",
            Self::NoEnvironment => "write its [services.NAME.environments.ENVIRONMENT]",
            Self::Address => {
                "write https://HOST, http://127.0.0.1:PORT or kube://NAMESPACE/svc/NAME:PORT"
            }
            Self::FlagSource => "write featureflag/NAMESPACE/NAME or configmap/NAMESPACE/NAME/KEY",
            Self::Endpoint => "an endpoint is METHOD and route, such as \"POST /pay\"",
            Self::Pack => "leave it out for otel-http",
            Self::Label => "a label's name has a-z, A-Z, 0-9 and _, and begins with no digit",
            Self::Tenant => "letters, digits and !-_.*'(), 150 at most; | between several",
            Self::Signal => "leave it out for the usual names",
            Self::SignalParts => {
                "write { metrics = [\"NAME\"] }, { matchers = { LABEL = \"VALUE\" } } or both"
            }
            Self::Auth => "write { bearer = SECRET } or { user = \"...\", password = SECRET }",
            Self::Certificate => "write { certificate = \"...\", key = SECRET }",
            Self::CertificateUnused => "leave it out, or write the server's https:// address",
            Self::SameSeries => {
                "add on each side a label that tells its series from the other's, such as cluster or namespace"
            }
            Self::Query => {
                "write query = 'sum(rate(orders_total{$matchers}[1m]))', with your counter"
            }
            Self::Better => "write \"higher\" or \"lower\"",
            Self::Speed => "write a number over 0; 1 is real time",
            Self::Chance => "write a number over 0 and at most 0.1, such as 0.01",
            Self::Share => "write a number over 0 and at most 1, such as 0.8",
            Self::Limits => {
                "write them rising, such as { target = 0.005, trigger = 0.01, critical = 0.05 }"
            }
            Self::DropLimits => {
                "write shares over 0 and at most 1, rising: { trigger = 0.1, critical = 0.3 }"
            }
            Self::Theme => "write the name of a theme that ships, or the path of a theme file",
            Self::ThemeFile => "begin with a copy of a theme that ships",
            Self::Keymap => "write the name of a keymap that ships, or the path of a keymap file",
            Self::KeymapFile => "begin with a copy of a keymap that ships",
        }
    }
}
