//! A search's tree for people and programs: as a picture, and as JSON.

use serde::Serialize;

use super::view::{EdgeStatus, EdgeView, NodeStatus, NodeView};
use super::{Problem, SearchGraph};
use crate::picture::{Edge, Node, Picture, shortened};

/// States that a picture has, at most: the first ones met.
const MOST_DRAWN: usize = 200;

/// A function from steps to the caller's notes on them, such as the answer in which a step ended.
pub type Note<'a, P> = &'a dyn Fn(&<P as Problem>::State, &<P as Problem>::Action) -> Option<String>;

/// A state as it is exported to JSON.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExportedNode {
    /// Its number in the graph.
    pub id: usize,
    /// The state as text.
    pub state: String,
    /// `open`, `solved` or `dead`.
    pub status: &'static str,
    /// Visits.
    pub visits: u32,
    /// The evaluator's estimate, in 0..=1; none where the state was not expanded.
    pub estimate: Option<f32>,
    /// Its actions; none where it was not expanded.
    pub actions: Vec<ExportedEdge>,
}

/// An action as it is exported to JSON.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExportedEdge {
    /// The action as text.
    pub action: String,
    /// Its prior, in 0..=1.
    pub prior: f32,
    /// The product of the values of its subgoals, when it was last visited.
    pub value: f32,
    /// Visits.
    pub visits: u32,
    /// Whether it is the action that solved the state.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub solves: bool,
    /// `unstepped`, `open`, `solved`, `dead` or `ended` (over without a solution).
    pub status: &'static str,
    /// The states that it leads to.
    pub subgoals: Vec<usize>,
    /// The caller's note on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// The states of a graph with their actions, in the order in which they were met.
pub fn nodes<P: Problem>(graph: &SearchGraph<P>, problem: &P, note: Note<'_, P>) -> Vec<ExportedNode> {
    let edge = |edge: EdgeView<'_, P>| ExportedEdge {
        action: problem.action_text(edge.owner().state(), edge.action()),
        prior: edge.prior(),
        value: edge.value(),
        visits: edge.visits(),
        solves: edge.owner().solving_edge().is_some_and(|solver| solver.index() == edge.index()),
        status: match edge.status() {
            EdgeStatus::Unstepped => "unstepped",
            EdgeStatus::Open => "open",
            EdgeStatus::Solved => "solved",
            EdgeStatus::Dead => "dead",
            EdgeStatus::Ended => "ended",
        },
        subgoals: edge.subgoals().map(|node| node.id().index()).collect(),
        note: note(edge.owner().state(), edge.action()),
    };
    let node = |node: NodeView<'_, P>| ExportedNode {
        id: node.id().index(),
        state: problem.state_text(node.state()),
        status: match node.status() {
            NodeStatus::Open => "open",
            NodeStatus::Solved => "solved",
            NodeStatus::Dead => "dead",
        },
        visits: node.visits(),
        estimate: node.estimate(),
        actions: node.edges().map(edge).collect(),
    };
    graph.nodes().map(node).collect()
}

/// The graph as a picture: each state with the last line of its text below the one that it was met from first, and each
/// state with a note as a box with corners.
pub fn picture<P: Problem>(graph: &SearchGraph<P>, problem: &P, note: Note<'_, P>) -> Picture {
    let mut picture = Picture::default();
    let mut boxes = Vec::new();
    for node in graph.nodes().take(MOST_DRAWN) {
        let text = problem.state_text(node.state());
        let estimate = node.estimate().map_or("not expanded".to_owned(), |estimate| format!("value {estimate:.2}"));
        let is_marked = node.status() == NodeStatus::Solved;
        boxes.push(picture.nodes.len());
        let last = text.lines().last().unwrap_or_default();
        picture.nodes.push(Node { head: shortened(last), note: estimate, is_leaf: false, is_marked });
        // A state is met after the one that it was met from.
        if let Some(creator) = node.creator() {
            let (from, to) = (boxes[creator.owner().id().index()], picture.nodes.len() - 1);
            picture.edges.push(Edge { from, to, label: label(problem, creator) });
        }
        for edge in node.edges() {
            if let Some(note) = note(node.state(), edge.action()) {
                let (from, to) = (boxes[node.id().index()], picture.nodes.len());
                picture.nodes.push(Node { head: shortened(&note), is_leaf: true, is_marked: true, ..Node::default() });
                picture.edges.push(Edge { from, to, label: label(problem, edge) });
            }
        }
    }
    picture
}

fn label<P: Problem>(problem: &P, edge: EdgeView<'_, P>) -> String {
    let action = problem.action_text(edge.owner().state(), edge.action());
    format!("{} {:.2}", shortened(&action), edge.prior())
}

#[cfg(test)]
mod tests {
    use super::super::{Algorithm, Options, Outcome, Stop, search};
    use super::*;
    use crate::evaluator::Uniform;
    use rand::SeedableRng;

    /// Count down by one or two; zero is solved.
    struct Steps(u32);

    impl Problem for Steps {
        type State = u32;
        type Action = u32;

        fn root(&mut self) -> u32 {
            self.0
        }
        fn actions(&mut self, _: &u32) -> Vec<u32> {
            vec![1, 2]
        }
        fn step(&mut self, state: &u32, action: &u32) -> Outcome<u32> {
            match state.checked_sub(*action) {
                None => Outcome::Dead,
                Some(0) => Outcome::Subgoals(vec![]),
                Some(left) => Outcome::Subgoals(vec![left]),
            }
        }
        fn key(&self, state: &u32) -> u128 {
            u128::from(*state)
        }
        fn state_text(&self, state: &u32) -> String {
            format!("steps\n{state} left")
        }
        fn action_text(&self, _: &u32, action: &u32) -> String {
            format!("go {action}")
        }
    }

    #[test]
    fn a_tree_is_written_with_states_actions_and_notes() {
        let options = Options { algorithm: Algorithm::BreadthFirst, ..Options::default() };
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
        let mut problem = Steps(3);
        let result = search(&mut problem, &Uniform, &options, &mut Stop::never(), &mut rng);
        let note = |state: &u32, action: &u32| (state == action).then(|| "there".to_owned());
        let nodes = nodes(&result.graph, &problem, &note);
        assert_eq!(nodes.iter().map(|node| node.state.as_str()).collect::<Vec<_>>()[0], "steps\n3 left");
        assert_eq!((nodes.len(), nodes[0].status, nodes[0].actions[1].action.as_str()), (3, "solved", "go 2"));
        assert_eq!(nodes[0].actions[1].prior, 0.5);
        let noted: Vec<_> = nodes.iter().flat_map(|node| &node.actions).filter(|edge| edge.note.is_some()).collect();
        assert_eq!(noted.len(), 2);
        let drawn = picture(&result.graph, &problem, &note);
        assert_eq!((drawn.nodes.len(), drawn.edges.len()), (5, 4));
        assert!(drawn.nodes[0].head == "3 left" && drawn.edges.iter().any(|edge| edge.label == "go 2 0.50"));
        assert!(drawn.edges.iter().all(|edge| edge.from < edge.to));
        assert!(drawn.svg().contains("there") && drawn.dot().contains("go 1 0.50"));
    }
}
