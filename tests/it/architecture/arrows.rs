//! What a source file names: every path in it, seen through its `use` lines, with the line it stands on.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};

use super::table::{Named, Path};

/// One thing that a module names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Arrow {
    /// The line, from 1.
    pub(super) line: usize,
    /// The module.
    pub(super) from: Path,
    /// Whether the module is only there for tests.
    pub(super) in_test: bool,
    /// What is named.
    pub(super) to: Named,
}

/// A file's arrows, and the modules that it declares for tests only.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The arrows.
    pub(super) arrows: BTreeSet<Arrow>,
    /// Modules behind `#[cfg(test)]`.
    pub(super) test_modules: Vec<Path>,
}

/// Reads a file. `module` is its module, `crates` the names of the crates it could name.
pub(super) fn of_file(text: &str, module: &[String], crates: &BTreeSet<String>) -> Found {
    let file = syn::parse_file(text).expect("Rust that compiles");
    let mut reader = Reader {
        crates,
        module: module.to_vec(),
        scopes: Vec::new(),
        in_test: false,
        found: Found::default(),
    };
    reader.enter(&file.items);
    reader.visit_file(&file);
    reader.found
}

/// Names of a scope, as the paths that they stand for.
type Scope = BTreeMap<String, Path>;

struct Reader<'a> {
    crates: &'a BTreeSet<String>,
    module: Path,
    scopes: Vec<Scope>,
    in_test: bool,
    found: Found,
}

