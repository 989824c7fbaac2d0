//! Read access to a search's graph: for training examples, hindsight and export.

use super::graph::{EdgeState, NONE, NodeState, SearchGraph};
use super::{Problem, Solution};

/// A node of a [`SearchGraph`]. Ids count up from 0 in the order in which the states were first met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(super) u32);

impl NodeId {
    /// The id as an index, below [`SearchGraph::len`].
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Status of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NodeStatus {
    /// Not expanded or not decided.
    Open,
    /// Has a solution.
    Solved,
    /// Has none.
    Dead,
}

/// Status of an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EdgeStatus {
    /// The action was never carried out.
    Unstepped,
    /// Carried out, its subgoals are not decided.
    Open,
    /// All of its subgoals are solved.
    Solved,
    /// The step failed or a subgoal is dead.
    Dead,
    /// The step was carried out and is over without a solution.
    Ended,
}

impl<P: Problem> SearchGraph<P> {
    /// The number of states met.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether no state was met.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The root of the last search; none before the first.
    pub fn root(&self) -> Option<NodeView<'_, P>> {
        (self.root != NONE).then(|| self.view(NodeId(self.root)))
    }

    /// The node with an id of this graph; none if the graph has no such node.
    pub fn node_by_id(&self, id: NodeId) -> Option<NodeView<'_, P>> {
        (id.index() < self.len()).then(|| self.view(id))
    }

    /// All states met, in the order of their ids.
    pub fn nodes(&self) -> impl Iterator<Item = NodeView<'_, P>> {
        (0..self.len() as u32).map(|id| self.view(NodeId(id)))
    }

    /// The states whose actions were enumerated, in the order of their ids.
    pub fn expanded(&self) -> impl Iterator<Item = NodeView<'_, P>> {
        self.nodes().filter(NodeView::is_expanded)
    }

    fn view(&self, id: NodeId) -> NodeView<'_, P> {
        NodeView { graph: self, id }
    }
}

/// One state of a [`SearchGraph`] and the search's results on it.
#[derive(Debug)]
pub struct NodeView<'t, P: Problem> {
    graph: &'t SearchGraph<P>,
    id: NodeId,
}

impl<P: Problem> Clone for NodeView<'_, P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P: Problem> Copy for NodeView<'_, P> {}

impl<'t, P: Problem> NodeView<'t, P> {
    /// Its id.
    pub fn id(&self) -> NodeId {
        self.id
    }

    /// The state: the first one met of those with its key.
    pub fn state(&self) -> &'t P::State {
        &self.graph.node(self.id.0).state
    }

    /// Solved, dead or open.
    pub fn status(&self) -> NodeStatus {
        match self.graph.node(self.id.0).status {
            NodeState::Solved => NodeStatus::Solved,
            NodeState::Dead => NodeStatus::Dead,
            NodeState::New | NodeState::Pending | NodeState::Open => NodeStatus::Open,
        }
    }

    /// Whether its actions were enumerated.
    pub fn is_expanded(&self) -> bool {
        self.graph.node(self.id.0).first_edge != NONE
    }

    /// Edges from a root along the creating edges.
    pub fn depth(&self) -> u32 {
        self.graph.node(self.id.0).depth
    }

    /// Visits by descents.
    pub fn visits(&self) -> u32 {
        self.graph.node(self.id.0).visits
    }

    /// The evaluator's estimate; none where the state was not expanded.
    pub fn estimate(&self) -> Option<f32> {
        self.is_expanded().then(|| self.graph.node(self.id.0).estimate)
    }

    /// The search's own value in 0..=1: 1 if solved, 0 if dead, else the mean over its visits; none where the state
    /// was not expanded.
    pub fn value(&self) -> Option<f32> {
        self.graph.node_value(self.id.0)
    }

    /// Its actions, in the order of [`Problem::actions`]; none where it was not expanded.
    pub fn edges(&self) -> impl ExactSizeIterator<Item = EdgeView<'t, P>> + use<'t, P> {
        let (graph, owner) = (self.graph, self.id);
        graph.edge_range(self.id.0).map(move |edge| EdgeView { graph, owner, edge })
    }

    /// The edge that solved it.
    pub fn solving_edge(&self) -> Option<EdgeView<'t, P>> {
        let edge = self.graph.node(self.id.0).solver;
        (edge != NONE).then_some(EdgeView { graph: self.graph, owner: self.id, edge })
    }

    /// The edge that led to it first; none for a root.
    pub fn creator(&self) -> Option<EdgeView<'t, P>> {
        let (owner, edge) = self.graph.creator(self.id.0)?;
        Some(EdgeView { graph: self.graph, owner: NodeId(owner), edge })
    }

    /// The creating edges from a root down to here; empty for a root.
    pub fn path(&self) -> Vec<EdgeView<'t, P>> {
        let mut path: Vec<_> =
            std::iter::successors(self.creator(), |edge: &EdgeView<'t, P>| edge.owner().creator()).collect();
        path.reverse();
        path
    }

    /// The solution of this state, if it has one: facts proved on the way have it even where the root has not.
    pub fn solution(&self) -> Option<Solution<P>> {
        Solution::of(self.graph, self.id)
    }
}

/// One action at a state of a [`SearchGraph`].
#[derive(Debug)]
pub struct EdgeView<'t, P: Problem> {
    graph: &'t SearchGraph<P>,
    owner: NodeId,
    edge: u32,
}

impl<P: Problem> Clone for EdgeView<'_, P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P: Problem> Copy for EdgeView<'_, P> {}

impl<'t, P: Problem> EdgeView<'t, P> {
    /// The state whose action it is.
    pub fn owner(&self) -> NodeView<'t, P> {
        self.graph.view(self.owner)
    }

    /// The action.
    pub fn action(&self) -> &'t P::Action {
        &self.graph.actions[self.edge as usize]
    }

    /// The position of the action among its state's.
    pub fn index(&self) -> usize {
        (self.edge - self.graph.node(self.owner.0).first_edge) as usize
    }

    /// The prior probability.
    pub fn prior(&self) -> f32 {
        self.graph.edge(self.edge).prior
    }

    /// Visits by descents.
    pub fn visits(&self) -> u32 {
        self.graph.edge(self.edge).visits
    }

    /// The value when it was last visited, in 0..=1; 0 before.
    pub fn value(&self) -> f32 {
        self.graph.edge(self.edge).value
    }

    /// Solved, dead, open or not carried out.
    pub fn status(&self) -> EdgeStatus {
        match self.graph.edge(self.edge).status {
            EdgeState::Unstepped => EdgeStatus::Unstepped,
            EdgeState::Open => EdgeStatus::Open,
            EdgeState::Solved => EdgeStatus::Solved,
            EdgeState::Dead => EdgeStatus::Dead,
            EdgeState::Ended => EdgeStatus::Ended,
        }
    }

    /// Its subgoals as the step gave them; none where it was not carried out or failed.
    pub fn subgoals(&self) -> impl ExactSizeIterator<Item = NodeView<'t, P>> + use<'t, P> {
        let graph = self.graph;
        graph.subgoals(self.edge).iter().map(move |&id| graph.view(NodeId(id)))
    }
}
