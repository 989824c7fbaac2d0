//! Problems to test searches on, an independent checker of solutions, and evaluators good and bad.

use crate::evaluator::{Evaluation, Evaluator, Request};
use crate::{Outcome, Problem, SearchResult, Solution, SolutionStep};

/// An AND/OR graph written down: node, action, subgoals (or a failing step).
#[derive(Clone, Debug)]
pub struct Table {
    pub root: usize,
    pub rows: Vec<Vec<Option<Vec<usize>>>>,
}

impl Table {
    /// By node, whether it has a solution: the least fixed point, by going over the table until nothing changes.
    pub fn solvable(&self) -> Vec<bool> {
        let mut solvable = vec![false; self.rows.len()];
        loop {
            let next: Vec<bool> = self
                .rows
                .iter()
                .map(|row| row.iter().flatten().any(|subgoals| subgoals.iter().all(|&subgoal| solvable[subgoal])))
                .collect();
            if next == solvable {
                return solvable;
            }
            solvable = next;
        }
    }
}

impl Problem for Table {
    type State = usize;
    type Action = usize;

    fn root(&mut self) -> usize {
        self.root
    }

    fn actions(&mut self, state: &usize) -> Vec<usize> {
        (0..self.rows[*state].len()).collect()
    }

    fn step(&mut self, state: &usize, action: &usize) -> Outcome<usize> {
        self.rows[*state][*action].clone().map_or(Outcome::Dead, Outcome::Subgoals)
    }

    fn key(&self, state: &usize) -> u128 {
        *state as u128
    }

    fn state_text(&self, state: &usize) -> String {
        format!("node {state}")
    }

    fn action_text(&self, _: &usize, action: &usize) -> String {
        format!("action {action}")
    }
}

/// The tower of Hanoi by decomposition, with useless and circular ways to decompose.
#[derive(Clone, Debug)]
pub struct Hanoi {
    pub disks: u8,
}

/// Move this many disks from one peg (0, 1 or 2) to another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Transfer {
    pub disks: u8,
    pub from: u8,
    pub to: u8,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Plan {
    /// Carry the only disk over.
    Carry,
    /// All but the largest to the third peg, then the largest is carried over, then the others are put on top.
    Stack,
    /// The whole tower by way of the third peg: right, but circular.
    Detour,
    /// There, back, and there again: needs itself.
    Undo,
}

impl Problem for Hanoi {
    type State = Transfer;
    type Action = Plan;

    fn root(&mut self) -> Transfer {
        Transfer { disks: self.disks, from: 0, to: 2 }
    }

    fn actions(&mut self, state: &Transfer) -> Vec<Plan> {
        if state.disks == 0 { vec![] } else { vec![Plan::Detour, Plan::Undo, Plan::Carry, Plan::Stack] }
    }

    fn step(&mut self, &Transfer { disks, from, to }: &Transfer, plan: &Plan) -> Outcome<Transfer> {
        let third = 3 - from - to;
        let go = |disks, from, to| Transfer { disks, from, to };
        match plan {
            Plan::Carry if disks == 1 => Outcome::Subgoals(vec![]),
            Plan::Carry => Outcome::Dead,
            Plan::Stack => Outcome::Subgoals(vec![go(disks - 1, from, third), go(disks - 1, third, to)]),
            Plan::Detour => Outcome::Subgoals(vec![go(disks, from, third), go(disks, third, to)]),
            Plan::Undo => Outcome::Subgoals(vec![go(disks, from, to), go(disks, to, from), go(disks, from, to)]),
        }
    }

    fn key(&self, state: &Transfer) -> u128 {
        u128::from(state.disks) << 16 | u128::from(state.from) << 8 | u128::from(state.to)
    }

    fn state_text(&self, state: &Transfer) -> String {
        format!("{state:?}")
    }

    fn action_text(&self, _: &Transfer, action: &Plan) -> String {
        format!("{action:?}")
    }
}

/// Plays a solution of [`Hanoi`] out on real pegs; the number of moves.
pub fn play(solution: &Solution<Hanoi>, disks: u8) -> usize {
    let mut pegs: [Vec<u8>; 3] = [(1..=disks).rev().collect(), vec![], vec![]];
    let mut moves = 0;
    // Steps still to play, and disks still to carry.
    let mut stack = vec![Ok(0)];
    while let Some(item) = stack.pop() {
        let carry = match item {
            Err(carry) => carry,
            Ok(index) => {
                let step: &SolutionStep<Transfer, Plan> = &solution.steps[index];
                let Transfer { from, to, .. } = step.state;
                stack.extend(step.subgoals.iter().rev().map(|&subgoal| Ok(subgoal)));
                match step.action {
                    Plan::Stack => {
                        let first = stack.len() - 1;
                        stack.insert(first, Err((from, to)));
                        continue;
                    }
                    Plan::Carry => (from, to),
                    Plan::Detour | Plan::Undo => continue,
                }
            }
        };
        let disk = pegs[carry.0 as usize].pop().expect("there is a disk to carry");
        let target = &mut pegs[carry.1 as usize];
        assert!(target.last().is_none_or(|&below| below > disk), "a larger disk on a smaller one");
        target.push(disk);
        moves += 1;
    }
    assert_eq!(pegs[2].len(), disks as usize, "the tower stands on the last peg");
    moves
}

