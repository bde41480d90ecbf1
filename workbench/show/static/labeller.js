// The labeller: jupyter-bbox-widget draws the boxes, all else is here. What the browser says is one message that names
// the picture, its boxes and the answer; until the kernel has shown what came of it, nothing more can be drawn.

const TENTHS = 10; // Theirs rounds to whole units of the picture's natural size; so it is told a size in tenths of pixels.
const IGNORED = " · ignored";
const SLIP_PX = 4; // A box smaller than this on the screen was a click.

// What theirs takes for the widget's model. Its boxes never go to the kernel by themselves.
function board(values) {
  const heard = {};
  return {
    get: (name) => values[name],
    set: (name, value, options) => { values[name] = value; if (!options?.silent) (heard[`change:${name}`] ?? []).forEach((call) => call()); },
    on: (name, call) => { (heard[name] ??= []).push(call); },
    off: () => {}, save_changes: () => {}, send: () => {},
  };
}

function same(one, other) {
  const alike = (a, b) => ["class_name", "ignore", "box_id", "prediction_id"].every((name) => a[name] === b[name]) && a.at.every((v, i) => Math.abs(v - b.at[i]) < 0.01);
  return one.length === other.length && one.every((box, i) => alike(box, other[i]));
}

function keyed(key, text, does, props = {}) {
  return el("button", { type: "button", onclick: does, ...props }, text, key ? el("kbd", {}, key) : null);
}

