//! Boxes and arrows as pictures: DOT for Graphviz, and SVG that needs no other program.

use std::fmt::Write;

/// Characters of a line that a picture shows.
const SHOWN: usize = 40;

/// A box, with two lines of text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// The first line.
    pub head: String,
    /// The second line; may be empty.
    pub note: String,
    /// Whether it is a thing and not something done with things: drawn with corners.
    pub is_leaf: bool,
    /// Whether it has a thick border.
    pub is_marked: bool,
}

/// An arrow between two boxes, by their indices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Index of its first box, above the other.
    pub from: usize,
    /// Index of its second box, greater than that of the first.
    pub to: usize,
    /// The label beside it; may be empty.
    pub label: String,
}

/// Boxes and arrows without circles.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picture {
    /// The boxes.
    pub nodes: Vec<Node>,
    /// The arrows; each leads to a box later in the list.
    pub edges: Vec<Edge>,
}

/// The beginning of a text, with dots for the rest if it is long.
pub fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

// Sizes of the SVG, in pixels.
const LETTER: usize = 8;
const LINE: usize = 18;
const BOX_HEIGHT: usize = 46;
const LAYER: usize = 90;
const GAP: usize = 24;
const MARGIN: usize = 16;

/// A box's place.
struct Placed {
    x: usize,
    y: usize,
    width: usize,
}

impl Picture {
    /// The picture in the DOT language.
    pub fn dot(&self) -> String {
        let escaped = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
        let mut text = String::from("digraph picture {\n  node [fontname=\"sans-serif\"];\n");
        for (id, node) in self.nodes.iter().enumerate() {
            let shape = if node.is_leaf { "box" } else { "ellipse" };
            let border = if node.is_marked { ", penwidth=2" } else { "" };
            let separator = if node.note.is_empty() { "" } else { "\\n" };
            // Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "  n{id} [shape={shape}{border}, label=\"{}{separator}{}\"];",
                escaped(&node.head),
                escaped(&node.note)
            );
        }
        for Edge { from, to, label } in &self.edges {
            let label = if label.is_empty() { String::new() } else { format!(" [label=\"{}\"]", escaped(label)) };
            let _ = writeln!(text, "  n{from} -> n{to}{label};");
        }
        text + "}\n"
    }

    /// The layer of each box: below all from which arrows lead to it; leaves right above the first box that they lead
    /// to.
    fn depths(&self) -> Vec<usize> {
        let mut depths = vec![0usize; self.nodes.len()];
        let mut edges: Vec<&Edge> = self.edges.iter().collect();
        edges.sort_by_key(|edge| (edge.to, edge.from));
        for edge in &edges {
            depths[edge.to] = depths[edge.to].max(depths[edge.from] + 1);
        }
        let mut has_parents = vec![false; self.nodes.len()];
        edges.iter().for_each(|edge| has_parents[edge.to] = true);
        for edge in edges.iter().rev() {
            if depths[edge.from] == 0 && self.nodes[edge.from].is_leaf && !has_parents[edge.from] {
                depths[edge.from] = depths[edge.to] - 1;
            }
        }
        depths
    }

    /// Places boxes in layers, ordered by where those stand from which arrows lead to them; and the size of the whole.
    fn placed(&self) -> (Vec<Placed>, usize, usize) {
        let depths = self.depths();
        let layers = depths.iter().max().map_or(0, |deepest| deepest + 1);
        let width = |node: &Node| node.head.chars().count().max(node.note.chars().count()) * LETTER + 16;
        let place = |(node, depth): (&Node, &usize)| Placed { x: 0, y: MARGIN + depth * LAYER, width: width(node) };
        let mut places: Vec<Placed> = self.nodes.iter().zip(&depths).map(place).collect();
        let mut above: Vec<Vec<usize>> = vec![Vec::new(); self.nodes.len()];
        self.edges.iter().for_each(|edge| above[edge.to].push(edge.from));
        let mut total = 0;
        for layer in 0..layers {
            let mut members: Vec<usize> = (0..self.nodes.len()).filter(|id| depths[*id] == layer).collect();
            let centre = |id: usize, places: &[Placed]| match &above[id][..] {
                // What nothing leads to stands in the order of the list.
                [] => id * LETTER,
                above => above.iter().map(|a| places[*a].x + places[*a].width / 2).sum::<usize>() / above.len(),
            };
            members.sort_by_key(|id| (centre(*id, &places), *id));
            let mut x = MARGIN;
            for id in members {
                places[id].x = x;
                x += places[id].width + GAP;
            }
            total = total.max(x - GAP.min(x) + MARGIN);
        }
        (places, total.max(2 * MARGIN), 2 * MARGIN + layers.max(1) * LAYER - (LAYER - BOX_HEIGHT))
    }

    /// The picture as SVG.
    pub fn svg(&self) -> String {
        let (places, width, height) = self.placed();
        let mut text = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
             font-family=\"monospace\" font-size=\"13\">\n"
        );
        for Edge { from, to, label } in &self.edges {
            let (from, to) = (&places[*from], &places[*to]);
            let (x1, y1, x2, y2) = (from.x + from.width / 2, from.y + BOX_HEIGHT, to.x + to.width / 2, to.y);
            let bend = y1.midpoint(y2);
            // Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "<path d=\"M{x1} {y1} C{x1} {bend} {x2} {bend} {x2} {y2}\" fill=\"none\" stroke=\"#888\"/>"
            );
            if !label.is_empty() {
                let (x, y, label) = ((x1 + 3 * x2) / 4, y2 - 6, xml(label));
                let _ = writeln!(text, "<text x=\"{x}\" y=\"{y}\" fill=\"#888\" font-size=\"10\">{label}</text>");
            }
        }
        for (node, place) in self.nodes.iter().zip(&places) {
            let (fill, round) = if node.is_leaf { ("#eef4ff", 2) } else { ("#fff8e6", 14) };
            let border = if node.is_marked { 2 } else { 1 };
            let (x, y, width) = (place.x, place.y, place.width);
            let middle = x + width / 2;
            let _ = writeln!(
                text,
                "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{BOX_HEIGHT}\" rx=\"{round}\" fill=\"{fill}\" \
                 stroke=\"#333\" stroke-width=\"{border}\"/>"
            );
            for (line, content) in [&node.head, &node.note].into_iter().enumerate() {
                let y = y + LINE * (line + 1);
                let _ = writeln!(text, "<text x=\"{middle}\" y=\"{y}\" text-anchor=\"middle\">{}</text>", xml(content));
            }
        }
        text + "</svg>\n"
    }
}

/// Text for XML.
fn xml(text: &str) -> String {
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
