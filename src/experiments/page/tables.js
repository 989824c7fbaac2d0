// The runs, their goals and conjectures, the library, the modules of questions.

let sortKey = null, sortDown = false;
view("runs", "Runs", () => data.runs.length > 0, (section) => {
  const place = el("div", { class: "scroll" });
  const filter = el("input", { type: "search", placeholder: "part of a name or setting", "aria-label": "filter", oninput: () => redraw() });
  const settings = differing();
  const figures = FIRST.filter((name) => name !== "alpha" && data.runs.some((run) => run.figures[name]));
  const single = [...new Set(data.runs.filter((run) => run.command !== "selfplay").flatMap((run) => Object.keys(run.figures)))]
    .filter((name) => !figures.includes(name) && name !== "iteration");
  const columns = [
    { name: "run", value: (run) => run.name }, { name: "state", value: (run) => run.state },
    { name: "iterations", value: (run) => Math.max(0, ...Object.values(run.figures).map((values) => values.length)) },
    ...settings.map((name) => ({ name, value: (run) => run.settings[name] })),
    ...[...figures, ...single].map((name) => ({ name: name === "seconds" ? "seconds in all" : name,
      value: (run) => name === "seconds" ? (run.figures.seconds || []).reduce((sum, value) => sum + (value || 0), 0) : last(run, name) })),
  ];
  const order = (a, b) => {
    if (a === undefined || b === undefined) return (a === undefined) - (b === undefined);
    const by = typeof a === "number" && typeof b === "number" ? a - b : shown(a).localeCompare(shown(b));
    return sortDown ? -by : by;
  };
  const row = (run) => {
    const cells = columns.map((column) => {
      const value = column.value(run);
      if (column.name === "state") return el("td", {}, el("span", { class: "state " + run.state }, run.state));
      return el("td", { class: typeof value === "number" ? "number" : null }, shown(value));
    });
    const line = el("tr", { class: run.state === "failed" ? "failed" : null }, cells);
    const notes = [...run.notes];
    const info = run.info;
    const origin = info && `version ${info.version}, commit ${info.commit}${info.clean === false ? " with changes" : ""}, digest ${info.digest || "–"}, seed ${info.seed}, `
      + `started ${info.started}${info.ended ? ", ended " + info.ended : ""}${info.machine ? ", on " + info.machine : ""}`;
    const details = el("tr", {}, el("td", { colspan: columns.length }, el("details", { open: run.state === "failed" },
      el("summary", {}, run.why ? "why it went wrong: " + run.why : "settings and origin"),
      run.log.length ? el("pre", {}, run.log.join("\n")) : null,
      notes.length ? el("ul", {}, notes.map((note) => el("li", {}, note))) : null,
      el("p", { class: "note" }, origin || "no origin is known"),
      el("pre", {}, Object.entries(run.settings).map(([name, value]) => `${name} = ${JSON.stringify(value)}`).join("\n")))));
    return [line, details];
  };
  function redraw() {
    const wanted = filter.value.toLowerCase();
    const chosen = data.runs.filter((run) => (run.name + run.state + JSON.stringify(run.settings)).toLowerCase().includes(wanted));
    const column = columns.find((column) => column.name === sortKey);
    // What went wrong is seen first.
    const failed = (run) => run.state === "failed";
    const sorted = [...chosen].sort(column ? (a, b) => order(column.value(a), column.value(b)) : (a, b) => failed(b) - failed(a));
    place.replaceChildren(el("table", {},
      el("thead", {}, el("tr", {}, columns.map((column) => el("th", { "aria-sort": column.name === sortKey ? (sortDown ? "descending" : "ascending") : null },
        el("button", { onclick: () => { sortDown = sortKey === column.name && !sortDown; sortKey = column.name; redraw(); } }, column.name))))),
      el("tbody", {}, sorted.flatMap(row))));
  }
  const shared = Object.entries(data.runs[0].settings).filter(([name]) => !settings.includes(name));
  const counts = {};
  for (const run of data.runs) counts[run.state] = (counts[run.state] || 0) + 1;
  section.append(el("p", {}, `${data.runs.length} runs: ` + Object.entries(counts).map(([state, count]) => `${count} ${state}`).join(", ")),
    el("div", { class: "controls" }, filter), place,
    data.runs.length > 1 ? el("details", {}, el("summary", {}, "settings that all share"), el("pre", {}, shared.map(([name, value]) => `${name} = ${JSON.stringify(value)}`).join("\n"))) : null);
  redraw();
});