/// Bring a number down to 0 by subtracting 1 or 3, halving even ones or splitting into two parts; or up again.
///
/// Unbounded and cyclic, with many transpositions and dead steps; `width` pads every state with failing actions.
#[derive(Clone, Debug)]
pub struct Countdown {
    pub start: u64,
    pub width: u8,
}

impl Problem for Countdown {
    type State = u64;
    type Action = u8;

    fn root(&mut self) -> u64 {
        self.start
    }

    fn actions(&mut self, _: &u64) -> Vec<u8> {
        (0..self.width).collect()
    }

    fn step(&mut self, &number: &u64, &action: &u8) -> Outcome<u64> {
        match action {
            0 => Outcome::Subgoals(vec![number + 1]),
            1 if number == 1 => Outcome::Subgoals(vec![]),
            1 if number > 1 => Outcome::Subgoals(vec![number - 1]),
            2 if number > 3 => Outcome::Subgoals(vec![number - 3]),
            3 if number > 9 => Outcome::Subgoals(vec![number / 3, number - number / 3]),
            _ => Outcome::Dead,
        }
    }

    fn key(&self, state: &u64) -> u128 {
        u128::from(*state)
    }

    fn state_text(&self, state: &u64) -> String {
        state.to_string()
    }

    fn action_text(&self, _: &u64, action: &u8) -> String {
        action.to_string()
    }
}

/// Checks a solution against the problem alone: every step leads to the very states that its sub-solutions solve, and
/// these come later.
pub fn check<P: Problem>(problem: &mut P, solution: &Solution<P>) {
    assert!(!solution.steps.is_empty());
    for (index, step) in solution.steps.iter().enumerate() {
        match problem.step(&step.state, &step.action) {
            Outcome::Dead | Outcome::Worth(_) => panic!("step {index} solves nothing"),
            Outcome::Subgoals(subgoals) => {
                let wanted: Vec<u128> = subgoals.iter().map(|state| problem.key(state)).collect();
                let solved: Vec<u128> =
                    step.subgoals.iter().map(|&at| problem.key(&solution.steps[at].state)).collect();
                assert_eq!(wanted, solved, "step {index} has the subgoals that it leads to");
                assert!(step.subgoals.iter().all(|&at| at > index), "step {index} comes before its subgoals");
            }
        }
        assert!(step.log_prior <= 1e-6 && step.log_prior.is_finite());
    }
    let mut nodes: Vec<_> = solution.steps.iter().map(|step| step.node).collect();
    nodes.sort();
    nodes.dedup();
    assert_eq!(nodes.len(), solution.steps.len(), "every node is listed once");
}

/// Checks that a result is solved, by a solution of the problem's root.
pub fn check_solved<P: Problem>(problem: &mut P, result: &SearchResult<P>) {
    let solution = result.solution.as_ref().expect("solved");
    assert!(result.verdict.solved);
    let root = problem.root();
    assert_eq!(problem.key(&solution.steps[0].state), problem.key(&root), "the solution starts at the root");
    check(problem, solution);
}

/// Priors and values that look like a network's: fixed by the text, different everywhere.
pub struct Hashed;

impl Evaluator for Hashed {
    fn evaluate(&self, requests: &[Request]) -> Vec<Evaluation> {
        let unit = |text: &str| {
            let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(5)
            });
            (hash >> 40) as f32 / (1u64 << 24) as f32
        };
        requests
            .iter()
            .map(|request| {
                assert!(!request.state.is_empty(), "text was asked for");
                let raw: Vec<f32> =
                    request.actions.iter().map(|action| unit(&format!("{}{action}", request.state))).collect();
                let sum: f32 = raw.iter().sum();
                Evaluation { priors: raw.iter().map(|prior| prior / sum).collect(), value: unit(&request.state) }
            })
            .collect()
    }
}

/// An evaluator given by a function of the number of requests' actions.
pub struct Liar(pub fn(usize) -> Evaluation);

impl Evaluator for Liar {
    fn evaluate(&self, requests: &[Request]) -> Vec<Evaluation> {
        requests.iter().map(|request| (self.0)(request.actions.len())).collect()
    }

    fn needs_text(&self) -> bool {
        false
    }
}

/// An AND/OR graph given by rules, for those too large to write down: how many actions a state has, and the subgoals of
/// each. The root is 0.
pub struct Rules<F> {
    pub actions: fn(u64) -> usize,
    pub step: F,
}

impl<F: FnMut(u64, usize) -> Option<Vec<u64>>> Problem for Rules<F> {
    type State = u64;
    type Action = usize;

    fn root(&mut self) -> u64 {
        0
    }

    fn actions(&mut self, state: &u64) -> Vec<usize> {
        (0..(self.actions)(*state)).collect()
    }

    fn step(&mut self, state: &u64, action: &usize) -> Outcome<u64> {
        (self.step)(*state, *action).map_or(Outcome::Dead, Outcome::Subgoals)
    }

    fn key(&self, state: &u64) -> u128 {
        u128::from(*state)
    }

    fn state_text(&self, state: &u64) -> String {
        state.to_string()
    }

    fn action_text(&self, _: &u64, action: &usize) -> String {
        action.to_string()
    }
}
