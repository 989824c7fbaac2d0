//! The AND/OR graph that a search builds: nodes, edges, and their states.
//!
//! All parts are in flat vectors and refer to each other by `u32`, so that an edge costs 20 bytes beside its action and
//! no function recurses. OR nodes are states, found again by [`Problem::key`]; since a state may be reached in several
//! ways the "tree" is a graph, and it may have cycles.
//!
//! *Solved* and *dead* are properties of a node, independent of the path to it, so they are propagated to all parents
//! at once. A node is solved by an edge whose subgoals were all solved before it was; the edges remembered in that way
//! ([`SearchGraph::solution`]) can therefore never form a cycle, even where the graph does.
//!
//! Where [several solutions](super::Stop::solutions) are wanted, a node that has a solution stays open until everything
//! below it is explored; only then is it *solved*. Until then the edge that solved it says that it has one.

use super::options::Backup;
use super::problem::{Outcome, Problem};
use rustc_hash::FxHashMap;

/// Stands for "no node, edge or link".
pub(super) const NONE: u32 = u32::MAX;

/// State of a node inside the search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NodeState {
    /// Known, not expanded.
    New,
    /// Waits for its evaluation.
    Pending,
    /// Expanded and undecided.
    Open,
    Solved,
    Dead,
}

/// State of an edge inside the search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EdgeState {
    /// Its action was not carried out yet.
    Unstepped,
    /// Carried out and undecided.
    Open,
    Solved,
    Dead,
    /// Carried out, and over without a solution: its value is what it was worth.
    Ended,
}

/// An OR node.
#[derive(Clone, Debug)]
pub(super) struct Node<S> {
    pub state: S,
    /// `W(s)`: the evaluator's estimate plus the sum of `N(e) Q(e)` over the edges that are not dead.
    pub weight: f64,
    /// `N(s)`: one for the evaluation, one a visit that went on through an edge now alive, one a blocked visit.
    pub visits: u32,
    /// The evaluator's estimate.
    pub estimate: f32,
    /// Sum of the priors of the edges visited at least once, not dead.
    pub visited_prior: f32,
    /// Sum of the priors of the dead and ended edges.
    pub dead_prior: f32,
    pub first_edge: u32,
    pub edge_count: u32,
    /// Edges neither solved nor dead.
    pub open_edges: u32,
    /// The edge that solved it, or that gave it its first solution.
    pub solver: u32,
    /// Head of the list of links to parents.
    pub links: u32,
    /// The link that created it, or [`NONE`] for a root.
    pub creator: u32,
    /// The descent that last passed here.
    pub stamp: u32,
    /// Edges from a root along the creating links.
    pub depth: u32,
    pub status: NodeState,
}

/// An action at a node, and the AND node behind it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    pub prior: f32,
    /// `Q(e)`: product of the values of its subgoals when it was last visited.
    pub value: f32,
    /// `N(e)`
    pub visits: u32,
    /// The only subgoal, or where the record `[count, open, subgoals...]` of several starts in `SearchGraph::records`.
    target: u32,
    /// Descents through this edge that wait for an evaluation (virtual losses).
    pub in_flight: u16,
    pub status: EdgeState,
    several: bool,
}

/// An entry in a node's list of the edges that have it as a subgoal.
#[derive(Clone, Copy, Debug)]
struct Link {
    parent: u32,
    edge: u32,
    next: u32,
}

/// The state of a search: the explored part of the AND/OR graph of a problem.
///
/// Filled by [`search`](super::search()) and read through [`nodes`](SearchGraph::nodes), [`root`](SearchGraph::root)
/// and [`solution`](SearchGraph::solution). A graph may serve several searches, with different roots
/// ([`search_in`](super::search_in)): states that one of them solved are solved for the next.
pub struct SearchGraph<P: Problem> {
    pub(super) nodes: Vec<Node<P::State>>,
    pub(super) edges: Vec<Edge>,
    pub(super) actions: Vec<P::Action>,
    records: Vec<u32>,
    links: Vec<Link>,
    table: FxHashMap<u128, u32>,
    pub(super) root: u32,
    /// The rule by which values of states are computed.
    pub(super) backup: Backup,
    /// Number of the last descent; marks the nodes on its path.
    pub(super) generation: u32,
    /// Further solutions, where several are wanted.
    pub(super) several: Option<Box<Several>>,
    worklist: Vec<u32>,
    scratch: Vec<u32>,
}

