//! From an approved plan to its outcome. The intent is on disk before the first write; a write whose answer is lost is
//! never sent again, for reading decides.

use tokio::sync::mpsc;

use super::tools::Tools;
use super::verify_flag::{Verified, verify_flag};
use crate::adapters::flagd::{WriteError, Written, set_flag};
use crate::domain::names::OpId;
use crate::domain::plan::{Plan, Step};
use crate::domain::progress::{Happening, Outcome, Progress};
use crate::domain::source::TroubleKind;
use crate::domain::untrusted::Untrusted;
use crate::domain::write::Write;
use crate::engine::approval::Approved;
use crate::journal::{Entry, JournalError, Writer};

/// What reports go through: the journal first, then whoever looks.
pub(super) struct Reports<'a> {
    op: OpId,
    tools: &'a Tools,
    journal: &'a Writer,
    out: &'a mpsc::Sender<Progress>,
}

impl Reports<'_> {
    /// Records and reports what happened.
    pub(super) async fn report(&self, what: Happening) -> Result<(), JournalError> {
        let at = self.tools.clock.now();
        let progress = Progress {
            op: self.op.clone(),
            at,
            what,
        };
        let recorded = self
            .journal
            .record(
                at,
                Entry::Progress {
                    progress: progress.clone(),
                },
            )
            .await;
        // A deck that is gone does not stop an operation.
        let _ = self.out.send(progress).await;
        recorded
    }
}

/// Carries out an approved plan and reports each step. An error means that the record failed: before the intent was on
/// disk nothing was sent; after it, the operation went on and its outcome was reported.
pub async fn carry_out(
    approved: Approved<Plan>,
    tools: &Tools,
    journal: &Writer,
    out: &mpsc::Sender<Progress>,
) -> Result<(), JournalError> {
    let plan = approved.into_inner();
    let reports = Reports {
        op: plan.op.clone(),
        tools,
        journal,
        out,
    };
    // Operation ids are unique: the cluster's audit log and ours join on this one.
    let audit_id = plan.op.as_str().to_owned();
    let intent = Entry::Intent {
        plan: Box::new(plan.clone()),
        audit_id: audit_id.clone(),
    };
    if let Err(error) = journal.record(tools.clock.now(), intent).await {
        let why = Untrusted::new(format!("nothing was changed: {error}"));
        let at = tools.clock.now();
        let what = Happening::Ended(Outcome::Refused { why });
        // A deck that is gone does not need to know.
        let _ = out
            .send(Progress {
                op: plan.op,
                at,
                what,
            })
            .await;
        return Err(error);
    }
    let mut recorded = reports.report(Happening::IntentRecorded).await;
    let mut ended = None;
    for step in &plan.steps {
        let outcome = match step {
            Step::Write(Write::SetFlag(write)) => match tools.clusters.get(&write.cluster) {
                Some(clients) => {
                    match set_flag(clients, write, &plan.op, &audit_id, &tools.manager).await {
                        Ok(Written { resource_version }) => {
                            recorded = recorded.and(
                                reports
                                    .report(Happening::Written { resource_version })
                                    .await,
                            );
                            None
                        }
                        Err(error) => Some(not_written(&error)),
                    }
                }
                None => Some(Outcome::Refused {
                    why: Untrusted::new(format!("no cluster {}", write.cluster)),
                }),
            },
            Step::VerifyFlag {
                place,
                key,
                expect,
                deadline_seconds,
                ..
            } => {
                let wanted = Verified {
                    place,
                    key,
                    expect: *expect,
                    deadline_seconds: *deadline_seconds,
                };
                let (outcome, written_down) = verify_flag(&wanted, tools, &reports).await;
                recorded = recorded.and(written_down);
                Some(outcome)
            }
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
    recorded.and(reports.report(Happening::Ended(outcome)).await)
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
