//! The metrics of the business: what is asked, and which way each should go.

use std::collections::BTreeMap;

use crate::domain::gauge::BusinessName;
use crate::engine::policy::{Better, Policy};
use crate::settings::nearest::nearest;
use crate::settings::written;

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
                let hint =
                    "write query = 'sum(rate(orders_total{$matchers}[1m]))', with your counter";
                let what = "it has no query";
                self.wrong(&[&at[..], &["query"]].concat(), what, Some(hint.to_owned()));
            }
            let better = self.better(&[&at[..], &["better"]].concat(), written.better.as_deref());
            let name = self.need(&at, BusinessName::parse(name));
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
        let hint = match nearest(word, all.map(Better::as_str)) {
            Some(meant) => format!("did you mean {meant:?}?"),
            None => "write \"higher\" or \"lower\"".to_owned(),
        };
        self.wrong(path, format!("nothing gets better by {word:?}"), Some(hint));
        None
    }
}
