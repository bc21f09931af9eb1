//! A plan as text, for a person who reads it before it is carried out, and after.

use std::fmt::Write as _;

use crate::cli::wire::flag::Planned;
use crate::domain::plan::Plan;
use crate::view::words::operation::{done, intent as order, touches};

/// A labelled line.
pub(super) fn entry(out: &mut String, label: &str, line: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "  {label:<9}{line}");
}

/// The plan for a person.
pub(super) fn text(plan: &Plan) -> String {
    let planned = Planned::of(plan);
    let by = planned
        .by
        .as_deref()
        .unwrap_or("somebody the cluster does not name");
    let mut out = format!("{}, as {by} ({})\n", order(&plan.intent), planned.operation);
    if let (Some(object), Some(from)) = (&planned.object, planned.from) {
        let (from, to) = (from.as_str(), planned.to.as_str());
        entry(
            &mut out,
            "changes",
            &format!("{object}: state {from} -> {to}"),
        );
    }
    entry(&mut out, "touches", &touches(&plan.blast));
    if let Some(owner) = &planned.owner {
        let line = format!("{owner} writes this object and may revert it");
        entry(&mut out, "owned", &line);
    }
    for (at, asked) in planned.permissions.iter().enumerate() {
        let why = asked
            .why
            .as_ref()
            .map_or_else(String::new, |why| format!(" ({why})"));
        let answer = asked.answer.replace('_', " ");
        let line = format!("{answer}: {}{why}", asked.permission);
        entry(&mut out, if at == 0 { "allowed" } else { "" }, &line);
    }
    entry(&mut out, "done", &done(plan));
    entry(&mut out, "reason", &planned.reason);
    out
}
