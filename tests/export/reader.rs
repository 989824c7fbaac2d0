//! A reader of lean4export's format, version 3.1, written from its description and sharing no code with the writer.
//!
//! It takes only the part used here: no universe parameters, literals, inductive types. Unknown entries are errors, and
//! so is every breach of a rule of the format: numbers that do not follow each other, or are used before their line.

use serde_json::{Map, Value};

/// An expression; others are mentioned by their numbers, which are less than its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Expression {
    Variable(u64),
    /// The universe, as a number.
    Sort(u64),
    /// The number of a declaration.
    Constant(usize),
    Apply(usize, usize),
    Lambda(usize, usize),
    Forall(usize, usize),
}

/// Kind of a declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Axiom,
    Definition,
    Theorem,
}

#[derive(Clone, Debug)]
pub struct Declaration {
    pub kind: Kind,
    /// The components of the name.
    pub name: Vec<String>,
    pub ty: usize,
    pub value: Option<usize>,
}

/// The content of a file.
#[derive(Debug, Default)]
pub struct File {
    pub expressions: Vec<Expression>,
    pub declarations: Vec<Declaration>,
    names: Vec<Vec<String>>,
    levels: Vec<u64>,
    /// The declaration of each name, by the number of the name.
    declared: Vec<Option<usize>>,
}

type Result<T> = std::result::Result<T, String>;

fn number(object: &Map<String, Value>, key: &str) -> Result<usize> {
    object.get(key).and_then(Value::as_u64).map(|number| number as usize).ok_or(format!("no number `{key}`"))
}

fn text<'a>(object: &'a Map<String, Value>, key: &str) -> Result<&'a str> {
    object.get(key).and_then(Value::as_str).ok_or(format!("no text `{key}`"))
}

fn object<'a>(value: &'a Value, keys: &[&str]) -> Result<&'a Map<String, Value>> {
    let object = value.as_object().ok_or("no object")?;
    let mut found: Vec<&str> = object.keys().map(String::as_str).collect();
    let mut wanted = keys.to_vec();
    found.sort_unstable();
    wanted.sort_unstable();
    if found == wanted { Ok(object) } else { Err(format!("the keys are {found:?}, not {wanted:?}")) }
}

fn is_empty(object: &Map<String, Value>, key: &str) -> Result<()> {
    match object.get(key).and_then(Value::as_array) {
        Some(list) if list.is_empty() => Ok(()),
        _ => Err(format!("`{key}` is no empty list")),
    }
}

/// Reads a file.
pub fn read(content: &str) -> Result<File> {
    let mut file = File { names: vec![Vec::new()], declared: vec![None], levels: vec![0], ..File::default() };
    if !content.ends_with('\n') {
        return Err("the last line does not end".into());
    }
    for (place, line) in content.lines().enumerate() {
        let value: Value = serde_json::from_str(line).map_err(|error| format!("line {}: {error}", place + 1))?;
        let read = if place == 0 { meta(&value) } else { file.line(&value) };
        read.map_err(|error| format!("line {}: {error}: {line}", place + 1))?;
    }
    Ok(file)
}

fn meta(value: &Value) -> Result<()> {
    let meta = object(&object(value, &["meta"])?["meta"], &["exporter", "lean", "format"])?;
    text(object(&meta["exporter"], &["name", "version"])?, "name")?;
    text(object(&meta["lean"], &["githash", "version"])?, "githash")?;
    let version = text(object(&meta["format"], &["version"])?, "version")?;
    if version.split('.').take(2).eq(["3", "1"]) { Ok(()) } else { Err(format!("the format is {version}")) }
}

impl File {
    fn line(&mut self, value: &Value) -> Result<()> {
        let keys = value.as_object().ok_or("no object")?;
        if keys.contains_key("in") {
            return self.name(value);
        }
        if keys.contains_key("il") {
            return self.level(value);
        }
        if keys.contains_key("ie") {
            return self.expression(value);
        }
        self.declaration(value)
    }

    fn name(&mut self, value: &Value) -> Result<()> {
        let line = object(value, &["str", "in"])?;
        let component = object(&line["str"], &["pre", "str"])?;
        if number(line, "in")? != self.names.len() {
            return Err("names do not follow each other".into());
        }
        let mut name = self.names.get(number(component, "pre")?).ok_or("an unknown name")?.clone();
        name.push(text(component, "str")?.to_owned());
        if self.names.contains(&name) {
            return Err("a name is there twice".into());
        }
        self.names.push(name);
        self.declared.push(None);
        Ok(())
    }

    fn level(&mut self, value: &Value) -> Result<()> {
        let line = object(value, &["succ", "il"])?;
        if number(line, "il")? != self.levels.len() {
            return Err("levels do not follow each other".into());
        }
        let below = *self.levels.get(number(line, "succ")?).ok_or("an unknown level")?;
        self.levels.push(below + 1);
        Ok(())
    }

    fn part(&self, object: &Map<String, Value>, key: &str) -> Result<usize> {
        let part = number(object, key)?;
        if part < self.expressions.len() { Ok(part) } else { Err(format!("expression {part} comes later")) }
    }

