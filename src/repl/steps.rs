//! Text of the language as input: steps of the proof under way, declarations, goals.

use super::edit::{arranged, insert};
use super::error::ReplError;
use super::input::states_goal;
use super::layer::{Extended, Proof};
use super::show::shifted;
use super::{Reported, Session};
use crate::syntax::diagnostic::Diagnostic;
use crate::syntax::token::Token;
use crate::syntax::tree::{ItemKind, Span, StepKind};
use crate::syntax::{parse, parse_steps, parse_term};
use crate::theory::fault::codes::{GOAL_MISMATCH, NO_OPEN_GOAL};
use crate::theory::import::SourceText;
use crate::theory::load::{ItemReport, Kind, LoadReport};
use crate::theory::script::Exploration;
use logos::Logos;
use std::path::PathBuf;
use std::sync::Arc;

/// The name of the input where it is checked as a file.
const INPUT: &str = "input";

/// The word before a statement that becomes a theorem's.
const THEOREM: &str = "theorem ";

impl Session {
    /// Carries out text of the language.
    pub(super) fn text(&mut self, input: &str, line: usize) -> Reported {
        let first = Token::lexer(input).next().and_then(Result::ok);
        if states_goal(input) {
            return self.items(format!("{} {{\n}}", input.trim_end().trim_end_matches('.')), 0);
        }
        if let Some(said) = self.questions(input) {
            return said;
        }
        if self.is_open() {
            return match first {
                Some(token) if token.begins_only_items() => self.items(input.to_owned(), 0),
                _ => self.steps(input, line),
            };
        }
        match first {
            Some(token) if token.begins_only_steps() => {
                // What is wrong with the text itself comes first.
                parse_steps(input).map_err(ReplError::Input)?;
                Err(ReplError::NoGoal)
            }
            _ => self.items(input.to_owned(), 0),
        }
    }

    /// The answers to `#check`, `#eval` and `#print`, if the input is nothing else. They become no part of the session.
    fn questions(&mut self, input: &str) -> Option<Reported> {
        let (tree, errors) = parse(input);
        if !errors.is_empty() || tree.items.is_empty() {
            return None;
        }
        let is_question =
            |kind: &ItemKind| matches!(kind, ItemKind::Check(_) | ItemKind::Evaluate(_) | ItemKind::Print(_));
        if !tree.items.iter().all(|item| is_question(&item.kind)) {
            return None;
        }
        let text = |span: Span| (&input[span.start as usize..span.end as usize], span.start as usize);
        let mut answers = Vec::new();
        for item in &tree.items {
            let answer = match &item.kind {
                ItemKind::Check(term) => {
                    let (text, at) = text(tree.span(*term));
                    self.check(text, at)
                }
                ItemKind::Evaluate(term) => {
                    let (text, at) = text(tree.span(*term));
                    self.eval(text, at)
                }
                ItemKind::Print(name) => self.print(tree.name(name.symbol)),
                _ => continue,
            };
            match answer {
                Ok(answer) => answers.push(answer),
                Err(error) => return Some(Err(error)),
            }
        }
        Some(Ok(answers.join("\n")))
    }

    /// States a goal: `[NAME :] STATEMENT`, which stands at an offset of the input.
    pub(super) fn state(&mut self, argument: &str, at: usize) -> Reported {
        let argument = argument.trim_end_matches('.');
        let mut tokens = Token::lexer(argument);
        let mut token = || tokens.next().and_then(Result::ok);
        let named = token().is_some_and(Token::is_name) && token() == Some(Token::Colon);
        let statement = match argument.split_once(':') {
            Some((_, statement)) if named => statement,
            _ => argument,
        };
        let before = at + argument.len() - statement.len();
        // Blanks before it give what is wrong with it the positions of the input.
        parse_term(&format!("{:before$}{statement}", "")).map_err(ReplError::Input)?;
        let (text, by) = if named {
            (format!("{THEOREM}{argument} {{\n}}"), at as i64 - THEOREM.len() as i64)
        } else {
            let name = self.free_name("goal");
            let prefix = format!("{THEOREM}{name} : ");
            (format!("{prefix}{argument} {{\n}}"), at as i64 - prefix.len() as i64)
        };
        self.items(text, by)
    }

