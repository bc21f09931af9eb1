//! The parameters of a request, from its query string and its form body.

use http::Request;
use hyper::body::Bytes;
use jiff::Timestamp;

use super::promql::Failure;
use super::tsdb::Millis;

/// Parameters in the order in which they came.
#[derive(Debug)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    /// Of a GET's query string and a POST's body.
    pub(crate) fn of(request: &Request<Bytes>) -> Self {
        let query = request.uri().query().unwrap_or_default();
        let body = std::str::from_utf8(request.body()).unwrap_or_default();
        Self(
            body.split('&')
                .chain(query.split('&'))
                .filter_map(|pair| {
                    let (name, value) = pair.split_once('=')?;
                    Some((decoded(name), decoded(value)))
                })
                .collect(),
        )
    }

    /// All values of a parameter.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn get<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.all(name).find(|value| !value.is_empty())
    }

    /// A moment: seconds since 1970 with a fraction, or RFC 3339.
    pub(crate) fn moment(&self, name: &str) -> Result<Option<Millis>, Failure> {
        self.get(name)
            .map(|text| {
                seconds(text)
                    .or_else(|| {
                        text.parse::<Timestamp>()
                            .ok()
                            .map(Timestamp::as_millisecond)
                    })
                    .ok_or_else(|| {
                        invalid(name, &format!("cannot parse {text:?} to a valid timestamp"))
                    })
            })
            .transpose()
    }

    /// A length of time: seconds, or a Prometheus duration.
    pub(crate) fn duration(&self, name: &str) -> Result<Option<Millis>, Failure> {
        self.get(name)
            .map(|text| {
                seconds(text)
                    .or_else(|| {
                        let duration = promql_parser::util::parse_duration(text).ok()?;
                        Millis::try_from(duration.as_millis()).ok()
                    })
                    .ok_or_else(|| {
                        invalid(name, &format!("cannot parse {text:?} to a valid duration"))
                    })
            })
            .transpose()
    }
}

/// The failure of one parameter.
pub(crate) fn invalid(name: &str, why: &str) -> Failure {
    Failure::Bad(format!("invalid parameter \"{name}\": {why}"))
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "checked to be finite and small"
)]
fn seconds(text: &str) -> Option<Millis> {
    let value: f64 = text.parse().ok()?;
    (value.is_finite() && value.abs() < 1e12).then(|| (value * 1000.0).round() as Millis)
}

fn decoded(text: &str) -> String {
    let mut bytes = text.bytes();
    let mut out = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || char::from(bytes.next()?).to_digit(16);
                match (digit(), digit()) {
                    (Some(high), Some(low)) => u8::try_from(high * 16 + low).unwrap_or(b'?'),
                    _ => b'?',
                }
            }
            other => other,
        });
    }
    String::from_utf8_lossy(&out).into_owned()
}