impl<P: Problem> Default for SearchGraph<P> {
    fn default() -> Self {
        SearchGraph {
            nodes: Vec::new(),
            edges: Vec::new(),
            actions: Vec::new(),
            records: Vec::new(),
            links: Vec::new(),
            table: FxHashMap::default(),
            root: NONE,
            backup: Backup::default(),
            generation: 0,
            several: None,
            worklist: Vec::new(),
            scratch: Vec::new(),
        }
    }
}

impl<P: Problem> std::fmt::Debug for SearchGraph<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SearchGraph")
            .field("nodes", &self.nodes.len())
            .field("edges", &self.edges.len())
            .field("root", &self.root)
            .finish_non_exhaustive()
    }
}

impl<P: Problem> SearchGraph<P> {
    /// A graph without nodes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether ids are about to run out. One step cannot add the rest: its states alone would fill the memory.
    pub(super) fn is_full(&self) -> bool {
        let limit = (u32::MAX / 2) as usize;
        self.edges.len() > limit || self.links.len() > limit || self.records.len() > limit
    }

    /// The node of a state; whether it is new.
    pub(super) fn insert(&mut self, key: u128, state: P::State, depth: u32) -> (u32, bool) {
        let next = self.nodes.len() as u32;
        let id = *self.table.entry(key).or_insert(next);
        if id == next {
            self.nodes.push(Node {
                state,
                weight: 0.0,
                visits: 0,
                estimate: 0.0,
                visited_prior: 0.0,
                dead_prior: 0.0,
                first_edge: NONE,
                edge_count: 0,
                open_edges: 0,
                solver: NONE,
                links: NONE,
                creator: NONE,
                stamp: 0,
                depth,
                status: NodeState::New,
            });
        }
        (id, id == next)
    }

    /// Makes the problem's root the root of the graph.
    pub(super) fn set_root(&mut self, problem: &mut P) {
        let state = problem.root();
        let key = problem.key(&state);
        let root = self.insert(key, state, 0).0;
        let before = std::mem::replace(&mut self.root, root);
        if let Some(several) = self.several.as_mut().filter(|_| root != before) {
            several.forget_root();
            self.reach_root();
        }
    }

    /// Begins a descent: no node is on its path yet.
    pub(super) fn next_generation(&mut self) {
        if self.generation == u32::MAX {
            self.nodes.iter_mut().for_each(|node| node.stamp = 0);
            self.generation = 0;
        }
        self.generation += 1;
    }

    pub(super) fn node(&self, id: u32) -> &Node<P::State> {
        &self.nodes[id as usize]
    }

    pub(super) fn edge(&self, id: u32) -> &Edge {
        &self.edges[id as usize]
    }

    pub(super) fn edge_range(&self, node: u32) -> std::ops::Range<u32> {
        let node = self.node(node);
        if node.first_edge == NONE { 0..0 } else { node.first_edge..node.first_edge + node.edge_count }
    }

    /// The subgoals of an edge as the step gave them, repetitions included; none where it was not stepped.
    pub(super) fn subgoals(&self, edge: u32) -> &[u32] {
        let edge = self.edge(edge);
        if edge.target == NONE {
            &[]
        } else if edge.several {
            let at = edge.target as usize;
            &self.records[at + 2..at + 2 + self.records[at] as usize]
        } else {
            std::slice::from_ref(&edge.target)
        }
    }

    /// The edges that have a node as a subgoal, with their owners.
    fn parents(&self, node: u32) -> Parents {
        Parents { at: self.node(node).links }
    }

    /// The edge that created a node, and that edge's owner.
    pub(super) fn creator(&self, node: u32) -> Option<(u32, u32)> {
        let link = self.links.get(self.node(node).creator as usize)?;
        Some((link.parent, link.edge))
    }

    /// Makes a node an expanded one. There are as many priors as actions.
    pub(super) fn expand(&mut self, id: u32, actions: Vec<P::Action>, priors: &[f32], estimate: f32) {
        debug_assert_eq!(actions.len(), priors.len());
        let first_edge = self.edges.len() as u32;
        let count = actions.len() as u32;
        self.edges.extend(priors.iter().map(|&prior| Edge {
            prior,
            value: 0.0,
            visits: 0,
            target: NONE,
            in_flight: 0,
            status: EdgeState::Unstepped,
            several: false,
        }));
        self.actions.extend(actions);
        let node = &mut self.nodes[id as usize];
        node.first_edge = first_edge;
        node.edge_count = count;
        node.open_edges = count;
        node.estimate = estimate;
        node.weight = f64::from(estimate);
        node.visits = 1;
        node.status = NodeState::Open;
        if count == 0 {
            self.exhaust(id);
        }
    }

