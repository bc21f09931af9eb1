//! The query language: parsed by `promql-parser`, evaluated here over all steps of a query at once.
//!
//! A broad subset with Prometheus' semantics; what is not served is answered with an execution error, never guessed.

mod aggregate;
mod binary;
mod functions;
mod range;
mod select;
mod value;

#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::collections::BTreeMap;

use promql_parser::label::MatchOp;
use promql_parser::parser::token::T_SUB;
use promql_parser::parser::{self, AggregateExpr, Call, Expr, SubqueryExpr, VectorSelector};

pub(crate) use select::matching;
pub(crate) use value::{Failure, Grid, Row, Value, Windows};

use super::labels::{Labels, NAME};
use super::tsdb::{Millis, Tsdb};

/// The step of a subquery that names none: the usual evaluation interval.
const SUBQUERY_STEP: Millis = 60_000;

/// Parses a query.
pub(crate) fn parse(query: &str) -> Result<Expr, Failure> {
    parser::parse(query)
        .map_err(|error| Failure::Bad(format!("invalid parameter \"query\": {error}")))
}

/// Evaluates a parsed query at every moment of `grid`.
pub(crate) fn evaluate(tsdb: &Tsdb, expr: &Expr, grid: Grid) -> Result<Value, Failure> {
    let evaluation = Evaluation::of(tsdb, grid);
    let mut value = evaluation.value(expr, grid)?;
    if let Value::Vector(rows) = &mut value {
        rows.retain(|row| row.points.iter().any(Option::is_some));
    }
    Ok(value)
}

/// The raw samples of a range expression at one moment, as an instant query answers it.
pub(crate) fn raw(tsdb: &Tsdb, expr: &Expr, at: Millis) -> Result<Option<Vec<Windows>>, Failure> {
    let grid = Grid::instant(at);
    let evaluation = Evaluation::of(tsdb, grid);
    if matches!(strip(expr), Expr::MatrixSelector(_) | Expr::Subquery(_)) {
        let (rows, ..) = evaluation.windows(expr, grid)?;
        return Ok(Some(rows));
    }
    Ok(None)
}

fn strip(expr: &Expr) -> &Expr {
    if let Expr::Paren(inner) = expr {
        strip(&inner.expr)
    } else {
        expr
    }
}

struct Evaluation<'a> {
    tsdb: &'a Tsdb,
    /// The query's own grid: what `@ start()` and `@ end()` mean.
    whole: Grid,
    /// What calls and aggregations were worth, by text and grid: queries for whole counts name the same ones many times.
    known: RefCell<BTreeMap<(String, Grid), Value>>,
}

#[expect(
    clippy::cast_precision_loss,
    reason = "times of day are far below 2^52 ms"
)]
fn seconds(at: Millis) -> f64 {
    at as f64 / 1000.0
}

impl<'a> Evaluation<'a> {
    fn of(tsdb: &'a Tsdb, whole: Grid) -> Self {
        Self {
            tsdb,
            whole,
            known: RefCell::default(),
        }
    }

    fn value(&self, expr: &Expr, grid: Grid) -> Result<Value, Failure> {
        if !matches!(expr, Expr::Aggregate(_) | Expr::Call(_)) {
            return self.fresh(expr, grid);
        }
        let key = (expr.to_string(), grid);
        let known = self.known.borrow().get(&key).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let value = self.fresh(expr, grid)?;
        self.known.borrow_mut().insert(key, value.clone());
        Ok(value)
    }

    fn fresh(&self, expr: &Expr, grid: Grid) -> Result<Value, Failure> {
        match expr {
            Expr::Paren(inner) => self.value(&inner.expr, grid),
            Expr::NumberLiteral(number) => Ok(Value::Scalar(vec![number.val; grid.count])),
            Expr::StringLiteral(text) => Ok(Value::Text(text.val.clone())),
            Expr::VectorSelector(selector) => Ok(Value::Vector(select::instant(
                self.tsdb,
                selector,
                grid,
                self.whole,
                |_, value| value,
            ))),
            Expr::Unary(unary) => {
                // The parser makes unary expressions only of minus; plus is dropped.
                let negative = binary::Operator { id: T_SUB, modifier: None };
                let value = self.value(&unary.expr, grid)?;
                binary::binary(Value::Scalar(vec![0.0; grid.count]), value, negative)
            }
            Expr::Binary(operation) => binary::binary(
                self.value(&operation.lhs, grid)?,
                self.value(&operation.rhs, grid)?,
                binary::Operator {
                    id: operation.op.id(),
                    modifier: operation.modifier.as_ref(),
                },
            ),
            Expr::Aggregate(aggregation) => self.aggregate(aggregation, grid),
            Expr::Call(call) => self.call(call, grid),
            Expr::MatrixSelector(_) | Expr::Subquery(_) => Err(Failure::Bad(
                "invalid expression type \"range vector\" for range query, must be Scalar or instant Vector"
                    .to_owned(),
            )),
            Expr::Extension(_) => Err(Failure::Bad("extensions are not served".to_owned())),
        }
    }

