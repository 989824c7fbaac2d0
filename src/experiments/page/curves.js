// Curves with bands over seeds, and heat maps over two settings.

/// Round numbers between two.
function ticks(low, high, count) {
  const span = high - low || Math.abs(high) || 1;
  const raw = span / count, power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= raw);
  const found = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high + step / 1e6; tick += step) found.push(Number(tick.toPrecision(12)));
  return found;
}

/// A chart of series of points [x, middle, low, high].
function chart(title, series) {
  const [width, height, left, right, top, bottom] = [360, 210, 46, 8, 8, 24];
  const points = series.flatMap((one) => one.points);
  const xs = points.map((point) => point[0]);
  let low = Math.min(...points.map((point) => point[2])), high = Math.max(...points.map((point) => point[3]));
  if (low === high) { low -= Math.abs(low) * 0.1 || 1; high += Math.abs(high) * 0.1 || 1; }
  const first = Math.min(...xs), final = Math.max(...xs);
  const x = (value) => left + (final === first ? 0.5 : (value - first) / (final - first)) * (width - left - right);
  const y = (value) => top + (1 - (value - low) / (high - low)) * (height - top - bottom);
  const root = svg("svg", { viewBox: `0 0 ${width} ${height}`, width: "100%", role: "img", "aria-label": title });
  for (const tick of ticks(low, high, 5)) {
    root.append(svg("line", { x1: left, x2: width - right, y1: y(tick), y2: y(tick), class: "axis" }),
      svg("text", { x: left - 4, y: y(tick) + 4, "text-anchor": "end", class: "dim" }, shown(tick)));
  }
  for (const tick of ticks(first, final, 6).filter(Number.isInteger)) {
    root.append(svg("text", { x: x(tick), y: height - 8, "text-anchor": "middle", class: "dim" }, String(tick)));
  }
  for (const { points, color, dash } of series) {
    const at = (column) => points.map((point) => `${x(point[0]).toFixed(1)},${y(point[column]).toFixed(1)}`);
    if (points.some((point) => point[2] !== point[3])) {
      root.append(svg("polygon", { points: [...at(3), ...at(2).reverse()].join(" "), fill: color, opacity: 0.15 }));
    }
    root.append(svg("polyline", { points: at(1).join(" "), fill: "none", stroke: color, "stroke-width": 1.8, "stroke-dasharray": dash, class: "curve" }));
    if (points.length === 1) root.append(svg("circle", { cx: x(points[0][0]), cy: y(points[0][1]), r: 3, fill: color }));
  }
  const cursor = svg("line", { y1: top, y2: height - bottom, class: "axis", visibility: "hidden" });
  root.append(cursor);
  const tip = el("div", { class: "tip", hidden: true });
  const figure = el("figure", {}, el("figcaption", {}, title), root, tip);
  root.addEventListener("pointermove", (event) => {
    const box = root.getBoundingClientRect();
    const at = (event.clientX - box.left) / box.width * width;
    const nearest = xs.reduce((best, value) => Math.abs(x(value) - at) < Math.abs(x(best) - at) ? value : best, xs[0]);
    cursor.setAttribute("x1", x(nearest)); cursor.setAttribute("x2", x(nearest)); cursor.setAttribute("visibility", "visible");
    const lines = series.map((one) => [one, one.points.find((point) => point[0] === nearest)]).filter(([, point]) => point);
    tip.hidden = false;
    tip.style.left = Math.min(box.width * 0.55, x(nearest) / width * box.width + 12) + "px"; tip.style.top = "2.2rem";
    tip.replaceChildren(el("b", {}, "iteration " + nearest), ...lines.slice(0, 14).map(([one, point]) => el("div", {},
      swatch(one), ` ${shown(point[1])}` +
      (point[2] === point[3] ? "" : ` (${shown(point[2])} – ${shown(point[3])})`) + `  ${one.label}`)));
  });
  root.addEventListener("pointerleave", () => { tip.hidden = true; cursor.setAttribute("visibility", "hidden"); });
  return figure;
}

/// The mean over the runs of a group, and the least and greatest value, by iteration.
function band(group, name) {
  const byIteration = new Map();
  for (const run of group.runs) {
    (run.figures[name] || []).forEach((value, index) => {
      if (value === null) return;
      const iteration = (run.figures.iteration || [])[index] || index + 1;
      if (!byIteration.has(iteration)) byIteration.set(iteration, []);
      byIteration.get(iteration).push(value);
    });
  }
  return [...byIteration].sort((a, b) => a[0] - b[0])
    .map(([iteration, values]) => [iteration, mean(values), Math.min(...values), Math.max(...values)]);
}

