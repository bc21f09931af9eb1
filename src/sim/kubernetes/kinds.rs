//! The table of resources that the simulated API serves.
//!
//! Discovery, routing and the store read the same rows, so that what is listed is what is served.

/// One served resource.
#[derive(Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_field_names,
    reason = "`kind` is the API's own word for this field"
)]
pub(crate) struct Kind {
    /// Plural and group as in messages and as the store's name: `pods`, `deployments.apps`.
    pub(crate) resource: &'static str,
    pub(crate) group: &'static str,
    pub(crate) version: &'static str,
    pub(crate) plural: &'static str,
    pub(crate) singular: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) namespaced: bool,
    pub(crate) short: &'static [&'static str],
    pub(crate) categories: &'static [&'static str],
    /// Whether `status` is written apart from the rest.
    pub(crate) status: bool,
    /// A custom resource: no strategic merge, lists are whole values, updates name a version.
    pub(crate) custom: bool,
}

const fn core(
    plural: &'static str,
    singular: &'static str,
    kind: &'static str,
    short: &'static [&'static str],
) -> Kind {
    Kind {
        resource: plural,
        group: "",
        version: "v1",
        plural,
        singular,
        kind,
        namespaced: true,
        short,
        categories: &[],
        status: false,
        custom: false,
    }
}

impl Kind {
    const fn of(self, group: &'static str, version: &'static str, resource: &'static str) -> Self {
        Self {
            resource,
            group,
            version,
            ..self
        }
    }

    const fn cluster(self) -> Self {
        Self {
            namespaced: false,
            ..self
        }
    }

    const fn with_status(self) -> Self {
        Self {
            status: true,
            ..self
        }
    }

    const fn all(self) -> Self {
        Self {
            categories: &["all"],
            ..self
        }
    }

    const fn custom(self) -> Self {
        Self {
            custom: true,
            ..self
        }
    }

    pub(crate) fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.to_owned()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// The name that messages about content use: `Deployment.apps`; the resource for custom ones.
    pub(crate) fn qualified(&self) -> String {
        if self.custom {
            self.resource.to_owned()
        } else if self.group.is_empty() {
            self.kind.to_owned()
        } else {
            format!("{}.{}", self.kind, self.group)
        }
    }

    /// The name under which objects are stored: both kinds of event are one.
    pub(crate) fn storage(&self) -> &'static str {
        if self.plural == "events" {
            "events"
        } else {
            self.resource
        }
    }

    /// Whether `metadata.generation` counts changes of the specification.
    pub(crate) fn counts_generations(&self) -> bool {
        self.status && !matches!(self.plural, "namespaces" | "nodes" | "services")
    }
}

/// Every served resource, in the order of discovery.
pub(crate) static KINDS: [Kind; 17] = [
    core("configmaps", "configmap", "ConfigMap", &["cm"]),
    core("endpoints", "endpoints", "Endpoints", &["ep"]),
    core("events", "event", "Event", &["ev"]),
    core("namespaces", "namespace", "Namespace", &["ns"])
        .cluster()
        .with_status(),
    core("nodes", "node", "Node", &["no"])
        .cluster()
        .with_status(),
    core("pods", "pod", "Pod", &["po"]).with_status().all(),
    core("secrets", "secret", "Secret", &[]),
    core(
        "serviceaccounts",
        "serviceaccount",
        "ServiceAccount",
        &["sa"],
    ),
    core("services", "service", "Service", &["svc"])
        .with_status()
        .all(),
    core(
        "customresourcedefinitions",
        "customresourcedefinition",
        "CustomResourceDefinition",
        &["crd", "crds"],
    )
    .of(
        "apiextensions.k8s.io",
        "v1",
        "customresourcedefinitions.apiextensions.k8s.io",
    )
    .cluster()
    .with_status(),
    core("deployments", "deployment", "Deployment", &["deploy"])
        .of("apps", "v1", "deployments.apps")
        .with_status()
        .all(),
    core("replicasets", "replicaset", "ReplicaSet", &["rs"])
        .of("apps", "v1", "replicasets.apps")
        .with_status()
        .all(),
    core("statefulsets", "statefulset", "StatefulSet", &["sts"])
        .of("apps", "v1", "statefulsets.apps")
        .with_status()
        .all(),
    core("leases", "lease", "Lease", &[]).of(
        "coordination.k8s.io",
        "v1",
        "leases.coordination.k8s.io",
    ),
    core("featureflags", "featureflag", "FeatureFlag", &["ff"])
        .of(
            "core.openfeature.dev",
            "v1beta1",
            "featureflags.core.openfeature.dev",
        )
        .with_status()
        .custom(),
    core("endpointslices", "endpointslice", "EndpointSlice", &[]).of(
        "discovery.k8s.io",
        "v1",
        "endpointslices.discovery.k8s.io",
    ),
    core("events", "event", "Event", &["ev"]).of("events.k8s.io", "v1", "events.events.k8s.io"),
];

/// By plural, with the group where given: `pods`, `deployments`, `deployments.apps`.
pub(crate) fn by_resource(resource: &str) -> Option<&'static Kind> {
    KINDS
        .iter()
        .find(|kind| kind.resource == resource)
        .or_else(|| KINDS.iter().find(|kind| kind.plural == resource))
}

pub(crate) fn by_type(api_version: &str, name: &str) -> Option<&'static Kind> {
    KINDS
        .iter()
        .find(|kind| kind.kind == name && kind.api_version() == api_version)
}

pub(crate) fn by_path(group: &str, version: &str, plural: &str) -> Option<&'static Kind> {
    KINDS
        .iter()
        .find(|kind| kind.group == group && kind.version == version && kind.plural == plural)
}
