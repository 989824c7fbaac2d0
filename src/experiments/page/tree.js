// The tree of a search: only the rows that are unfolded and in sight are drawn.

/// Reads a tree from its compressed letters.
async function opened(saved) {
  const bytes = Uint8Array.from(atob(saved.data), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
}

const HEIGHT = 22;
const MOST_ROWS = 1000000;
const PRINTED_ROWS = 200;

class TreeViewer {
  constructor(tree, place, panel) {
    Object.assign(this, { tree, place, panel, current: 0, notes: new Map(tree.notes) });
    // A row is a node or an edge; a node below an edge is a subgoal. What is unfolded is known by the path to it.
    this.proof = this.onProof();
    this.rows = [];
    this.inner = el("div", { style: "position:relative" });
    place.replaceChildren(this.inner);
    this.parents = null;
    if (tree.states.length) {
      this.rows.push({ kind: "node", node: 0, depth: 0, isOpen: false, seen: null });
      this.toggle(0, true);
    }
    place.addEventListener("scroll", () => this.draw());
    place.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => matchMedia("print").matches || this.draw()).observe(place);
    this.draw();
    this.choose(0);
  }

  /// The nodes and edges of the proof: from the root, the edge that solved a node and its subgoals.
  onProof() {
    const { tree } = this, nodes = new Set(), edges = new Set(), left = tree.status[0] === 1 ? [0] : [];
    while (left.length) {
      const node = left.pop();
      if (nodes.has(node)) continue;
      nodes.add(node);
      for (let edge = tree.edges[node]; edge < tree.edges[node + 1]; edge++) {
        if (tree.edge_status[edge] < 4) continue;
        edges.add(edge);
        for (let at = tree.subgoals[edge]; at < tree.subgoals[edge + 1]; at++) left.push(tree.subgoal[at]);
      }
    }
    return { nodes, edges };
  }

  /// The rows right below a row.
  below(row) {
    const { tree } = this, found = [];
    if (row.kind === "node") {
      if (row.seen) return found;
      for (let edge = tree.edges[row.node]; edge < tree.edges[row.node + 1]; edge++) {
        found.push({ kind: "edge", edge, depth: row.depth + 1, isOpen: false, above: row });
      }
      found.sort((a, b) => this.weight(b.edge) - this.weight(a.edge));
    } else {
      for (let at = tree.subgoals[row.edge]; at < tree.subgoals[row.edge + 1]; at++) {
        const node = tree.subgoal[at];
        let seen = null;
        // A state that is met again above is the same node: it is not unfolded into itself.
        for (let above = row; above; above = above.above) if (above.kind === "node" && above.node === node) seen = above;
        found.push({ kind: "node", node, depth: row.depth + 1, isOpen: false, above: row, seen });
      }
    }
    return found;
  }
  weight(edge) { return (this.proof.edges.has(edge) ? 1e12 : 0) + this.tree.edge_visits[edge] * 1e3 + this.tree.priors[edge]; }

  isLeaf(row) {
    const { tree } = this;
    return row.kind === "node" ? row.seen || tree.edges[row.node] === tree.edges[row.node + 1] : tree.subgoals[row.edge] === tree.subgoals[row.edge + 1];
  }

  toggle(index, isOpen) {
    const row = this.rows[index];
    if (!row || this.isLeaf(row) || row.isOpen === isOpen || this.rows.length > MOST_ROWS) return;
    row.isOpen = isOpen;
    if (isOpen) this.rows.splice(index + 1, 0, ...this.below(row));
    else {
      let end = index + 1;
      while (end < this.rows.length && this.rows[end].depth > row.depth) end++;
      this.rows.splice(index + 1, end - index - 1);
    }
    this.draw();
  }

  /// Unfolds the proof, and nothing else of what is folded.
  showProof() {
    for (let index = 0; index < this.rows.length && index < 20000; index++) {
      const row = this.rows[index];
      if (row.kind === "node" ? this.proof.nodes.has(row.node) : this.proof.edges.has(row.edge)) this.toggle(index, true);
    }
  }

  text(row) {
    const { tree } = this;
    if (row.kind === "node") {
      const state = tree.states[row.node], estimate = tree.estimates[row.node];
      const line = state.split("\n").pop();
      return { mark: this.isLeaf(row) ? "·" : row.isOpen ? "▾" : "▸", status: ["open", "solved", "dead"][tree.status[row.node]],
        text: line.length > 160 ? line.slice(0, 159) + "…" : line,
        figures: `  ${tree.visits[row.node]} visits` + (estimate === null ? ", not expanded" : `, value ${estimate.toFixed(2)}`) + (row.seen ? ", met above" : "") };
    }
    const status = tree.edge_status[row.edge] % 4, note = this.notes.get(row.edge);
    return { mark: this.isLeaf(row) ? "–" : row.isOpen ? "▾" : "▸", status: ["", "open", "solved", "dead"][status],
      text: tree.actions[tree.action[row.edge]].slice(0, 160) + (note ? ` = ${note}` : ""),
      figures: `  prior ${tree.priors[row.edge].toFixed(3)}` + (tree.edge_visits[row.edge] ? `, ${tree.edge_visits[row.edge]} visits, value ${tree.values[row.edge].toFixed(2)}` : status === 0 ? ", not tried" : "") };
  }

  /// Draws the rows in sight, or on paper the first ones.
  draw(isPrinted = false) {
    const { place, rows } = this;
    this.inner.style.height = rows.length * HEIGHT + "px";
    const first = isPrinted ? 0 : Math.max(0, Math.floor(place.scrollTop / HEIGHT) - 5);
    const count = isPrinted ? PRINTED_ROWS : Math.ceil((place.clientHeight || 600) / HEIGHT) + 10;
    this.inner.replaceChildren(...rows.slice(first, first + count).map((row, offset) => {
      const index = first + offset, { mark, status, text, figures } = this.text(row);
      const isProof = row.kind === "node" ? this.proof.nodes.has(row.node) : this.proof.edges.has(row.edge);
      return el("div", { class: `row${index === this.current ? " current" : ""}${isProof ? " proof" : ""}`, role: "treeitem", "aria-level": row.depth + 1,
        "aria-expanded": this.isLeaf(row) ? null : String(row.isOpen), "aria-selected": String(index === this.current),
        style: `top:${index * HEIGHT}px;padding-left:${8 + row.depth * 16}px`,
        onclick: () => { this.choose(index); this.toggle(index, !row.isOpen); } },
      `${mark} `, el("span", { class: status }, row.kind === "edge" ? "⟶ " + text : text), el("span", { class: "figures" }, figures));
    }));
  }

  choose(index) {
    if (!this.rows.length) return;
    this.current = Math.max(0, Math.min(this.rows.length - 1, index));
    const top = this.current * HEIGHT, { place } = this;
    if (top < place.scrollTop) place.scrollTop = top;
    else if (top + HEIGHT > place.scrollTop + place.clientHeight) place.scrollTop = top + HEIGHT - place.clientHeight;
    this.draw();
    const row = this.rows[this.current];
    const node = row.kind === "node" ? row.node : row.above.node;
    this.panel.replaceChildren(...this.attended(node), row.kind === "edge" ? "\n\n⟶ " + this.tree.actions[this.tree.action[row.edge]] : "");
  }

  /// A node's text in pieces, the darker the more the network attended to them.
  attended(node) {
    const text = this.tree.states[node], pieces = (this.tree.attention || [])[node] || [];
    let at = 0;
    const parts = pieces.map(([length, percent]) => el("span", { title: `${percent} % of the greatest share`,
      style: `background: color-mix(in srgb, var(--mark) ${(0.6 * percent).toFixed(0)}%, transparent)` }, text.slice(at, at += length)));
    return [...parts, text.slice(at)];
  }

  key(event) {
    const row = this.rows[this.current];
    if (!row) return;
    if (event.key === "ArrowDown") this.choose(this.current + 1);
    else if (event.key === "ArrowUp") this.choose(this.current - 1);
    else if (event.key === "ArrowRight") { if (row.isOpen) this.choose(this.current + 1); else this.toggle(this.current, true); }
    else if (event.key === "ArrowLeft") { if (row.isOpen) this.toggle(this.current, false); else if (row.above) this.choose(this.rows.indexOf(row.above)); }
    else if (event.key === "Enter" || event.key === " ") this.toggle(this.current, !row.isOpen);
    else if (event.key === "Home") this.choose(0);
    else if (event.key === "End") this.choose(this.rows.length - 1);
    else if (event.key === "PageDown" || event.key === "PageUp") this.choose(this.current + (event.key === "PageDown" ? 20 : -20));
    else if (event.key === "p") this.showProof();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /// Each node's edge to it that was met first, as a way from the root.
  way(node) {
    const { tree } = this;
    if (!this.parents) {
      this.parents = new Int32Array(tree.states.length).fill(-1);
      const owners = new Int32Array(tree.action.length);
      for (let owner = 0; owner < tree.states.length; owner++) owners.fill(owner, tree.edges[owner], tree.edges[owner + 1]);
      // From the root on, level by level: every way found is a shortest one.
      let level = [0];
      const seen = new Uint8Array(tree.states.length);
      seen[0] = 1;
      while (level.length) {
        const next = [];
        for (const owner of level) for (let edge = tree.edges[owner]; edge < tree.edges[owner + 1]; edge++) {
          for (let at = tree.subgoals[edge]; at < tree.subgoals[edge + 1]; at++) {
            const found = tree.subgoal[at];
            if (!seen[found]) { seen[found] = 1; this.parents[found] = edge; next.push(found); }
          }
        }
        level = next;
      }
      this.owners = owners;
    }
    const steps = [];
    for (let at = node; at !== 0; at = this.owners[this.parents[at]]) {
      if (this.parents[at] < 0) return null;
      steps.unshift([this.parents[at], at]);
    }
    return steps;
  }

  /// Unfolds the way to the next node after `from` whose text has the words; returns that node, or -1.
  search(words, from) {
    const { tree } = this, wanted = words.toLowerCase();
    const texts = tree.actions.map((action) => action.toLowerCase().includes(wanted));
    const has = (node) => {
      if (tree.states[node].toLowerCase().includes(wanted)) return true;
      for (let edge = tree.edges[node]; edge < tree.edges[node + 1]; edge++) if (texts[tree.action[edge]]) return true;
      return false;
    };
    for (let step = 1; step <= tree.states.length; step++) {
      const node = (from + step) % tree.states.length;
      if (!has(node)) continue;
      const way = this.way(node);
      if (!way) continue;
      let index = 0;
      this.toggle(0, true);
      for (const [edge, below] of way) {
        const { depth } = this.rows[index];
        index = this.rows.findIndex((row, at) => at > index && row.kind === "edge" && row.edge === edge && row.depth === depth + 1);
        this.toggle(index, true);
        index = this.rows.findIndex((row, at) => at > index && row.kind === "node" && row.node === below);
        this.toggle(index, true);
      }
      this.choose(index);
      return node;
    }
    return -1;
  }
}

view("trees", "Trees", () => data.trees.length > 0, (section) => {
  const place = el("div", { class: "tree", tabindex: 0, role: "tree", "aria-label": "states and actions" });
  const panel = el("pre", { class: "attention", "aria-live": "polite" });
  const about = el("p", {});
  const legend = el("p", { class: "note", hidden: true }, "Below stands the state that is chosen: the stronger a colour, the more of the network's judgement of the state comes from there (attention rollout). States that were not expanded have no colours.");
  let viewer = null, found = 0;
  const search = el("input", { type: "search", placeholder: "part of a state or action", "aria-label": "search in the tree", onkeydown: (event) => {
    if (event.key !== "Enter" || !viewer || !search.value) return;
    found = viewer.search(search.value, found);
    about.textContent = found < 0 ? "no state has that" : `state ${found}`;
    found = Math.max(found, 0);
  } });
  const open = async (name) => {
    const saved = data.trees.find((tree) => tree.name === name);
    const start = performance.now();
    viewer = new TreeViewer(await opened(saved), place, panel);
    found = 0;
    place.dataset.seconds = ((performance.now() - start) / 1000).toFixed(3);
    about.textContent = `${saved.title}: ${saved.verdict}, ${saved.nodes} states, opened in ${place.dataset.seconds} s`;
    legend.hidden = !viewer.tree.attention;
  };
  section.append(el("div", { class: "controls" }, menu("tree", data.trees.map((tree) => tree.name), data.trees[0].name, open), search,
    el("button", { onclick: () => viewer && viewer.showProof() }, "unfold the proof")),
  about, place, el("p", { class: "note keys" }, "↑ ↓ move, → unfolds, ← folds, p unfolds the proof, Enter in the search goes to the next; a state that is reached in two ways is one node."), legend, panel);
  open(data.trees[0].name);
  window.addEventListener("beforeprint", () => viewer && viewer.draw(true));
  window.addEventListener("afterprint", () => viewer && viewer.draw());
});
// A tree takes a moment to unpack, and printing does not wait.
window.addEventListener("load", () => {
  const trees = views.find((view) => view.id === "trees");
  if (trees.isThere()) prepare(trees);
});
