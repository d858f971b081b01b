//! Tarjan's strongly connected components.

use std::collections::{BTreeMap, BTreeSet};

type Graph<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

#[derive(Default)]
struct Search<'a> {
    /// When a node was met, and the earliest node that can be reached from it.
    met: BTreeMap<&'a str, (usize, usize)>,
    open: Vec<&'a str>,
    circles: Vec<Vec<String>>,
}

/// Sets of at least two nodes that all lead to each other, the nodes in order.
pub(super) fn of<'a>(edges: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<Vec<String>> {
    let mut graph = Graph::new();
    for (from, to) in edges {
        graph.entry(from).or_default().insert(to);
        graph.entry(to).or_default();
    }
    let mut search = Search::default();
    for node in graph.keys() {
        if !search.met.contains_key(node) {
            search.visit(node, &graph);
        }
    }
    search.circles
}

impl<'a> Search<'a> {
    fn visit(&mut self, node: &'a str, graph: &Graph<'a>) -> usize {
        let at = self.met.len();
        self.met.insert(node, (at, at));
        self.open.push(node);
        for next in &graph[node] {
            let reached = match self.met.get(next) {
                None => self.visit(next, graph),
                Some((met, _)) if self.open.contains(next) => *met,
                Some(_) => continue,
            };
            let earliest = &mut self.met.get_mut(node).unwrap().1;
            *earliest = reached.min(*earliest);
        }
        let (_, earliest) = self.met[node];
        if earliest == at {
            let from = self.open.iter().position(|open| *open == node).unwrap();
            let mut circle: Vec<String> = self.open.drain(from..).map(str::to_owned).collect();
            circle.sort();
            if circle.len() > 1 {
                self.circles.push(circle);
            }
        }
        earliest
    }
}

#[test]
fn circles_are_found_and_chains_are_not() {
    let edges = [
        ("a", "b"),
        ("b", "c"),
        ("c", "a"),
        ("c", "d"),
        ("d", "e"),
        ("x", "y"),
        ("y", "x"),
    ];
    assert_eq!(of(edges.into_iter()), [vec!["a", "b", "c"], vec!["x", "y"]]);
}
