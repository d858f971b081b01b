//! An index over patterns: which is the first, in the order of the file, that matches a path?
//!
//! Exact patterns lie in a hash map, the others in a radix trie over the text before their star, so the cost
//! depends on the path and not on the number of patterns.

use std::collections::HashMap;

use crate::config::pattern::{Pattern, ends_with_extension, without_slash};

/// Position of a pattern in its list.
pub type Position = u32;

/// Patterns, compiled.
#[derive(Debug, Default)]
pub struct Index {
    /// By paths without the slash at their end (RT-17).
    exact: HashMap<Box<str>, Vec<Position>>,
    nodes: Vec<Node>,
}

#[derive(Debug, Default)]
struct Node {
    /// Text between the parent and this node.
    label: Box<[u8]>,
    /// First bytes of the children's labels, all different, so that one look finds the only child that can match.
    firsts: Vec<u8>,
    children: Vec<u32>,
    /// Patterns that match whatever follows.
    any: Vec<Position>,
    /// Last extension of a path → patterns that ask for it, with their whole filter (`min.js`).
    extensions: HashMap<Box<str>, Vec<(Position, Box<str>)>>,
}

impl Node {
    /// The child whose label begins with this byte.
    fn child(&self, first: u8) -> Option<usize> {
        let at = memchr::memchr(first, &self.firsts)?;
        Some(self.children[at] as usize)
    }
}

impl Index {
    /// Compiles patterns; their positions are those of the iterator.
    pub fn new<'p>(patterns: impl IntoIterator<Item = &'p Pattern>) -> Self {
        let mut index = Self {
            nodes: vec![Node::default()],
            ..Self::default()
        };
        for (position, pattern) in patterns.into_iter().enumerate() {
            index.insert(position as Position, pattern);
        }
        index
    }

    fn insert(&mut self, position: Position, pattern: &Pattern) {
        match pattern {
            Pattern::Exact(path) => {
                self.insert_exact(without_slash(path), position);
                if let Some(folder) = pattern.index_folder() {
                    self.insert_exact(without_slash(folder), position);
                }
            }
            Pattern::Prefix(prefix) => {
                let node = self.node(prefix.as_bytes());
                self.nodes[node].any.push(position);
            }
            Pattern::Extension { prefix, extensions } => {
                let node = self.node(prefix.as_bytes());
                for extension in extensions {
                    let last = extension.rsplit('.').next().unwrap_or(extension);
                    let list = self.nodes[node].extensions.entry(last.into()).or_default();
                    list.push((position, extension.as_str().into()));
                }
            }
            Pattern::Never(_) => {}
        }
    }

    fn insert_exact(&mut self, path: &str, position: Position) {
        let list = self.exact.entry(path.into()).or_default();
        if list.last() != Some(&position) {
            list.push(position);
        }
    }

    /// The node for a prefix, made when missing.
    fn node(&mut self, prefix: &[u8]) -> usize {
        let (mut node, mut rest) = (0, prefix);
        while !rest.is_empty() {
            let Some(child) = self.nodes[node].child(rest[0]) else {
                let leaf = self.push(rest);
                self.nodes[node].firsts.push(rest[0]);
                self.nodes[node].children.push(leaf as u32);
                return leaf;
            };
            let label = self.nodes[child].label.clone();
            let shared = label.iter().zip(rest).take_while(|(a, b)| a == b).count();
            if shared < label.len() {
                self.split(child, shared);
            }
            node = child;
            rest = &rest[shared..];
        }
        node
    }

    fn push(&mut self, label: &[u8]) -> usize {
        self.nodes.push(Node {
            label: label.into(),
            ..Node::default()
        });
        self.nodes.len() - 1
    }

    /// Cuts a node's label: the node keeps the first `at` bytes, a new child takes the rest with all that hung there.
    fn split(&mut self, node: usize, at: usize) {
        let whole = std::mem::take(&mut self.nodes[node]);
        let lower = self.push(&whole.label[at..]);
        let label = whole.label[..at].into();
        let first = whole.label[at];
        self.nodes[lower] = Node {
            label: std::mem::take(&mut self.nodes[lower].label),
            ..whole
        };
        self.nodes[node] = Node {
            label,
            firsts: vec![first],
            children: vec![lower as u32],
            ..Node::default()
        };
    }

    /// The first position whose pattern matches `path` and that `accept` takes. Allocates nothing.
    pub fn find(&self, path: &str, mut accept: impl FnMut(Position) -> bool) -> Option<Position> {
        let mut best: Option<Position> = None;
        if let Some(list) = self.exact.get(without_slash(path)) {
            best = list.iter().copied().find(|&position| accept(position));
        }
        let extension = path
            .rsplit('/')
            .next()
            .and_then(|name| name.rsplit_once('.'))
            .map(|(_, extension)| extension);
        let (mut node, mut at) = (&self.nodes[0], 0);
        loop {
            let better = |position: Position, best: Option<Position>| {
                best.is_none_or(|best| position < best)
            };
            for &position in &node.any {
                if !better(position, best) {
                    break;
                }
                if accept(position) {
                    best = Some(position);
                    break;
                }
            }
            if let Some(list) = extension.and_then(|extension| node.extensions.get(extension)) {
                for (position, filter) in list {
                    if better(*position, best)
                        && ends_with_extension(&path[at..], filter)
                        && accept(*position)
                    {
                        best = Some(*position);
                        break;
                    }
                }
            }
            let rest = &path.as_bytes()[at..];
            let next = rest
                .first()
                .and_then(|&first| node.child(first))
                .map(|child| &self.nodes[child]);
            let next = next.filter(|child| rest.starts_with(&child.label));
            match next {
                Some(child) => {
                    at += child.label.len();
                    node = child;
                }
                None => return best,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn naive(patterns: &[Pattern], path: &str, accept: impl Fn(u32) -> bool) -> Option<u32> {
        (0..patterns.len() as u32).find(|&at| patterns[at as usize].matches(path) && accept(at))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn agrees_with_the_plain_search(
            texts in prop::collection::vec("/(a|b|é|/|ab){0,4}(\\*|\\*\\.js|\\*\\.\\{js,min\\.js,é\\}|/index\\.html|\\.js|x\\*y)?", 0..12),
            path in "/(a|b|é|/|ab|\\.){0,5}(\\.js|\\.min\\.js|/index\\.html|\\.é)?",
            refused in 0u32..16,
        ) {
            let patterns: Vec<Pattern> = texts.iter().map(|text| Pattern::parse(text)).collect();
            let accept = |at: u32| at & refused == 0;
            prop_assert_eq!(Index::new(&patterns).find(&path, accept), naive(&patterns, &path, accept), "{:?}", patterns);
        }
    }
}
