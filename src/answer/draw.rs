//! Graphs as [pictures](Picture): arguments above the operators that take them.

use crate::graph::algebra::value::Value;
use crate::graph::language::dag::{Graph, Node, NodeId};
use crate::graph::question::Element;
use crate::picture::{self, Picture, shortened};

/// The picture of a graph. Values are shown if they are given.
pub fn picture(graph: &Graph, elements: &[Element], values: Option<&[Value]>) -> Picture {
    let node = |(id, node): (usize, &Node)| {
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
        picture::Node {
            head: format!("{name} : {kind}"),
            note: shortened(&value.unwrap_or_default()),
            is_leaf: !matches!(node, Node::Apply { .. }),
            is_marked: id as NodeId == graph.root(),
        }
    };
    let nodes = graph.nodes().iter().enumerate().map(node).collect();
    let mut edges = Vec::new();
    for (id, node) in graph.nodes().iter().enumerate() {
        if let Node::Apply { arguments, .. } = node {
            // The positions of arguments are told where there are several.
            let label = |index: usize| if arguments.len() > 1 { (index + 1).to_string() } else { String::new() };
            let edge =
                |(index, from): (usize, &NodeId)| picture::Edge { from: *from as usize, to: id, label: label(index) };
            edges.extend(arguments.iter().enumerate().map(edge));
        }
    }
    Picture { nodes, edges }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{Budget, Question, language};

    fn drawn() -> Picture {
        let question = Question::new("Which is smaller: -1 or 2/3?").unwrap();
        let graph =
            language::parse("kth(options(options(label(\"<&\\\"\", -1)), label(\"b\", 2)), f0)", &question.elements);
        let graph = graph.unwrap();
        let values = graph.evaluate_all(&question.elements, &mut Budget::default()).unwrap();
        picture(&graph, &question.elements, Some(&values))
    }

    #[test]
    fn dot_has_every_node_and_edge() {
        let text = drawn().dot();
        assert_eq!(text.matches("shape=").count(), 10, "{text}");
        assert_eq!(text.matches(" -> ").count(), 9, "{text}");
        assert!(text.contains("label=\"kth : Label\\n<&\\\"\""), "{text}");
    }

    #[test]
    fn svg_is_well_formed_and_boxes_do_not_overlap() {
        let text = drawn().svg();
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