    /// Carries out the action of an edge that was not stepped. Returns how many of its subgoals were known.
    pub(super) fn step(&mut self, problem: &mut P, owner: u32, edge: u32) -> u64 {
        let outcome = problem.step(&self.nodes[owner as usize].state, &self.actions[edge as usize]);
        match outcome {
            Outcome::Dead => {
                self.kill_edge(owner, edge);
                0
            }
            Outcome::Subgoals(states) => self.attach(problem, owner, edge, states),
            Outcome::Worth(worth) => {
                self.end_edge(owner, edge, worth);
                0
            }
        }
    }

    fn attach(&mut self, problem: &P, owner: u32, edge: u32, states: Vec<P::State>) -> u64 {
        let depth = self.node(owner).depth.saturating_add(1);
        let mut ids = std::mem::take(&mut self.scratch);
        ids.clear();
        let mut known = 0;
        let first_fresh = self.nodes.len() as u32;
        for state in states {
            let key = problem.key(&state);
            let (id, fresh) = self.insert(key, state, depth);
            known += u64::from(!fresh);
            ids.push(id);
        }
        self.edges[edge as usize].status = EdgeState::Open;
        // A goal that needs itself is never solved this way.
        let mut dead = false;
        let mut open = 0;
        for &id in &ids {
            let node = &self.nodes[id as usize];
            dead |= id == owner || node.status == NodeState::Dead;
            // A subgoal named twice is linked and counted twice, and so closed twice.
            let is_solved = node.status == NodeState::Solved;
            open += u32::from(!is_solved);
            if !is_solved || self.several.is_some() {
                self.link(owner, edge, id, id >= first_fresh);
            }
        }
        let target = match ids.as_slice() {
            [] => NONE,
            [only] => *only,
            several => {
                let at = self.records.len() as u32;
                self.records.extend([several.len() as u32, open]);
                self.records.extend_from_slice(several);
                at
            }
        };
        let record = &mut self.edges[edge as usize];
        record.target = target;
        record.several = ids.len() > 1;
        self.scratch = ids;
        if dead {
            self.kill_edge(owner, edge);
            return known;
        }
        if self.several.is_some() && self.subgoals(edge).iter().all(|&id| self.has_solution(id)) {
            self.add_solution(owner, edge);
        }
        if open == 0 {
            self.solve_edge(owner, edge);
        }
        known
    }

    /// Enters an edge into a subgoal's list of parents; the first entry of a fresh node is its creator.
    fn link(&mut self, parent: u32, edge: u32, child: u32, fresh: bool) {
        let link = self.links.len() as u32;
        let node = &mut self.nodes[child as usize];
        self.links.push(Link { parent, edge, next: node.links });
        if fresh && node.creator == NONE {
            node.creator = link;
        }
        node.links = link;
    }

    /// Whether a node has a solution.
    pub(super) fn has_solution(&self, node: u32) -> bool {
        self.node(node).solver != NONE
    }

    /// Declares an edge solved, and whatever follows from it.
    pub(super) fn solve_edge(&mut self, owner: u32, edge: u32) {
        if self.several.is_some() {
            // Its solution is known; that nothing is left behind it is what is new.
            if self.close(owner, edge, EdgeState::Solved) {
                self.exhaust(owner);
            }
            return;
        }
        let mut worklist = std::mem::take(&mut self.worklist);
        worklist.clear();
        if self.close_solved(owner, edge) {
            worklist.push(owner);
        }
        while let Some(node) = worklist.pop() {
            let mut parents = self.parents(node);
            while let Some((parent, edge)) = parents.next(self) {
                if self.edge(edge).status != EdgeState::Open {
                    continue;
                }
                if self.edge(edge).several {
                    let at = self.edge(edge).target as usize + 1;
                    self.records[at] -= 1;
                    if self.records[at] > 0 {
                        continue;
                    }
                }
                if self.close_solved(parent, edge) {
                    worklist.push(parent);
                }
            }
        }
        self.worklist = worklist;
    }

