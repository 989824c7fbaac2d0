use super::*;

fn elements(text: &str) -> Vec<String> {
    Question::new(text).unwrap().elements.iter().map(ToString::to_string).collect()
}