    /// A name for a theorem that was given none.
    pub(super) fn free_name(&self, base: &str) -> String {
        let environment = &self.layer().theory.environment;
        let names = (1..).map(|number| format!("{base}_{number}"));
        let open = self.proofs();
        let is_free =
            |name: &String| environment.find(name).is_none() && open.iter().all(|proof| *proof.name != **name);
        names.into_iter().find(is_free).unwrap_or_default()
    }

    /// Adds declarations and theorems to the session. The text stands so far behind the input's begin.
    fn items(&mut self, text: String, by: i64) -> Reported {
        // What is typed stands in the folder in which the session was started.
        let source = SourceText { folder: Some(PathBuf::new()), ..SourceText::text(INPUT, text) };
        let layer = self.layer().clone();
        let extended = layer.extended(source).map_err(|error| match error {
            ReplError::Refused(report) => of_input(&report, by),
            other => other,
        })?;
        self.add(extended)
    }

    /// Goes on with an accepted extension.
    pub(super) fn add(&mut self, extended: Extended) -> Reported {
        let Extended { layer, unfinished, items } = extended;
        let present = self.proof().cloned();
        let known = self.proofs().iter().map(|proof| proof.name.clone()).collect::<Vec<_>>();
        if let Some(twice) = unfinished.iter().find(|proof| known.contains(&proof.name)) {
            return Err(ReplError::GoalIsOpen(twice.name.to_string()));
        }
        let (start, before) = (self.position, self.history.clone());
        let begins = !unfinished.is_empty();
        let imports_more = layer.imports() > self.layer().imports();
        let layer = Arc::new(layer);
        match (present, unfinished.first().cloned()) {
            (present, None) => self.go_on(layer, present, self.focus())?,
            // A lemma on the way.
            (Some(_), Some(lemma)) => self.interpose(layer, lemma)?,
            (None, Some(_)) => self.go_on_with_all(layer, unfinished)?,
        }
        if begins {
            // A file may end right after an `apply`.
            self.add_premises()?;
        }
        let mut lines: Vec<String> = Vec::new();
        for ItemReport { name, kind, diagnostics, said, .. } in &items {
            lines.extend(diagnostics.iter().map(|warning| format!("warning: {}", warning.message)));
            lines.extend(match (*kind, said) {
                (_, Some(said)) => Some(said.clone()),
                (Kind::Theorem(_), _) => Some(self.paint().good(&format!("{name} is proved"))),
                (Kind::Import, _) => imports_more.then(|| format!("{name} is imported")),
                (Kind::Verify(_), _) => Some(format!("{kind} {name} is right")),
                (Kind::Forward | Kind::Backward | Kind::Using, _) => None,
                (Kind::Assume, _) => Some("it is assumed".into()),
                _ => Some(format!("{name} is declared")),
            });
        }
        match self.proof().cloned() {
            // What was added may be the very goal that was open.
            Some(proof) if self.open_goals() == 0 => {
                match self.finish(proof) {
                    Ok(done) => lines.push(done),
                    Err(error) => {
                        self.return_to(before, start)?;
                        return Err(error);
                    }
                }
                self.merge_since(start);
            }
            Some(_) => lines.push(self.focus_text()),
            None => {}
        }
        Ok(lines.join("\n"))
    }

    /// Adds blocks for the premises that the script leaves without one.
    fn add_premises(&mut self) -> Result<(), ReplError> {
        let Some(script) = self.proof().map(|proof| proof.script.to_string()) else { return Ok(()) };
        let Some(view) = self.view.as_mut().filter(|view| view.open.iter().any(|open| open.is_premise)) else {
            return Ok(());
        };
        let (script, exploration) = view.explore_with_premises(script).map_err(ReplError::Input)?;
        view.show(exploration);
        let position = self.position;
        self.history[position].set_script(script);
        Ok(())
    }

