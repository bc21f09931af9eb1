//! `flightdeck flag disable|enable`: the plan; and with `--yes` and `--reason` its execution, up to its outcome.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::anyhow;

use crate::app::event::Event;
use crate::app::state::{Complaint, Mode, Overlay, PlanView, State};
use crate::cli::exit::{Exit, Failure};
use crate::cli::say::{self, Output};
use crate::cli::session;
use crate::cli::status::of_trouble;
use crate::cli::wire::decide::Outcome;
use crate::cli::wire::flag::{Change, Happened, Planned, Refused};
use crate::cli::wire::print_schema;
use crate::domain::environment::Place;
use crate::domain::flag::FlagState;
use crate::domain::names::FlagKey;
use crate::domain::plan::{Intent, Plan};
use crate::domain::source::{SourceId, SourceState};
use crate::domain::untrusted::{Untrusted, shown};
use crate::engine::planner::Refusal;
use crate::shell::clock::Time;
use crate::shell::flight::{Flight, How, Keeps};
use crate::shell::headless::{Ended, is_read, is_ready_for_flags, until};
use crate::view::words::operation::intent as order;
use crate::view::words::refusal::complaint;
use crate::view::words::time::clock;

use super::told::{entry, text};
use super::{Answer, Where, place, without_metrics};

/// What an operation may take beyond the time that its instances are given.
const BEYOND: Duration = Duration::from_secs(60);

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The flag's key.
    #[arg(required_unless_present = "schema")]
    flag: Option<String>,
    /// The service.
    #[arg(long, required_unless_present = "schema")]
    service: Option<String>,
    /// The environment.
    #[arg(long, value_enum, required_unless_present = "schema")]
    environment: Option<Where>,
    /// Why: it is recorded with the change.
    #[arg(long, value_parser = reason)]
    reason: Option<String>,
    /// Carry the plan out. Without it the plan is printed, and nothing is changed.
    #[arg(long, requires = "reason")]
    yes: bool,
    #[command(flatten)]
    answer: Answer,
}

/// A reason says something.
fn reason(written: &str) -> Result<String, String> {
    match written.trim() {
        "" => Err("a few words that a colleague understands tomorrow would be right".to_owned()),
        said => Ok(said.to_owned()),
    }
}

pub(super) async fn run(
    config: Option<PathBuf>,
    args: Args,
    to: FlagState,
) -> Result<Exit, Failure> {
    if args.answer.schema {
        return print_schema::<Change>();
    }
    let mut settings = session::configured(config)?.settings;
    let service = session::only(&mut settings, args.service.as_deref().unwrap_or_default())?;
    let Some(environment) = args.environment else {
        return Err(Failure::usage(anyhow!("--environment is missing")));
    };
    let place = place(&settings, &service, environment.into())?;
    let key = FlagKey::parse(args.flag.as_deref().unwrap_or_default()).map_err(Failure::usage)?;
    let time = Time::of(settings.clock);
    let logbook = if args.yes {
        // An order waits for nothing that it does not need, and loads nothing that may be in trouble.
        without_metrics(&mut settings);
        session::keeps(&session::directory(None)?)
    } else {
        session::log();
        Keeps::Nothing
    };
    let how = How {
        mode: Mode::Live,
        seed: session::seed(&time),
        logbook,
        time,
    };
    let flight = Flight::start(&settings, how).map_err(Failure::usage)?;
    let mut job = Job {
        flight,
        output: args.answer.output,
        wait: args.answer.wait(),
        intent: Intent::SetFlag {
            place,
            key,
            to,
            undoes: None,
        },
    };
    let ordered = args.reason.filter(|_| args.yes);
    let done = job.run(ordered).await;
    job.flight.stop().await;
    let (change, exit) = done?;
    if args.answer.output == Output::Json {
        say::json(&change)?;
    }
    Ok(exit)
}

struct Job {
    flight: Flight,
    output: Output,
    /// How long sources may take.
    wait: Duration,
    intent: Intent,
}

impl Job {
    async fn run(&mut self, ordered: Option<String>) -> Result<(Change, Exit), Failure> {
        let place = self.intent.place().clone();
        let only_looks = ordered.is_none();
        let ready = |state: &State| {
            // A plan that is only shown says what share of the traffic it touches.
            let whole = !only_looks || state.world.services.values().all(is_read);
            (whole && is_ready_for_flags(state, &place)).then_some(())
        };
        until(&mut self.flight, self.wait, ready).await?;
        self.left_open()?;
        self.fold(Event::Tick {
            now: self.flight.now(),
        });
        self.fold(Event::Wanted {
            intent: self.intent.clone(),
            at: self.flight.now(),
        });
        let plan = match self.flight.state()?.ui.overlays.last() {
            Some(Overlay::Plan(view)) => view.plan.clone(),
            Some(Overlay::Refused { refusal, .. }) => {
                let refusal = refusal.clone();
                return self.refused(&refusal);
            }
            Some(Overlay::Help { .. } | Overlay::Palette { .. } | Overlay::Incident(_)) | None => {
                return Err(anyhow!("no plan was made, and no reason given").into());
            }
        };
        match ordered {
            None => self.show(&plan).await,
            Some(reason) => self.order(reason, plan).await,
        }
    }