const hiddenGroups = new Set();
const extraCharts = [];
view("curves", "Curves", () => data.runs.some((run) => Object.keys(run.figures).length > 0), (section) => {
  const all = groups();
  const charts = el("div", { class: "charts" });
  const legend = el("div", { class: "legend" });
  const names = figureNames();
  const usual = names.filter((name) => FIRST.includes(name) || name.startsWith("test"));
  const others = names.filter((name) => !usual.includes(name));
  const redraw = () => {
    const visible = all.filter((group) => !hiddenGroups.has(group.label));
    const chosen = (usual.length ? usual : names.slice(0, 12)).concat(extraCharts);
    charts.replaceChildren(...chosen.map((name) => {
      const series = visible.map((group) => ({ ...group, points: band(group, name) })).filter((one) => one.points.length);
      return series.length ? chart(name, series) : null;
    }).filter((one) => one));
    legend.replaceChildren(...all.map((group) => el("button", {
      "aria-pressed": String(!hiddenGroups.has(group.label)),
      onclick: () => {
        if (!hiddenGroups.delete(group.label)) hiddenGroups.add(group.label);
        redraw();
      },
    }, swatch(group), `${group.label} (${group.runs.length})`)));
  };
  const more = el("select", { "aria-label": "another figure", onchange: (event) => {
    if (event.target.value && !extraCharts.includes(event.target.value)) extraCharts.push(event.target.value);
    redraw();
  } }, el("option", { value: "" }, "another figure…"), others.map((name) => el("option", { value: name }, name)));
  section.append(el("p", { class: "note" }, "Lines are means over the runs that differ in their seeds alone, bands their least and greatest values."),
    el("div", { class: "controls" }, more), legend, charts);
  redraw();
});

view("heat", "Heat map", () => differing().filter((name) => name !== "seed").length >= 2, (section) => {
  const axes = differing().filter((name) => name !== "seed");
  const names = figureNames();
  const preferred = ["goals_proved", "ratio_answered", "ratio_proved"].find((name) => names.includes(name)) || names[0];
  let [rows, columns, figure] = [axes[0], axes[1], preferred];
  const place = el("div", { class: "scroll" });
  const redraw = () => {
    const values = (name) => [...new Map(data.runs.map((run) => [JSON.stringify(run.settings[name]), run.settings[name]])).values()]
      .sort((a, b) => typeof a === "number" && typeof b === "number" ? a - b : shown(a).localeCompare(shown(b)));
    const at = (row, column) => data.runs.filter((run) => JSON.stringify(run.settings[rows]) === JSON.stringify(row)
      && JSON.stringify(run.settings[columns]) === JSON.stringify(column)).map((run) => last(run, figure)).filter((value) => value !== undefined);
    const cells = values(rows).map((row) => values(columns).map((column) => at(row, column)));
    const means = cells.flat().filter((found) => found.length).map(mean);
    const [low, high] = [Math.min(...means), Math.max(...means)];
    const cell = (found) => {
      if (!found.length) return el("td", { class: "cell note" }, "–");
      const share = high === low ? 0.5 : (mean(found) - low) / (high - low);
      const title = `${found.length} runs: ${found.map(shown).join(", ")}`;
      return el("td", { class: "cell", title, style: `background: color-mix(in srgb, var(--mark) ${(8 + 72 * share).toFixed(0)}%, var(--back))` }, shown(mean(found)));
    };
    place.replaceChildren(el("table", {},
      el("thead", {}, el("tr", {}, el("th", {}, `${rows} \\ ${columns}`), values(columns).map((value) => el("th", { class: "cell" }, shown(value))))),
      el("tbody", {}, values(rows).map((row, index) => el("tr", {}, el("th", {}, shown(row)), cells[index].map(cell))))));
  };
  section.append(el("div", { class: "controls" },
    menu("rows", axes, rows, (name) => { rows = name; redraw(); }),
    menu("columns", axes, columns, (name) => { columns = name; redraw(); }),
    menu("figure", names, figure, (name) => { figure = name; redraw(); })),
  el("p", { class: "note" }, "The last value of the figure, as a mean over all runs of a cell."), place);
  redraw();
});