    /// Adds steps to the proof, in the place of the goal in focus.
    fn steps(&mut self, input: &str, line: usize) -> Reported {
        let (tree, parsed) = parse_steps(input).map_err(ReplError::Input)?;
        let Some(first) = parsed.first() else { return Ok(String::new()) };
        let warnings = match self.tried(self.focus(), input, "") {
            Ok(exploration) => exploration.warnings,
            Err(errors) => {
                let is_block = matches!(first.kind, StepKind::Goal { .. });
                if is_block && errors.first().is_some_and(|error| error.code == NO_OPEN_GOAL) {
                    let blocks = parsed.iter().map(|step| match &step.kind {
                        StepKind::Goal { ty, .. } => Ok((tree.span(*ty), step.span)),
                        _ => Err(ReplError::Input(errors.clone())),
                    });
                    return self.blocks(input, &blocks.collect::<Result<Vec<_>, _>>()?);
                }
                // After an `apply` the next step is one for its first subgoal.
                if errors.first().is_some_and(|error| error.code == NO_OPEN_GOAL) && parsed.len() > 1 {
                    let spans: Vec<Span> = parsed.iter().map(|step| step.span).collect();
                    return self.one_by_one(input, &spans, errors);
                }
                return Err(ReplError::Input(errors));
            }
        };
        let depth = self.focused()?.depth;
        let lines = arranged(input, depth).unwrap_or_else(|| format!("{input}\n"));
        let done = self.insert(&lines)?;
        if warnings.is_empty() {
            return Ok(done);
        }
        Ok(format!("{}\n{done}", self.diagnostics_text(&warnings, input, line)))
    }

    /// Carries out steps as if each stood in an input of its own; all of them or none. `errors` are those of all at
    /// once.
    fn one_by_one(&mut self, input: &str, steps: &[Span], errors: Vec<Diagnostic>) -> Reported {
        let start = self.position;
        let before = self.history.clone();
        let (mut done, mut proved) = (String::new(), String::new());
        for step in steps {
            // Goals that were proved before the last step.
            proved.extend(done.strip_prefix(&self.goal_proved()).map(|_| self.goal_proved()));
            let own = if self.is_open() {
                self.steps(&input[step.start as usize..step.end as usize], 1)
            } else {
                // The proof ends before.
                Err(ReplError::Input(errors.iter().map(|error| shifted(error, -i64::from(step.start))).collect()))
            };
            match own {
                Ok(text) => done = text,
                Err(error) => {
                    self.return_to(before, start)?;
                    return Err(match error {
                        ReplError::Input(errors) => moved(&errors, i64::from(step.start)),
                        other => other,
                    });
                }
            }
        }
        self.merge_since(start);
        Ok(proved + &done)
    }

    /// The line about a goal that is proved, where others are open.
    fn goal_proved(&self) -> String {
        self.paint().good("this goal is proved") + "\n"
    }

    /// `goal T { steps }` for goals that have their blocks already: the steps go into the block of the first goal T
    /// from the one in focus on.
    fn blocks(&mut self, input: &str, blocks: &[(Span, Span)]) -> Reported {
        let start = self.position;
        let before = self.history.clone();
        let mut done = String::new();
        for &(stated, whole) in blocks {
            match self.one_block(input, stated, whole) {
                Ok(text) => done = text,
                Err(error) => {
                    self.return_to(before, start)?;
                    return Err(error);
                }
            }
        }
        self.merge_since(start);
        // Going from goal to goal has moved the focus.
        self.history[start] = before[start].clone();
        Ok(done)
    }

    fn one_block(&mut self, input: &str, stated: Span, whole: Span) -> Reported {
        let text = |from: u32, to: u32| &input[from as usize..to as usize];
        let after = text(stated.end, whole.end - 1);
        let brace = Token::lexer(after).spanned().find(|(token, _)| *token == Ok(Token::OpenBrace));
        let inside = stated.end + brace.map_or(0, |(_, span)| span.end as u32);
        let steps = text(inside, whole.end - 1);
        let claim = format!("current goal : {}.", text(stated.start, stated.end));
        let count = self.open_goals();
        let order = (self.focus()..count).chain(0..self.focus());
        let mut mismatch = None;
        for goal in order {
            match self.tried(goal, "", &claim) {
                Ok(_) => {
                    self.focus_on(goal + 1)?;
                    self.tried(goal, steps, "").map_err(|errors| moved(&errors, i64::from(inside)))?;
                    let depth = self.focused()?.depth;
                    let lines = arranged(steps, depth).unwrap_or_default();
                    return self.insert(&lines);
                }
                Err(errors) => {
                    let by = i64::from(stated.start) - "current goal : ".len() as i64;
                    let is_mismatch = errors.first().is_some_and(|error| error.code == GOAL_MISMATCH);
                    if mismatch.is_none() || !is_mismatch {
                        mismatch = Some(moved(&errors, by));
                    }
                }
            }
        }
        Err(mismatch.unwrap_or(ReplError::NoGoal))
    }

