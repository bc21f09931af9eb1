//! Who else writes an object: the marks that `GitOps` tools leave. They would revert a change of ours.

use kube::core::ObjectMeta;

use crate::domain::untrusted::Untrusted;

const ANNOTATIONS: [(&str, &str); 1] = [("argocd.argoproj.io/tracking-id", "Argo CD")];
const LABELS: [(&str, &str); 3] = [
    ("argocd.argoproj.io/instance", "Argo CD"),
    ("kustomize.toolkit.fluxcd.io/name", "Flux Kustomization"),
    ("helm.toolkit.fluxcd.io/name", "Flux HelmRelease"),
];

/// The `GitOps` tool that owns an object, with the name of its application, if the object carries a mark.
pub fn gitops_owner(meta: &ObjectMeta) -> Option<Untrusted> {
    let labels = meta.labels.as_ref();
    let annotations = meta.annotations.as_ref();
    let by_label = LABELS
        .iter()
        .find_map(|(key, tool)| labels?.get(*key).map(|name| (*tool, name.as_str())));
    let by_annotation = || {
        ANNOTATIONS.iter().find_map(|(key, tool)| {
            let id = annotations?.get(*key)?;
            Some((*tool, id.split(':').next().unwrap_or(id)))
        })
    };
    by_label
        .or_else(by_annotation)
        .map(|(tool, name)| Untrusted::new(format!("{tool} {name}")))
}
