//! The meaning of the codes of errors and warnings: the page docs/errors.md, by code.

use crate::theory::{fault, suggest};
use crate::{graph, syntax};

/// The page.
const PAGE: &str = include_str!("../../../docs/errors.md");

/// Every code with its meaning in one line, in the order of the modules that declare them.
pub fn codes() -> impl Iterator<Item = (&'static str, &'static str)> {
    syntax::codes::ALL.iter().chain(fault::codes::ALL).chain(graph::language::codes::ALL).copied()
}

/// The section of the page on a code, in Markdown, without its heading; `None` for an unknown code.
pub fn section(code: &str) -> Option<&'static str> {
    sections().find(|(heading, _)| *heading == code).map(|(_, text)| text)
}

/// The known code that is closest to something that is none, if one is close.
pub fn closest(code: &str) -> Option<&'static str> {
    suggest::closest(code, codes().map(|(code, _)| code))
}

/// All sections of the page with their headings, each of which is a code.
pub fn sections() -> impl Iterator<Item = (&'static str, &'static str)> {
    PAGE.split("\n### ").skip(1).filter_map(|section| {
        let (heading, text) = section.split_once('\n')?;
        // The next heading of a higher level ends the section, too.
        let text = text.split("\n## ").next().unwrap_or(text);
        Some((heading.trim().trim_matches('`'), text.trim()))
    })
}

/// A section for a terminal: code is indented instead of fenced, links are their texts.
pub fn plain(section: &str) -> String {
    let mut text = String::with_capacity(section.len());
    let mut in_code = false;
    for line in section.lines() {
        if let Some(info) = line.strip_prefix("```") {
            in_code = !in_code;
            // The name of a file of several.
            if let (true, Some((_, name))) = (in_code, info.split_once(' ')) {
                text.push_str(&format!("{name}:\n"));
            }
        } else if in_code && !line.is_empty() {
            text.push_str(&format!("    {line}\n"));
        } else if in_code {
            text.push('\n');
        } else {
            text.push_str(&without_links(line));
            text.push('\n');
        }
    }
    text
}

/// A line with the texts of its links in their place.
fn without_links(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(middle) = rest.find("](") {
        let (before, after) = rest.split_at(middle);
        let (Some(open), Some(close)) = (before.rfind('['), after.find(')')) else { break };
        text.push_str(&before[..open]);
        text.push_str(&before[open + 1..]);
        rest = &after[close + 1..];
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_found_and_made_plain() {
        let section = section("unknown-name").unwrap();
        assert!(section.contains("```"), "{section}");
        let text = plain(section);
        assert!(!text.contains("```") && text.contains("    error[unknown-name]"), "{text}");
        assert_eq!(closest("unknwon-name"), Some("unknown-name"));
        assert_eq!(closest("something else"), None);
        assert!(super::section("something-else").is_none());
    }

    #[test]
    fn links_become_their_texts() {
        assert_eq!(without_links("see [the page](language.md#text), and [x] (y)"), "see the page, and [x] (y)");
        assert_eq!(without_links("[a](b)[c](d)"), "ac");
        assert_eq!(without_links("no](link"), "no](link");
    }
}