    fn binder(&self, value: &Value) -> Result<(usize, usize)> {
        let binder = object(value, &["name", "type", "body", "binderInfo"])?;
        if number(binder, "name")? >= self.names.len() || text(binder, "binderInfo")? != "default" {
            return Err("an odd binder".into());
        }
        Ok((self.part(binder, "type")?, self.part(binder, "body")?))
    }

    fn expression(&mut self, value: &Value) -> Result<()> {
        let line = value.as_object().ok_or("no object")?;
        let key = line.keys().find(|key| *key != "ie").ok_or("no expression")?;
        object(value, &[key, "ie"])?;
        let content = &line[key];
        if number(line, "ie")? != self.expressions.len() {
            return Err("expressions do not follow each other".into());
        }
        let expression = match key.as_str() {
            "bvar" => Expression::Variable(content.as_u64().ok_or("no index")?),
            "sort" => {
                let level = content.as_u64().ok_or("no level")? as usize;
                Expression::Sort(*self.levels.get(level).ok_or("an unknown level")?)
            }
            "const" => {
                let constant = object(content, &["name", "us"])?;
                is_empty(constant, "us")?;
                let declared = self.declared.get(number(constant, "name")?).copied().flatten();
                Expression::Constant(declared.ok_or("a constant before its declaration")?)
            }
            "app" => {
                let application = object(content, &["fn", "arg"])?;
                Expression::Apply(self.part(application, "fn")?, self.part(application, "arg")?)
            }
            "lam" => {
                let (domain, body) = self.binder(content)?;
                Expression::Lambda(domain, body)
            }
            "forallE" => {
                let (domain, body) = self.binder(content)?;
                Expression::Forall(domain, body)
            }
            other => return Err(format!("`{other}` is unknown")),
        };
        self.expressions.push(expression);
        Ok(())
    }

    fn declaration(&mut self, value: &Value) -> Result<()> {
        let key = value.as_object().and_then(|line| line.keys().next()).ok_or("no declaration")?.clone();
        let content = &object(value, &[&key])?[&key];
        let (kind, keys): (_, &[&str]) = match key.as_str() {
            "axiom" => (Kind::Axiom, &["name", "levelParams", "type", "isUnsafe"]),
            "def" => (Kind::Definition, &["name", "levelParams", "type", "value", "hints", "safety", "all"]),
            "thm" => (Kind::Theorem, &["name", "levelParams", "type", "value", "all"]),
            other => return Err(format!("`{other}` is unknown")),
        };
        let content = object(content, keys)?;
        is_empty(content, "levelParams")?;
        let name = number(content, "name")?;
        if name == 0 || self.declared.get(name).copied().ok_or("an unknown name")?.is_some() {
            return Err("a name cannot be declared, or is declared twice".into());
        }
        let value = if kind == Kind::Axiom { None } else { Some(self.part(content, "value")?) };
        match kind {
            Kind::Axiom if content["isUnsafe"] != Value::Bool(false) => return Err("an unsafe axiom".into()),
            Kind::Definition => {
                number(object(&content["hints"], &["regular"])?, "regular")?;
                if text(content, "safety")? != "safe" {
                    return Err("an unsafe definition".into());
                }
            }
            _ => {}
        }
        if kind != Kind::Axiom && content["all"] != serde_json::json!([name]) {
            return Err("declared together with others".into());
        }
        let ty = self.part(content, "type")?;
        self.declared[name] = Some(self.declarations.len());
        self.declarations.push(Declaration { kind, name: self.names[name].clone(), ty, value });
        Ok(())
    }
}

#[test]
fn the_reader_refuses_what_breaks_the_format() {
    let meta = r#"{"meta":{"exporter":{"name":"x","version":"1"},"lean":{"githash":"","version":""},"format":{"version":"3.1.0"}}}"#;
    let right = format!(
        "{meta}\n{{\"str\":{{\"pre\":0,\"str\":\"a\"}},\"in\":1}}\n{{\"sort\":0,\"ie\":0}}\n{}\n",
        r#"{"axiom":{"name":1,"levelParams":[],"type":0,"isUnsafe":false}}"#
    );
    assert_eq!(read(&right).unwrap().declarations.len(), 1);
    for (from, to) in [
        ("3.1.0", "2.1.0"),
        ("\"in\":1", "\"in\":2"),
        ("\"ie\":0", "\"ie\":1"),
        ("\"type\":0", "\"type\":1"),
        ("\"sort\":0", "\"sort\":1"),
        ("\"sort\":0", "\"natVal\":\"0\""),
        ("\"name\":1", "\"name\":0"),
        ("\"isUnsafe\":false", "\"isUnsafe\":true"),
        ("\"levelParams\":[]", "\"levelParams\":[1]"),
        ("\"pre\":0", "\"pre\":1"),
        ("\"lean\"", "\"leen\""),
    ] {
        assert!(right.contains(from), "{from}");
        assert!(read(&right.replace(from, to)).is_err(), "{from} to {to}");
    }
    assert!(read(&(right.clone() + right.lines().last().unwrap() + "\n")).is_err(), "declared twice");
    assert!(read(right.trim_end()).is_err());
}
