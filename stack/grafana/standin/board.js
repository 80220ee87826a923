// Draws a board's panels with their current data. Plain on purpose: it shows what the queries answer, no more.
"use strict";
const COLORS = ["#3b82d6", "#e08a1e", "#3aa655", "#c2418c", "#8a63d2", "#17a2a2", "#d64545", "#8d8d3a"];
const QUERY = `${location.origin}/api/ds/query`; // a page opened as user:password@host cannot use a relative address
const UNIT_S = { s: 1, m: 60, h: 3600, d: 86400 };

function milliseconds(text) {
  const found = /^(\d+(?:\.\d+)?)([smhd])$/.exec(text || "");
  return found ? Number(found[1]) * UNIT_S[found[2]] * 1000 : 0;
}

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function frameOf(panel) {
  const box = element("section", "panel");
  const at = panel.gridPos;
  box.style.gridColumn = `${at.x + 1} / span ${at.w}`;
  box.style.gridRow = `${at.y + 1} / span ${at.h}`;
  box.title = panel.description || "";
  box.append(element("h2", "", panel.title), element("div", "body", "loading"), element("div", "foot"));
  document.getElementById("grid").append(box);
  return box;
}

function requestOf(panel) {
  const to = Date.now();
  const from = to - (milliseconds((page.board.time.from || "").replace("now-", "")) || 900000);
  const points = panel.maxDataPoints || 300;
  const intervalMs = Math.max(Math.round((to - from) / points), milliseconds(panel.interval) || 1);
  const queries = (panel.targets || []).filter((target) => !target.hide).map((target) => ({
    ...filledIn(target, (panel.datasource || {}).type),
    datasource: panel.datasource || target.datasource || { uid: page.defaultUid },
    intervalMs,
    maxDataPoints: points,
  }));
  return { from: String(from), to: String(to), queries };
}

async function load(panel, box) {
  const begun = performance.now();
  const headers = { "Content-Type": "application/json" };
  const body = box.querySelector(".body");
  const request = requestOf(panel);
  try {
    const answer = await fetch(QUERY, { method: "POST", headers, body: JSON.stringify(request) });
    const told = await answer.json();
    const results = Object.values(told.results || {});
    const error = told.results ? results.map((one) => one.error).find(Boolean) : told.message;
    const frames = results.flatMap((one) => one.frames || []);
    body.replaceChildren(error ? element("p", "error", error) : draw(panel, frames, [Number(request.from), Number(request.to)]));
  } catch (problem) {
    body.replaceChildren(element("p", "error", String(problem)));
  }
  const took = Math.round(performance.now() - begun);
  box.querySelector(".foot").textContent = `${new Date().toLocaleTimeString()} in ${took} ms`;
}

function draw(panel, frames, range) {
  const filled = frames.filter((frame) => frame.data.values.some((column) => column.length));
  if (!filled.length) return element("p", "", "no data");
  if (panel.type === "table") return filled.some((frame) => labelsOf(frame)) ? facts(panel, filled) : table(filled[0]);
  return panel.type === "timeseries" ? curves(filled, range) : number(panel, filled);
}

function table(frame) {
  const made = element("table");
  const head = made.createTHead().insertRow();
  frame.schema.fields.forEach((field) => head.append(element("th", "", field.name)));
  const rows = made.createTBody();
  frame.data.values[0].forEach((_, row) => {
    const line = rows.insertRow();
    frame.schema.fields.forEach((field, column) => {
      const value = frame.data.values[column][row];
      const shown = field.type === "time" && value !== null ? new Date(value).toISOString() : value;
      line.append(element("td", "", shown === null ? "" : String(shown)));
    });
  });
  return made;
}

function seriesOf(frames) {
  return frames.flatMap((frame) => {
    const clock = frame.schema.fields.findIndex((field) => field.type === "time");
    return frame.schema.fields.flatMap((field, column) => field.type !== "number" ? [] : [{
      name: (field.config || {}).displayNameFromDS || field.name,
      points: frame.data.values[column].map((value, row) => [clock < 0 ? row : frame.data.values[clock][row], value])
        .filter(([, value]) => value !== null),
    }]);
  }).filter((series) => series.points.length);
}

function unitOf(panel) {
  const unit = panel.fieldConfig.defaults.unit || "";
  return unit.startsWith("suffix:") ? unit.slice(7) : { s: " s", ms: " ms", cps: "/s", currencyUSD: " $" }[unit] || "";
}

function number(panel, frames) {
  const series = seriesOf(frames);
  if (panel.options.textMode === "name") {
    return element("div", "big", series.map((one) => one.name).join(", "));
  }
  if (!series.length) return element("div", "big", String(frames[0].data.values[0][0]));
  const value = series[0].points[series[0].points.length - 1][1];
  const rounded = Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(4)));
  const words = wordsFor(panel.fieldConfig.defaults.mappings, value);
  const several = series.map(({ name, points: [[, last]] }) => `${name} ${wordsFor(panel.fieldConfig.defaults.mappings, last) || last}`);
  const shown = element("div", "big", series.length > 1 ? several.join(", ") : words || rounded + unitOf(panel));
  const steps = panel.fieldConfig.defaults.thresholds.steps;
  shown.style.color = steps.filter((step) => step.value === null || value >= step.value).pop().color;
  return shown;
}

function curves(frames, [left, right]) {
  const series = seriesOf(frames);
  if (!series.length) return element("p", "", "no numbers");
  const all = series.flatMap((one) => one.points);
  const low = Math.min(0, ...all.map((p) => p[1]));
  const high = Math.max(...all.map((p) => p[1])) || 1;
  const x = (at) => 4 + (392 * (at - left)) / (right - left || 1);
  const y = (value) => 96 - (90 * (value - low)) / (high - low || 1);
  const box = element("div");
  box.style.height = "100%";
  const lines = series.map((one, index) => {
    const points = one.points.map(([at, value]) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
    const end = one.points[one.points.length - 1];
    const dot = `<circle cx="${x(end[0])}" cy="${y(end[1])}" r="1.5" fill="${COLORS[index % COLORS.length]}"/>`;
    return `<polyline points="${points}" fill="none" stroke="${COLORS[index % COLORS.length]}"` +
      ` vector-effect="non-scaling-stroke" stroke-width="1.5"/>${dot}`;
  });
  const picture = element("div");
  picture.style.height = "calc(100% - 20px)";
  picture.innerHTML = `<svg viewBox="0 0 400 100" preserveAspectRatio="none" role="img">${lines.join("")}</svg>`;
  const legend = element("div", "legend");
  series.forEach((one, index) => {
    const last = one.points[one.points.length - 1][1];
    const word = element("span", "", `\u25A0 ${one.name}: ${Number(last.toPrecision(4))}  `);
    word.style.color = COLORS[index % COLORS.length];
    legend.append(word);
  });
  legend.append(element("span", "", `(from ${Number(low.toPrecision(4))} to ${Number(high.toPrecision(4))})`));
  box.append(picture, legend);
  return box;
}
