//! A real cluster as plain processes on loopback: etcd, API server, controller manager, scheduler, and kwok for kubelets.
//!
//! What the deck believes about Kubernetes is only worth something when a real API server agrees.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::look::Look as _;
use crate::process::{self, Running, free_port};
use crate::programs::Programs;
use crate::wait::{PATIENCE, until};

/// The programs that a cluster is made of.
pub(crate) const PROGRAMS: [&str; 8] = [
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kwok",
    "kwok-files",
    "kubectl",
    "openssl",
];

/// Who may knock: user and group. A token is the user's name with `-token`.
const PEOPLE: [(&str, &str); 7] = [
    ("admin", "system:masters"),
    ("alice", "engineers"),
    ("bob", "engineers"),
    ("carol", "engineers"),
    ("viewer", "viewers"),
    ("pilot", "viewers"),
    ("jenkins", "pipeline"),
];

/// Reads leave no line in the audit log, but for what the pilot lists and watches; writes leave one with the identity and
/// the Audit-ID.
const AUDIT_POLICY: &str = r#"
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - { level: Metadata, users: [pilot], verbs: [list, watch] }
  - { level: None, verbs: [get, list, watch] }
  - { level: None, users: ["system:apiserver", "admin"] }
  - { level: None, userGroups: ["system:serviceaccounts"] }
  - { level: Metadata }
"#;

/// The stages by which kwok brings nodes and pods up, as in its own default set.
const STAGES: [&str; 5] = [
    "node/fast/node-initialize.yaml",
    "node/heartbeat-with-lease/node-heartbeat-with-lease.yaml",
    "pod/fast/pod-ready.yaml",
    "pod/fast/pod-complete.yaml",
    "pod/fast/pod-delete.yaml",
];

/// How long after its creation, and then after each restart, a container that exits at once is restarted, in
/// milliseconds: it runs two seconds, and the kubelet waits longer each time.
const RESTARTS: [u32; 6] = [4_500, 12_000, 22_000, 42_000, 82_000, 162_000];

/// The stages of pods that are labelled to exit.
fn exits() -> String {
    let stage = |(before, delay): (usize, &u32)| {
        let is_next = if before == 0 {
            "{ key: .status.phase, operator: In, values: [Pending] }".to_owned()
        } else {
            let key = "'.status.containerStatuses[0].restartCount | tostring'";
            format!("{{ key: {key}, operator: In, values: [\"{before}\"] }}")
        };
        include_str!("files/exits.yaml")
            .replace("BEFORE", &is_next)
            .replace("DELAY", &delay.to_string())
            .replace("COUNT", &(before + 1).to_string())
    };
    let stages: Vec<String> = RESTARTS.iter().enumerate().map(stage).collect();
    stages.join("---\n")
}

/// How many pods there is room for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room {
    /// Nodes.
    pub(crate) nodes: u32,
    /// Pods on each.
    pub(crate) pods: u32,
}

impl Room {
    /// For trials.
    pub(crate) const SMALL: Self = Self {
        nodes: 2,
        pods: 500,
    };
}

/// The scheduler's own limit of 50 questions a second would take minutes for thousands of pods.
const SCHEDULER: &str = "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n\
                         leaderElection: { leaderElect: false }\n\
                         clientConnection: { kubeconfig: KUBECONFIG, qps: 1000, burst: 2000 }\n";

/// A running cluster; dropping it ends its processes.
#[derive(Debug)]
pub(crate) struct Cluster {
    /// The context's name in its kubeconfig files.
    pub(crate) name: &'static str,
    /// `https://127.0.0.1:PORT`.
    pub(crate) server: String,
    folder: PathBuf,
    kubectl: PathBuf,
    processes: Vec<Running>,
}

impl Cluster {
    /// Starts all processes and waits until pods can run.
    pub(crate) fn start(
        name: &'static str,
        programs: &Programs,
        folder: &Path,
        room: Room,
    ) -> Result<Self> {
        let folder = folder.join(name);
        fs::create_dir_all(&folder)?;
        let server = format!("https://127.0.0.1:{}", free_port()?);
        let mut cluster = Self {
            name,
            server,
            folder,
            kubectl: programs.path("kubectl")?,
            processes: Vec::new(),
        };
        cluster.start_api(programs)?;
        cluster.start_controllers(programs)?;
        cluster.start_nodes(programs, room)?;
        cluster.await_nodes(room)?;
        Ok(cluster)
    }

