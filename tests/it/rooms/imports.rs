//! Which file of a crate uses a name that another file defines: `use` and every path in the code, without tests.
//!
//! 1. [`Crate::add`] reads a file, and the files of its `mod` lines: what is defined, imported, and mentioned;
//! 2. [`Crate::definition`] follows a path through modules and re-exports to the module that defines the name.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};

/// Names from the crate's root.
type ModulePath = Vec<String>;

/// One use of another file's name.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Import {
    pub(super) from: String,
    pub(super) from_file: String,
    pub(super) to: String,
    pub(super) to_file: String,
    /// The path as it was found, from the crate's root.
    name: String,
}

impl fmt::Display for Import {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} uses {}", self.from_file, self.name)
    }
}

#[derive(Default)]
struct Module {
    file: String,
    children: BTreeSet<String>,
    definitions: BTreeSet<String>,
    /// The name here → the path that was imported, as it was written.
    uses: BTreeMap<String, ModulePath>,
    globs: Vec<ModulePath>,
    /// Names that are only handed on.
    re_exports: BTreeSet<String>,
    /// Every path in the code, as it was written.
    mentions: BTreeSet<ModulePath>,
}

#[derive(Default)]
struct Crate {
    modules: BTreeMap<ModulePath, Module>,
}

/// Every import of the crate whose `lib.rs` lies in a folder, in order.
pub(super) fn read(src: &Path) -> Vec<Import> {
    let mut all = Crate::default();
    all.add(src, &src.join("lib.rs"), src, &Vec::new());
    let mut found = BTreeSet::new();
    for (at, module) in &all.modules {
        let used = module
            .uses
            .iter()
            .filter(|(name, _)| !module.re_exports.contains(*name));
        let written = used
            .map(|(_, path)| path)
            .chain(&module.mentions)
            .chain(&module.globs);
        for path in written {
            let Some(path) = all.absolute(at, path) else {
                continue;
            };
            let Some(to) = all.definition(&path, 0) else {
                continue;
            };
            let (from_file, to_file) = (module.file.clone(), all.modules[&to].file.clone());
            // `lib.rs` only lists the rooms.
            if from_file != to_file && to_file != "lib.rs" {
                let (from, to) = (at.join("::"), to.join("::"));
                let name = path.join("::");
                found.insert(Import {
                    from,
                    from_file,
                    to,
                    to_file,
                    name,
                });
            }
        }
    }
    found.into_iter().collect()
}

impl Crate {
    /// Reads the file of a module; `folder` is where the files of its children lie.
    fn add(&mut self, src: &Path, file: &Path, folder: &Path, at: &ModulePath) {
        let text = std::fs::read_to_string(file)
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let syntax =
            syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let shown = file.strip_prefix(src).unwrap().display().to_string();
        self.add_items(src, &shown, folder, at, &syntax.items);
    }

    fn add_items(
        &mut self,
        src: &Path,
        shown: &str,
        folder: &Path,
        at: &ModulePath,
        items: &[syn::Item],
    ) {
        let mut reader = Reader::default();
        reader.module.file = shown.to_owned();
        for item in items {
            reader.visit_item(item);
        }
        let children = std::mem::take(&mut reader.children);
        self.modules.insert(at.clone(), reader.module);
        for child in children {
            let name = child.ident.to_string();
            let below = folder.join(&name);
            let path = [&at[..], std::slice::from_ref(&name)].concat();
            if let Some((_, items)) = &child.content {
                self.add_items(src, shown, &below, &path, items);
                continue;
            }
            let beside = written_path(&child.attrs).map(|path| folder.join(path));
            let candidates = [
                beside.unwrap_or_else(|| folder.join(format!("{name}.rs"))),
                below.join("mod.rs"),
            ];
            let file: &PathBuf = candidates.iter().find(|file| file.is_file()).unwrap();
            self.add(src, file, &below, &path);
        }
    }

    /// A path as a module writes it, from the root; `None` if it leads out of the crate.
    fn absolute(&self, at: &ModulePath, written: &[String]) -> Option<ModulePath> {
        let (first, rest) = written.split_first()?;
        match first.as_str() {
            "crate" => Some(rest.to_vec()),
            "self" => Some([at, rest].concat()),
            "super" => {
                let mut above = at.clone();
                above.pop();
                let mut rest = rest;
                while let Some((first, more)) = rest.split_first()
                    && first == "super"
                {
                    above.pop();
                    rest = more;
                }
                Some([&above, rest].concat())
            }
            name if self.modules[at].children.contains(name) => Some([at, written].concat()),
            name => {
                let used = self.modules[at]
                    .uses
                    .get(name)
                    .filter(|used| used[0] != *name)?;
                Some([&self.absolute(at, used)?, rest].concat())
            }
        }
    }