    /// Closes one edge as solved; whether that solved its node.
    fn close_solved(&mut self, owner: u32, edge: u32) -> bool {
        self.edges[edge as usize].status = EdgeState::Solved;
        let node = &mut self.nodes[owner as usize];
        node.open_edges -= 1;
        let solved = node.status == NodeState::Open;
        if solved {
            node.status = NodeState::Solved;
            node.solver = edge;
        }
        solved
    }

    /// Declares an edge dead, and whatever follows from it.
    pub(super) fn kill_edge(&mut self, owner: u32, edge: u32) {
        if self.close(owner, edge, EdgeState::Dead) {
            self.exhaust(owner);
        }
    }

    /// Closes an edge that is over without a solution. What it is worth counts in its owner's value from its visits on, as
    /// long as the owner has something left to explore.
    fn end_edge(&mut self, owner: u32, edge: u32, worth: f32) {
        let record = &mut self.edges[edge as usize];
        record.status = EdgeState::Ended;
        record.value = if worth.is_nan() { 0.0 } else { worth.clamp(0.0, 1.0) };
        let node = &mut self.nodes[owner as usize];
        node.open_edges -= 1;
        node.dead_prior += record.prior;
        if node.open_edges == 0 && node.status == NodeState::Open {
            self.exhaust(owner);
        }
    }

    /// Declares a node dead of which nothing is left to explore, or solved if several solutions are wanted and it has
    /// some; and whatever follows from it.
    pub(super) fn exhaust(&mut self, node: u32) {
        let mut worklist = std::mem::take(&mut self.worklist);
        worklist.clear();
        worklist.push(node);
        while let Some(node) = worklist.pop() {
            let (status, outcome) = match self.has_solution(node) {
                true => (NodeState::Solved, EdgeState::Solved),
                false => (NodeState::Dead, EdgeState::Dead),
            };
            self.nodes[node as usize].status = status;
            let mut parents = self.parents(node);
            while let Some((parent, edge)) = parents.next(self) {
                let is_over = self.edge(edge).status == EdgeState::Open
                    && (outcome == EdgeState::Dead
                        || self.subgoals(edge).iter().all(|&id| self.node(id).status == NodeState::Solved));
                if is_over && self.close(parent, edge, outcome) {
                    worklist.push(parent);
                }
            }
        }
        self.worklist = worklist;
    }

    /// Closes one edge behind which nothing is left to explore, and takes it out of its node's mean; whether that leaves
    /// the node without any to go on with.
    fn close(&mut self, owner: u32, edge: u32, status: EdgeState) -> bool {
        let record = &mut self.edges[edge as usize];
        record.status = status;
        let node = &mut self.nodes[owner as usize];
        node.open_edges -= 1;
        node.dead_prior += record.prior;
        if record.visits > 0 {
            node.weight -= f64::from(record.visits) * f64::from(record.value);
            node.visits = node.visits.saturating_sub(record.visits);
            node.visited_prior -= record.prior;
        }
        node.open_edges == 0 && node.status == NodeState::Open
    }

    /// `V(s)` of an expanded state: the mean `W(s) / N(s)`, or the greatest `Q` of the edges visited.
    pub(super) fn open_value(&self, node: &Node<P::State>) -> f32 {
        let mean = (node.weight / f64::from(node.visits.max(1))) as f32;
        let value = match self.backup {
            Backup::Mean => mean,
            Backup::Max => {
                let edges = &self.edges[node.first_edge as usize..][..node.edge_count as usize];
                let visited = edges.iter().filter(|edge| edge.visits > 0 && edge.status != EdgeState::Dead);
                visited.map(|edge| edge.value).reduce(f32::max).unwrap_or(node.estimate)
            }
        };
        value.clamp(0.0, 1.0)
    }

    /// `V(s)`: 1 if solved, 0 if dead, as [`open_value`](Self::open_value) says if expanded, nothing if not.
    pub(super) fn node_value(&self, node: u32) -> Option<f32> {
        let node = self.node(node);
        match node.status {
            NodeState::Solved => Some(1.0),
            NodeState::Dead => Some(0.0),
            NodeState::Open => Some(self.open_value(node)),
            NodeState::New | NodeState::Pending => None,
        }
    }

