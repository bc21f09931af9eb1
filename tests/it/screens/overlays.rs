//! What lies over a screen, and the line of operations.

use flightdeck::app::event::{Event, InterruptedOp};
use flightdeck::app::field::Field;
use flightdeck::app::state::{
    Complaint, Editing, IncidentView, Interrupted, News, Operation, Overlay, PlanView, Screen,
    State,
};
use flightdeck::app::update;
use flightdeck::domain::access::{Access, Permission};
use flightdeck::domain::environment::Environment;
use flightdeck::domain::flag::{FlagSource, FlagState};
use flightdeck::domain::names::{
    ClusterName, ClusterUid, Namespace, ObjectName, OpId, ServiceName, UserName,
};
use flightdeck::domain::plan::{BlastRadius, Confirmation, Intent, Plan, Step, VerifyFlag};
use flightdeck::domain::progress::{Happening, Outcome, Progress};
use flightdeck::domain::security::{Affected, Incident, Statement};
use flightdeck::domain::write::{SetFlag, Write};
use flightdeck::engine::planner::Refusal;

use super::fixture::{at, flag_key, place};
use super::gallery::Gallery;
use super::weather::breach;

fn op() -> OpId {
    OpId::parse("op-1").unwrap()
}

pub(crate) fn plan(environment: Environment) -> Plan {
    let cluster = ClusterName::parse(environment.as_str()).unwrap();
    let namespace = Namespace::parse("shop").unwrap();
    let permission = |verb: &str, group: &str, resource: &str| Permission {
        cluster: cluster.clone(),
        verb: verb.to_owned(),
        group: group.to_owned(),
        resource: resource.to_owned(),
        namespace: namespace.clone(),
        name: None,
    };
    let production = environment == Environment::Production;
    Plan {
        op: op(),
        intent: Intent::SetFlag {
            place: place(environment),
            key: flag_key(),
            to: FlagState::Disabled,
            undoes: None,
        },
        by: Some(UserName::parse("bob").unwrap()),
        made_at: at("03:12:52"),
        expires_at: at("03:17:52"),
        steps: vec![
            Step::Write(Write::SetFlag(SetFlag {
                cluster: cluster.clone(),
                cluster_uid: ClusterUid::parse("11aa-22bb").unwrap(),
                source: FlagSource::FeatureFlag {
                    namespace: namespace.clone(),
                    name: ObjectName::parse("flags").unwrap(),
                },
                uid: "5e1f".to_owned(),
                resource_version: "88120".to_owned(),
                key: flag_key(),
                from: FlagState::Enabled,
                to: FlagState::Disabled,
            })),
            Step::VerifyFlag(VerifyFlag {
                place: place(environment),
                key: flag_key(),
                expect: FlagState::Disabled,
                instances: 4,
                knew: Vec::new(),
                deadline_seconds: 30,
            }),
        ],
        permissions: vec![
            (
                permission("patch", "core.openfeature.dev", "featureflags"),
                Access::Allowed,
            ),
            (
                permission("disableflag", "flightdeck.dev", "services"),
                if production {
                    Access::Denied
                } else {
                    Access::NotInstalled
                },
            ),
        ],
        blast: BlastRadius {
            place: place(environment),
            also: Vec::new(),
            instances: Some(4),
            traffic_share: Some(if production { 0.952 } else { 0.048 }),
        },
        confirmation: if production {
            Confirmation::TypeName {
                name: "checkout".to_owned(),
            }
        } else {
            Confirmation::Key
        },
        reason: "412 of 490 errors on POST /pay".into(),
        owner: production.then(|| "argocd".into()),
        usual_seconds: 1,
        help_seconds: 60,
        before: serde_json::json!({"state": "ENABLED", "defaultVariant": "on", "variants": {"on": true, "off": false}}),
    }
}

fn shown(environment: Environment) -> PlanView {
    PlanView {
        plan: plan(environment),
        editing: Editing::Nothing,
        typed: Field::default(),
        reason: Field::default(),
        show_patch: false,
        dry_run: Some(Ok(())),
        confirmed: None,
        complaint: None,
    }
}

fn over(overlay: Overlay) -> State {
    let mut state = breach();
    state.world.now = at("03:12:58");
    state.ui.news = None;
    state.ui.overlays.push(overlay);
    state
}

fn report(clock: &str, what: Happening) -> Progress {
    Progress {
        op: op(),
        at: at(clock),
        what,
    }
}

fn reports() -> Vec<Progress> {
    vec![
        report("03:13:02", Happening::IntentRecorded),
        report(
            "03:13:02",
            Happening::Written {
                resource_version: "88123".to_owned(),
            },
        ),
        report(
            "03:13:03",
            Happening::Evaluated {
                as_wanted: 3,
                of: 4,
                holdouts: vec!["checkout-7d9f-x2k".into()],
            },
        ),
    ]
}

fn a_plan_and_its_patch(gallery: &mut Gallery) {
    gallery.in_every_look(
        "plan",
        &over(Overlay::Plan(Box::new(shown(Environment::Canary)))),
    );
    let mut view = shown(Environment::Canary);
    view.show_patch = true;
    view.dry_run = None;
    gallery.hang("plan-patch", &over(Overlay::Plan(Box::new(view))));
    let mut view = shown(Environment::Canary);
    view.editing = Editing::Reason;
    view.reason = Field::of("payments fail since the flag is on");
    view.dry_run = Some(Err("admission webhook \u{1b}[31mdenied".into()));
    gallery.hang("plan-reason", &over(Overlay::Plan(Box::new(view))));
}

