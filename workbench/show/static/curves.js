// Precision against recall, and both against confidence, each with the point that is looked at.

const WIDE = 250, HIGH = 165, LEFT = 30, TOP = 8, RIGHT = 8, LOW = 28;
const LINES = { precision: ["#0072B2", ""], recall: ["#D55E00", "5 3"], f1: ["#009E73", "7 2 2 2"] };
const across = (value) => LEFT + value * (WIDE - LEFT - RIGHT);
const up = (value) => HIGH - LOW - value * (HIGH - TOP - LOW);

function plot(title, below) {
  const frame = svg("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, class: "wbx-plot", role: "img", "aria-label": title });
  for (const tick of [0, 0.25, 0.5, 0.75, 1]) {
    frame.append(svg("line", { x1: across(tick), x2: across(tick), y1: up(0), y2: up(1), class: "wbx-rule" }));
    frame.append(svg("line", { x1: across(0), x2: across(1), y1: up(tick), y2: up(tick), class: "wbx-rule" }));
    if (tick === 0.25 || tick === 0.75) continue;
    const named = svg("text", { x: LEFT - 4, y: up(tick) + 3.5, "text-anchor": "end", class: "wbx-tick" });
    const under = svg("text", { x: across(tick), y: HIGH - LOW + 12, "text-anchor": "middle", class: "wbx-tick" });
    named.textContent = under.textContent = String(tick);
    frame.append(named, under);
  }
  const name = svg("text", { x: across(0.5), y: HIGH - 3, "text-anchor": "middle", class: "wbx-tick" });
  name.textContent = below;
  frame.append(name);
  return frame;
}

function line(xs, ys, colour, dash, thin) {
  let path = "";
  xs.forEach((x, i) => { if (x !== null && ys[i] !== null) path += `${path ? "L" : "M"}${across(x).toFixed(1)} ${up(ys[i]).toFixed(1)}`; });
  const props = { d: path || "M0 0", fill: "none", stroke: colour, "stroke-width": thin ? 1.2 : 2, "stroke-opacity": thin ? 0.65 : 1 };
  if (dash) props["stroke-dasharray"] = dash;
  return svg("path", props);
}

function dot(x, y, colour, what) {
  return x === null || y === null ? "" : svg("circle", { cx: across(x), cy: up(y), r: 4.5, fill: colour, class: "wbx-dot", "data-what": what });
}

function precisionRecall(view) {
  const frame = plot("precision against recall, over all confidences", "recall →  (up: precision)");
  view.curves.forEach((curve, side) => frame.append(line(curve.recall, curve.precision, side ? "#808080" : LINES.precision[0], side ? "3 3" : "", side)));
  [...view.figures].reverse().forEach((point, back) => {
    const side = view.figures.length - 1 - back;
    frame.append(dot(point.recall, point.precision, side ? "#808080" : "#E69F00", side ? "before" : "now"));
  });
  return frame;
}

function sweep(view, move) {
  const frame = plot("precision, recall and F1 against confidence", "confidence →  (click to set it)");
  const now = view.curves[0], at = across(view.controls.confidence);
  frame.append(svg("line", { x1: at, x2: at, y1: up(0), y2: up(1), class: "wbx-now" }));
  for (const [name, [colour, dash]] of Object.entries(LINES)) {
    frame.append(line(now.confidence, now[name], colour, dash), dot(view.controls.confidence, view.figures[0][name], colour, name));
  }
  frame.addEventListener("click", (event) => {
    const seen = frame.getBoundingClientRect();
    const x = ((event.clientX - seen.left) / seen.width * WIDE - LEFT) / (WIDE - LEFT - RIGHT);
    if (x >= 0 && x <= 1) move(Math.round(x * 100) / 100);
  });
  return frame;
}

function legend() {
  return el("div", { class: "wbx-legend" }, ...Object.entries(LINES).map(([name, [colour, dash]]) =>
    el("span", {}, svg("svg", { width: 22, height: 8 }, svg("line", { x1: 0, x2: 22, y1: 4, y2: 4, stroke: colour, "stroke-width": 2.5, "stroke-dasharray": dash })), name === "f1" ? "F1" : name)));
}