    /// `Q(e)`: the product of `V` over the `k` subgoals, as if they were independent; the `m` not yet evaluated
    /// together count as `estimate(owner)^(m/k)`, that is the owner's estimate shared out evenly. An open subgoal that has
    /// a solution counts as 1, and if all are such, the best one counts: another solution of one is enough.
    fn edge_value(&self, owner: u32, edge: u32) -> f32 {
        let subgoals = self.subgoals(edge);
        let (mut product, mut unknown) = (1.0, 0);
        let is_solved = |id: &u32| self.has_solution(*id);
        if self.several.is_some() && subgoals.iter().all(is_solved) {
            let open = subgoals.iter().filter(|id| self.node(**id).status == NodeState::Open);
            return open.filter_map(|&id| self.node_value(id)).reduce(f32::max).unwrap_or(1.0);
        }
        for &subgoal in subgoals.iter().filter(|id| !is_solved(id)) {
            match self.node_value(subgoal) {
                Some(value) => product *= value,
                None => unknown += 1,
            }
        }
        if unknown > 0 {
            product *= self.node(owner).estimate.powf(unknown as f32 / subgoals.len() as f32);
        }
        product
    }

    /// Counts one more visit of an edge and brings its value and its owner's mean up to date.
    pub(super) fn visit(&mut self, owner: u32, edge: u32) {
        let status = self.edge(edge).status;
        if status == EdgeState::Dead || status == EdgeState::Solved && self.several.is_some() {
            return;
        }
        let value = match self.edge(edge).status {
            EdgeState::Ended => self.edge(edge).value,
            _ => self.edge_value(owner, edge),
        };
        let record = &mut self.edges[edge as usize];
        let node = &mut self.nodes[owner as usize];
        if record.visits == 0 {
            node.visited_prior += record.prior;
        }
        let before = f64::from(record.visits) * f64::from(record.value);
        record.visits = record.visits.saturating_add(1);
        record.value = value;
        node.weight += f64::from(record.visits) * f64::from(value) - before;
        node.visits = node.visits.saturating_add(1);
    }

    /// Counts one more visit of the edges of a path, the last one first, so that each sees the changes below it.
    pub(super) fn back_up(&mut self, path: &[(u32, u32)]) {
        for &(owner, edge) in path.iter().rev() {
            self.visit(owner, edge);
        }
    }

    /// Finds the nodes that could still be solved, or solved in another way, if everything unexplored turned out well,
    /// and declares the others [exhausted](Self::exhaust).
    ///
    /// This is the least fixed point that contains every node not expanded and counts every edge not stepped as
    /// solvable. A node outside of it can only be "solved" from itself, in a circle. Returns for every open node of the
    /// fixed point the edge that brought it in, and the subgoal by which it did: following those from any node ends at
    /// something unexplored, since each node comes in after the subgoal. So does any other subgoal without a solution.
    pub(super) fn sweep(&mut self) -> Vec<Way> {
        let count = self.nodes.len();
        let mut hopeful = vec![false; count];
        let mut witness = vec![Way { edge: NONE, subgoal: NONE }; count];
        let mut worklist = Vec::new();
        for id in 0..count as u32 {
            let frontier = match self.node(id).status {
                NodeState::New | NodeState::Pending => Some(NONE),
                NodeState::Open => self.edge_range(id).find(|&edge| self.edge(edge).status == EdgeState::Unstepped),
                NodeState::Solved | NodeState::Dead => None,
            };
            if let Some(edge) = frontier {
                hopeful[id as usize] = true;
                witness[id as usize].edge = edge;
                worklist.push(id);
            }
        }
        while let Some(node) = worklist.pop() {
            let mut parents = self.parents(node);
            while let Some((parent, edge)) = parents.next(self) {
                if self.edge(edge).status != EdgeState::Open || hopeful[parent as usize] {
                    continue;
                }
                let is_possible = |id: &u32| hopeful[*id as usize] || self.has_solution(*id);
                if self.node(parent).status == NodeState::Open && self.subgoals(edge).iter().all(is_possible) {
                    hopeful[parent as usize] = true;
                    witness[parent as usize] = Way { edge, subgoal: node };
                    worklist.push(parent);
                }
            }
        }
        for id in 0..count as u32 {
            if self.node(id).status == NodeState::Open && !hopeful[id as usize] {
                self.exhaust(id);
            }
        }
        witness
    }
}

/// The way on from a node to something unexplored.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    /// The edge; [`NONE`] if there is none.
    pub edge: u32,
    /// Its subgoal to go on with; [`NONE`] for an edge that was not stepped.
    pub subgoal: u32,
}

