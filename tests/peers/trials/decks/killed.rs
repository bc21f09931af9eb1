//! The first action end to end: the advised flag is switched off from the deck, on the real cluster.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use flightdeck::app::event::Event;
use flightdeck::app::state::{Operation, PlanView};
use flightdeck::domain::environment::{Environment, Place};
use flightdeck::domain::flag::FlagState;
use flightdeck::domain::names::{FlagKey, ServiceName};
use flightdeck::domain::plan::Intent;
use flightdeck::domain::progress::{Happening, Outcome};
use flightdeck::domain::untrusted::Untrusted;
use flightdeck::journal::{Entry, verify};
use flightdeck::sim::scenario::Headline;

use super::{FLAG, Story};
use crate::look::Look as _;
use crate::wait::{PATIENCE, until};

/// How long after the confirmation the flag must be evaluated as disabled.
const WITHIN: Duration = Duration::from_secs(5);

const REASON: &str = "payments fail on canary";

/// Plans, confirms, and waits until it is evaluated so, verified, and seen to help.
pub(super) fn by(story: &Story<'_>) -> Result<()> {
    let place = Place::new(
        ServiceName::parse(story.night.script.service)?,
        Environment::Canary,
    );
    let intent = Intent::SetFlag {
        place,
        key: FlagKey::parse(FLAG)?,
        to: FlagState::Disabled,
        undoes: None,
    };
    let at = story.night.world.running.now();
    story.deck.happens(Event::Wanted { intent, at })?;
    let (plan, _) = until("the plan and its dry run", PATIENCE, || {
        let seen = story.deck.look()?;
        let plan = seen
            .state
            .plan()
            .with_context(|| format!("{:?}", seen.state.ui.overlays))?;
        let answered = plan.dry_run.is_some();
        Ok(answered.then(|| PlanView::clone(plan)))
    })?;
    ensure!(plan.dry_run == Some(Ok(())), "{plan:#?}");

    let at = story.night.world.running.now();
    let reason = Untrusted::from(REASON);
    story.deck.happens(Event::Ordered { reason, at })?;
    let canary = story.night.estate.canary();
    until("the flag is evaluated as disabled", WITHIN, || {
        let (status, body) = canary.evaluator.evaluate(FLAG)?;
        Ok((status == 200 && body.text("/reason") == "DISABLED").then_some(()))
    })?;
    // The world's services ask the world's own flagd: they do what the real one says.
    let patch = serde_json::json!({ "spec": { "flagSpec": { "flags": { FLAG: { "state": "DISABLED" } } } } });
    let patch = patch.to_string();
    story.night.world.kubectl(
        "alice",
        &["patch", "ff", "flags", "--type=merge", "-p", &patch],
    )?;

    let (done, _) = until("the operation's outcome", PATIENCE, || {
        let seen = story.deck.look()?;
        let done = seen.state.operation(&plan.plan.op).cloned();
        Ok(done.filter(|done| done.outcome.is_some()))
    })?;
    ensure!(
        done.outcome == Some(Outcome::Verified { instances: 1 }),
        "{done:#?}"
    );
    audited(story, &done)?;
    until("canary is seen to recover", PATIENCE, || {
        let found = story
            .deck
            .concludes(story.night.script.service)?
            .context("the deck reads")?;
        ensure!(found.headline == Headline::Recovered, "{}", found.said);
        Ok(Some(()))
    })
    .with_context(|| story.night.told(&story.deck))
    .map(drop)
}

/// The cluster's own audit log knows who it was, by the id that the journal has.
fn audited(story: &Story<'_>, done: &Operation) -> Result<()> {
    let records = story.night.estate.canary().cluster.audit()?;
    let ours = records
        .iter()
        .filter(|record| record.text("/auditID") == done.plan.op.as_str());
    let ours: Vec<_> = ours
        .filter(|record| record.text("/objectRef/resource") == "featureflags")
        .collect();
    ensure!(!ours.is_empty(), "no record of {}", done.plan.op);
    for record in ours {
        ensure!(
            record.text("/user/username") == "alice" && record.text("/verb") == "patch",
            "{record}"
        );
    }
    Ok(())
}

/// The journal is whole: opened, intent before the write, each step, the outcome, all in one chain.
pub(super) fn on_record(story: Story<'_>) -> Result<()> {
    let folder = story.night.folder.join("journal");
    story.deck.stop()?;
    let mut files = std::fs::read_dir(&folder)?.collect::<std::io::Result<Vec<_>>>()?;
    files.retain(|file| file.file_type().is_ok_and(|kind| kind.is_file()));
    let [file] = files.as_slice() else {
        anyhow::bail!("one session, and {} files", files.len());
    };
    let text = std::fs::read_to_string(file.path())?;
    let found = verify(&text);
    ensure!(found.broken_at.is_none() && !found.torn, "{found:#?}");
    let mut words: Vec<&str> = found
        .records
        .iter()
        .map(|record| word(&record.entry))
        .collect();
    // Instances are asked until all of them answer as wanted.
    words.dedup();
    ensure!(
        words
            == [
                "opened",
                "intent",
                "intent recorded",
                "written",
                "evaluated",
                "ended: verified"
            ],
        "{words:?}"
    );
    let reason = found.records.iter().find_map(|record| match &record.entry {
        Entry::Intent { plan, .. } => Some(plan.reason.raw().to_owned()),
        Entry::Opened { .. }
        | Entry::Incident { .. }
        | Entry::Progress { .. }
        | Entry::Closed { .. } => None,
    });
    ensure!(reason.as_deref() == Some(REASON), "{reason:?}");
    // An edit shows.
    let forged = verify(&text.replace(REASON, "all is well with canary"));
    ensure!(forged.broken_at == Some(2), "{forged:#?}");
    Ok(())
}

fn word(entry: &Entry) -> &'static str {
    match entry {
        Entry::Opened { .. } => "opened",
        Entry::Intent { .. } => "intent",
        Entry::Closed { .. } => "closed",
        Entry::Incident { .. } => "incident",
        Entry::Progress { progress } => match &progress.what {
            Happening::IntentRecorded => "intent recorded",
            Happening::Unanswered { .. } => "unanswered",
            Happening::Written { .. } => "written",
            Happening::Evaluated { .. } => "evaluated",
            Happening::Ended(Outcome::Verified { .. }) => "ended: verified",
            Happening::Ended(_) => "ended otherwise",
        },
    }
}