    fn start_api(&mut self, programs: &Programs) -> Result<()> {
        let etcd = format!("http://127.0.0.1:{}", free_port()?);
        let peer = format!("http://127.0.0.1:{}", free_port()?);
        let mut command = Command::new(programs.path("etcd")?);
        command.arg("--data-dir").arg(self.folder.join("etcd"));
        command.args([
            "--listen-client-urls",
            &etcd,
            "--advertise-client-urls",
            &etcd,
        ]);
        command.args([
            "--listen-peer-urls",
            &peer,
            "--initial-advertise-peer-urls",
            &peer,
        ]);
        command.args([
            "--initial-cluster",
            &format!("default={peer}"),
            "--unsafe-no-fsync",
            "--log-level",
            "warn",
        ]);
        self.spawn("etcd", &mut command)?;

        let key = self.folder.join("sa.key");
        process::run(
            Command::new(programs.path("openssl")?)
                .args(["genrsa", "-out"])
                .arg(&key)
                .arg("2048"),
            None,
        )?;
        let tokens: Vec<String> = PEOPLE
            .iter()
            .map(|(user, group)| format!("{user}-token,{user},{user},\"{group}\""))
            .collect();
        let port = self.server.rsplit(':').next().unwrap_or_default();
        let mut command = Command::new(programs.path("kube-apiserver")?);
        command.args(["--etcd-servers", &etcd, "--secure-port", port]);
        command.args([
            "--bind-address",
            "127.0.0.1",
            "--advertise-address",
            "127.0.0.1",
        ]);
        command.arg("--cert-dir").arg(self.folder.join("certs"));
        command.arg("--service-account-key-file").arg(&key);
        command.arg("--service-account-signing-key-file").arg(&key);
        command.args(["--service-account-issuer", "https://kubernetes.default.svc"]);
        command.args([
            "--service-cluster-ip-range",
            "10.0.0.0/16",
            "--authorization-mode",
            "RBAC",
        ]);
        command
            .arg("--token-auth-file")
            .arg(self.write("tokens.csv", &tokens.join("\n"))?);
        command
            .arg("--audit-policy-file")
            .arg(self.write("audit.yaml", AUDIT_POLICY)?);
        command
            .arg("--audit-log-path")
            .arg(self.folder.join("audit.log"));
        self.spawn("kube-apiserver", &mut command)?;

        for (user, _) in PEOPLE {
            self.write(
                &format!("kubeconfig-{user}"),
                &kubeconfig(&[self], user).to_string(),
            )?;
        }
        self.await_answer("the API server is ready", |cluster| {
            Ok((cluster.kubectl("admin", &["get", "--raw", "/readyz"])? == "ok").then_some(()))
        })
    }

    fn start_controllers(&mut self, programs: &Programs) -> Result<()> {
        let kubeconfig = self.kubeconfig("admin");
        let mut command = Command::new(programs.path("kube-controller-manager")?);
        command.arg("--kubeconfig").arg(&kubeconfig);
        command
            .arg("--service-account-private-key-file")
            .arg(self.folder.join("sa.key"));
        command.args([
            "--use-service-account-credentials",
            "--leader-elect=false",
            "--secure-port",
            "0",
            "--kube-api-qps",
            "1000",
            "--kube-api-burst",
            "2000",
        ]);
        self.spawn("kube-controller-manager", &mut command)?;
        let config = SCHEDULER.replace("KUBECONFIG", &json!(kubeconfig).to_string());
        let mut command = Command::new(programs.path("kube-scheduler")?);
        command
            .arg("--config")
            .arg(self.write("scheduler.yaml", &config)?)
            .args(["--secure-port", "0"]);
        self.spawn("kube-scheduler", &mut command)
    }

    fn start_nodes(&mut self, programs: &Programs, room: Room) -> Result<()> {
        let files = programs.path("kwok-files")?;
        let crd = files.join("crd/bases/kwok.x-k8s.io_clusterportforwards.yaml");
        self.apply(&fs::read_to_string(crd)?)?;
        self.await_answer("the kind ClusterPortForward is served", |cluster| {
            cluster
                .kubectl("admin", &["get", "clusterportforwards"])
                .map(Some)
        })?;
        let port = free_port()?.to_string();
        let certs = self.folder.join("certs");
        let mut command = Command::new(programs.path("kwok")?);
        command.arg("--kubeconfig").arg(self.kubeconfig("admin"));
        command.args([
            "--manage-all-nodes",
            "--cidr",
            "10.128.0.0/14",
            "--node-ip",
            "127.0.0.1",
            "--node-port",
            &port,
        ]);
        command.args([
            "--server-address",
            &format!("127.0.0.1:{port}"),
            "--node-lease-duration-seconds",
            "40",
        ]);
        command
            .arg("--tls-cert-file")
            .arg(certs.join("apiserver.crt"));
        command
            .arg("--tls-private-key-file")
            .arg(certs.join("apiserver.key"));
        command.args(["--enable-crds", "ClusterPortForward"]);
        for stage in STAGES {
            command.arg("-c").arg(files.join("stage").join(stage));
        }
        command.arg("-c").arg(self.write("exits.yaml", &exits())?);
        self.spawn("kwok", &mut command)?;
        let capacity = json!({ "cpu": "64", "memory": "256Gi", "pods": room.pods.to_string() });
        for number in 0..room.nodes {
            let node = format!("node-{number}");
            let object = json!({
                "apiVersion": "v1", "kind": "Node",
                "metadata": { "name": node, "labels": { "kubernetes.io/hostname": node } },
                "status": { "capacity": capacity, "allocatable": capacity },
            });
            self.apply(&object.to_string())?;
        }
        Ok(())
    }