    fn vector(&self, expr: &Expr, grid: Grid) -> Result<Vec<Row>, Failure> {
        match self.value(expr, grid)? {
            Value::Vector(rows) => Ok(rows),
            Value::Scalar(_) | Value::Text(_) => {
                Err(Failure::Bad("expected type instant vector".to_owned()))
            }
        }
    }

    fn scalar(&self, expr: &Expr, grid: Grid) -> Result<Vec<f64>, Failure> {
        match self.value(expr, grid)? {
            Value::Scalar(values) => Ok(values),
            Value::Vector(_) | Value::Text(_) => {
                Err(Failure::Bad("expected type scalar".to_owned()))
            }
        }
    }

    fn aggregate(&self, aggregation: &AggregateExpr, grid: Grid) -> Result<Value, Failure> {
        let parameter = match &aggregation.param {
            Some(expr) => Some(self.scalar(expr, grid)?),
            None => None,
        };
        aggregate::aggregate(
            aggregation.op.id(),
            self.vector(&aggregation.expr, grid)?,
            aggregation.modifier.as_ref(),
            parameter.as_deref(),
            grid.count,
        )
        .map(Value::Vector)
    }

    /// A range expression: windows, the moments at which they end, their length.
    fn windows(
        &self,
        expr: &Expr,
        grid: Grid,
    ) -> Result<(Vec<Windows>, Vec<Millis>, Millis), Failure> {
        let expr = strip(expr);
        if let Expr::MatrixSelector(selector) = expr {
            let range = select::millis(selector.range);
            let (rows, looks) = select::range(self.tsdb, &selector.vs, range, grid, self.whole);
            Ok((rows, looks, range))
        } else if let Expr::Subquery(subquery) = expr {
            self.subquery(subquery, grid)
        } else {
            Err(Failure::Bad("expected type range vector".to_owned()))
        }
    }

    fn subquery(
        &self,
        subquery: &SubqueryExpr,
        grid: Grid,
    ) -> Result<(Vec<Windows>, Vec<Millis>, Millis), Failure> {
        let range = select::millis(subquery.range);
        let step = subquery.step.map_or(SUBQUERY_STEP, select::millis).max(1);
        let looks = select::looks(
            grid,
            self.whole,
            subquery.at.as_ref(),
            subquery.offset.as_ref(),
        );
        let (Some(first), Some(last)) = (looks.iter().min(), looks.iter().max()) else {
            return Ok((Vec::new(), looks, range));
        };
        // Inner steps are multiples of the step, as in Prometheus, and open on the left.
        let start = (first - range).div_euclid(step) * step + step;
        let inner = Grid::range(start, *last, step);
        let rows = self
            .vector(&subquery.expr, inner)?
            .into_iter()
            .map(|row| {
                let samples = inner
                    .times()
                    .zip(&row.points)
                    .filter_map(|(at, value)| Some((at, (*value)?)))
                    .collect();
                select::windows(row.labels, samples, &looks, range)
            })
            .collect();
        Ok((rows, looks, range))
    }

    fn call(&self, call: &Call, grid: Grid) -> Result<Value, Failure> {
        let name = call.func.name;
        let args: Vec<&Expr> = call.args.args.iter().map(AsRef::as_ref).collect();
        if name == "absent_over_time" {
            let [expr] = args.as_slice() else {
                return Err(arity(name));
            };
            let (windows, looks, range) = self.windows(expr, grid)?;
            let rows = range::over("present_over_time", windows, &looks, range, &[])?;
            return Ok(Value::Vector(functions::absent(
                &rows,
                asked_labels(expr),
                grid.count,
            )));
        }
        if range::takes_range(name) {
            let (parameter, expr) = match args.as_slice() {
                [expr] => (Vec::new(), expr),
                [parameter, expr] => (self.scalar(parameter, grid)?, expr),
                _ => return Err(arity(name)),
            };
            let (windows, looks, range) = self.windows(expr, grid)?;
            return range::over(name, windows, &looks, range, &parameter).map(Value::Vector);
        }
        if let Some(change) = functions::plain(name) {
            let [expr] = args.as_slice() else {
                return Err(arity(name));
            };
            return functions::map(self.vector(expr, grid)?, |_, value| change(value));
        }
        self.special(name, &args, grid)
    }

