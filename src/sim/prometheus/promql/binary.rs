//! Binary operators: arithmetic, comparison and sets, with Prometheus' vector matching.

use std::collections::BTreeMap;

use promql_parser::parser::token::{
    T_ADD, T_ATAN2, T_DIV, T_EQLC, T_GTE, T_GTR, T_LAND, T_LOR, T_LSS, T_LTE, T_LUNLESS, T_MOD,
    T_MUL, T_NEQ, T_POW, T_SUB, TokenId,
};
use promql_parser::parser::{BinModifier, LabelModifier, VectorMatchCardinality};

use super::value::{Failure, Row, Value, merge};
use crate::sim::prometheus::labels::{Labels, NAME};

/// One operator with its modifiers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operator<'a> {
    pub(crate) id: TokenId,
    pub(crate) modifier: Option<&'a BinModifier>,
}

impl Operator<'_> {
    fn compares(self) -> bool {
        matches!(self.id, T_EQLC | T_NEQ | T_GTR | T_LSS | T_GTE | T_LTE)
    }

    fn as_bool(self) -> bool {
        self.modifier.is_some_and(|modifier| modifier.return_bool)
    }

    /// The result for two values; `None` where a comparison filters. `keep` is what a passing filter returns.
    fn apply(self, left: f64, right: f64, keep: f64) -> Option<f64> {
        if self.compares() {
            #[expect(clippy::float_cmp, reason = "PromQL's == is exact")]
            let holds = match self.id {
                T_EQLC => left == right,
                T_NEQ => left != right,
                T_GTR => left > right,
                T_LSS => left < right,
                T_GTE => left >= right,
                _ => left <= right,
            };
            return match (self.as_bool(), holds) {
                (true, holds) => Some(f64::from(u8::from(holds))),
                (false, true) => Some(keep),
                (false, false) => None,
            };
        }
        Some(match self.id {
            T_ADD => left + right,
            T_SUB => left - right,
            T_MUL => left * right,
            T_DIV => left / right,
            T_MOD => left % right,
            T_POW => left.powf(right),
            T_ATAN2 => left.atan2(right),
            _ => f64::NAN,
        })
    }

    /// The labels by which two vectors match.
    fn signature(self, labels: &Labels) -> Labels {
        match self
            .modifier
            .and_then(|modifier| modifier.matching.as_ref())
        {
            Some(LabelModifier::Include(on)) => {
                labels.keep(|name| on.labels.iter().any(|l| l == name))
            }
            Some(LabelModifier::Exclude(not)) => {
                labels.keep(|name| name != NAME && !not.labels.iter().any(|l| l == name))
            }
            None => labels.unnamed(),
        }
    }
}

/// `left operator right`, both already evaluated.
pub(crate) fn binary(left: Value, right: Value, op: Operator<'_>) -> Result<Value, Failure> {
    match (left, right) {
        (Value::Scalar(left), Value::Scalar(right)) => Ok(Value::Scalar(
            left.into_iter()
                .zip(right)
                .map(|(l, r)| op.apply(l, r, l).unwrap_or(f64::NAN))
                .collect(),
        )),
        (Value::Vector(rows), Value::Scalar(scalar)) => with_scalar(rows, &scalar, op, false),
        (Value::Scalar(scalar), Value::Vector(rows)) => with_scalar(rows, &scalar, op, true),
        (Value::Vector(left), Value::Vector(right)) => Ok(Value::Vector(match op.id {
            T_LAND => filter(left, &right, op, true),
            T_LUNLESS => filter(left, &right, op, false),
            T_LOR => either(left, right, op)?,
            _ => matched(&left, &right, op)?,
        })),
        (Value::Text(_), _) | (_, Value::Text(_)) => Err(Failure::Bad(
            "binary expression must contain only scalar and instant vector types".to_owned(),
        )),
    }
}

fn with_scalar(
    rows: Vec<Row>,
    scalar: &[f64],
    op: Operator<'_>,
    scalar_first: bool,
) -> Result<Value, Failure> {
    let names_stay = op.compares() && !op.as_bool();
    let rows = rows
        .into_iter()
        .map(|row| Row {
            labels: if names_stay {
                row.labels
            } else {
                row.labels.unnamed()
            },
            points: row
                .points
                .into_iter()
                .zip(scalar)
                .map(|(value, scalar)| {
                    let value = value?;
                    if scalar_first {
                        op.apply(*scalar, value, value)
                    } else {
                        op.apply(value, *scalar, value)
                    }
                })
                .collect(),
        })
        .collect();
    merge(rows).map(Value::Vector)
}

/// For each signature, at which steps a row with it has a value.
fn presence(rows: &[Row], op: Operator<'_>) -> BTreeMap<Labels, Vec<bool>> {
    let mut there: BTreeMap<Labels, Vec<bool>> = BTreeMap::new();
    for row in rows {
        let steps = there
            .entry(op.signature(&row.labels))
            .or_insert_with(|| vec![false; row.points.len()]);
        for (step, value) in steps.iter_mut().zip(&row.points) {
            *step |= value.is_some();
        }
    }
    there
}