    /// Carries out the script with a text in the place of an open goal, as it stands; positions of errors are offsets
    /// into `claim` followed by `steps`, of which at least one is empty.
    fn tried(&mut self, goal: usize, steps: &str, claim: &str) -> Result<Exploration, Vec<Diagnostic>> {
        let (Some(proof), Some(view)) = (self.proof().cloned(), self.view.as_mut()) else { return Err(Vec::new()) };
        let Some(open) = view.open.get(goal) else { return Err(Vec::new()) };
        let (before, after) = proof.script.split_at(open.at as usize);
        let script = [before, " ", claim, steps, " ", after].concat();
        let by = -(before.len() as i64 + 1);
        let range = 0..(claim.len() + steps.len()) as u32;
        let result = view.explore(&script);
        let mut exploration =
            result.map_err(|errors| errors.iter().map(|error| shifted(error, by)).collect::<Vec<_>>())?;
        let begin = before.len() as u32 + 1;
        let inside =
            |warning: &Diagnostic| warning.span.start >= begin && range.contains(&(warning.span.start - begin));
        exploration.warnings.retain(inside);
        exploration.warnings = exploration.warnings.iter().map(|warning| shifted(warning, by)).collect();
        Ok(exploration)
    }

    /// Inserts lines of steps in the place of the goal in focus, checks all, and goes on. If nothing is open then, the
    /// theorem is checked as in a file.
    pub(super) fn insert(&mut self, lines: &str) -> Reported {
        let proof = self.proof().cloned().ok_or(ReplError::NoGoal)?;
        let open = self.focused()?;
        let (script, from) = insert(&proof.script, open.at as usize, open.depth, lines);
        let view = self.view.as_mut().ok_or(ReplError::NoGoal)?;
        let wrong = |text: &str, diagnostics| ReplError::Text {
            name: format!("the proof of {}", proof.name),
            text: text.to_owned(),
            diagnostics,
        };
        let explored = view.explore_with_premises(script.clone());
        let (script, exploration) = explored.map_err(|errors| wrong(&script, errors))?;
        let proof = Proof { script: script.into(), ..proof };
        if exploration.open.is_empty() {
            return self.finish(proof);
        }
        let next = exploration.open.iter().position(|open| open.at as usize >= from).unwrap_or(0);
        let is_closed = exploration.open.len() < self.open_goals();
        self.go_on(self.layer().clone(), Some(proof), next)?;
        let said = if is_closed { self.goal_proved() } else { String::new() };
        Ok(said + &self.focus_text())
    }

    /// Checks a theorem of which nothing is open, and goes on without it.
    fn finish(&mut self, proof: Proof) -> Reported {
        let source = SourceText::text(&format!("the proof of {}", proof.name), proof.item());
        let extended = self.layer().checked(source)?;
        self.go_back(Arc::new(extended.layer))?;
        let said = self.paint().good(&format!("{} is proved", proof.name));
        Ok(if self.is_open() { format!("{said}\n{}", self.focus_text()) } else { said })
    }
}

fn moved(errors: &[Diagnostic], by: i64) -> ReplError {
    ReplError::Input(errors.iter().map(|error| shifted(error, by)).collect())
}

/// The errors of an input that was checked as a file.
fn of_input(report: &LoadReport, by: i64) -> ReplError {
    let Some((own, imported)) = report.files.split_last() else { return ReplError::Input(Vec::new()) };
    let mut errors: Vec<Diagnostic> = own.items.iter().flat_map(|item| item.diagnostics.clone()).collect();
    let first = imported.iter().find_map(|file| {
        let error = file.items.iter().flat_map(|item| &item.diagnostics).next()?;
        let position = crate::syntax::source::LineIndex::new(&file.source.text).position(error.span.start);
        Some(format!("{}:{position}: {}", file.source.name, error.message))
    });
    if let (Some(first), Some(error)) = (first, errors.first_mut()) {
        error.notes.push(first);
    }
    moved(&errors, by)
}