/// A view of one run, chosen in a menu.
function perRun(section, has, draw) {
  const runs = data.runs.filter(has);
  const place = el("div", {});
  let chosen = runs[0];
  const redraw = () => place.replaceChildren(...draw(chosen));
  section.append(el("div", { class: "controls" }, menu("run", runs.map((run) => run.name), chosen.name, (name) => {
    chosen = runs.find((run) => run.name === name);
    redraw();
  })), place);
  redraw();
}

view("goals", "Goals", () => data.runs.some((run) => run.goals.length), (section) => {
  perRun(section, (run) => run.goals.length, (run) => [el("table", {},
    el("thead", {}, el("tr", {}, ["goal", "statement", "proved in iteration", "proof"].map((name) => el("th", {}, name)))),
    el("tbody", {}, run.goals.map((goal) => el("tr", {}, el("td", {}, goal.name), el("td", {}, el("code", {}, goal.text)),
      el("td", {}, goal.iteration ? String(goal.iteration) : el("span", { class: "note" }, "open")),
      el("td", {}, goal.script ? el("details", {}, el("summary", {}, `${goal.script.trim().split("\n").length} lines`
        + (goal.uses.length ? ", from " + goal.uses.join(", ") : "")), el("pre", {}, goal.script)) : "")))))]);
});

view("conjectures", "Conjectures", () => data.runs.some((run) => run.fates.length || run.conjectures.length), (section) => {
  perRun(section, (run) => run.fates.length || run.conjectures.length, (run) => {
    const parts = [];
    const sources = [...new Set(run.fates.flatMap(([, fates]) => Object.keys(fates)))];
    const fates = [...new Set(run.fates.flatMap(([, fates]) => Object.values(fates).flatMap(Object.keys)))];
    if (sources.length) {
      parts.push(el("h2", {}, "What became of drafts, by source"), el("div", { class: "charts" }, sources.map((source) => {
        const series = fates.map((fate, index) => ({ label: fate, ...style(index),
          points: run.fates.map(([iteration, found]) => [iteration, (found[source] || {})[fate] || 0]).map(([at, value]) => [at, value, value, value]) }));
        return chart(source, series.filter((one) => one.points.some((point) => point[1] > 0)));
      }).filter((one) => one)), el("div", { class: "legend" }, fates.map((fate, index) => el("span", {},
        swatch(style(index)), " " + fate))));
    }
    if (run.conjectures.length) {
      const rows = el("tbody", {});
      const filter = el("input", { type: "search", placeholder: "part of a statement or fate", "aria-label": "filter conjectures", oninput: () => redraw() });
      const redraw = () => rows.replaceChildren(...run.conjectures.filter((one) => one.join(" ").includes(filter.value)).slice(0, 500)
        .map(([iteration, fate, source, text]) => el("tr", {}, el("td", { class: "number" }, String(iteration)), el("td", {}, fate), el("td", {}, source), el("td", {}, el("code", {}, text)))));
      redraw();
      parts.push(el("h2", {}, "Conjectures"), el("div", { class: "controls" }, filter),
        run.left_out ? el("p", { class: "note" }, `${run.left_out} more were left out`) : null,
        el("table", {}, el("thead", {}, el("tr", {}, ["iteration", "fate", "source", "statement"].map((name) => el("th", {}, name)))), rows));
    }
    return parts.filter((part) => part);
  });
});