/// `and` (wanted) and `unless` (not wanted).
fn filter(mut left: Vec<Row>, right: &[Row], op: Operator<'_>, wanted: bool) -> Vec<Row> {
    let there = presence(right, op);
    for row in &mut left {
        match there.get(&op.signature(&row.labels)) {
            Some(steps) => {
                for (value, there) in row.points.iter_mut().zip(steps) {
                    if *there != wanted {
                        *value = None;
                    }
                }
            }
            None if wanted => row.points.fill(None),
            None => {}
        }
    }
    left
}

fn either(mut left: Vec<Row>, right: Vec<Row>, op: Operator<'_>) -> Result<Vec<Row>, Failure> {
    let there = presence(&left, op);
    for mut row in right {
        if let Some(steps) = there.get(&op.signature(&row.labels)) {
            for (value, there) in row.points.iter_mut().zip(steps) {
                if *there {
                    *value = None;
                }
            }
        }
        left.push(row);
    }
    merge(left)
}

fn ambiguous(side: &str) -> Failure {
    Failure::Execution(format!(
        "found duplicate series for the match group on the {side} hand-side of the operation;\
         many-to-many matching not allowed: matching labels must be unique on one side"
    ))
}

/// Fails if two rows of one side have a value at the same step.
fn unique(rows: &[&Row], side: &str) -> Result<(), Failure> {
    let steps = rows.first().map_or(0, |row| row.points.len());
    for step in 0..steps {
        let there = rows
            .iter()
            .filter(|row| row.points.get(step).is_some_and(Option::is_some))
            .count();
        if there > 1 {
            return Err(ambiguous(side));
        }
    }
    Ok(())
}

/// Arithmetic and comparison between two vectors.
fn matched(left: &[Row], right: &[Row], op: Operator<'_>) -> Result<Vec<Row>, Failure> {
    let card = op.modifier.map(|modifier| &modifier.card);
    let (many, one, swapped) = match card {
        Some(VectorMatchCardinality::OneToMany(_)) => (right, left, true),
        _ => (left, right, false),
    };
    let one_to_one = !matches!(
        card,
        Some(VectorMatchCardinality::OneToMany(_) | VectorMatchCardinality::ManyToOne(_))
    );
    let (many_side, one_side) = if swapped {
        ("right", "left")
    } else {
        ("left", "right")
    };
    let mut ones: BTreeMap<Labels, Vec<&Row>> = BTreeMap::new();
    for row in one {
        ones.entry(op.signature(&row.labels)).or_default().push(row);
    }
    let mut manies: BTreeMap<Labels, Vec<&Row>> = BTreeMap::new();
    for row in many {
        manies
            .entry(op.signature(&row.labels))
            .or_default()
            .push(row);
    }
    if !many.is_empty() {
        // Also where nothing on the other side matches, as Prometheus does.
        for rows in ones.values() {
            unique(rows, one_side)?;
        }
    }
    let mut out = Vec::new();
    for (signature, rows) in &manies {
        let Some(partners) = ones.get(signature) else {
            continue;
        };
        if one_to_one {
            unique(rows, many_side)?;
        }
        for row in rows {
            for partner in partners {
                let points: Vec<Option<f64>> = row
                    .points
                    .iter()
                    .zip(&partner.points)
                    .map(|(many, one)| {
                        let (many, one) = ((*many)?, (*one)?);
                        if swapped {
                            op.apply(one, many, one)
                        } else {
                            op.apply(many, one, many)
                        }
                    })
                    .collect();
                if points.iter().any(Option::is_some) {
                    out.push(Row {
                        labels: result_labels(&row.labels, &partner.labels, op, one_to_one),
                        points,
                    });
                }
            }
        }
    }
    merge(out)
}

fn result_labels(many: &Labels, one: &Labels, op: Operator<'_>, one_to_one: bool) -> Labels {
    let named = op.compares() && !op.as_bool();
    let labels = if named { many.clone() } else { many.unnamed() };
    if one_to_one {
        return match op.modifier.and_then(|modifier| modifier.matching.as_ref()) {
            Some(LabelModifier::Include(on)) => {
                labels.keep(|name| on.labels.iter().any(|l| l == name))
            }
            Some(LabelModifier::Exclude(not)) => {
                labels.keep(|name| !not.labels.iter().any(|l| l == name))
            }
            None => labels,
        };
    }
    let include = op.modifier.and_then(|modifier| modifier.card.labels());
    include.map_or(labels.clone(), |include| {
        include
            .labels
            .iter()
            .fold(labels, |labels, name| labels.with(name, one.get(name)))
    })
}
