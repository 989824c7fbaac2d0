//! The trees of searches in files: columns of numbers and texts, so that a page opens a hundred thousand states at
//! once.

use super::write_new;
use crate::network::Network;
use crate::network::network::Attended;
use crate::search::export::{ExportedEdge, ExportedNode};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

/// Extension of the file of a tree.
pub const EXTENSION: &str = "tree.json";
/// Trees of one name in a folder.
const MOST_FILES: u32 = 100_000;

/// A tree: an AND/OR graph, in which a state that is reached in two ways is one node.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SavedTree {
    /// The statement to prove, or the question to answer.
    pub title: String,
    /// The result: `proved`, `open` or the answer.
    pub verdict: String,
    /// The text of each node; the root is the first.
    pub states: Vec<String>,
    /// 0 open, 1 solved, 2 dead, for each node.
    pub status: Vec<u8>,
    /// Visits of each node.
    pub visits: Vec<u32>,
    /// The evaluator's estimate of each node; none where it was not expanded.
    pub estimates: Vec<Option<f32>>,
    /// For each node, where its edges begin; one more at the end.
    pub edges: Vec<u32>,
    /// The actions' texts, each once.
    pub actions: Vec<String>,
    /// The action of each edge.
    pub action: Vec<u32>,
    /// The prior of each edge.
    pub priors: Vec<f32>,
    /// The value of each edge.
    pub values: Vec<f32>,
    /// Visits of each edge.
    pub edge_visits: Vec<u32>,
    /// 0 not carried out, 1 open, 2 solved, 3 dead, and 4 more where it solved its node.
    pub edge_status: Vec<u8>,
    /// For each edge, where its subgoals begin; one more at the end.
    pub subgoals: Vec<u32>,
    /// The nodes that are subgoals.
    pub subgoal: Vec<u32>,
    /// Notes on edges, such as the answer that a graph gave.
    pub notes: Vec<(u32, String)>,
    /// The parts of each node's text that a network attended to: pieces in order, each with its length, in the 16-bit
    /// units that browsers count texts in, and its share in percent of the greatest. Empty where it was not computed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attention: Vec<Vec<(u32, u8)>>,
}

/// Nodes whose attention is computed, at most: each takes a pass of the network.
const MOST_ATTENDED: usize = 5_000;

impl SavedTree {
    /// The tree of states that were exported in the order of their numbers.
    pub fn new(title: &str, verdict: &str, nodes: &[ExportedNode]) -> Self {
        let mut tree = Self { title: title.into(), verdict: verdict.into(), ..Self::default() };
        let mut actions: HashMap<&str, u32> = HashMap::new();
        for node in nodes {
            tree.states.push(node.state.clone());
            tree.status
                .push(["open", "solved", "dead"].iter().position(|&word| word == node.status).unwrap_or(0) as u8);
            tree.visits.push(node.visits);
            tree.estimates.push(node.estimate);
            tree.edges.push(tree.action.len() as u32);
            for edge in &node.actions {
                let next = actions.len() as u32;
                let action = *actions.entry(edge.action.as_str()).or_insert_with(|| {
                    tree.actions.push(edge.action.clone());
                    next
                });
                tree.add_edge(edge, action);
            }
        }
        tree.edges.push(tree.action.len() as u32);
        tree.subgoals.push(tree.subgoal.len() as u32);
        tree
    }

    fn add_edge(&mut self, edge: &ExportedEdge, action: u32) {
        let words = ["unstepped", "open", "solved", "dead"];
        let status = words.iter().position(|&word| word == edge.status).unwrap_or(0) as u8;
        if let Some(note) = &edge.note {
            self.notes.push((self.action.len() as u32, note.clone()));
        }
        self.action.push(action);
        // Three digits are what a page shows; more would take half of it.
        let short = |number: f32| (number * 1e4).round() / 1e4;
        self.priors.push(short(edge.prior));
        self.values.push(short(edge.value));
        self.edge_visits.push(edge.visits);
        self.edge_status.push(status + if edge.solves { 4 } else { 0 });
        self.subgoals.push(self.subgoal.len() as u32);
        self.subgoal.extend(edge.subgoals.iter().map(|&node| node as u32));
    }

    /// Computes what of the nodes' texts a network attends to, of the first ones that were expanded.
    pub fn attend(&mut self, network: &Network) {
        let expanded = (0..self.states.len()).filter(|&node| self.estimates[node].is_some());
        let nodes: Vec<usize> = expanded.take(MOST_ATTENDED).collect();
        let found: Vec<_> = nodes.par_iter().map(|&node| pieces(network, &self.states[node])).collect();
        self.attention = vec![Vec::new(); self.states.len()];
        for (node, pieces) in nodes.into_iter().zip(found) {
            self.attention[node] = pieces;
        }
    }

    /// Whether every number is that of something that is there.
    fn is_whole(&self) -> bool {
        let (nodes, edges) = (self.states.len(), self.action.len());
        let columns = [self.status.len(), self.visits.len(), self.estimates.len()];
        let edge_columns = [self.priors.len(), self.values.len(), self.edge_visits.len(), self.edge_status.len()];
        let is_rising = |places: &[u32], count: usize, end: usize| {
            places.len() == count + 1
                && places.windows(2).all(|pair| pair[0] <= pair[1])
                && places.last().is_some_and(|&last| last as usize == end)
        };
        columns.iter().all(|&length| length == nodes)
            && (self.attention.is_empty() || self.attention.len() == nodes)
            && edge_columns.iter().all(|&length| length == edges)
            && is_rising(&self.edges, nodes, edges)
            && is_rising(&self.subgoals, edges, self.subgoal.len())
            && self.subgoal.iter().all(|&node| (node as usize) < nodes)
            && self.action.iter().all(|&action| (action as usize) < self.actions.len())
    }

