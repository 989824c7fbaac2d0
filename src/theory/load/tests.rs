//! Tests of whole files.

use super::*;
use crate::fault::codes;
use crate::import::ImportError;
use crate::import::NoImports;
use crate::limits::SAID;

const NAT_ADD: &str = "\
    = : [('t : type) -> 't -> 't -> prop]. nat : type. z : nat. s : [nat -> nat]. + : [nat -> nat -> nat].
    +_z : [('n : nat) -> (= (+ 'n z) 'n)].
    +_s : [('n : nat) -> ('m : nat) -> (= (+ 'n (s 'm)) (s (+ 'n 'm)))].
    nat_ind : [('p : [nat -> prop]) -> ('p z) -> [('n : nat) -> ('p 'n) -> ('p (s 'n))]
               -> [('n : nat) -> ('p 'n)]].
    #backward nat_ind. #forward +_z ((+ 'n z) : nat). #forward +_s ((+ 'n (s 'm)) : nat).";

fn codes_of(text: &str) -> Vec<&'static str> {
    match Theory::from_text("test", text) {
        Ok(_) => Vec::new(),
        Err(errors) => errors.iter().map(|error| error.code).collect(),
    }
}

#[test]
fn addition_loads() {
    let mut theory = Theory::from_text("nat-add", NAT_ADD).unwrap();
    let plus_z = theory.environment.find("+_z").unwrap();
    let patterns = theory.attributes[&plus_z].forward.clone().unwrap();
    assert_eq!(patterns[0].variables, vec![Some(0)]);
    let statement = theory.statement("[('a : nat) -> (= (+ z 'a) 'a)]").unwrap();
    let names = theory.names();
    let text = crate::print::print(&mut theory.environment, &names, statement);
    assert_eq!(text, "[('a0 : nat) -> (= (+ z 'a0) 'a0)]");
    assert_eq!(theory.statement("[(a : nat) -> (= nat ((+ z) 'a) a)]").unwrap(), statement);
    assert_eq!(theory.statement("nat").unwrap_err()[0].code, "not-a-proposition");
}

#[test]
fn wrong_declarations_have_codes() {
    let nat = "nat : type. z : nat. s : [nat -> nat]. p : [nat -> prop]. ";
    for (text, code) in [
        ("x : nta.", "unknown-name"),
        ("x : (p 'n).", "unbound-variable"),
        ("z : nat.", "duplicate-name"),
        ("'x : nat.", "reserved-name"),
        ("type : type.", "reserved-name"),
        ("x : kind.", "unknown-name"),
        ("x : z.", "not-a-type"),
        ("x : p.", "wrong-number-of-arguments"),
        ("x : (p z z).", "wrong-number-of-arguments"),
        ("x : (nat z).", "not-a-function"),
        ("x : (p s).", "type-mismatch"),
        ("x : nat = s.", "type-mismatch"),
        ("x : nat = x.", "unknown-name"),
        ("x : [nat -> (p q)].", "unknown-name"),
        ("x : [('n : nat) -> (p (s p))].", "type-mismatch"),
        ("= : [nat -> nat -> prop].", "not-equality"),
        ("import \"nowhere\".", "import-not-found"),
        ("#forward z2.", "unknown-name"),
        ("#backward s infer infer.", "bad-attribute"),
        ("x : type = type.", "type-mismatch"),
    ] {
        assert_eq!(codes_of(&format!("{nat}{text}")), vec![code], "{text}");
    }
    assert_eq!(
        codes_of(&format!("prop : type. {nat} using a. assume (p z). q : nat = (s (s z)).")),
        Vec::<&str>::new()
    );
}
/// Files by name; counts how often one is asked for.
struct Counted(std::cell::Cell<usize>);

impl Resolver for Counted {
    fn resolve(&self, name: &str, _from: Option<&std::path::Path>) -> Result<SourceText, ImportError> {
        self.0.set(self.0.get() + 1);
        match name {
            "a" => Ok(SourceText::text("a", "nat : type.")),
            "self" => Ok(SourceText::text("self", "import \"self\".".repeat(100))),
            "wrong" => Ok(SourceText::text("wrong", "x : nta.")),
            _ => Err(ImportError::NotFound(name.to_owned())),
        }
    }
}

#[test]
fn a_file_that_is_imported_often_is_read_once() {
    for (path, errors) in [("a", 0), ("self", 101), ("wrong", 2)] {
        let resolver = Counted(0.into());
        let text = format!("import \"{path}\".\n").repeat(100);
        let (_, report) = Theory::load(SourceText::text("t", text), &resolver);
        assert_eq!(report.errors().count(), errors, "{path}");
        // Itself once more from inside.
        assert!(resolver.0.get() <= 2, "{path}: {}", resolver.0.get());
    }
}

#[test]
fn what_commands_say_is_bounded_together() {
    let large = format!("{}z{}", "(s ".repeat(30_000), ")".repeat(30_000));
    let declared = format!("nat : type. z : nat. s : [nat -> nat]. p : [nat -> prop]. a : (p {large}).\n");
    for command in ["#print a.\n", "#check a.\n"] {
        let (_, report) = Theory::load(SourceText::text("t", declared.clone() + &command.repeat(300)), &NoImports);
        let items = &report.files[0].items;
        let said: usize = items.iter().filter_map(|item| item.said.as_ref()).map(String::len).sum();
        assert!(said <= SAID && said > SAID - (128 << 10), "{said}");
        let refused: Vec<&str> = report.errors().map(|(_, error)| error.code).collect();
        assert!(!refused.is_empty() && refused.iter().all(|&code| code == codes::BUDGET_EXHAUSTED));
    }
    // So do attributes, which are said once the file has been read.
    let attribute = format!("#forward s ({large} : nat).\n");
    let text = declared + &attribute + &"#print s.\n".repeat(300);
    let (_, report) = Theory::load(SourceText::text("t", text), &NoImports);
    let said = report.files[0].items.iter().filter_map(|item| item.said.as_ref()).map(String::len).sum::<usize>();
    assert!(said <= SAID && report.errors().count() > 0, "{said}");
}

#[test]
fn looking_for_what_comes_later_ends() {
    let equality = "= : [('t : type) -> 't -> 't -> prop].\n";
    let count = 8_000;
    let items: String =
        (0..count).map(|index| format!("data a{index} {{ c{index} : [last -> a{index}]. }}\n")).collect();
    let (_, report) = Theory::load(SourceText::text("t", format!("{equality}{items}data last {{ }}")), &NoImports);
    let comes_later = |error: &Diagnostic| error.hint.as_ref().is_some_and(|hint| hint.contains("comes later"));
    let hints: Vec<bool> = report.errors().map(|(_, error)| comes_later(error)).collect();
    assert_eq!(hints.len(), count);
    let told = hints.iter().filter(|&&is_told| is_told).count();
    assert!(hints[0] && told < 2_000, "{told}");
}
