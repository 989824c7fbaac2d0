//! Graphs as pictures: DOT for Graphviz, and SVG that needs no other program.

use std::fmt::Write;

use super::dag::{Graph, Node, NodeId};
use super::question::Element;
use super::value::Value;

/// Characters of a value that a picture shows.
const SHOWN: usize = 40;

/// What a node of a picture says, in two lines.
struct Label {
    /// The operator or element, with its type.
    head: String,
    /// The value, empty if it is not known.
    value: String,
    is_leaf: bool,
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

fn labels(graph: &Graph, elements: &[Element], values: Option<&[Value]>) -> Vec<Label> {
    let label = |(id, node): (usize, &Node)| {
        let kind = graph.kind(id as NodeId);
        let known = values.and_then(|values| values.get(id)).map(ToString::to_string);
        let (name, value) = match node {
            Node::Element(index) => {
                let element = elements.get(*index as usize).map(|element| element.value.to_string());
                (format!("f{index}"), element)
            }
            Node::Literal(value) => ("literal".to_owned(), Some(value.to_string())),
            Node::Apply { applied, .. } => (applied.operator().name.to_owned(), known),
        };
        let is_leaf = !matches!(node, Node::Apply { .. });
        Label { head: format!("{name} : {kind}"), value: shortened(&value.unwrap_or_default()), is_leaf }
    };
    graph.nodes().iter().enumerate().map(label).collect()
}

/// The edges from arguments to what they are arguments of, with their positions from 1 where there are several.
fn edges(graph: &Graph) -> Vec<(NodeId, NodeId, Option<usize>)> {
    let mut edges = Vec::new();
    for (id, node) in graph.nodes().iter().enumerate() {
        if let Node::Apply { arguments, .. } = node {
            let position = |index: usize| (arguments.len() > 1).then_some(index + 1);
            edges.extend(arguments.iter().enumerate().map(|(index, from)| (*from, id as NodeId, position(index))));
        }
    }
    edges
}

/// The graph in the DOT language: arguments above what they are arguments of. Values are shown if they are given.
pub fn dot(graph: &Graph, elements: &[Element], values: Option<&[Value]>) -> String {
    let escaped = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
    let mut text = String::from("digraph graph_of_operators {\n  node [fontname=\"sans-serif\"];\n");
    for (id, label) in labels(graph, elements, values).iter().enumerate() {
        let shape = if label.is_leaf { "box" } else { "ellipse" };
        let border = if id as NodeId == graph.root() { ", penwidth=2" } else { "" };
        let separator = if label.value.is_empty() { "" } else { "\\n" };
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "  n{id} [shape={shape}{border}, label=\"{}{separator}{}\"];",
            escaped(&label.head),
            escaped(&label.value)
        );
    }
    for (from, to, position) in edges(graph) {
        let label = position.map(|position| format!(" [label=\"{position}\"]")).unwrap_or_default();
        let _ = writeln!(text, "  n{from} -> n{to}{label};");
    }
    text + "}\n"
}

// Sizes of the SVG, in pixels.
const LETTER: usize = 8;
const LINE: usize = 18;
const BOX_HEIGHT: usize = 46;
const LAYER: usize = 90;
const GAP: usize = 24;
const MARGIN: usize = 16;

/// A node's box.
struct Placed {
    x: usize,
    y: usize,
    width: usize,
}

/// Places nodes in layers: each below its arguments, layers ordered by where the arguments stand.
fn placed(graph: &Graph, labels: &[Label]) -> (Vec<Placed>, usize, usize) {
    let nodes = graph.nodes();
    let mut depths = vec![0usize; nodes.len()];
    for (id, node) in nodes.iter().enumerate() {
        if let Node::Apply { arguments, .. } = node {
            depths[id] = arguments.iter().map(|argument| depths[*argument as usize] + 1).max().unwrap_or(0);
        }
    }
    // A leaf stands right above the first node that uses it.
    for (id, node) in nodes.iter().enumerate().rev() {
        if let Node::Apply { arguments, .. } = node {
            for argument in arguments.iter().map(|argument| *argument as usize) {
                if depths[argument] == 0 && labels[argument].is_leaf {
                    depths[argument] = depths[id] - 1;
                }
            }
        }
    }
    let layers = depths.iter().max().map_or(0, |deepest| deepest + 1);
    let widths: Vec<usize> =
        labels.iter().map(|label| label.head.chars().count().max(label.value.chars().count()) * LETTER + 16).collect();
    let mut places: Vec<Placed> =
        (0..nodes.len()).map(|id| Placed { x: 0, y: MARGIN + depths[id] * LAYER, width: widths[id] }).collect();
    let mut total = 0;
    for layer in 0..layers {
        let mut members: Vec<usize> = (0..nodes.len()).filter(|id| depths[*id] == layer).collect();
        let centre = |id: usize, places: &[Placed]| match &nodes[id] {
            Node::Apply { arguments, .. } if !arguments.is_empty() => {
                let sum: usize = arguments.iter().map(|a| places[*a as usize].x + places[*a as usize].width / 2).sum();
                sum / arguments.len()
            }
            // Leaves stand in the order of the question.
            _ => id * LETTER,
        };
        members.sort_by_key(|id| (centre(*id, &places), *id));
        let mut x = MARGIN;
        for id in members {
            places[id].x = x;
            x += widths[id] + GAP;
        }
        total = total.max(x - GAP.min(x) + MARGIN);
    }
    (places, total.max(2 * MARGIN), 2 * MARGIN + layers.max(1) * LAYER - (LAYER - BOX_HEIGHT))
}

