//! The metrics of the business: what is asked, and which way each should go.

use std::collections::BTreeMap;

use crate::domain::gauge::BusinessName;
use crate::engine::policy::{Better, Policy};
use crate::settings::nearest::nearest;
use crate::settings::{Fault, written};

use super::Reader;

impl Reader<'_> {
    /// Sets which way each should go, and tells their queries.
    pub(super) fn business(
        &mut self,
        path: &[&str],
        written: &BTreeMap<String, written::Business>,
        policy: &mut Policy,
    ) -> BTreeMap<BusinessName, String> {
        let mut queries = BTreeMap::new();
        for (name, written) in written {
            let at = [path, &[name.as_str()]].concat();
            let query = written.query.as_deref().map(str::trim);
            let query = query.filter(|query| !query.is_empty());
            if query.is_none() {
                let key = [&at[..], &["query"]].concat();
                self.wrong(&key, Fault::Query, "it has no query", None);
            }
            let better = self.better(&[&at[..], &["better"]].concat(), written.better.as_deref());
            let name = self.need(&at, Fault::Name, BusinessName::parse(name));
            if let (Some(name), Some(query), Some(better)) = (name, query, better) {
                policy.business.insert(name, better);
                queries.insert(name, query.to_owned());
            }
        }
        queries
    }

    fn better(&mut self, path: &[&str], written: Option<&str>) -> Option<Better> {
        let Some(word) = written else {
            return Some(Better::Higher);
        };
        let all = [Better::Higher, Better::Lower];
        if let Some(better) = all.into_iter().find(|better| better.as_str() == word) {
            return Some(better);
        }
        let hint = nearest(word, all.map(Better::as_str));
        let hint = hint.map(|meant| format!("did you mean {meant:?}?"));
        let what = format!("nothing gets better by {word:?}");
        self.wrong(path, Fault::Better, what, hint);
        None
    }
}