view("library", "Library", () => data.runs.some((run) => run.theorems.length), (section) => {
  perRun(section, (run) => run.theorems.length, (run) => {
    const most = 120;
    const used = new Set(run.theorems.flatMap((theorem) => theorem.uses));
    const goals = (theorem) => theorem.is_goal;
    const kept = [...run.theorems].sort((a, b) => goals(b) - goals(a) || used.has(b.name) - used.has(a.name)).slice(0, most);
    const names = new Map(kept.map((theorem) => [theorem.name, theorem]));
    const depths = new Map();
    // Theorems use earlier ones; a loop, which there is none of, would end at 60.
    const depth = (name, left) => {
      if (depths.has(name)) return depths.get(name);
      if (left === 0) return 0;
      const below = names.get(name).uses.filter((use) => names.has(use) && use !== name).map((use) => depth(use, left - 1) + 1);
      const found = Math.max(0, ...below);
      depths.set(name, found);
      return found;
    };
    const columns = [];
    for (const theorem of kept) (columns[depth(theorem.name, 60)] ||= []).push(theorem);
    const [wide, high] = [230, 20];
    const places = new Map();
    columns.forEach((column, x) => (column || []).forEach((theorem, y) => places.set(theorem.name, [10 + x * wide, 16 + y * high])));
    const height = 24 + high * Math.max(...columns.map((column) => (column || []).length)), width = 20 + wide * columns.length;
    const root = svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": "the library as a graph" });
    const links = kept.flatMap((theorem) => theorem.uses.filter((use) => names.has(use) && use !== theorem.name).map((use) => {
      const [[x1, y1], [x2, y2]] = [places.get(use), places.get(theorem.name)];
      const link = svg("path", { class: "link", d: `M${x1 + wide - 60},${y1 - 4} C${x1 + wide - 20},${y1 - 4} ${x2 - 40},${y2 - 4} ${x2 - 4},${y2 - 4}` });
      return { link, from: use, to: theorem.name };
    }));
    root.append(...links.map((one) => one.link));
    for (const theorem of kept) {
      const [x, y] = places.get(theorem.name);
      const label = theorem.name.length > 24 ? theorem.name.slice(0, 23) + "…" : theorem.name;
      const light = (isLit) => links.filter((one) => one.from === theorem.name || one.to === theorem.name).forEach((one) => one.link.classList.toggle("lit", isLit));
      root.append(svg("text", { x, y, tabindex: 0, "font-weight": goals(theorem) ? "bold" : null, onmouseenter: () => light(true), onmouseleave: () => light(false), onfocus: () => light(true), onblur: () => light(false) },
        label, svg("title", {}, `${theorem.name} (${theorem.source}, iteration ${theorem.iteration})\n${theorem.text}`)));
    }
    return [el("p", { class: "note" }, `${run.theorems.length} theorems${run.theorems.length > most ? `, of which ${most} are drawn` : ""}; lines lead from a lemma to what was proved with it, goals are bold.`),
      el("div", { class: "scroll" }, root)];
  });
});

view("questions", "Questions", () => data.runs.some((run) => run.modules.length), (section) => {
  perRun(section, (run) => run.modules.length, (run) => {
    const names = [...new Set(run.modules.flatMap(([, modules]) => Object.keys(modules)))].sort();
    const cell = (value) => value === undefined ? el("td", { class: "cell note" }, "–") : el("td", { class: "cell",
      style: `background: color-mix(in srgb, var(--good) ${(70 * value).toFixed(0)}%, var(--back))` }, (100 * value).toFixed(0));
    return [el("p", { class: "note" }, "Questions answered before training on them, in %, by module and iteration."), el("div", { class: "scroll" }, el("table", {},
      el("thead", {}, el("tr", {}, el("th", {}, "module"), run.modules.map(([iteration]) => el("th", { class: "cell" }, String(iteration))))),
      el("tbody", {}, names.map((name) => el("tr", {}, el("th", {}, name), run.modules.map(([, modules]) => cell(modules[name])))))))];
  });
});