/// The solutions of a search that wants several.
///
/// The first solution of a node takes the edge that is its solver. Every other edge whose subgoals all have solutions
/// gives a further one: it takes this edge at its node, the edges of the way there from the root, and solvers
/// everywhere else. So each solution takes an edge that none before it takes, and there are at most as many as edges.
#[derive(Clone, Debug, Default)]
pub(super) struct Several {
    /// The edges whose subgoals all have solutions.
    edges: rustc_hash::FxHashSet<u32>,
    /// For the nodes to which such edges lead from the root, the edge and its owner; [`NONE`] twice for the root.
    ways: FxHashMap<u32, (u32, u32)>,
    /// For each solution of the root, the edges that it takes at some nodes, if not their solvers.
    pub solutions: Vec<FxHashMap<u32, u32>>,
}

impl Several {
    fn forget_root(&mut self) {
        self.ways.clear();
        self.solutions.clear();
    }
}

impl<P: Problem> SearchGraph<P> {
    /// Lets the search go on for several solutions.
    ///
    /// # Panics
    /// If an earlier search in this graph has closed what it solved.
    pub(super) fn want_several(&mut self) {
        if self.several.is_none() {
            assert!(self.nodes.iter().all(|node| node.solver == NONE), "a search for one solution went before");
            self.several = Some(Box::default());
        }
    }

    /// Notes that all subgoals of an edge have solutions, and whatever follows from it.
    fn add_solution(&mut self, owner: u32, edge: u32) {
        let mut worklist = vec![(owner, edge)];
        while let Some((owner, edge)) = worklist.pop() {
            let Some(several) = self.several.as_mut() else { return };
            if !several.edges.insert(edge) {
                continue;
            }
            let is_reached = several.ways.contains_key(&owner);
            if self.has_solution(owner) {
                if is_reached {
                    self.take(owner, edge);
                }
                continue;
            }
            self.nodes[owner as usize].solver = edge;
            if owner == self.root {
                self.reach_root();
            }
            let mut parents = self.parents(owner);
            while let Some((parent, edge)) = parents.next(self) {
                if self.edge(edge).status == EdgeState::Open
                    && self.subgoals(edge).iter().all(|&id| self.has_solution(id))
                {
                    worklist.push((parent, edge));
                }
            }
        }
    }

    /// Begins with the first solution of the root, if it has one.
    fn reach_root(&mut self) {
        let (root, solver) = (self.root, self.node(self.root).solver);
        if let Some(several) = self.several.as_mut().filter(|_| solver != NONE) {
            several.solutions.push(FxHashMap::default());
            self.reach(root, (NONE, NONE));
        }
    }

    /// Adds the solution that takes an edge of a node which is reached and has another solver.
    fn take(&mut self, owner: u32, edge: u32) {
        let Some(several) = &self.several else { return };
        let mut taken = FxHashMap::from_iter([(owner, edge)]);
        let mut at = owner;
        while let Some(&(above, edge)) = several.ways.get(&at).filter(|way| way.0 != NONE) {
            taken.insert(above, edge);
            at = above;
        }
        // Solvers below the edge may lead back to a node on the way, where there are circles.
        if super::solution::topological_order(self, self.root, &taken).is_some()
            && let Some(several) = &mut self.several
        {
            several.solutions.push(taken);
        }
        for index in 0..self.subgoals(edge).len() {
            self.reach(self.subgoals(edge)[index], (owner, edge));
        }
    }

    /// Notes the first way to a node, and to the nodes below it.
    fn reach(&mut self, node: u32, way: (u32, u32)) {
        let mut worklist = vec![(node, way)];
        while let Some((node, way)) = worklist.pop() {
            let range = self.edge_range(node);
            let solver = self.node(node).solver;
            let Some(several) = self.several.as_mut() else { return };
            if several.ways.contains_key(&node) {
                continue;
            }
            several.ways.insert(node, way);
            let others: Vec<u32> = range.filter(|edge| *edge != solver && several.edges.contains(edge)).collect();
            worklist.extend(self.subgoals(solver).iter().map(|&subgoal| (subgoal, (node, solver))));
            others.into_iter().for_each(|edge| self.take(node, edge));
        }
    }
}

/// A walk over a node's parents that does not borrow the graph between two of them.
struct Parents {
    at: u32,
}

impl Parents {
    fn next<P: Problem>(&mut self, graph: &SearchGraph<P>) -> Option<(u32, u32)> {
        let link = graph.links.get(self.at as usize)?;
        self.at = link.next;
        Some((link.parent, link.edge))
    }
}