    fn fold(&mut self, event: Event) {
        // There is no screen that could be asked for something.
        let _ = self.flight.fold(event);
    }

    fn say(&self, text: &str) -> anyhow::Result<()> {
        match self.output {
            Output::Text => say::out(text),
            Output::Json => Ok(()),
        }
    }

    /// Tells of operations that an earlier run left open, and of records that can't be trusted.
    fn left_open(&self) -> anyhow::Result<()> {
        let ops = &self.flight.state()?.ops;
        for damage in &ops.damaged {
            say::note(&format!("flightdeck: {}", shown(damage)));
        }
        for left in &ops.interrupted {
            let plan = &left.op.plan;
            say::note(&format!(
                "flightdeck: an earlier run left {} open ({}); the deck offers to verify it",
                plan.op,
                order(&plan.intent)
            ));
        }
        Ok(())
    }

    fn refused(&self, refusal: &Refusal) -> Result<(Change, Exit), Failure> {
        let exit = self.exit_of(refusal)?;
        let refused = Refused::of(refusal);
        match exit {
            Exit::Ok => self.say(&format!("{} Nothing was changed.\n", refused.text))?,
            Exit::No | Exit::Usage | Exit::Unreachable | Exit::Forbidden | Exit::Unknown => {
                say::note(&format!(
                    "flightdeck: no plan: {} Nothing was changed.",
                    refused.text
                ));
            }
        }
        Ok((change(None, Some(refused)), exit))
    }

    fn exit_of(&self, refusal: &Refusal) -> anyhow::Result<Exit> {
        Ok(match refusal {
            // What was wanted is so already.
            Refusal::Already { .. } => Exit::Ok,
            Refusal::NoEnvironment(_) | Refusal::NoSuchFlag { .. } => Exit::Usage,
            Refusal::Denied(_) => Exit::Forbidden,
            Refusal::FlagsUnknown(place) | Refusal::FlagsStale { place, .. } => {
                self.of_source(&SourceId::Flags(place.clone()))?
            }
            Refusal::ClusterUnknown => {
                let cluster = self.cluster()?.map(SourceId::Kubernetes);
                cluster.map_or(Ok(Exit::Unreachable), |id| self.of_source(&id))?
            }
            Refusal::ReadOnly { .. }
            | Refusal::OtherCluster { .. }
            | Refusal::ChangedSince { .. }
            | Refusal::OwnChangeUnseen { .. }
            | Refusal::NothingToUndo
            | Refusal::NothingAdvised
            | Refusal::ByHand
            | Refusal::Busy(_) => Exit::No,
        })
    }

    fn cluster(&self) -> anyhow::Result<Option<crate::domain::names::ClusterName>> {
        let Place {
            service,
            environment,
        } = self.intent.place();
        let service = self.flight.state()?.world.services.get(service);
        let known = service.and_then(|s| s.evidence.environments.get(environment));
        Ok(known.map(|known| known.cluster.clone()))
    }

    fn of_source(&self, source: &SourceId) -> anyhow::Result<Exit> {
        Ok(match self.flight.state()?.world.sources.get(source) {
            Some(SourceState::Failing { trouble, .. }) => {
                say::note(&format!("flightdeck: {}", trouble.message.shown()));
                of_trouble(trouble.kind)
            }
            Some(SourceState::Reading { .. } | SourceState::Live { .. }) | None => {
                Exit::Unreachable
            }
        })
    }

    /// The plan, and what would have to be said to carry it out.
    async fn show(&mut self, plan: &Plan) -> Result<(Change, Exit), Failure> {
        let answered = until(&mut self.flight, self.wait, |state| {
            state.plan().and_then(|view| view.dry_run.clone())
        });
        let dry_run = match answered.await? {
            Ended::With(Ok(())) => None,
            Ended::With(Err(why)) => Some(why.shown()),
            Ended::TimedOut | Ended::Left => Some("it was not answered in time".to_owned()),
        };
        let mut text = text(plan);
        let said = dry_run
            .as_deref()
            .unwrap_or("passed: the API server would take it");
        entry(&mut text, "dry run", said);
        self.say(&text)?;
        say::note("Nothing was changed. To carry it out, add --yes and --reason \"...\".");
        let mut change = change(Some(plan), None);
        change.dry_run = dry_run;
        Ok((change, Exit::No))
    }