    fn special(&self, name: &str, args: &[&Expr], grid: Grid) -> Result<Value, Failure> {
        let texts = |exprs: &[&Expr]| -> Result<Vec<String>, Failure> {
            exprs
                .iter()
                .map(|expr| match self.value(expr, grid)? {
                    Value::Text(text) => Ok(text),
                    Value::Scalar(_) | Value::Vector(_) => {
                        Err(Failure::Bad("expected type string".to_owned()))
                    }
                })
                .collect()
        };
        let number = |values: &[f64], step: usize| values.get(step).copied().unwrap_or(f64::NAN);
        match (name, args) {
            ("time", []) => Ok(Value::Scalar(grid.times().map(seconds).collect())),
            ("timestamp", [expr]) => self.timestamp(expr, grid),
            ("scalar", [expr]) => Ok(Value::Scalar(functions::scalar(
                &self.vector(expr, grid)?,
                grid.count,
            ))),
            ("vector", [expr]) => Ok(Value::Vector(vec![Row {
                labels: Labels::default(),
                points: self.scalar(expr, grid)?.into_iter().map(Some).collect(),
            }])),
            ("absent", [expr]) => Ok(Value::Vector(functions::absent(
                &self.vector(expr, grid)?,
                asked_labels(expr),
                grid.count,
            ))),
            // Order is the API's: a vector is answered sorted by labels.
            ("sort" | "sort_desc", [expr]) => self.value(expr, grid),
            ("round", [expr]) => {
                functions::map(self.vector(expr, grid)?, |_, value| (value + 0.5).floor())
            }
            ("round", [expr, to]) => {
                let to = self.scalar(to, grid)?;
                functions::map(self.vector(expr, grid)?, |step, value| {
                    let inverse = 1.0 / number(&to, step);
                    (value * inverse + 0.5).floor() / inverse
                })
            }
            ("clamp", [expr, low, high]) => {
                let (low, high) = (self.scalar(low, grid)?, self.scalar(high, grid)?);
                functions::map(self.vector(expr, grid)?, |step, value| {
                    value.max(number(&low, step)).min(number(&high, step))
                })
            }
            ("clamp_min", [expr, low]) => {
                let low = self.scalar(low, grid)?;
                functions::map(self.vector(expr, grid)?, |step, value| {
                    value.max(number(&low, step))
                })
            }
            ("clamp_max", [expr, high]) => {
                let high = self.scalar(high, grid)?;
                functions::map(self.vector(expr, grid)?, |step, value| {
                    value.min(number(&high, step))
                })
            }
            ("histogram_quantile", [q, expr]) => {
                functions::histogram_quantile(&self.scalar(q, grid)?, self.vector(expr, grid)?)
            }
            ("label_replace", [expr, rest @ ..]) => {
                functions::label_replace(self.vector(expr, grid)?, &texts(rest)?)
            }
            ("label_join", [expr, rest @ ..]) => {
                functions::label_join(self.vector(expr, grid)?, &texts(rest)?)
            }
            _ => Err(Failure::Execution(format!(
                "function {name} is not served by this Prometheus"
            ))),
        }
    }

    /// `timestamp(selector)` is the sample's own time; of anything else it is the step's.
    fn timestamp(&self, expr: &Expr, grid: Grid) -> Result<Value, Failure> {
        if let Expr::VectorSelector(selector) = strip(expr) {
            let rows = select::instant(self.tsdb, selector, grid, self.whole, |time, _| {
                seconds(time)
            });
            return functions::map(rows, |_, value| value);
        }
        let times: Vec<f64> = grid.times().map(seconds).collect();
        functions::map(self.vector(expr, grid)?, |step, _| {
            times.get(step).copied().unwrap_or(f64::NAN)
        })
    }
}

fn arity(name: &str) -> Failure {
    Failure::Bad(format!("wrong number of arguments in call to '{name}'"))
}

/// The labels that `absent` can know: those that the selector asks for exactly.
fn asked_labels(expr: &Expr) -> Labels {
    let expr = strip(expr);
    let selector: &VectorSelector = if let Expr::VectorSelector(selector) = expr {
        selector
    } else if let Expr::MatrixSelector(selector) = expr {
        &selector.vs
    } else {
        return Labels::default();
    };
    let pairs: Vec<(&str, &str)> = selector
        .matchers
        .matchers
        .iter()
        .filter(|matcher| matches!(matcher.op, MatchOp::Equal) && matcher.name != NAME)
        .map(|matcher| (matcher.name.as_str(), matcher.value.as_str()))
        .collect();
    Labels::of(&pairs)
}