async function screen(model, root) {
  const words = model.get("words");
  const colour = (name) => words.colours[Math.max(words.classes.indexOf(name), 0) % words.colours.length];
  // An ignored box has a name of its own there, and so needs its class's colour a second time.
  const names = [...words.classes, ...words.classes.map((name) => name + IGNORED)], colours = words.classes.map(colour);
  let theirs = board({ label: names[0], bboxes: [], selected_index: -1 }), leave = () => {}, image = null, frame = null;
  let shown = null, zoom = 1, busy = true, waiting = null, dragging = false, sent = "", shrunk = 0;

  const say = el("p", { class: "wbl-say", role: "status", "aria-live": "polite" });
  const head = el("div", { class: "wbl-head" });
  const inner = el("div", { class: "wbl-inner" }), stage = el("div", { class: "wbl-stage" }, inner);
  const classes = el("div", { class: "wbl-classes", role: "group", "aria-label": "class" });
  const end = el("div", { class: "wbl-end", hidden: true });
  const act = (what) => () => { answer(what); root.focus({ preventScroll: true }); };
  const bar = el("div", { class: "wbl-bar" },
    keyed("Enter", "Save", act("submit"), { class: "wbl-save" }), keyed("E", "Empty: nothing there", act("empty")), keyed("S", "Skip", act("skip")),
    keyed("B", "Back", act("back")), keyed("U", "Undo", act("undo")), keyed("Del", "Remove box", () => { remove(); root.focus({ preventScroll: true }); }),
    el("span", { class: "wbl-zoom" }, keyed("−", "", () => zoomTo(zoom / 1.5), { "aria-label": "zoom out" }), keyed("0", "", () => zoomTo(1), { "aria-label": "whole picture" }), keyed("+", "", () => zoomTo(zoom * 1.5), { "aria-label": "zoom in" })));
  const help = el("p", { class: "wbl-help" }, "Drag draws a box; drag its edge or inside to change it. ", el("b", {}, "1–9"), " class · ", el("b", {}, "Tab"), " next box · ", el("b", {}, "arrows"),
    " move it, with ", el("b", {}, "Shift"), " size it · ", el("b", {}, "I"), " ignore it · ", el("b", {}, "Ctrl+wheel"), " zooms · ", el("b", {}, "Esc"), " lets go of the box");
  const work = el("div", {}, stage, classes, bar, help);
  root.append(head, say, work, end);

  const address = URL.createObjectURL(new Blob([THEIRS], { type: "text/javascript" }));
  const module = await import(address);
  URL.revokeObjectURL(address);
  // A fresh drawing for each picture and whenever the kernel knows other boxes: theirs fades removed boxes out, and a box
  // that comes while one fades takes over its element and stays without a size.
  function mount(picture, ready) {
    const label = theirs.get("label");
    leave();
    theirs = board({ classes: names, label, colors: [...colours, ...colours], bboxes: [], selected_index: -1, view_only: false, hide_buttons: true });
    leave = module.default.render({ model: theirs, el: inner });
    theirs.set("label", label); // It begins with the first one.
    inner.querySelector(".wrapper").tabIndex = -1;
    image = inner.querySelector("img"); frame = inner.querySelector(".image-measure");
    for (const [name, side] of [["naturalWidth", "width"], ["naturalHeight", "height"]]) Object.defineProperty(image, name, { get: () => picture[side] * TENTHS });
    image.addEventListener("load", ready, { once: true });
    shown = picture;
    fit();
    theirs.set("image_bytes", picture.jpeg);
  }

  // Boxes ---------------------------------------------------------------------------------------------------------
  const boxes = () => theirs.get("bboxes"), chosen = () => theirs.get("selected_index");
  function put(list, index = chosen()) {
    if (list.length < boxes().length) shrunk = performance.now();
    theirs.set("bboxes", list.map((box) => ({ ...box, label: box.label.replace(IGNORED, "") + (box.ignore ? IGNORED : "") })));
    theirs.set("selected_index", Math.min(index, list.length - 1));
    showClasses();
  }
  function change(index, changes) { put(boxes().map((box, i) => (i === index ? { ...box, ...changes } : box)), index); tell(); }
  function remove() { if (!busy && chosen() >= 0) { put(boxes().filter((_, i) => i !== chosen()), -1); tell(); } }
  const taken = () => boxes().map((box) => ({
    at: [box.x, box.y, box.x + box.width, box.y + box.height].map((v) => v / TENTHS), class_name: box.label.replace(IGNORED, ""),
    ignore: !!box.ignore, box_id: box.box_id ?? null, prediction_id: box.prediction_id ?? null }));
  const given = (box) => ({ x: box.at[0] * TENTHS, y: box.at[1] * TENTHS, width: (box.at[2] - box.at[0]) * TENTHS, height: (box.at[3] - box.at[1]) * TENTHS,
    label: box.class_name, ignore: box.ignore, box_id: box.box_id, prediction_id: box.prediction_id });

  // While a removed box fades, nothing is drawn; see `mount`.
  const fading = () => performance.now() - shrunk < 1000 && surface().querySelectorAll(":scope > g").length > boxes().length;

  // The kernel ----------------------------------------------------------------------------------------------------
  function tell() {
    const now = JSON.stringify(taken());
    if (busy || !shown || now === sent) return;
    sent = now;
    model.send({ do: "draw", number: shown.number, boxes: taken() });
  }
  function answer(what) {
    if (busy || dragging) return;
    const number = model.get("view").number;
    lock(true);
    waiting = setTimeout(() => { say.textContent = "The kernel has not answered: this picture is not saved yet. If it was stopped, restart it and run the cell again: it goes on here."; say.hidden = false; root.dataset.lost = "true"; }, 6000);
    model.send({ do: what, number, boxes: shown ? taken() : null });
  }
  function lock(value) { busy = value; root.toggleAttribute("data-busy", value); bar.querySelectorAll("button").forEach((one) => { one.disabled = value; }); }

  function show() {
    const view = model.get("view"), picture = model.get("picture");
    clearTimeout(waiting); delete root.dataset.lost;
    say.textContent = view.message; say.hidden = !view.message;
    showHead(view);
    work.hidden = !picture; end.hidden = !!picture;
    const open = () => { if (model.get("view") === view) { lock(false); root.dataset.answer = view.answer; root.dataset.number = view.number; } };
    if (!picture) { shown = null; showEnd(view); open(); return; }
    if (shown?.number === picture.number && same(view.boxes, taken())) { open(); return; }
    if (shown?.number !== picture.number) zoom = 1;
    lock(true);
    mount(picture, () => {
      image.alt = view.file;
      put(view.boxes.map(given), view.selected);
      sent = JSON.stringify(taken());
      open();
    });
  }
  function showHead(view) {
    const done = view.total - (view.counts.waiting ?? 0);
    const counts = Object.entries(view.counts).filter(([name]) => name !== "waiting").map(([name, count]) => `${count} ${name}`).join(" · ");
    head.replaceChildren(el("b", { class: "wbl-at" }, view.at ? `${view.at} of ${view.total}` : `${done} of ${view.total}`), el("progress", { max: Math.max(view.total, 1), value: done }),
      el("span", { class: "wbl-file" }, view.file), view.said ? el("span", { class: "wbl-said" }, view.said) : "", view.reason ? el("span", { class: "wbl-reason" }, view.reason) : "",
      el("span", { class: "wbl-counts" }, counts, counts ? " · " : "", words.who));
  }
  function showEnd(view) {
    end.replaceChildren(el("h4", {}, view.total ? (view.counts.skipped || view.counts.unreadable ? "The end of the queue" : "All done") : "No pictures wait"), el("p", {}, view.total ? `${view.summary}.` : "Every picture is labelled or empty. Collect more, or name others to look at again."),
      ...view.unreadable.map((text) => el("p", { class: "wbl-lost" }, text)),
      el("div", { class: "wbl-bar" }, view.counts.skipped ? keyed("", view.counts.skipped === 1 ? "Show the skipped picture again" : `Show the ${view.counts.skipped} skipped pictures again`, act("rest"), { class: "wbl-save" }) : "", view.total ? keyed("B", "Back", act("back")) : "", view.total ? keyed("U", "Undo", act("undo")) : ""));
  }
  function showClasses() {
    const current = chosen() >= 0 ? boxes()[chosen()].label.replace(IGNORED, "") : theirs.get("label");
    classes.replaceChildren(...words.classes.map((name, i) => keyed(i < 9 ? String(i + 1) : "", el("span", {}, el("i", { style: `background:${colour(name)}` }), name), () => { choose(name); root.focus({ preventScroll: true }); },
      { "aria-pressed": String(name === current) })));
  }
  function choose(name) {
    if (busy) return;
    theirs.set("label", name);
    if (chosen() >= 0) change(chosen(), { label: name }); else showClasses();
  }

  // Size ----------------------------------------------------------------------------------------------------------
  // Whole pixels, so that what is measured of the picture is what the mouse hits.
  function fit() {
    if (!shown || !root.clientWidth) return;
    const room = Math.min(root.clientWidth - 2, Math.max(window.innerHeight * 0.66, 260) * (shown.width / shown.height), shown.width * 4);
    const wide = Math.max(Math.round(room * zoom), 40), high = Math.max(Math.round((wide * shown.height) / shown.width), 1);
    for (const one of [frame, image]) { one.style.width = `${wide}px`; one.style.height = `${high}px`; }
    stage.style.maxWidth = `${Math.round(room) + 2}px`;
    stage.style.maxHeight = `${Math.round((Math.round(room) * shown.height) / shown.width) + 2}px`;
  }
  function zoomTo(wanted, x = stage.clientWidth / 2, y = stage.clientHeight / 2) {
    const next = Math.min(Math.max(wanted, 1), 12), by = next / zoom;
    const left = (stage.scrollLeft + x) * by - x, top = (stage.scrollTop + y) * by - y;
    zoom = next; fit();
    stage.scrollTo(left, top);
    root.focus({ preventScroll: true });
  }
  const resized = new ResizeObserver(fit);
  resized.observe(root);
  stage.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const place = stage.getBoundingClientRect();
    zoomTo(zoom * Math.exp(-event.deltaY / 300), event.clientX - place.left, event.clientY - place.top);
  }, { passive: false });

  // Mouse ---------------------------------------------------------------------------------------------------------
  // A drag goes on outside the picture and ends wherever the button is let go; theirs hears only what happens inside.
  // Events come in whole pixels: rounded outwards, so that a box can reach the edge; the kernel cuts it there.
  const surface = () => inner.querySelector("svg");
  function inside(event, kind) {
    const place = image.getBoundingClientRect();
    const at = { clientX: Math.min(Math.max(event.clientX, Math.floor(place.left)), Math.ceil(place.right)), clientY: Math.min(Math.max(event.clientY, Math.floor(place.top)), Math.ceil(place.bottom)) };
    surface()?.dispatchEvent(new MouseEvent(kind, { ...at, button: 0, buttons: kind === "mouseup" ? 0 : 1 }));
  }
  const ours = (event) => surface()?.contains(event.target);
  stage.addEventListener("mousedown", (event) => {
    root.focus({ preventScroll: true });
    if (event.target === stage) return; // Its scroll bars.
    event.preventDefault();
    if (busy || fading()) event.stopPropagation(); else dragging = event.button === 0 && ours(event);
  }, true);
  const moved = (event) => { if (dragging && event.isTrusted && !ours(event)) inside(event, "mousemove"); };
  const released = (event) => {
    if (!dragging || !event.isTrusted || event.button !== 0) return;
    if (!ours(event)) inside(event, "mouseup");
    dragging = false;
    setTimeout(() => {
      const scale = frame.clientWidth / (shown.width * TENTHS), slip = (box) => !box.box_id && !box.prediction_id && Math.min(box.width, box.height) * scale < SLIP_PX;
      const kept = boxes().filter((box) => !slip(box));
      put(kept, kept.length === boxes().length ? chosen() : -1);
      tell();
    });
  };
  window.addEventListener("mousemove", moved, true);
  window.addEventListener("mouseup", released);

  // Keyboard ------------------------------------------------------------------------------------------------------
  // By place on the keyboard, so that a Korean input method changes nothing. What is not ours stays the browser's.
  const ANSWER = { Enter: "submit", NumpadEnter: "submit", KeyE: "empty", KeyS: "skip", KeyB: "back", KeyU: "undo", KeyR: "reload" };
  const ARROW = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  root.addEventListener("keydown", (event) => {
    event.stopPropagation();
    const code = event.code, digit = /^(?:Digit|Numpad)([1-9])$/.exec(code);
    if ((event.ctrlKey || event.metaKey) && code === "KeyZ") { event.preventDefault(); answer("undo"); return; }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("button") && (code === "Enter" || code === "Space")) return;
    let used = true;
    if (ANSWER[code]) { if (!event.repeat && (shown || ["back", "undo"].includes(ANSWER[code]))) answer(ANSWER[code]); }
    else if (!shown) used = false;
    else if (digit) { if (words.classes[digit[1] - 1]) choose(words.classes[digit[1] - 1]); }
    else if (code === "Delete" || code === "Backspace") remove();
    else if (code === "KeyI") { if (!busy && chosen() >= 0) change(chosen(), { ignore: !boxes()[chosen()].ignore }); }
    else if (ARROW[code] && !busy && chosen() >= 0) {
      const step = Math.max(TENTHS, Math.round((shown.width * TENTHS) / frame.clientWidth)), [x, y] = ARROW[code].map((v) => v * step), box = boxes()[chosen()];
      change(chosen(), event.shiftKey ? { width: Math.max(box.width + x, step), height: Math.max(box.height + y, step) } : { x: box.x + x, y: box.y + y });
    }
    else if (code === "Tab" && boxes().length) {
      const next = chosen() + (event.shiftKey ? -1 : 1);
      if (next < -1 || next >= boxes().length) { theirs.set("selected_index", -1); used = false; } else theirs.set("selected_index", next);
      showClasses();
    }
    else if (code === "Escape") { if (chosen() >= 0) { theirs.set("selected_index", -1); showClasses(); } else root.blur(); }
    else if (code === "Equal" || code === "NumpadAdd") zoomTo(zoom * 1.5);
    else if (code === "Minus" || code === "NumpadSubtract") zoomTo(zoom / 1.5);
    else if (code === "Digit0" || code === "Numpad0") zoomTo(1);
    else used = false;
    if (used) event.preventDefault();
  }, true);

  model.on("change:view", show);
  show();
  return () => {
    model.off("change:view", show);
    clearTimeout(waiting);
    resized.disconnect();
    window.removeEventListener("mousemove", moved, true);
    window.removeEventListener("mouseup", released);
    leave();
  };
}

function render({ model, el: place }) {
  const root = el("div", { class: "wbl", tabindex: "0", "data-lm-suppress-shortcuts": "true" });
  place.append(root);
  return screen(model, root);
}

export default { render };
