//! Release records as Helm 3 and Helm 4 write them, their labels, and stable marks.

use std::collections::BTreeMap;
use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::domain::difference::{How, Told};
use crate::domain::release::{ReleaseStatus, Revision};
use crate::domain::untrusted::Untrusted;

use super::difference::compare;
use super::map::{record, stable, status};
use super::record::{Inside, inside, open};

fn revision(number: u32) -> Revision {
    Revision::new(number).unwrap()
}

fn packed(json: &Value) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(json.to_string().as_bytes()).unwrap();
    STANDARD.encode(gzip.finish().unwrap()).into_bytes()
}

/// What Helm stores, shortened in what the deck does not read.
fn helm(version: u32, info: &Value) -> Value {
    json!({
        "name": "checkout", "namespace": "shop", "version": version, "info": info,
        "config": {"image": {"tag": "2.14.0"}}, "manifest": "---\n# Source: checkout/templates/d.yaml\n",
        "hooks": [],
        "chart": {
            "metadata": {"name": "checkout", "version": "1.9.2", "appVersion": "2.14.0", "apiVersion": "v2",
                "type": "application"},
            "lock": null, "templates": [{"name": "templates/d.yaml", "data": "YQ=="}], "values": {}, "schema": null,
            "files": []
        }
    })
}

#[test]
fn records_of_helm_3_and_4_are_opened() {
    let helm3 = json!({
        "first_deployed": "2026-11-01T09:00:00.123456789+01:00",
        "last_deployed": "2026-11-21T04:01:02.5+01:00", "deleted": "",
        "description": "Upgrade complete", "status": "deployed", "notes": "Hello"
    });
    let detail = open(&packed(&helm(14, &helm3))).unwrap();
    assert_eq!(detail.chart, Untrusted::from("checkout"));
    assert_eq!(detail.chart_version, Untrusted::from("1.9.2"));
    assert_eq!(detail.app_version, Some(Untrusted::from("2.14.0")));
    assert_eq!(detail.description, Untrusted::from("Upgrade complete"));
    assert_eq!(
        detail.last_deployed,
        Some("2026-11-21T03:01:02.5Z".parse().unwrap())
    );
    assert_eq!(detail.rollback_to, None);

    let helm4 = json!({
        "first_deployed": "2026-11-01T08:00:00Z", "last_deployed": "2026-11-21T03:01:02Z",
        "description": "Rollback to 3 for incident 7", "status": "deployed", "rollback_revision": 3
    });
    let mut document = helm(15, &helm4);
    document["apply_method"] = json!("ssa");
    document["chart"]["metadata"]["appVersion"] = json!("");
    let detail = open(&packed(&document)).unwrap();
    assert_eq!(detail.rollback_to, Some(revision(3)));
    assert_eq!(detail.app_version, None);
}

#[test]
fn a_rollback_is_known_by_its_description_alone_if_that_says_nothing_else() {
    let table = [
        ("Rollback to 13", Some(13)),
        ("Rollback to 0", None),
        ("Rollback to 13x", None),
        ("Rollback to ", None),
        ("Rollback \"checkout\" failed: timed out", None),
        ("Rollback to 99999999999", None),
    ];
    for (description, expected) in table {
        let info = json!({"description": description, "last_deployed": "0001-01-01T00:00:00Z"});
        let detail = open(&packed(&helm(1, &info))).unwrap();
        assert_eq!(detail.rollback_to, expected.map(revision), "{description}");
        assert_eq!(detail.last_deployed, None, "the zero time is no time");
    }
}