/// The graph as an SVG picture. Values are shown if they are given.
pub fn svg(graph: &Graph, elements: &[Element], values: Option<&[Value]>) -> String {
    let labels = labels(graph, elements, values);
    let (places, width, height) = placed(graph, &labels);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"monospace\" font-size=\"13\">\n"
    );
    for (from, to, position) in edges(graph) {
        let (from, to) = (&places[from as usize], &places[to as usize]);
        let (x1, y1, x2, y2) = (from.x + from.width / 2, from.y + BOX_HEIGHT, to.x + to.width / 2, to.y);
        let bend = y1.midpoint(y2);
        // Writing to a string cannot fail.
        let _ =
            writeln!(text, "<path d=\"M{x1} {y1} C{x1} {bend} {x2} {bend} {x2} {y2}\" fill=\"none\" stroke=\"#888\"/>");
        if let Some(position) = position {
            let x = (x1 + 3 * x2) / 4;
            let _ = writeln!(text, "<text x=\"{x}\" y=\"{}\" fill=\"#888\" font-size=\"10\">{position}</text>", y2 - 6);
        }
    }
    for (id, (label, place)) in labels.iter().zip(&places).enumerate() {
        let (fill, round) = if label.is_leaf { ("#eef4ff", 2) } else { ("#fff8e6", 14) };
        let border = if id as NodeId == graph.root() { 2 } else { 1 };
        let (x, y, width) = (place.x, place.y, place.width);
        let middle = x + width / 2;
        let _ = writeln!(
            text,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{BOX_HEIGHT}\" rx=\"{round}\" fill=\"{fill}\" stroke=\"#333\" \
             stroke-width=\"{border}\"/>"
        );
        for (line, content) in [&label.head, &label.value].into_iter().enumerate() {
            let y = y + LINE * (line + 1);
            let _ = writeln!(text, "<text x=\"{middle}\" y=\"{y}\" text-anchor=\"middle\">{}</text>", escaped(content));
        }
    }
    text + "</svg>\n"
}

/// Text for XML.
fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, character| {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            character if character.is_control() => escaped.push('\u{fffd}'),
            character => escaped.push(character),
        }
        escaped
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{Budget, Question, language};

    fn drawn(draw: fn(&Graph, &[Element], Option<&[Value]>) -> String) -> String {
        let question = Question::new("Which is smaller: -1 or 2/3?").unwrap();
        let graph =
            language::parse("kth(options(options(label(\"<&\\\"\", -1)), label(\"b\", 2)), f0)", &question.elements);
        let graph = graph.unwrap();
        let values = graph.evaluate_all(&question.elements, &mut Budget::default()).unwrap();
        draw(&graph, &question.elements, Some(&values))
    }

    #[test]
    fn dot_has_every_node_and_edge() {
        let text = drawn(dot);
        assert_eq!(text.matches("shape=").count(), 10, "{text}");
        assert_eq!(text.matches(" -> ").count(), 9, "{text}");
        assert!(text.contains("label=\"kth : Label\\n<&\\\"\""), "{text}");
    }

    #[test]
    fn svg_is_well_formed_and_boxes_do_not_overlap() {
        let text = drawn(svg);
        assert_eq!(text.matches("<rect").count(), 10, "{text}");
        assert_eq!(text.matches("<path").count(), 9, "{text}");
        assert!(text.contains("&lt;&amp;&quot;") && text.starts_with("<svg") && text.ends_with("</svg>\n"), "{text}");
        let number = |line: &str, name: &str| -> usize {
            let (_, rest) = line.split_once(&format!(" {name}=\"")).unwrap();
            rest.split('"').next().unwrap().parse().unwrap()
        };
        let boxes: Vec<[usize; 3]> = text
            .lines()
            .filter(|line| line.starts_with("<rect"))
            .map(|line| ["x", "y", "width"].map(|name| number(line, name)))
            .collect();
        for (index, [x, y, width]) in boxes.iter().enumerate() {
            for [other_x, other_y, other_width] in &boxes[index + 1..] {
                assert!(y != other_y || x + width <= *other_x || other_x + other_width <= *x, "{text}");
            }
        }
    }
}