impl Reader<'_> {
    /// Opens the scope of a module: its `use` lines and child modules hold in all of it.
    fn enter(&mut self, items: &[syn::Item]) {
        self.scopes.push(Scope::new());
        for item in items {
            if let syn::Item::Mod(child) = item {
                let mut path = ours(&self.module);
                path.push(child.ident.to_string());
                self.know(child.ident.to_string(), path);
            }
        }
        for item in items {
            if let syn::Item::Use(item) = item {
                self.imports(item);
            }
        }
    }

    fn know(&mut self, name: String, path: Path) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name, path);
        }
    }

    fn imports(&mut self, item: &syn::ItemUse) {
        let mut leaves = Vec::new();
        leaves_of(&item.tree, &mut Vec::new(), &mut leaves);
        for (name, path) in leaves {
            if let Some(full) = self.resolve(&path) {
                self.know(name, full);
            }
        }
    }

    /// The path from a crate's root (`crate`, or the crate's name); none for what is local, generic or of the prelude.
    fn resolve(&self, path: &[String]) -> Option<Path> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            // The library by its name is how `main` sees it.
            "crate" | "flightdeck" => Some(ours(rest)),
            "self" => Some([ours(&self.module), rest.to_vec()].concat()),
            "super" => {
                let mut at = self.module.clone();
                at.pop();
                let mut rest = rest;
                while let Some((next, after)) = rest.split_first()
                    && next == "super"
                {
                    at.pop();
                    rest = after;
                }
                Some([ours(&at), rest.to_vec()].concat())
            }
            name => {
                // The names of the innermost module: inner modules do not see those of outer ones.
                let known = self.scopes.last().and_then(|scope| scope.get(name));
                match known {
                    Some(full) => Some([full.clone(), rest.to_vec()].concat()),
                    None if self.crates.contains(name) => Some(path.to_vec()),
                    None => None,
                }
            }
        }
    }

    /// Notes a path outside of a `use` line, where one word alone may be a variable that is called like a crate.
    fn mention(&mut self, path: &[String], line: usize) {
        let known = |name: &String| {
            self.scopes
                .last()
                .is_some_and(|scope| scope.contains_key(name))
        };
        if path.len() > 1 || path.first().is_some_and(known) {
            self.path(path, line);
        }
    }

    /// Notes a path as it is written.
    fn path(&mut self, path: &[String], line: usize) {
        if let [.., kind, call] = path
            && call == "now"
        {
            match kind.as_str() {
                "Timestamp" | "Zoned" | "SystemTime" => self.arrow(Named::System("clock"), line),
                "Instant" => self.arrow(Named::System("timer"), line),
                _ => {}
            }
        }
        let Some(full) = self.resolve(path) else {
            return;
        };
        let Some((root, rest)) = full.split_first() else {
            return;
        };
        if root == "crate" {
            self.arrow(Named::Ours(rest.to_vec()), line);
            return;
        }
        if let Some(corner) = corner(&full) {
            self.arrow(Named::System(corner), line);
        }
        if !["std", "core", "alloc"].contains(&root.as_str()) {
            self.arrow(Named::Crate(full), line);
        }
    }

    fn arrow(&mut self, to: Named, line: usize) {
        self.found.arrows.insert(Arrow {
            line,
            from: self.module.clone(),
            in_test: self.in_test,
            to,
        });
    }

    /// Paths in what a macro is given: names joined by `::`, and paths in an attribute's strings.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Path = Vec::new();
        let mut colons = 0;
        let mut line = 0;
        for token in tokens {
            match &token {
                TokenTree::Ident(ident) => {
                    if colons != 2 && !path.is_empty() {
                        self.mention(&std::mem::take(&mut path), line);
                    }
                    if path.is_empty() {
                        line = ident.span().start().line;
                    }
                    path.push(ident.to_string());
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' && !path.is_empty() => {
                    colons += 1;
                }
                TokenTree::Punct(_) | TokenTree::Group(_) | TokenTree::Literal(_) => {
                    if !path.is_empty() {
                        self.mention(&std::mem::take(&mut path), line);
                    }
                    colons = 0;
                    if let TokenTree::Group(group) = &token {
                        self.tokens(group.stream());
                    }
                    if let TokenTree::Literal(literal) = &token {
                        self.quoted(literal);
                    }
                }
            }
        }
        if !path.is_empty() {
            self.mention(&path, line);
        }
    }

    /// A path in quotes, as serde takes them.
    fn quoted(&mut self, literal: &proc_macro2::Literal) {
        let line = literal.span().start().line;
        if let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string())
            && let Ok(path) = text.parse_with(syn::Path::parse_mod_style)
        {
            self.mention(&segments(&path), line);
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let for_tests = item.attrs.iter().any(is_cfg_test);
        let was = self.in_test;
        self.module.push(item.ident.to_string());
        if for_tests {
            self.found.test_modules.push(self.module.clone());
            self.in_test = true;
        }
        if let Some((_, items)) = &item.content {
            self.enter(items);
            visit::visit_item_mod(self, item);
            self.scopes.pop();
        }
        self.module.pop();
        self.in_test = was;
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        // One inside a function holds from here on.
        self.imports(item);
        let mut leaves = Vec::new();
        leaves_of(&item.tree, &mut Vec::new(), &mut leaves);
        for (_, path) in leaves {
            self.path(&path, item.span().start().line);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.mention(&segments(path), path.span().start().line);
        visit::visit_path(self, path);
    }

    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {
        // `pub(crate)` says who may look here, not what is looked at.
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        let line = call.method.span().start().line;
        match call.method.to_string().as_str() {
            "elapsed" => self.arrow(Named::System("timer"), line),
            "exists" | "try_exists" | "canonicalize" | "read_dir" | "symlink_metadata" => {
                self.arrow(Named::System("fs"), line);
            }
            _ => {}
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        self.visit_path(&mac.path);
        self.tokens(mac.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        match &attribute.meta {
            syn::Meta::List(list) => self.tokens(list.tokens.clone()),
            syn::Meta::Path(_) | syn::Meta::NameValue(_) => {}
        }
    }
}

/// A path of this crate from its root.
fn ours(path: &[String]) -> Path {
    [&["crate".to_owned()], path].concat()
}

fn segments(path: &syn::Path) -> Path {
    path.segments
        .iter()
        .map(|segment| segment.ident.to_string())
        .collect()
}

fn is_cfg_test(attribute: &syn::Attribute) -> bool {
    attribute.path().is_ident("cfg")
        && attribute
            .parse_args::<syn::Ident>()
            .is_ok_and(|what| what == "test")
}

/// The names that a `use` brings, with their paths; a glob brings its module under no name.
fn leaves_of(tree: &syn::UseTree, before: &mut Path, out: &mut Vec<(String, Path)>) {
    match tree {
        syn::UseTree::Path(path) => {
            before.push(path.ident.to_string());
            leaves_of(&path.tree, before, out);
            before.pop();
        }
        syn::UseTree::Name(name) if name.ident == "self" => {
            let last = before.last().cloned().unwrap_or_default();
            out.push((last, before.clone()));
        }
        syn::UseTree::Name(name) => {
            let name = name.ident.to_string();
            out.push((name.clone(), [before.clone(), vec![name]].concat()));
        }
        syn::UseTree::Rename(rename) => {
            let mut path = before.clone();
            if rename.ident != "self" {
                path.push(rename.ident.to_string());
            }
            out.push((rename.rename.to_string(), path));
        }
        syn::UseTree::Glob(_) => out.push(("*".to_owned(), before.clone())),
        syn::UseTree::Group(group) => {
            for tree in &group.items {
                leaves_of(tree, before, out);
            }
        }
    }
}

/// Where std, tokio and rustix reach out of the program.
fn corner(path: &[String]) -> Option<&'static str> {
    let words: Vec<&str> = path.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["std" | "tokio" | "rustix", "fs", ..] | ["std", "os", "unix", "fs", ..] => Some("fs"),
        ["std" | "tokio" | "rustix", "net", ..] | ["std", "os", "unix", "net", ..] => Some("net"),
        ["std", "env", ..] => Some("env"),
        ["std" | "tokio" | "rustix", "process", ..] | ["tokio", "signal", ..] => Some("process"),
        ["std", "thread", ..] => Some("thread"),
        [
            "std" | "tokio",
            "io",
            "stdin" | "stdout" | "stderr" | "IsTerminal",
            ..,
        ]
        | ["rustix", "termios", ..] => Some("terminal"),
        ["jiff", "tz", "TimeZone", "system", ..] => Some("clock"),
        _ => None,
    }
}