    /// Carries the plan out and tells what happens, up to its outcome.
    async fn order(&mut self, reason: String, plan: Plan) -> Result<(Change, Exit), Failure> {
        let plan = Plan {
            reason: Untrusted::new(reason),
            ..plan
        };
        self.say(&text(&plan))?;
        self.fold(Event::Ordered {
            reason: plan.reason.clone(),
            at: self.flight.now(),
        });
        if let Some(why) = not_taken(self.flight.state()?) {
            say::note(&format!(
                "flightdeck: {}. Nothing was changed.",
                complaint(&why)
            ));
            let refused = Refused {
                reason: "not_taken".to_owned(),
                text: complaint(&why).to_owned(),
            };
            return Ok((change(Some(&plan), Some(refused)), of_complaint(&why)));
        }
        let (output, intent, op) = (self.output, plan.intent.clone(), plan.op.clone());
        let mut told = 0;
        let mut unrecorded = false;
        let tell = |state: &State| {
            let operation = state.operation(&op)?;
            for progress in operation.progress.iter().skip(told) {
                told += 1;
                if output == Output::Text {
                    let Happened { at, text, .. } = Happened::of(progress, &intent);
                    // Whoever reads left; the operation goes on.
                    let _ = say::out(&format!("{}  {text}\n", clock(at)));
                }
            }
            if let Some(why) = state.world.read_only.as_ref().filter(|_| !unrecorded) {
                unrecorded = true;
                say::note(&format!("flightdeck: not recorded: {}", shown(why)));
            }
            operation.outcome.as_ref().map(Outcome::from)
        };
        let ended = until(&mut self.flight, longest(&plan), tell).await?;
        let outcome = match ended {
            Ended::With(outcome) => Some(outcome),
            Ended::TimedOut | Ended::Left => None,
        };
        let state = self.flight.state()?;
        let mut change = change(Some(&plan), None);
        change.outcome = outcome;
        change.progress = state.operation(&op).map_or_else(Vec::new, |operation| {
            let all = operation.progress.iter();
            all.map(|progress| Happened::of(progress, &intent))
                .collect()
        });
        self.end(outcome, plan.intent.place())?;
        Ok((change, of_outcome(outcome)))
    }

    fn end(&self, outcome: Option<Outcome>, place: &Place) -> anyhow::Result<()> {
        match outcome {
            Some(Outcome::Verified | Outcome::Unverified) => self.say(&format!(
                "Whether it helped: flightdeck status --service {}\n",
                place.service
            )),
            Some(Outcome::Refused | Outcome::Forbidden | Outcome::Changed) => Ok(()),
            Some(Outcome::Unknown) | None => {
                say::note(
                    "flightdeck: whether it was done is not known; flightdeck flag list reads what is there, and the deck offers to verify it",
                );
                Ok(())
            }
        }
    }
}

fn change(plan: Option<&Plan>, refusal: Option<Refused>) -> Change {
    Change {
        schema: "flightdeck.dev/flag/v1",
        plan: plan.map(Planned::of),
        refusal,
        dry_run: None,
        progress: Vec::new(),
        outcome: None,
    }
}

/// How long an operation may take at most.
fn longest(plan: &Plan) -> Duration {
    let given = plan
        .verification()
        .map_or(0, |wanted| wanted.deadline_seconds);
    BEYOND + Duration::from_secs(u64::from(given))
}

/// Why the order was not taken; none when it was.
fn not_taken(state: &State) -> Option<Complaint> {
    match state.plan() {
        Some(PlanView {
            confirmed: Some(_), ..
        }) => None,
        Some(view) => Some(view.complaint.clone().unwrap_or(Complaint::Expired)),
        None => Some(Complaint::Expired),
    }
}

const fn of_complaint(why: &Complaint) -> Exit {
    match why {
        Complaint::NotAllowed => Exit::Forbidden,
        Complaint::TooSoon
        | Complaint::Repeated
        | Complaint::Pasted
        | Complaint::WrongName
        | Complaint::NoReason
        | Complaint::Expired
        | Complaint::ReadOnly => Exit::No,
    }
}

const fn of_outcome(outcome: Option<Outcome>) -> Exit {
    match outcome {
        Some(Outcome::Verified) => Exit::Ok,
        Some(Outcome::Forbidden) => Exit::Forbidden,
        Some(Outcome::Refused | Outcome::Changed) => Exit::No,
        Some(Outcome::Unverified | Outcome::Unknown) | None => Exit::Unknown,
    }
}
