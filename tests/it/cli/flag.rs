//! `flag`: the plan, the order, the record, and what the cluster saw of it.

use std::fs;

use flightdeck::domain::progress::{Happening, Outcome};
use flightdeck::journal::{Entry, verify};
use flightdeck::sim::Running;
use flightdeck::sim::knobs::{Fault, Scope};

use super::{Desk, schema, world};

const DISABLE: [&str; 7] = [
    "flag",
    "disable",
    "new-payment-flow",
    "--service",
    "checkout",
    "--environment",
    "canary",
];

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&DISABLE[..], more].concat()
}

fn state(world: &Running) -> String {
    let store = world.canary_store().unwrap();
    let flags = store.get("featureflags.core.openfeature.dev", "shop", "flags");
    let flags = flags
        .or_else(|| store.get("featureflags", "shop", "flags"))
        .unwrap();
    let spec = &flags["spec"]["flagSpec"]["flags"]["new-payment-flow"]["state"];
    spec.as_str().unwrap().to_owned()
}

fn writes(world: &Running) -> usize {
    let audit = world.canary_audit();
    audit
        .iter()
        .filter(|entry| entry.is_write() && entry.verb == "patch" && !entry.uri.contains("dryRun"))
        .count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_flag_is_disabled_as_planned_recorded_and_verified() {
    let world = world("feature-errors", "03:12:41").await;
    let desk = Desk::at(&world, "bob");
    let listed = desk
        .run(&["flag", "list", "--service", "checkout", "--output", "json"])
        .await;
    let flags = listed.ended(0).json();
    schema::check(
        &desk
            .run(&["flag", "list", "--schema"])
            .await
            .ended(0)
            .json(),
        &flags,
    );
    assert_eq!(flags["environments"][0]["environment"], "canary");
    let of = flags["environments"][0]["flags"].as_array().unwrap();
    let flag = of.iter().find(|f| f["key"] == "new-payment-flow").unwrap();
    assert_eq!(
        (&flag["state"], &flag["on"], &flag["of"]),
        (&"ENABLED".into(), &4.into(), &4.into())
    );

    // Without --yes it is a plan.
    let before = writes(&world);
    let plan = desk.run(&with(&[])).await;
    plan.ended(1).says(&[
        "Disable flag new-payment-flow on canary, as bob",
        "state ENABLED -> DISABLED",
        "allowed: patch featureflags.core.openfeature.dev in shop",
        "dry run  passed",
        "add --yes and --reason",
    ]);
    assert_eq!(
        (state(&world).as_str(), writes(&world)),
        ("ENABLED", before)
    );

    // With it, it is done.
    let done = desk
        .run(&with(&[
            "--yes",
            "--reason",
            "payments fail",
            "--output",
            "json",
        ]))
        .await;
    let change = done.ended(0).json();
    schema::check(
        &desk
            .run(&["flag", "disable", "--schema"])
            .await
            .ended(0)
            .json(),
        &change,
    );
    assert_eq!(change["outcome"], "verified", "{change:#}");
    assert_eq!(change["plan"]["reason"], "payments fail");
    assert_eq!(change["plan"]["by"], "bob");
    assert_eq!(state(&world), "DISABLED");
    assert_eq!(writes(&world), before + 1);
    let op = change["plan"]["operation"].as_str().unwrap();
    let audit = world.canary_audit();
    assert!(
        audit
            .iter()
            .any(|entry| entry.id == op && entry.user == "bob" && entry.code == 200),
        "{op}"
    );
    recorded(&desk, op);

    // What is so already is left alone.
    let again = desk
        .run(&with(&["--yes", "--reason", "payments fail"]))
        .await;
    again
        .ended(0)
        .says(&["is DISABLED already", "Nothing was changed"]);
    assert_eq!(writes(&world), before + 1);
    desk.run(&["doctor"]).await.says(&["chain intact"]);
    damaged(&desk).await;
}

/// A record that somebody changed is told, and stops nothing.
async fn damaged(desk: &Desk) {
    let damaged = fs::read_dir(desk.path("state/journal")).unwrap().next();
    let damaged = damaged.unwrap().unwrap().path();
    let mut bytes = fs::read(&damaged).unwrap();
    bytes[9] = 0xff;
    fs::write(&damaged, bytes).unwrap();
    let told = "was changed from line 1 on";
    desk.run(&["doctor"]).await.says(&[told]);
    let again = desk
        .run(&with(&["--yes", "--reason", "payments fail"]))
        .await;
    again.ended(0).says(&[told, "is DISABLED already"]);
}

/// The journal holds the whole operation, in order, and is as it was written.
fn recorded(desk: &Desk, op: &str) {
    let folder = desk.path("state/journal");
    let mut found = Vec::new();
    for file in fs::read_dir(folder).unwrap() {
        let journal = verify(&fs::read_to_string(file.unwrap().path()).unwrap());
        assert!(journal.broken_at.is_none() && !journal.torn);
        for record in journal.records {
            match record.entry {
                Entry::Intent { plan, audit_id } => {
                    assert_eq!((plan.op.as_str(), audit_id.as_str()), (op, op));
                    assert_eq!(plan.reason.raw(), "payments fail");
                    assert_eq!(plan.before["state"], "ENABLED");
                    found.push("intent");
                }
                Entry::Progress { progress } => found.push(match progress.what {
                    Happening::IntentRecorded => "intent recorded",
                    Happening::Unanswered { .. } => "unanswered",
                    Happening::Written { .. } => "written",
                    Happening::Evaluated { .. } => "evaluated",
                    Happening::Ended(Outcome::Verified { instances: 4 }) => "verified by 4",
                    Happening::Ended(_) => "ended otherwise",
                }),
                Entry::Opened { .. } | Entry::Closed { .. } | Entry::Incident { .. } => {}
            }
        }
    }
    found.dedup();
    assert_eq!(
        found,
        [
            "intent",
            "intent recorded",
            "written",
            "evaluated",
            "verified by 4"
        ]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_may_not_is_told_the_verb_and_what_is_not_there_its_nearest() {
    let world = world("feature-errors", "03:12:41").await;
    let desk = Desk::at(&world, "viewer");
    let denied = desk
        .run(&with(&["--yes", "--reason", "payments fail"]))
        .await;
    denied.ended(4).says(&[
        "The cluster denies it. Missing: patch featureflags.core.openfeature.dev in shop",
        "Nothing was changed",
    ]);
    let as_json = with(&["--yes", "--reason", "payments fail", "--output", "json"]);
    let as_json = desk.run(&as_json).await;
    assert_eq!(as_json.ended(4).json()["refusal"]["reason"], "denied");
    assert_eq!((state(&world).as_str(), writes(&world)), ("ENABLED", 0));
    desk.run(&["flag", "list", "--service", "checkout"])
        .await
        .ended(0)
        .says(&["new-payment-flow"]);

    let bob = Desk::at(&world, "bob");
    let unknown = bob
        .run(&[
            "flag",
            "disable",
            "new-payment-flo",
            "--service",
            "checkout",
            "--environment",
            "canary",
            "--yes",
            "--reason",
            "x",
        ])
        .await;
    unknown.ended(2).says(&[
        "There is no flag new-payment-flo for checkout on canary; the nearest is new-payment-flow",
    ]);
    let nowhere = bob
        .run(&[
            "flag",
            "disable",
            "x",
            "--service",
            "checkout",
            "--environment",
            "uat",
        ])
        .await;
    nowhere
        .ended(2)
        .says(&["checkout has no uat in the configuration"]);
    let read_only = fs::read_to_string(bob.path("config.toml"))
        .unwrap()
        .replacen("version = 1", "version = 1\nread_only = true", 1);
    bob.file("config.toml", &read_only);
    let refused = bob
        .run(&with(&["--yes", "--reason", "payments fail"]))
        .await;
    refused
        .ended(1)
        .says(&["Nothing may be written: the configuration says read_only."]);
    assert_eq!(writes(&world), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_cluster_that_does_not_answer_is_unreachable() {
    let world = world("feature-errors", "03:12:41").await;
    world.canary_knobs.kubernetes.refuse(true);
    let desk = Desk::at(&world, "bob");
    let told = desk
        .run(&with(&["--yes", "--reason", "payments fail"]))
        .await;
    told.ended(3)
        .says(&["The flags of checkout on canary were never seen"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_was_allowed_and_is_refused_at_the_write_is_told_so() {
    let world = world("feature-errors", "03:12:41").await;
    // A webhook or an admission policy: no review foretells it.
    let fault = Fault::Answer {
        status: 403,
        retry_after: None,
    };
    let flags = "/apis/core.openfeature.dev/";
    let patches = Scope::path(flags).method("PATCH");
    world.canary_knobs.kubernetes.set(patches, fault);
    let desk = Desk::at(&world, "bob");
    let told = desk
        .run(&with(&["--yes", "--reason", "x", "--output", "json"]))
        .await;
    let change = told.ended(4).json();
    assert_eq!(change["outcome"], "forbidden", "{change:#}");
    assert_eq!((state(&world).as_str(), writes(&world)), ("ENABLED", 0));
    let text = desk.run(&with(&["--yes", "--reason", "x"])).await;
    text.ended(4).says(&["not allowed, nothing changed"]);
}

/// Runs the program where no file grows beyond so many blocks of 512 bytes, as on a full disk: the record that does not
/// fit is written in part. Both streams come in the order in which they were written.
fn on_a_small_disk(desk: &Desk, blocks: u64) -> String {
    let ran = std::process::Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f \"$0\"; exec \"$@\" 2>&1"])
        .arg(blocks.to_string())
        .arg(env!("CARGO_BIN_EXE_flightdeck"))
        .args(with(&[
            "--yes",
            "--reason",
            "payments fail",
            "--wait",
            "120",
        ]))
        .env_clear()
        .env("HOME", desk.folder.path())
        .env("FLIGHTDECK_STATE", desk.path("state"))
        .env("FLIGHTDECK_CONFIG", desk.path("config.toml"))
        .output()
        .unwrap();
    String::from_utf8(ran.stdout).unwrap()
}

/// The one journal: its text, and where its intent ends.
fn journal(desk: &Desk) -> (String, usize) {
    let mut files = fs::read_dir(desk.path("state/journal")).unwrap();
    let text = fs::read_to_string(files.next().unwrap().unwrap().path()).unwrap();
    let intent = text.split_inclusive('\n').take(2).map(str::len).sum();
    (text, intent)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_record_that_does_not_fit_leaves_no_half_line_and_is_told_at_once() {
    let world = world("feature-errors", "03:12:41").await;
    // The intent does not fit: nothing is sent.
    let desk = Desk::at(&world, "bob");
    let said = on_a_small_disk(&desk, 2);
    assert!(said.contains("refused, nothing changed"), "{said}");
    assert!(said.contains("flightdeck: not recorded: "), "{said}");
    assert_eq!((state(&world).as_str(), writes(&world)), ("ENABLED", 0));
    let found = verify(&journal(&desk).0);
    assert_eq!(
        (found.records.len(), found.broken_at, found.torn),
        (1, None, false)
    );
    drop(desk);

    // What comes after the intent does not: it is carried out, and told before its end that nothing more may be begun.
    let whole = Desk::at(&world, "bob");
    whole
        .run(&with(&["--yes", "--reason", "payments fail"]))
        .await
        .ended(0);
    let (text, intent) = journal(&whole);
    let blocks = intent / 512 + 1;
    assert!(blocks * 512 < text.len(), "{text}");
    let enable = ["flag", "enable"]
        .into_iter()
        .chain(DISABLE[2..].iter().copied());
    let enable: Vec<&str> = enable.chain(["--yes", "--reason", "again"]).collect();
    whole.run(&enable).await.ended(0);
    let desk = Desk::at(&world, "bob");
    let said = on_a_small_disk(&desk, u64::try_from(blocks).unwrap());
    let (failed, done) = (said.find("not recorded: "), said.find("done: 4 of 4"));
    assert!(failed.is_some() && failed < done, "{said}");
    assert_eq!(state(&world), "DISABLED");
    let found = verify(&journal(&desk).0);
    assert_eq!((found.broken_at, found.torn), (None, false));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_names_that_lead_to_one_cluster_are_told_as_production() {
    let world = world("feature-errors", "03:12:41").await;
    let desk = Desk::at(&world, "bob");
    let config = fs::read_to_string(desk.path("config.toml")).unwrap();
    let config = config.replace("context = \"eu-prod\"", "context = \"eu-canary\"");
    desk.file("config.toml", &config);
    desk.run(&["doctor"]).await.says(&[
        "it is the same cluster as canary",
        "canary and production read the very same FeatureFlag shop/flags",
    ]);
    let plan = desk.run(&with(&[])).await;
    plan.ended(1)
        .says(&["touches  PRODUCTION and canary share this flag: 8 instances"]);
}
