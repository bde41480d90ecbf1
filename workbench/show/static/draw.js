// Elements, and boxes over a picture. Whatever comes from a user goes in as text, never as HTML.

const SVG = "http://www.w3.org/2000/svg";

function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

function svg(tag, props = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(props)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function share(value) {
  return value === null || value === undefined ? "–" : value.toFixed(2);
}

function address(jpeg) {
  return URL.createObjectURL(new Blob([jpeg], { type: "image/jpeg" }));
}

// Boxes in the picture's own pixels; `high` is how many of these pixels are seen from top to bottom.
function shapes(boxes, words, high, { texts = "about" } = {}) {
  const group = svg("g", {});
  for (const box of boxes) {
    const [x0, y0, x1, y1] = box.at;
    const place = { x: x0, y: y0, width: Math.max(x1 - x0, 0.5), height: Math.max(y1 - y0, 0.5), fill: "none" };
    const wide = box.about ? 3 : 2;
    group.append(svg("rect", { ...place, stroke: "#000", "stroke-width": wide + 2, "stroke-opacity": 0.75, "vector-effect": "non-scaling-stroke" }));
    const line = { ...place, stroke: words.colours[box.role], "stroke-width": wide, "vector-effect": "non-scaling-stroke" };
    if (words.dashed.includes(box.role)) line["stroke-dasharray"] = "7 3.5";
    group.append(svg("rect", { ...line, class: `wbx-box wbx-${box.role}` }));
  }
  for (const box of boxes) {
    if (!box.text || (texts === "about" && !box.about && box.role !== "below")) continue;
    const size = high / 15;
    const above = box.role !== "below" && box.at[1] > size * 1.5;
    const label = svg("text", {
      x: box.at[0], y: above ? box.at[1] - size * 0.35 : box.at[3] + size, "font-size": size, "font-weight": 600,
      fill: words.colours[box.role], stroke: "#000", "stroke-width": size / 7, "paint-order": "stroke", "stroke-linejoin": "round",
    });
    label.textContent = box.text;
    group.append(label);
  }
  return group;
}

// A crop or a small whole picture with its boxes; `region` is the part of the picture that it shows.
function picture(shown, region, boxes, words, alt, addresses) {
  const [x0, y0, x1, y1] = region;
  const src = address(shown.jpeg);
  addresses.push(src);
  const over = svg("svg", { viewBox: `${x0} ${y0} ${x1 - x0} ${y1 - y0}`, preserveAspectRatio: "none", "aria-hidden": "true" },
    shapes(boxes, words, y1 - y0));
  return el("div", { class: "wbx-picture", style: `aspect-ratio: ${x1 - x0} / ${y1 - y0}` },
    el("img", { src, alt, draggable: "false" }), over);
}

// A whole picture that zooms with the wheel and is drawn along with the mouse; panes of one detail move together.
function zoomable(shown, pane, words, camera, addresses) {
  if (!camera.src) addresses.push((camera.src = address(shown.jpeg)));
  const image = svg("image", { href: camera.src, width: shown.width, height: shown.height });
  const view = svg("svg", { class: "wbx-whole", role: "img", "aria-label": `${shown.picture}, ${pane.name}` }, image);
  let boxes = null;
  const show = () => {
    const { x, y, width, height } = camera.at;
    view.setAttribute("viewBox", `${x} ${y} ${width} ${height}`);
    if (boxes) boxes.remove();
    boxes = shapes(pane.boxes, words, height * 0.55, { texts: camera.texts ? "all" : "about" });
    view.append(boxes);
  };
  camera.shows.push(show);
  view.addEventListener("wheel", (event) => {
    event.preventDefault();
    const seen = view.getBoundingClientRect();
    camera.zoom(event.deltaY < 0 ? 1.25 : 0.8, (event.clientX - seen.left) / seen.width, (event.clientY - seen.top) / seen.height);
  }, { passive: false });
  view.addEventListener("pointerdown", (event) => {
    view.setPointerCapture(event.pointerId);
    camera.held = [event.clientX, event.clientY];
  });
  view.addEventListener("pointermove", (event) => {
    if (!camera.held) return;
    const seen = view.getBoundingClientRect();
    camera.pan((camera.held[0] - event.clientX) / seen.width, (camera.held[1] - event.clientY) / seen.height);
    camera.held = [event.clientX, event.clientY];
  });
  view.addEventListener("pointerup", () => { camera.held = null; });
  view.addEventListener("dblclick", () => camera.whole());
  show();
  return view;
}

function cameraOf(shown) {
  const all = { x: 0, y: 0, width: shown.width, height: shown.height };
  const camera = { at: { ...all }, shows: [], held: null, src: null, texts: false };
  camera.show = () => camera.shows.forEach((show) => show());
  camera.zoom = (factor, fx = 0.5, fy = 0.5) => {
    const { x, y, width, height } = camera.at;
    const wide = Math.min(Math.max(width / factor, all.width / 60), all.width), high = wide * all.height / all.width;
    camera.at = { x: x + (width - wide) * fx, y: y + (height - high) * fy, width: wide, height: high };
    camera.pan(0, 0);
  };
  camera.pan = (dx, dy) => {
    const at = camera.at;
    at.x = Math.min(Math.max(at.x + dx * at.width, 0), all.width - at.width);
    at.y = Math.min(Math.max(at.y + dy * at.height, 0), all.height - at.height);
    camera.show();
  };
  camera.whole = () => { camera.at = { ...all }; camera.show(); };
  camera.near = (box) => {
    const [x0, y0, x1, y1] = box, wide = Math.min(Math.max((x1 - x0) * 4, (y1 - y0) * 4 * all.width / all.height, all.width / 20), all.width);
    const high = wide * all.height / all.width;
    camera.at = { x: (x0 + x1 - wide) / 2, y: (y0 + y1 - high) / 2, width: wide, height: high };
    camera.pan(0, 0);
  };
  return camera;
}