    fn await_nodes(&mut self, room: Room) -> Result<()> {
        self.await_answer("the nodes are ready", |cluster| {
            let nodes = cluster.get(&["nodes"])?;
            let ready = |node: &Value| {
                let conditions = node.list("/status/conditions");
                conditions
                    .iter()
                    .any(|c| c.at("/type") == "Ready" && c.at("/status") == "True")
            };
            let items = nodes.list("/items");
            let are_ready = items.iter().filter(|node| ready(node)).count();
            Ok((u32::try_from(are_ready)? == room.nodes).then_some(()))
        })?;
        self.await_answer("the default service account is there", |cluster| {
            cluster
                .kubectl("admin", &["get", "serviceaccount", "default"])
                .map(Some)
        })
    }

    fn await_answer<T>(
        &mut self,
        what: &str,
        mut ask: impl FnMut(&Self) -> Result<Option<T>>,
    ) -> Result<()> {
        let what = format!("{what} ({})", self.name);
        until(&what, PATIENCE, || {
            self.processes.iter_mut().try_for_each(Running::check)?;
            ask(self)
        })
        .map(drop)
    }

    fn spawn(&mut self, name: &str, command: &mut Command) -> Result<()> {
        let running = Running::start(name, &self.folder, command)?;
        self.processes.push(running);
        Ok(())
    }

    fn write(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.folder.join(name);
        fs::write(&path, text).with_context(|| format!("write {}", path.display()))?;
        Ok(path)
    }

    /// The kubeconfig file with which `user` sees only this cluster.
    pub(crate) fn kubeconfig(&self, user: &str) -> PathBuf {
        self.folder.join(format!("kubeconfig-{user}"))
    }

    /// What the API server wrote down about writes of people, one JSON object a line.
    pub(crate) fn audit(&self) -> Result<Vec<Value>> {
        let all = self.audited()?;
        Ok(all.into_iter().filter(|e| !is_look(e)).collect())
    }

    /// What it wrote down about the pilot's lists and watches, each when it had been answered.
    pub(crate) fn looks(&self) -> Result<Vec<Value>> {
        Ok(self.audited()?.into_iter().filter(is_look).collect())
    }

    fn audited(&self) -> Result<Vec<Value>> {
        let text = fs::read_to_string(self.folder.join("audit.log"))?;
        Ok(text
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect())
    }

    /// Real kubectl as `user`.
    pub(crate) fn command(&self, user: &str) -> Command {
        let mut command = Command::new(&self.kubectl);
        command
            .env("KUBECONFIG", self.kubeconfig(user))
            .env("HOME", &self.folder);
        command
    }

    /// Runs real kubectl as `user`.
    pub(crate) fn kubectl(&self, user: &str, args: &[&str]) -> Result<String> {
        process::run(self.command(user).args(args), None)
    }

    /// `kubectl get ... -o json`, as the administrator.
    pub(crate) fn get(&self, what: &[&str]) -> Result<Value> {
        let args: Vec<&str> = ["get"]
            .iter()
            .chain(what)
            .chain(&["-o", "json"])
            .copied()
            .collect();
        Ok(serde_json::from_str(&self.kubectl("admin", &args)?)?)
    }

    /// `kubectl apply -f -`, as the administrator.
    pub(crate) fn apply(&self, yaml: &str) -> Result<()> {
        process::run(self.command("admin").args(["apply", "-f", "-"]), Some(yaml)).map(drop)
    }

    /// Makes a namespace, if it is not there. Engineers may change flags in it, everyone else may look.
    pub(crate) fn namespace(&self, name: &str) -> Result<()> {
        let bind = |role: &str, groups: &[&str]| {
            let subject = |group: &&str| json!({ "apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": group });
            json!({
                "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
                "metadata": { "name": role, "namespace": name },
                "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role },
                "subjects": groups.iter().map(subject).collect::<Vec<_>>(),
            })
        };
        let space =
            json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name } });
        for object in [
            space,
            bind("engineer", &["engineers"]),
            bind("viewer", &["engineers", "viewers", "pipeline"]),
        ] {
            self.apply(&object.to_string())?;
        }
        Ok(())
    }
}

fn is_look(entry: &Value) -> bool {
    matches!(entry.text("/verb"), "list" | "watch")
}

/// A kubeconfig with one context for each cluster, all as `user`. It is JSON, which every reader of YAML reads.
pub(crate) fn kubeconfig(clusters: &[&Cluster], user: &str) -> Value {
    let named = |key: &str, value: &dyn Fn(&Cluster) -> Value| -> Vec<Value> {
        clusters
            .iter()
            .map(|c| json!({ "name": c.name, key: value(c) }))
            .collect()
    };
    json!({
        "apiVersion": "v1", "kind": "Config",
        "clusters": named("cluster", &|c| json!({
            "server": c.server, "certificate-authority": c.folder.join("certs/apiserver.crt"),
        })),
        "users": [{ "name": user, "user": { "token": format!("{user}-token") } }],
        "contexts": named("context", &|c| json!({ "cluster": c.name, "user": user, "namespace": "default" })),
        "current-context": clusters.first().map_or("", |c| c.name),
    })
}