    /// Reads a tree.
    ///
    /// # Errors
    /// When the file cannot be read or is not a tree.
    pub fn read(path: &Path) -> io::Result<Self> {
        let bytes = crate::input::read(path, crate::input::RECORDS)?;
        let tree: Self = serde_json::from_slice(&bytes).map_err(io::Error::other)?;
        if tree.is_whole() { Ok(tree) } else { Err(io::Error::other("a number in it is that of nothing")) }
    }

    /// Writes the tree to a new file in a folder, which is made if it is not there; returns the file.
    ///
    /// # Errors
    /// The error of the operating system.
    pub fn save(&self, folder: &Path, name: &str) -> io::Result<PathBuf> {
        std::fs::create_dir_all(folder)?;
        let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '_' | '-') { c } else { '_' };
        let name: String = name.chars().take(60).map(plain).collect();
        let bytes = serde_json::to_vec(self).map_err(io::Error::other)?;
        for number in 1..MOST_FILES {
            let count = if number == 1 { String::new() } else { format!("-{number}") };
            let path = folder.join(format!("{name}{count}.{EXTENSION}"));
            match write_new(&path, &bytes) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                written => return written.map(|()| path),
            }
        }
        Err(io::Error::other("there are too many trees of this name"))
    }
}

/// The parts of a text that a network attends to, as a tree has them; neighbours with one share are one piece.
fn pieces(network: &Network, text: &str) -> Vec<(u32, u8)> {
    let attended = network.attended(text);
    let most = attended.iter().map(|piece| piece.share).fold(f32::MIN_POSITIVE, f32::max);
    let mut pieces: Vec<(u32, u8)> = Vec::new();
    for Attended { range, share } in attended {
        // A token may begin or end within a character, which is then part of the token that begins it.
        let inside = (range.start..range.end).filter(|&at| text.is_char_boundary(at));
        let length: usize = inside.filter_map(|at| text[at..].chars().next()).map(char::len_utf16).sum();
        let percent = (100.0 * share / most).round() as u8;
        match pieces.last_mut() {
            Some((before, same)) if *same == percent => *before += length as u32,
            _ => pieces.push((length as u32, percent)),
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nodes() -> Vec<ExportedNode> {
        let edge = |action: &str, subgoals: &[usize], status, solves| ExportedEdge {
            action: action.into(),
            prior: 0.123_456,
            value: 0.5,
            visits: 3,
            solves,
            status,
            subgoals: subgoals.to_vec(),
            note: solves.then(|| "7".into()),
        };
        let node = |id, status, actions| ExportedNode {
            id,
            state: format!("state {id}"),
            status,
            visits: 1,
            estimate: Some(0.5),
            actions,
        };
        vec![
            node(0, "solved", vec![edge("a", &[1, 2], "solved", true), edge("b", &[2], "open", false)]),
            node(1, "solved", vec![edge("a", &[], "solved", true)]),
            node(2, "dead", vec![]),
        ]
    }

    #[test]
    fn a_tree_is_read_as_it_was_saved() {
        let place = tempfile::tempdir().unwrap();
        let tree = SavedTree::new("1 + 1", "proved", &nodes());
        // An action's text and a state that is reached twice stand there once.
        assert_eq!((&tree.actions[..], &tree.action[..]), (&["a".to_owned(), "b".to_owned()][..], &[0, 1, 0][..]));
        assert_eq!((&tree.subgoals[..], &tree.subgoal[..]), (&[0, 2, 3, 3][..], &[1, 2, 2][..]));
        assert_eq!((&tree.edge_status[..], &tree.edges[..]), (&[6, 1, 6][..], &[0, 2, 3, 3][..]));
        let first = tree.save(&place.path().join("trees"), "a/b").unwrap();
        let second = tree.save(&place.path().join("trees"), "a/b").unwrap();
        assert!(first.ends_with("a_b.tree.json") && second.ends_with("a_b-2.tree.json"));
        assert_eq!(SavedTree::read(&second).unwrap(), tree);
    }

    #[test]
    fn attention_has_pieces_as_long_as_the_texts_of_expanded_states() {
        let network = crate::answer::builtin::network().unwrap();
        let mut nodes = nodes();
        nodes[0].state = "What is ∑ 3 𝔸 plus 4?\n".into();
        nodes[2].estimate = None;
        let mut tree = SavedTree::new("t", "v", &nodes);
        tree.attend(&network);
        let lengths = |pieces: &[(u32, u8)]| pieces.iter().map(|piece| piece.0 as usize).sum::<usize>();
        assert_eq!(lengths(&tree.attention[0]), nodes[0].state.encode_utf16().count());
        assert_eq!(tree.attention[0].iter().map(|piece| piece.1).max(), Some(100));
        assert!(!tree.attention[1].is_empty() && tree.attention[2].is_empty());
        assert!(tree.is_whole());
        tree.attention.pop();
        assert!(!tree.is_whole());
    }

    #[test]
    fn what_is_no_tree_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("x.tree.json");
        let mut tree = SavedTree::new("t", "v", &nodes());
        tree.subgoal[0] = 9;
        for text in [serde_json::to_string(&tree).unwrap(), "{}".into(), "[".into()] {
            std::fs::write(&path, text).unwrap();
            assert!(SavedTree::read(&path).is_err());
        }
    }
}