fn a_plan_for_production_wants_the_name(gallery: &mut Gallery) {
    let mut view = shown(Environment::Production);
    view.editing = Editing::Name;
    view.typed = Field::of("chec");
    view.complaint = Some(Complaint::WrongName);
    gallery.hang("plan-production", &over(Overlay::Plan(Box::new(view))));
}

fn progress_stays_on_the_plan(gallery: &mut Gallery) {
    let mut view = shown(Environment::Canary);
    view.confirmed = Some(op());
    let mut state = over(Overlay::Plan(Box::new(view)));
    state.world.now = at("03:13:04");
    state.ops.operations.push(Operation {
        plan: plan(Environment::Canary),
        progress: reports(),
        outcome: None,
    });
    gallery.in_every_look("progress", &state);
    state.ui.overlays.clear();
    gallery.hang("running", &state);
    let ended = Outcome::Verified { instances: 4 };
    let operation = &mut state.ops.operations[0];
    operation
        .progress
        .push(report("03:13:04", Happening::Ended(ended.clone())));
    operation.outcome = Some(ended);
    let mut view = shown(Environment::Canary);
    view.confirmed = Some(op());
    state.ui.overlays.push(Overlay::Plan(Box::new(view)));
    gallery.hang("done", &state);
}

fn what_an_earlier_run_left_is_offered(gallery: &mut Gallery) {
    let mut state = breach();
    state.ui.news = Some(News::PasteDropped { characters: 10_000 });
    state.ops.interrupted.push(Interrupted {
        op: InterruptedOp {
            plan: plan(Environment::Canary),
            progress: Vec::new(),
        },
        found: None,
        verifying: false,
    });
    gallery.hang("interrupted", &state);
    state.ops.interrupted[0].found = Some(report(
        "03:13:03",
        Happening::Ended(Outcome::Unverified {
            as_wanted: 3,
            of: 4,
            why: "checkout-7d9f-x2k says on".into(),
        }),
    ));
    gallery.hang("interrupted-found", &state);
    state.ops.interrupted.clear();
    let file = "/home/bob/.local/state/flightdeck/journal/20261121T030000123Z-4711.jsonl";
    state.ops.damaged = vec![format!("the journal {file} was changed from line 3 on")];
    gallery.hang("damaged", &state);
}

fn statement(clock: &str, reason: &str) -> Statement {
    Statement {
        at: at(clock),
        by: Some(UserName::parse("alice").unwrap()),
        reason: reason.into(),
    }
}

fn incident() -> Incident {
    Incident {
        service: ServiceName::parse("checkout").unwrap(),
        affected: Affected::Canary,
        places: Vec::new(),
        raised: statement(
            "03:11:20",
            "a customer sees another customer's \u{1b}[31morders",
        ),
        ended: None,
    }
}

/// A deck in a breach, with a security incident beside it.
fn with_incident(ended: Option<Statement>) -> State {
    let mut state = breach();
    state.world.now = at("03:12:58");
    state.ui.news = None;
    let ended = Incident {
        ended,
        ..incident()
    };
    update(state, Event::Incidents(vec![ended])).0
}

fn a_security_incident(gallery: &mut Gallery) {
    let view = IncidentView {
        service: ServiceName::parse("checkout").unwrap(),
        ends: None,
        affected: Affected::Both,
        reason: Field::of("a customer sees another customer's orders"),
        complaint: None,
    };
    gallery.in_every_look("incident", &over(Overlay::Incident(Box::new(view.clone()))));
    let empty = IncidentView {
        reason: Field::default(),
        complaint: Some(Complaint::NoReason),
        ..view.clone()
    };
    gallery.hang(
        "incident-no-reason",
        &over(Overlay::Incident(Box::new(empty))),
    );
    let mut state = with_incident(None);
    gallery.in_every_look("incident-stands", &state);
    state.ui.screen = Screen::Ladder;
    gallery.hang("incident-ladder", &state);
    state.ui.screen = Screen::Changed;
    gallery.hang("incident-changed", &state);
    let ends = IncidentView {
        ends: Some(incident()),
        affected: Affected::Canary,
        reason: Field::of("a test account that two testers share"),
        ..view
    };
    state.ui.overlays.push(Overlay::Incident(Box::new(ends)));
    gallery.hang("incident-end", &state);
    let mut state = with_incident(Some(statement("03:12:50", "a test account")));
    state.ui.screen = Screen::Changed;
    gallery.hang("incident-ended", &state);
}

fn help_palette_and_refusal(gallery: &mut Gallery) {
    gallery.in_every_look("help", &over(Overlay::Help { scroll: 0 }));
    gallery.hang("help-end", &over(Overlay::Help { scroll: 99 }));
    gallery.in_every_look(
        "palette",
        &over(Overlay::Palette {
            field: Field::of("flag"),
            selected: 1,
        }),
    );
    gallery.in_every_look(
        "refused",
        &over(Overlay::Refused {
            wanted: Some(plan(Environment::Canary).intent),
            refusal: Refusal::FlagsStale {
                place: place(Environment::Canary),
                seconds: 75,
            },
        }),
    );
}

/// All of them.
pub(super) fn all(gallery: &mut Gallery) {
    a_plan_and_its_patch(gallery);
    a_plan_for_production_wants_the_name(gallery);
    progress_stays_on_the_plan(gallery);
    what_an_earlier_run_left_is_offered(gallery);
    a_security_incident(gallery);
    help_palette_and_refusal(gallery);
}
