//! The verbs of judgement, pure: evidence in, verdicts, advice and plans out.
