"use strict";
// Reads a moment of a timeline: a line over all lanes, and in words what was so at that moment.
for (const figure of document.querySelectorAll("figure:has(> [data-readout])")) {
  const svg = figure.querySelector("svg"), out = figure.querySelector("[data-readout]");
  const under = JSON.parse(figure.querySelector("script").textContent), cursor = svg.querySelector(".cursor");
  let at = 0;
  const piece = (className, value, name) => {
    const span = document.createElement("span"), bold = document.createElement("b");
    span.className = className;
    bold.textContent = value;
    span.append(bold, name);
    return span;
  };
  const clock = (seconds) => new Date(seconds * 1000).toISOString().slice(11, 21);
  const show = (offset) => {
    at = Math.min(Math.max(offset, 0), under.span_s);
    const x = under.left + (at / under.span_s) * (under.right - under.left);
    cursor.setAttribute("x1", x);
    cursor.setAttribute("x2", x);
    cursor.setAttribute("visibility", "visible");
    const since = Math.floor(at / 60) + ":" + String(Math.floor(at % 60)).padStart(2, "0");
    const pieces = [piece("at", since, " · " + clock(under.start_s + at) + " UTC")];
    for (const [name, unit, values] of under.series) {
      const value = values[Math.min(Math.floor(at / under.bin_s), values.length - 1)];
      if (value !== null && value !== undefined) pieces.push(piece("that", Number(value.toPrecision(3)) + unit, " " + name));
    }
    for (const [words, from, to] of under.stretches) if (from <= at && at <= to) pieces.push(piece("that", words, ""));
    out.replaceChildren(...pieces.slice(0, 24).flatMap((each) => [each, " "]));
  };
  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * svg.viewBox.baseVal.width;
    show(((x - under.left) / (under.right - under.left)) * under.span_s);
  });
  svg.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -under.bin_s, ArrowRight: under.bin_s }[event.key];
    if (!step) return;
    event.preventDefault();
    show(at + step);
  });
}
// A link to a folded scenario opens it, and paper shows everything.
const unfold = () => {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (target && target.tagName === "DETAILS") target.open = true;
};
addEventListener("hashchange", unfold);
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((each) => (each.open = true)));
unfold();
