//! From an approved plan to its outcome. The intent is on disk before the first write; a write whose answer is lost is
//! never sent again, for reading decides.

use tokio::sync::mpsc;

use super::look::{Found, settle};
use super::read_after::not_yet;
use super::tools::Tools;
use super::verify_flag::verify_flag;
use crate::adapters::flagd::{WriteError, Written, set_flag};
use crate::domain::names::OpId;
use crate::domain::plan::{Plan, Step};
use crate::domain::progress::{Happening, Outcome, Progress};
use crate::domain::source::TroubleKind;
use crate::domain::untrusted::Untrusted;
use crate::domain::write::{SetFlag, Write};
use crate::engine::approval::Approved;
use crate::journal::{Entry, JournalError, Writer};

/// What an operation tells while it runs.
#[derive(Debug)]
pub enum Told {
    /// What happened.
    Progress(Progress),
    /// It could not be recorded: nothing new may be begun. What runs goes on, for it can't be called back.
    NotRecorded(JournalError),
}

/// What reports go through: the journal first, then whoever looks.
pub(super) struct Reports<'a> {
    op: OpId,
    tools: &'a Tools,
    journal: &'a Writer,
    out: &'a mpsc::Sender<Told>,
}

impl Reports<'_> {
    /// Records and reports what happened.
    pub(super) async fn report(&self, what: Happening) {
        let at = self.tools.clock.now();
        let progress = Progress {
            op: self.op.clone(),
            at,
            what,
        };
        let entry = Entry::Progress {
            progress: progress.clone(),
        };
        let recorded = self.journal.record(at, entry).await;
        // Before the report, which may be the last that a run waits for.
        if let Err(error) = recorded {
            self.tell(Told::NotRecorded(error)).await;
        }
        self.tell(Told::Progress(progress)).await;
    }

    async fn tell(&self, told: Told) {
        // A deck that is gone does not stop an operation.
        let _ = self.out.send(told).await;
    }
}

/// Carries out an approved plan and tells each step. Where the intent can't be recorded nothing is sent; where a later
/// record fails the operation goes on, and its outcome is told.
pub async fn carry_out(
    approved: Approved<Plan>,
    tools: &Tools,
    journal: &Writer,
    out: &mpsc::Sender<Told>,
) {
    let plan = approved.into_inner();
    let reports = Reports {
        op: plan.op.clone(),
        tools,
        journal,
        out,
    };
    let intent = Entry::Intent {
        plan: Box::new(plan.clone()),
        audit_id: audit_id(&plan),
    };
    if let Err(error) = journal.record(tools.clock.now(), intent).await {
        let why = Untrusted::new(error.to_string());
        let ended = Progress {
            op: plan.op,
            at: tools.clock.now(),
            what: Happening::Ended(Outcome::Refused { why }),
        };
        reports.tell(Told::NotRecorded(error)).await;
        reports.tell(Told::Progress(ended)).await;
        return;
    }
    reports.report(Happening::IntentRecorded).await;
    let mut ended = None;
    for step in &plan.steps {
        let outcome = match step {
            Step::Write(Write::SetFlag(write)) => change(write, &plan, &reports).await,
            Step::VerifyFlag(wanted) => Some(verify_flag(wanted, tools, Some(&reports)).await),
        };
        if let Some(outcome) = outcome {
            ended = Some(outcome);
            break;
        }
    }
    let outcome = ended.unwrap_or(Outcome::Unverified {
        as_wanted: 0,
        of: 0,
        why: Untrusted::from("the plan has no step that verifies"),
    });
    reports.report(Happening::Ended(outcome)).await;
}

/// Operation ids are unique: the cluster's audit log and ours join on this one.
fn audit_id(plan: &Plan) -> String {
    plan.op.as_str().to_owned()
}

/// Sends the change, once. Where no clear answer comes the object is read: what stands there is verified like any change.
async fn change(write: &SetFlag, plan: &Plan, reports: &Reports<'_>) -> Option<Outcome> {
    let tools = reports.tools;
    let Some(clients) = tools.clusters.get(&write.cluster) else {
        return Some(Outcome::Refused {
            why: Untrusted::new(format!("no cluster {}", write.cluster)),
        });
    };
    let sent = set_flag(clients, write, &plan.op, &audit_id(plan), &tools.manager).await;
    let resource_version = match sent {
        Ok(Written { resource_version }) => resource_version,
        Err(WriteError::Unknown { why }) => {
            let why = why.message;
            reports
                .report(Happening::Unanswered { why: why.clone() })
                .await;
            match settle(write, tools).await {
                Found::Written { resource_version } => resource_version,
                Found::Never { instead } => return Some(Outcome::Changed { found: instead }),
                Found::AsBefore { now } => return Some(not_yet(plan, &now)),
                Found::Unread { why: unread } => {
                    let both = format!("{}; then {}", why.raw(), unread.raw());
                    return Some(Outcome::Unknown {
                        why: Untrusted::new(both),
                    });
                }
            }
        }
        Err(error) => return Some(not_written(&error)),
    };
    reports
        .report(Happening::Written { resource_version })
        .await;
    None
}

/// What a write that did not succeed means.
fn not_written(error: &WriteError) -> Outcome {
    let said = Untrusted::new(error.to_string());
    match error {
        WriteError::Refused { why } if why.kind == TroubleKind::Forbidden => Outcome::Forbidden {
            why: why.message.clone(),
        },
        WriteError::OtherCluster { .. }
        | WriteError::Refused { .. }
        | WriteError::NotSent { .. } => Outcome::Refused { why: said },
        WriteError::Changed { found } => Outcome::Changed {
            found: found
                .as_ref()
                .map_or(Untrusted::from("the object is gone"), |found| {
                    let state = found
                        .state
                        .map_or("gone", crate::domain::flag::FlagState::as_str);
                    let by = found
                        .changed
                        .as_ref()
                        .map(|c| format!(", changed by {}", c.by.shown()));
                    let version = &found.resource_version;
                    Untrusted::new(format!(
                        "the flag is {state} at resource version {version}{}",
                        by.unwrap_or_default()
                    ))
                }),
        },
        WriteError::Unknown { .. } => Outcome::Unknown { why: said },
    }
}
