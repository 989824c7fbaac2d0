// Helpers, the runs as groups over seeds, and the views.
let data = JSON.parse(document.getElementById("data").textContent);

/// An element with attributes and children; texts are never read as markup.
function el(tag, attributes, ...children) {
  const element = document.createElement(tag);
  return fill(element, attributes, children);
}
function svg(tag, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  return fill(element, attributes, children);
}
function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/// A number with four digits; other values as they are.
function shown(value) {
  if (value === null || value === undefined) return "–";
  if (typeof value !== "number") return typeof value === "string" ? value : JSON.stringify(value);
  if (Number.isInteger(value)) return String(value);
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-3 || size >= 1e6) ? value.toExponential(2) : String(Number(value.toPrecision(4)));
}

const COLORS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c564b", "#7f7f7f"];
const DASHES = ["", "6 3", "2 3", "8 3 2 3"];
function style(index) {
  return { color: COLORS[index % COLORS.length], dash: DASHES[Math.floor(index / COLORS.length) % DASHES.length] };
}

/// A line as a curve has it, for a legend.
function swatch({ color, dash }) {
  return svg("svg", { width: 24, height: 8, "aria-hidden": "true" },
    svg("line", { x1: 0, x2: 24, y1: 4, y2: 4, stroke: color, "stroke-width": 2.5, "stroke-dasharray": dash }));
}

/// The names of the settings in which runs of one command differ.
function differing() {
  const names = new Set(data.runs.flatMap((run) => Object.keys(run.settings)));
  const commands = [...new Set(data.runs.map((run) => run.command))];
  const differs = (name, command) => new Set(data.runs.filter((run) => run.command === command)
    .map((run) => JSON.stringify(run.settings[name]))).size > 1;
  // A digest sums up the others.
  return [...names].filter((name) => name !== "digest" && commands.some((command) => differs(name, command)));
}

/// Runs that differ in their seeds alone.
function groups() {
  const names = differing().filter((name) => name !== "seed");
  const found = new Map(), isMixed = new Set(data.runs.map((run) => run.command)).size > 1;
  for (const run of data.runs) {
    const settings = names.filter((name) => run.settings[name] !== undefined)
      .map((name) => name + " " + shown(run.settings[name])).join(", ") || (names.length ? "defaults" : "all runs");
    const label = isMixed ? `${run.command}: ${settings}` : settings;
    const key = run.command + label;
    if (!found.has(key)) found.set(key, { label, runs: [], settings: run.settings });
    found.get(key).runs.push(run);
  }
  return [...found.values()].map((group, index) => ({ ...group, ...style(index) }));
}

/// The names of the figures that some run has, the well-known ones first.
const FIRST = ["train_loss", "progress_loss", "alpha", "ratio_proved", "ratio_answered", "goals_proved", "lemmas",
  "lemmas_used", "nodes_per_second", "seconds"];
function figureNames() {
  const names = new Set(data.runs.flatMap((run) => Object.keys(run.figures)));
  const tests = [...names].filter((name) => name.startsWith("test"));
  return [...FIRST.filter((name) => names.has(name)), ...tests,
    ...[...names].filter((name) => !FIRST.includes(name) && !tests.includes(name) && name !== "iteration").sort()];
}
function last(run, name) {
  const values = run.figures[name] || [];
  for (let index = values.length - 1; index >= 0; index--) if (values[index] !== null) return values[index];
  return undefined;
}
function mean(values) { return values.reduce((sum, value) => sum + value, 0) / values.length; }

/// A menu whose choice redraws something.
function menu(label, names, chosen, choose) {
  const select = el("select", { onchange: (event) => choose(event.target.value) },
    names.map((name) => el("option", { value: name, selected: name === chosen }, name)));
  return el("label", {}, label + " ", select);
}

const ORDER = ["runs", "curves", "heat", "scores", "questions", "goals", "conjectures", "library", "trees"];
const views = [];
/// Adds a view; `draw` fills its section when it is first shown.
function view(id, title, isThere, draw) {
  views.push({ id, title, isThere, draw });
  views.sort((a, b) => ORDER.indexOf(a.id) - ORDER.indexOf(b.id));
}

let current = null;
function show(id) {
  const there = views.filter((view) => view.isThere());
  const chosen = there.find((view) => view.id === id) || there[0];
  current = chosen.id;
  const tabs = document.getElementById("tabs");
  tabs.replaceChildren(...there.map((view, index) => el("button", {
    role: "tab", id: "tab-" + view.id, "aria-controls": view.id, "aria-selected": String(view === chosen),
    tabindex: view === chosen ? 0 : -1, title: "key " + (index + 1), onclick: () => show(view.id),
  }, view.title)));
  const main = document.getElementById("views");
  for (const view of there) {
    let section = document.getElementById(view.id);
    if (!section) {
      section = el("section", { id: view.id, role: "tabpanel", "aria-labelledby": "tab-" + view.id });
      main.append(section);
    }
    section.hidden = view !== chosen;
    if (view === chosen) prepare(view);
  }
  // With a slash, so that the browser does not scroll to the section.
  if (location.hash !== "#/" + chosen.id) history.replaceState(null, "", "#/" + chosen.id);
}
/// Draws a view whose section is there, if it is not yet drawn.
function prepare(view) {
  const section = document.getElementById(view.id);
  if (section.dataset.drawn) return;
  section.dataset.drawn = "yes";
  section.replaceChildren(el("h2", {}, view.title));
  view.draw(section);
}
function showAll() {
  for (const view of views.filter((view) => view.isThere())) {
    const section = document.getElementById(view.id);
    if (section) { section.hidden = false; prepare(view); }
  }
}
window.addEventListener("beforeprint", showAll);
window.addEventListener("afterprint", () => show(current));

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
  const there = views.filter((view) => view.isThere());
  const index = there.findIndex((view) => view.id === current);
  const isTree = event.target.classList && event.target.classList.contains("tree");
  if (/^[1-9]$/.test(event.key) && there[event.key - 1]) show(there[event.key - 1].id);
  else if (!isTree && (event.key === "ArrowRight" || event.key === "ArrowLeft")) {
    const step = event.key === "ArrowRight" ? 1 : there.length - 1;
    show(there[(index + step) % there.length].id);
    document.getElementById("tab-" + current).focus();
  } else if (event.key === "t") {
    const isDark = document.documentElement.dataset.theme === "dark";
    document.documentElement.dataset.theme = isDark ? "light" : "dark";
  } else return;
  event.preventDefault();
});