    /// The module that defines what a path names. A path that names a module itself defines nothing: its names are
    /// mentioned where they are used.
    fn definition(&self, path: &[String], depth: usize) -> Option<ModulePath> {
        let mut at = ModulePath::new();
        let mut rest = path;
        while let Some((first, more)) = rest.split_first()
            && self.modules.get(&at)?.children.contains(first)
        {
            at.push(first.clone());
            rest = more;
        }
        let module = self.modules.get(&at)?;
        let name = rest.first()?;
        if module.definitions.contains(name) || depth > 8 {
            return Some(at);
        }
        if let Some(used) = module.uses.get(name) {
            let used = self.absolute(&at, used)?;
            return self.definition(&[&used, &rest[1..]].concat(), depth + 1);
        }
        let globs = module
            .globs
            .iter()
            .filter_map(|glob| self.absolute(&at, glob));
        let through = globs.map(|glob| [&glob, rest].concat()).find_map(|path| {
            let found = self.definition(&path, depth + 1)?;
            self.modules[&found]
                .definitions
                .contains(name)
                .then_some(found)
        });
        // A macro may define what is not seen here.
        Some(through.unwrap_or(at))
    }
}

/// Reads the items of one module.
#[derive(Default)]
struct Reader {
    module: Module,
    children: Vec<syn::ItemMod>,
    /// Inside of a function: what is defined there is nobody else's.
    depth: usize,
}

impl Reader {
    fn add_use(&mut self, tree: &syn::UseTree, before: &[String], is_public: bool) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        match tree {
            syn::UseTree::Path(path) => self.add_use(&path.tree, &with(&path.ident), is_public),
            syn::UseTree::Group(group) => {
                for tree in &group.items {
                    self.add_use(tree, before, is_public);
                }
            }
            syn::UseTree::Glob(_) => self.module.globs.push(before.to_vec()),
            syn::UseTree::Name(name) if name.ident == "self" => {
                self.import(before.last().unwrap().clone(), before.to_vec(), is_public);
            }
            syn::UseTree::Name(name) => {
                self.import(name.ident.to_string(), with(&name.ident), is_public)
            }
            syn::UseTree::Rename(rename) => {
                let path = if rename.ident == "self" {
                    before.to_vec()
                } else {
                    with(&rename.ident)
                };
                self.import(rename.rename.to_string(), path, is_public);
            }
        }
    }

    fn import(&mut self, name: String, path: ModulePath, is_public: bool) {
        if is_public {
            self.module.re_exports.insert(name.clone());
        }
        self.module.uses.insert(name, path);
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let (attributes, name) = parts(item);
        if is_test(attributes) {
            return;
        }
        if let Some(name) = name.filter(|_| self.depth == 0) {
            self.module.definitions.insert(name.to_string());
        }
        match item {
            syn::Item::Mod(child) if self.depth == 0 => {
                self.module.children.insert(child.ident.to_string());
                self.children.push(child.clone());
            }
            syn::Item::Use(used) => {
                let is_public = !matches!(used.vis, syn::Visibility::Inherited);
                self.add_use(&used.tree, &[], is_public);
            }
            _ => {
                self.depth += 1;
                visit::visit_item(self, item);
                self.depth -= 1;
            }
        }
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        if !is_test(&function.attrs) {
            visit::visit_impl_item_fn(self, function);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string());
        self.module.mentions.insert(names.collect());
        visit::visit_path(self, path);
    }

    /// What a macro is given is not parsed; its paths are seen in the text.
    fn visit_macro(&mut self, called: &'ast syn::Macro) {
        let text = called.tokens.to_string().replace(" :: ", "::");
        let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
        for word in text.split(|c| !is_part(c)) {
            if word.contains("::") && !word.starts_with(':') {
                let names = word.trim_end_matches(':').split("::");
                self.module
                    .mentions
                    .insert(names.map(str::to_owned).collect());
            }
        }
        visit::visit_macro(self, called);
    }

    fn visit_attribute(&mut self, _: &'ast syn::Attribute) {}
}

/// The attributes of an item, and the name that it defines.
fn parts(item: &syn::Item) -> (&[syn::Attribute], Option<&syn::Ident>) {
    match item {
        syn::Item::Const(item) => (&item.attrs, Some(&item.ident)),
        syn::Item::Enum(item) => (&item.attrs, Some(&item.ident)),
        syn::Item::Fn(item) => (&item.attrs, Some(&item.sig.ident)),
        syn::Item::Impl(item) => (&item.attrs, None),
        syn::Item::Macro(item) => (&item.attrs, item.ident.as_ref()),
        syn::Item::Mod(item) => (&item.attrs, None),
        syn::Item::Static(item) => (&item.attrs, Some(&item.ident)),
        syn::Item::Struct(item) => (&item.attrs, Some(&item.ident)),
        syn::Item::Trait(item) => (&item.attrs, Some(&item.ident)),
        syn::Item::TraitAlias(item) => (&item.attrs, Some(&item.ident)),
        syn::Item::Type(item) => (&item.attrs, Some(&item.ident)),
        syn::Item::Union(item) => (&item.attrs, Some(&item.ident)),
        syn::Item::Use(item) => (&item.attrs, None),
        _ => (&[], None),
    }
}

/// Whether an item is only there for tests.
fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        syn::Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string() == "test",
        _ => attribute.path().is_ident("test"),
    })
}

/// The file of `#[path = "…"]`.
fn written_path(attributes: &[syn::Attribute]) -> Option<String> {
    attributes
        .iter()
        .find_map(|attribute| match &attribute.meta {
            syn::Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
                syn::Expr::Lit(syn::ExprLit {
                    lit: syn::Lit::Str(text),
                    ..
                }) => Some(text.value()),
                _ => None,
            },
            _ => None,
        })
}