/// A distribution: bars for programs that failed, that are wrong, and with a score up to each tenth, as high as their
/// share; below it one bar of all instances.
function distribution(title, programs, instances) {
  const [width, height, bar] = [156, 62, 12], all = programs.reduce((sum, count) => sum + count, 0);
  const colour = (place) => ["var(--bad)", "var(--warn)"][place] || "var(--good)";
  const words = (place) => ["none right, most without a value", "none right, most answered wrongly"][place] || `score over ${((place - 2) / 10).toFixed(1)}, up to ${((place - 1) / 10).toFixed(1)}`;
  const root = svg("svg", { viewBox: `0 0 ${width} ${height + 10}`, width, height: height + 10, role: "img", "aria-label": title });
  root.append(svg("line", { x1: 0, x2: width, y1: height, y2: height, class: "axis" }));
  programs.forEach((count, place) => {
    if (!count) return;
    const tall = Math.max(1, count / all * (height - 4));
    root.append(svg("rect", { class: "bar", x: place * (bar + 1), y: height - tall, width: bar, height: tall, fill: colour(place) },
      svg("title", {}, `${words(place)}: ${count} of ${all} programs`)));
  });
  const whole = instances.reduce((sum, count) => sum + count, 0) || 1;
  let at = 0;
  // In the order of the bars above: without a value, wrong, right.
  [[2, "var(--bad)", "without a value"], [1, "var(--warn)", "answered wrongly"], [0, "var(--good)", "answered rightly"]].forEach(([index, fill, word]) => {
    const wide = instances[index] / whole * width;
    root.append(svg("rect", { x: at, y: height + 4, width: wide, height: 5, fill }, svg("title", {}, `${(100 * instances[index] / whole).toFixed(1)} % of the instances ${word}`)));
    at += wide;
  });
  return root;
}

view("scores", "Scores", () => data.runs.some((run) => run.problems.length), (section) => {
  const records = data.runs.flatMap((run) => run.problems);
  const sorted = (values) => [...new Set(values)].sort((a, b) => a - b || (a < b ? -1 : a > b ? 1 : 0));
  const searches = sorted(records.map((record) => record.search)), every = "all searches";
  const place = el("div", { class: "scroll" });
  let search = every;
  const redraw = () => {
    const chosen = records.filter((record) => search === every || record.search === search);
    const temperatures = sorted(chosen.map((record) => record.temperature));
    const cell = (problem, temperature) => {
      const found = chosen.filter((record) => record.problem === problem && record.temperature === temperature);
      if (!found.length) return el("td", { class: "cell note" }, "–");
      const sum = (name) => found.map((record) => record[name]).reduce((a, b) => a.map((count, index) => count + b[index]));
      const [programs, instances] = [sum("programs"), sum("instances")];
      const all = programs.reduce((a, b) => a + b, 0), share = instances[0] / (instances.reduce((a, b) => a + b, 0) || 1);
      return el("td", {}, distribution(`${problem} at temperature ${temperature}`, programs, instances),
        el("div", { class: "note" }, `${all} programs, mean score ${share.toFixed(2)}`));
    };
    place.replaceChildren(el("table", {},
      el("thead", {}, el("tr", {}, el("th", {}, "problem \\ temperature"), temperatures.map((value) => el("th", {}, shown(value))))),
      el("tbody", {}, sorted(chosen.map((record) => record.problem)).map((problem) => el("tr", {}, el("th", {}, problem),
        temperatures.map((temperature) => cell(problem, temperature)))))));
  };
  const key = (fill, text) => el("span", {}, svg("svg", { width: 12, height: 12, "aria-hidden": "true" }, svg("rect", { width: 12, height: 12, fill })), " " + text);
  section.append(el("p", { class: "note" }, "Programs that were evaluated, by their score on the private instances: the share of each of the bars among all programs of the problem at this temperature. The line below divides all instances."),
    el("div", { class: "legend" }, key("var(--bad)", "none right, most without a value"), key("var(--warn)", "none right, most answered wrongly"), key("var(--good)", "score above 0 to 0.1, to 0.2, … to 1")),
    el("div", { class: "controls" }, searches.length > 1 ? menu("search", [every, ...searches], search, (name) => { search = name; redraw(); }) : null), place);
  redraw();
});
