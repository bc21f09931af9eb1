//! Samples written to a server as it is written to remotely: the only way by which native histograms of a past are its.
//!
//! `prometheus.io/docs/specs/prw/remote_write_spec`, with the fields of prompb/types.proto written by hand: a handful of
//! them needs no library.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};

use crate::http;

/// What a series is at one moment.
#[derive(Debug, Clone)]
pub(crate) enum Sample {
    /// A number.
    Number(f64),
    /// A native histogram.
    Native(Native),
}

/// A native histogram whose buckets are an eighth of an octave wide.
#[derive(Debug, Clone, Default)]
pub(crate) struct Native {
    /// How much was zero.
    pub(crate) zeros: u64,
    /// How much is in each bucket that has any, by its index: that of index 0 ends at 1.
    pub(crate) buckets: BTreeMap<i32, u64>,
}

/// The resolution of [`Native`].
const SCHEMA: i32 = 3;

impl Native {
    /// Observes as client libraries do: a bucket has its upper bound, and not its lower one.
    #[expect(clippy::cast_possible_truncation, reason = "small numbers of a trial")]
    pub(crate) fn observe(&mut self, value: f64, times: u64) {
        if value <= 0.0 {
            self.zeros += times;
        } else {
            let index = (value.log2() * f64::from(1 << SCHEMA)).ceil() as i32;
            *self.buckets.entry(index).or_default() += times;
        }
    }

    fn message(&self, at: i64) -> Vec<u8> {
        let count = self.zeros + self.buckets.values().sum::<u64>();
        let mut out = Message::default();
        out.number(1, count).double(3, 0.0);
        out.number(4, zigzag(i64::from(SCHEMA)));
        out.double(5, 1e-128).number(6, self.zeros);
        // A span for each bucket: the gap to the one before, then how many follow each other.
        let (mut next, mut last) = (0, 0);
        let mut deltas = Vec::new();
        for (&index, &count) in &self.buckets {
            let mut span = Message::default();
            span.number(1, zigzag(i64::from(index - next))).number(2, 1);
            out.bytes(11, &span.0);
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            varint(&mut deltas, zigzag(count - last));
            (next, last) = (index + 1, count);
        }
        out.bytes(12, &deltas).number(15, at.unsigned_abs());
        out.0
    }
}

/// Series in the making.
#[derive(Default)]
pub(crate) struct Written(Message);

impl Written {
    /// One series: its labels, with the name among them, and what it is at times in seconds.
    pub(crate) fn series(&mut self, labels: &[(&str, &str)], samples: &[(i64, Sample)]) {
        let labels: BTreeMap<&str, &str> = labels.iter().copied().collect();
        let mut series = Message::default();
        for (name, value) in labels {
            let mut label = Message::default();
            label.bytes(1, name.as_bytes()).bytes(2, value.as_bytes());
            series.bytes(1, &label.0);
        }
        for (at, sample) in samples {
            let at = at * 1000;
            match sample {
                Sample::Number(value) => {
                    let mut number = Message::default();
                    number.double(1, *value).number(2, at.unsigned_abs());
                    series.bytes(2, &number.0);
                }
                Sample::Native(histogram) => {
                    series.bytes(4, &histogram.message(at));
                }
            }
        }
        self.0.bytes(1, &series.0);
    }

    /// Writes all of it to a server.
    pub(crate) fn send(self, address: &str) -> Result<()> {
        let url = format!("http://{address}/api/v1/write");
        let headers = [
            ("content-type", "application/x-protobuf"),
            ("content-encoding", "snappy"),
            ("x-prometheus-remote-write-version", "0.1.0"),
        ];
        let (status, said) = http::post_bytes(&url, &headers, snappy(&self.0.0))?;
        ensure!(status == 204 || status == 200, "{status}: {said}");
        Ok(())
    }
}

/// A message of protobuf.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn number(&mut self, field: u64, value: u64) -> &mut Self {
        varint(&mut self.0, field << 3);
        varint(&mut self.0, value);
        self
    }

    fn double(&mut self, field: u64, value: f64) -> &mut Self {
        varint(&mut self.0, field << 3 | 1);
        self.0.extend(value.to_le_bytes());
        self
    }

    fn bytes(&mut self, field: u64, value: &[u8]) -> &mut Self {
        varint(&mut self.0, field << 3 | 2);
        varint(&mut self.0, value.len() as u64);
        self.0.extend(value);
        self
    }
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value > 0x7f {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

fn zigzag(value: i64) -> u64 {
    (value.unsigned_abs() << 1).wrapping_sub(u64::from(value < 0))
}

/// In the block format of snappy (google/snappy `format_description.txt`), all as literals.
fn snappy(plain: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    varint(&mut out, plain.len() as u64);
    for part in plain.chunks(1 << 16) {
        // A literal whose length less one is in the two bytes that follow.
        out.push(61 << 2);
        let less = (part.len() - 1).to_le_bytes();
        out.extend(less.get(..2).unwrap_or(&[]));
        out.extend(part);
    }
    out
}