#[test]
fn unpacked_records_are_read_and_broken_ones_say_what_is_wrong() {
    let plain = STANDARD
        .encode(helm(1, &json!({})).to_string())
        .into_bytes();
    assert_eq!(open(&plain).unwrap().chart, Untrusted::from("checkout"));
    let bomb = {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        let zeros = vec![b' '; 1 << 20];
        for _ in 0..33 {
            gzip.write_all(&zeros).unwrap();
        }
        STANDARD.encode(gzip.finish().unwrap()).into_bytes()
    };
    let mut torn = packed(&helm(1, &json!({})));
    torn.truncate(torn.len() / 8 * 4);
    let table = [
        (b"!!!".to_vec(), "not base64"),
        (torn, "not gzip"),
        (STANDARD.encode("[]").into_bytes(), "not a release"),
        (bomb, "more than 32 MiB"),
    ];
    for (release, says) in table {
        let error = open(&release).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn labels_tell_revision_status_and_time() {
    let meta = |labels: Value| {
        serde_json::from_value(json!({
            "name": "sh.helm.release.v1.checkout.v14", "resourceVersion": "5", "labels": labels
        }))
        .unwrap()
    };
    let row = record(&meta(json!({
        "owner": "helm", "name": "checkout", "version": "14", "status": "pending-upgrade",
        "createdAt": "1795230000", "modifiedAt": "1795230062"
    })))
    .unwrap();
    assert_eq!(
        (row.revision, row.status),
        (revision(14), ReleaseStatus::PendingUpgrade)
    );
    assert_eq!(row.modified, Some("2026-11-21T03:01:02Z".parse().unwrap()));
    for broken in [
        json!({"name": "checkout", "version": "0"}),
        json!({"name": "checkout"}),
        json!({"version": "1"}),
    ] {
        assert_eq!(record(&meta(broken)), None);
    }
    assert_eq!(status("deployed"), ReleaseStatus::Deployed);
    assert_eq!(status("launched"), ReleaseStatus::Unknown);
}

#[test]
fn a_stable_mark_needs_a_revision_and_takes_any_spelling_of_its_keys() {
    let data = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        let pairs = pairs.iter();
        pairs
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect()
    };
    let mark = stable(&data(&[
        ("release", "checkout"),
        ("helm_revision", "13"),
        ("appVersion", "2.13.4"),
        ("marked_at", "2026-11-15T10:00:00Z"),
        ("marked-by", "bob"),
    ]))
    .unwrap();
    assert_eq!(mark.revision, revision(13));
    assert_eq!(mark.app_version, Some(Untrusted::from("2.13.4")));
    assert_eq!(mark.marked_by, Some(Untrusted::from("bob")));
    assert_eq!(
        mark.marked_at,
        Some("2026-11-15T10:00:00Z".parse().unwrap())
    );
    assert_eq!(
        stable(&data(&[("revision", "2")])).unwrap().revision,
        revision(2)
    );
    assert_eq!(stable(&data(&[("appVersion", "2.13.4")])), None);
    assert_eq!(stable(&data(&[("revision", "latest")])), None);
}

/// The inside of a revision with these values and this manifest.
fn of(values: &Value, manifest: &str) -> Inside {
    let record = json!({"name": "checkout", "config": values, "manifest": manifest});
    inside(&packed(&record)).unwrap()
}

/// The lines that a person would read: `path: before -> after`.
fn lines(before: &Inside, after: &Inside) -> Vec<String> {
    let told = |value: &Option<Told>| match value {
        None => "-".to_owned(),
        Some(Told::Hidden) => "(hidden)".to_owned(),
        Some(Told::Value(text)) => text.raw().to_owned(),
    };
    let difference = compare(revision(13), before, revision(14), after).unwrap();
    let line = |at: &str, change: &crate::domain::difference::Change| {
        let (before, after) = (told(&change.before), told(&change.after));
        format!("{at}{}: {before} -> {after}", change.path.raw())
    };
    let mut lines: Vec<String> = difference.values.iter().map(|c| line("", c)).collect();
    for object in &difference.objects {
        let name = format!("{}/{} ", object.kind.raw(), object.name.raw());
        match &object.how {
            How::Added => lines.push(format!("{name}added")),
            How::Removed => lines.push(format!("{name}removed")),
            How::Changed(changes) => lines.extend(changes.iter().map(|c| line(&name, c))),
        }
    }
    lines
}

const DEPLOYMENT: &str = "---\n# Source: checkout/templates/d.yaml\nkind: Deployment\nmetadata:\n  name: checkout\nspec:\n  \
    template:\n    spec:\n      containers:\n        - name: proxy\n          image: envoy:1\n        - name: checkout\n          \
    image: checkout:2.13.4\n";

#[test]
fn two_revisions_are_compared_path_by_path() {
    let before = of(
        &json!({"replicaCount": 4, "image": {"tag": "2.13.4"}, "gone": true}),
        &format!("{DEPLOYMENT}---\nkind: Service\nmetadata: {{name: old}}\n"),
    );
    // The sidecar is gone: what follows it in the list is still found by its name.
    let manifest = DEPLOYMENT
        .replace("        - name: proxy\n          image: envoy:1\n", "")
        .replace("2.13.4", "2.14.0");
    let after = of(
        &json!({"replicaCount": 4, "image": {"tag": "2.14.0"}, "new": []}),
        &format!("{manifest}---\n# nothing\n---\nkind: ConfigMap\nmetadata: {{name: extra}}\n"),
    );
    let containers = "Deployment/checkout spec.template.spec.containers";
    assert_eq!(
        lines(&before, &after),
        [
            "gone: true -> -".to_owned(),
            "image.tag: 2.13.4 -> 2.14.0".to_owned(),
            "new: - -> []".to_owned(),
            "ConfigMap/extra added".to_owned(),
            format!("{containers}[checkout].image: checkout:2.13.4 -> checkout:2.14.0"),
            format!("{containers}[proxy].image: envoy:1 -> -"),
            format!("{containers}[proxy].name: proxy -> -"),
            "Service/old removed".to_owned(),
        ]
    );
    assert!(
        compare(revision(1), &before, revision(1), &before)
            .unwrap()
            .is_empty()
    );
}

#[test]
fn what_may_be_a_secret_is_known_to_differ_and_never_told() {
    let with = |pass: &str| {
        of(
            &json!({
                "db": {"password": pass, "url": format!("postgres://shop:{pass}@db/shop"), "host": pass},
                "env": [{"name": "API_TOKEN", "value": pass}],
            }),
            &format!(
                "kind: Secret\nmetadata: {{name: db, labels: {{v: {pass}}}}}\ndata: {{any: {pass}}}\n"
            ),
        )
    };
    assert_eq!(
        lines(&with("one"), &with("two")),
        [
            "db.host: one -> two",
            "db.password: (hidden) -> (hidden)",
            "db.url: (hidden) -> (hidden)",
            "env[API_TOKEN].value: (hidden) -> (hidden)",
            "Secret/db data.any: (hidden) -> (hidden)",
            "Secret/db metadata.labels.v: one -> two",
        ]
    );
}

#[test]
fn a_secret_is_hidden_also_where_only_its_value_tells() {
    let with = |pass: &str| {
        of(
            &json!({
                "args": [format!("--db-password={pass}"), format!("--verbose={pass}")],
                "tls": {"crt": format!("-----BEGIN PRIVATE KEY-----\n{pass}")},
                "DB_PASS": pass, "db": {"key": pass}, "monkey": pass,
                "file": format!("host: db\nurl: http://x amqp://a:{pass}@mq/\n"),
            }),
            &format!(
                "kind: List\nitems:\n- kind: Secret\n  metadata: {{name: db}}\n  data: {{any: {pass}}}\n"
            ),
        )
    };
    assert_eq!(
        lines(&with("one"), &with("two")),
        [
            "DB_PASS: (hidden) -> (hidden)",
            "args[0]: (hidden) -> (hidden)",
            "args[1]: --verbose=one -> --verbose=two",
            "db.key: (hidden) -> (hidden)",
            "file: (hidden) -> (hidden)",
            "monkey: one -> two",
            "tls.crt: (hidden) -> (hidden)",
            "Secret/db data.any: (hidden) -> (hidden)",
        ]
    );
}

#[test]
fn a_manifest_that_is_no_yaml_is_told_and_nothing_is_compared() {
    let (good, torn) = (of(&json!({}), DEPLOYMENT), of(&json!({}), "kind: [\n"));
    assert!(compare(revision(1), &good, revision(2), &torn).is_err());
    // A record without values or manifest is empty, not wrong.
    let bare = inside(&packed(&json!({"name": "checkout"}))).unwrap();
    assert!(
        compare(revision(1), &bare, revision(2), &bare)
            .unwrap()
            .is_empty()
    );
}
