// The explorer's screen. It asks the kernel for one thing at a time; what is asked meanwhile is asked together afterwards.

const FILTERS = [
  ["outcome", "show"], ["error", "error"], ["cause", "cause"], ["class_name", "class"],
  ["part", "slice"], ["change", "change"], ["marked", "marked"], ["sort", "order"],
];
const SORTS = { worst: "worst first", confidence: "surest first", iou: "least overlap first", size: "largest first", picture: "by picture" };
const CHANGES = { new: "new", fixed: "fixed", stayed: "stayed" };
const KEYS = "Keys: ← → choose · x select · Enter open · Esc back · c cause · r label wrong · e edge case · o not our job · n note · , . page · − + confidence · z near · 0 whole";
const MARK_KEYS = { r: "relabel", e: "edge_case", o: "outside" };

function screen(model, root) {
  const words = model.get("words");
  const chosen = new Set();
  let asked = {}, busy = false, since = 0, waiting = null, focused = 0, camera = null, gallery = [], whole = [];
  const view = () => model.get("view"), detail = () => model.get("detail");

  // Asking ------------------------------------------------------------------------------------------------------
  function ask(changes) { Object.assign(asked, changes); if (!busy) send(); }
  function send() {
    const controls = { ...model.get("controls"), ...asked };
    const moved = Object.keys(asked).some((name) => model.get("controls")[name] !== asked[name]);
    asked = {};
    if (!moved) return;
    begin();
    model.set("controls", controls);
    model.save_changes();
  }
  function tell(content) { begin(); model.send(content); }
  function begin() {
    busy = true; since = performance.now();
    clearTimeout(waiting);
    waiting = setTimeout(() => say("The kernel does not answer: is it busy or stopped? Run the cell again."), 15000);
  }
  function answered() { busy = false; clearTimeout(waiting); if (Object.keys(asked).length) send(); }
  function say(text) { trouble.textContent = text; trouble.hidden = !text; }
  function mark(kind, value, keys = targets()) { if (keys.length && words.keeps) tell({ do: "mark", keys, kind, value }); }
  function toggle(kind) {
    const keys = targets(), first = cardOf(keys[0]);
    if (first) mark(kind, !first.marks[kind], keys);
  }
  function cardOf(key) { return [...(detail() ? [detail()] : []), ...view().cards].find((card) => card.key === key); }
  function targets() {
    if (detail()) return [detail().key];
    if (chosen.size) return [...chosen];
    return view().cards[focused] ? [view().cards[focused].key] : [];
  }

  // What stays --------------------------------------------------------------------------------------------------
  function slider(name, text, low) {
    const range = el("input", { type: "range", min: low, max: 1, step: 0.01, "aria-label": text, "data-control": name });
    const number = el("input", { type: "number", min: low, max: 1, step: 0.01, "aria-label": `${text}, as a number` });
    for (const input of [range, number]) input.addEventListener("input", () => {
      const value = Number(input.value);
      if (input.value === "" || value < low || value > 1) return;
      (input === range ? number : range).value = value;
      ask({ [name]: value });
    });
    return { range, number, node: el("label", { class: "wbx-slider" }, el("span", {}, text), range, number) };
  }
  const sliders = { confidence: slider("confidence", "Confidence", 0), iou: slider("iou", "IoU", 0.05) };
  const selects = Object.fromEntries(FILTERS.map(([name, text]) => {
    const select = el("select", { "data-control": name, "aria-label": text, onchange: () => ask({ [name]: select.value }) });
    return [name, { select, node: el("label", { class: "wbx-filter" }, el("span", {}, text), select) }];
  }));
  const figures = el("div", { class: "wbx-figures", "aria-live": "polite" });
  const curves = el("div", { class: "wbx-curves" });
  const causes = el("div", { class: "wbx-causes" });
  const cause = el("input", { class: "wbx-cause", list: `wbx-${model.cid ?? Math.random()}`, "aria-label": "cause", placeholder: "cause" });
  const known = el("datalist", { id: cause.getAttribute("list") });
  const note = el("input", { class: "wbx-note", "aria-label": "note", placeholder: "note, then Enter" });
  const button = (text, title, action) => el("button", { type: "button", title, onclick: action }, text);
  const flags = Object.fromEntries(["relabel", "edge_case", "outside"].map((kind) => {
    const text = { relabel: "Label is wrong → relabel queue", edge_case: "Edge case", outside: "Not our job" }[kind];
    return [kind, el("button", { type: "button", "data-mark": kind, "aria-pressed": "false", onclick: () => toggle(kind) }, text)];
  }));
  const confirm = button("Confirm cause", "c", () => mark("cause", cause.value));
  const count = el("span", { class: "wbx-count" });
  const actions = el("div", { class: "wbx-actions", role: "toolbar", "aria-label": "What you say of it" },
    count, cause, known, confirm, ...Object.values(flags), note);
  for (const [input, kind] of [[note, "note"], [cause, "cause"]]) input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") { mark(kind, input.value); if (kind === "note") input.value = ""; back(); }
    if (event.key === "Escape") back();
    event.stopPropagation();
  });
  const grid = el("div", { class: "wbx-grid", role: "listbox", "aria-multiselectable": "true", "aria-label": "failures" });
  const opened = el("div", { class: "wbx-detail", hidden: true });
  const pager = el("div", { class: "wbx-pager" });
  const trouble = el("div", { class: "wbx-trouble", role: "alert", hidden: true });
  const status = el("div", { class: "wbx-status" });
  const key = el("ul", { class: "wbx-key", "aria-label": "Colours" }, ...[
    ["truth", "ground truth, found"], ["fn", "ground truth, missed"], ["tp", "prediction, a hit"], ["fp", "prediction, a false alarm"], ["below", "prediction below the confidence"],
  ].map(([role, text]) => el("li", {}, el("i", { style: `border-color:${words.colours[role]};border-style:${words.dashed.includes(role) ? "dashed" : "solid"}` }), text)));
  root.append(
    el("div", { class: "wbx-top" },
      el("div", { class: "wbx-left" }, sliders.confidence.node, sliders.iou.node, figures), curves, causes),
    el("div", { class: "wbx-filters" }, ...FILTERS.map(([name]) => selects[name].node)), key, actions, trouble, opened, grid, pager, status);

  // What changes ------------------------------------------------------------------------------------------------
  function showFigures(now) {
    const names = [["hits", "tp", 0], ["misses", "fn", 0], ["false alarms", "fp", 0], ["precision", "precision", 1], ["recall", "recall", 1], ["F1", "f1", 1], ["false alarms a picture", "false_alarms_per_picture", 1]];
    const cell = (figure, name, asShare) => asShare ? share(figure[name]) : figure[name].toLocaleString("en").replaceAll(",", "\u2009");
    const between = (ends, name) => ends[`${name}_low`] === null ? "no interval: too little to go by" : `95 %: ${share(ends[`${name}_low`])} to ${share(ends[`${name}_high`])}`;
    const head = now.figures.length > 1 ? [el("tr", {}, el("th", {}), el("th", { title: now.names[1] }, "before"), el("th", { title: now.names[0] }, "now"))] : [];
    figures.replaceChildren(el("table", {}, ...head, ...names.map(([text, name, asShare]) => el("tr", {}, el("th", {}, text),
      ...[...now.figures].reverse().map((figure, i) => el("td", { "data-figure": i === now.figures.length - 1 ? name : `before-${name}`, title: asShare ? between([...now.intervals].reverse()[i], name) : "" }, cell(figure, name, asShare)))))),
      el("p", { title: "AP50 is over all confidences" }, `AP50 ${[...now.ap50].reverse().map(share).join(" → ")} · ${now.figures[0].pictures.toLocaleString("en")} pictures`));
  }
  function options(now, name) {
    if (name === "sort") return Object.entries(SORTS);
    if (name === "part") return [["", "all pictures"], ...now.parts.map((one) => [one, one])];
    if (name === "marked") return [["", "marked or not"], ["nothing", "nothing said yet"], ["anything", "anything said"], ...Object.entries(words.marks)];
    const counts = now.counts[name] ?? {};
    const texts = { outcome: words.outcomes, error: words.errors, change: CHANGES }[name] ?? {};
    const all = { error: "all errors", cause: "all causes", class_name: "all classes", change: "all" }[name];
    return [...(all ? [["", all]] : []), ...Object.entries(counts).map(([one, n]) => [one, `${texts[one] ?? one} (${n.toLocaleString("en")})`])];
  }
  function showFilters(now) {
    for (const [name] of FILTERS) {
      const { select, node } = selects[name], choices = options(now, name);
      node.hidden = (name === "change" && !now.counts.change) || (name === "part" && !now.parts.length) || (name === "class_name" && choices.length < 3);
      select.replaceChildren(...choices.map(([value, text]) => el("option", { value, selected: value === now.controls[name] }, text)));
      select.value = now.controls[name];
    }
    for (const name of ["confidence", "iou"]) for (const input of [sliders[name].range, sliders[name].number]) {
      if (root.getRootNode().activeElement !== input || asked[name] === undefined) input.value = now.controls[name];
    }
  }
  function showCauses(now) {
    const entries = Object.entries(now.counts.cause).filter(([, n]) => n).slice(0, 8), most = Math.max(1, ...entries.map(([, n]) => n));
    causes.replaceChildren(el("h4", {}, "Perhaps because"), ...entries.map(([name, n]) => el("button", {
      type: "button", class: "wbx-bar", "aria-pressed": String(now.controls.cause === name), style: `--part:${n / most}`,
      onclick: () => ask({ cause: now.controls.cause === name ? "" : name }),
    }, el("span", {}, name), el("b", {}, n.toLocaleString("en")))));
    known.replaceChildren(...Object.keys(now.counts.cause).map((name) => el("option", { value: name })));
  }
  function said(card) {
    const facts = [];
    if (card.confidence !== null) facts.push(`confidence ${share(card.confidence)}`);
    if (card.iou !== null) facts.push(`IoU ${share(card.iou)}`);
    const why = [card.error ? words.errors[card.error] : "", card.cause ? (card.confirmed || card.cause.endsWith("?") || card.cause === "unexplained" ? card.cause : `perhaps ${card.cause}`) : ""].filter(Boolean);
    return [
      el("div", {}, el("span", { class: "wbx-chip", style: `background:${words.colours[card.outcome]};color:${words.ink[card.outcome]}` }, words.outcome[card.outcome]), ` ${card.class_name}`),
      facts.length ? el("p", {}, facts.join(" · ")) : null,
      why.length ? el("p", {}, why.join(" · "), card.confirmed ? el("b", { title: `confirmed by ${card.who}` }, " ✓") : "") : null,
      ...Object.entries(card.marks).map(([kind, value]) => el("p", { class: "wbx-mark", "data-said": kind }, kind === "note" ? `“${value}”` : words.marks[kind])),
      el("p", { class: "wbx-file" }, card.picture),
    ];
  }
  function showCards(now) {
    const held = grid.contains(root.getRootNode().activeElement);
    gallery.splice(0).forEach((src) => URL.revokeObjectURL(src));
    for (const one of chosen) if (!now.cards.some((card) => card.key === one)) chosen.delete(one);
    focused = Math.max(0, Math.min(focused, now.cards.length - 1));
    grid.classList.toggle("wbx-pairs", now.names.length > 1);
    grid.replaceChildren(...now.cards.map((card, i) => {
      const alt = `${words.outcome[card.outcome]}: ${card.class_name} in ${card.picture}`;
      const panes = card.trouble ? [el("div", { class: "wbx-none" }, card.trouble)]
        : card.panes.map((pane, side) => el("figure", {}, picture(card, card.region, pane.boxes, words, alt, gallery),
          card.panes.length > 1 ? el("figcaption", { title: pane.name }, side ? "now" : "before") : null));
      return el("div", {
        class: "wbx-card", role: "option", tabindex: i === focused ? 0 : -1, "aria-selected": String(chosen.has(card.key)), "data-outcome": card.outcome,
        onclick: (event) => { focused = i; event.ctrlKey || event.metaKey || event.shiftKey ? select(card.key) : open(card.key); },
        onfocus: () => { focused = i; showActions(); },
      }, el("div", { class: "wbx-panes" }, ...panes), el("div", { class: "wbx-said" }, ...said(card)));
    }));
    if (!now.cards.length) grid.append(el("p", { class: "wbx-nothing" }, "Nothing here with these filters."));
    if (held) focusCard();
  }
  function focusCard() { [...grid.querySelectorAll(".wbx-card")].forEach((node, i) => { node.tabIndex = i === focused ? 0 : -1; if (i === focused) node.focus({ preventScroll: false }); }); }
  function select(one) { chosen.has(one) ? chosen.delete(one) : chosen.add(one); showCards(view()); showActions(); }
  function open(one) { ask({ selected: one }); }
  function showActions() {
    const keys = targets(), first = cardOf(keys[0]);
    count.textContent = !words.keeps ? "Nothing can be marked: explore a project, or name a file with keep=…" : keys.length > 1 ? `${keys.length} chosen:` : "This one:";
    if (first && root.getRootNode().activeElement !== cause) cause.value = first.cause ?? "";
    for (const node of [confirm, cause, note, ...Object.values(flags)]) node.disabled = !words.keeps || !first;
    for (const [kind, node] of Object.entries(flags)) node.setAttribute("aria-pressed", String(Boolean(first?.marks[kind])));
  }
  function showPager(now) {
    const page = now.controls.page, turn = (by) => ask({ page: Math.min(Math.max(page + by, 0), now.pages - 1) });
    const earlier = button("‹ earlier", ",", () => turn(-1)), later = button("later ›", ".", () => turn(1));
    earlier.disabled = page === 0; later.disabled = page >= now.pages - 1;
    pager.replaceChildren(earlier, el("span", { "data-total": now.total }, `page ${page + 1} of ${now.pages} · ${now.total.toLocaleString("en")} listed`), later);
    status.replaceChildren(el("span", {}, [now.ms === null ? "" : `answered in ${now.ms} ms`, now.waiting === null ? "" : `${now.waiting} in the relabel queue`].filter(Boolean).join(" · ")), el("span", { class: "wbx-keys" }, KEYS));
  }
  function showDetail() {
    const shown = detail(), was = !opened.hidden;
    opened.hidden = !shown; grid.hidden = pager.hidden = Boolean(shown);
    whole.splice(0).forEach((src) => URL.revokeObjectURL(src));
    if (!shown) { if (was) focusCard(); opened.replaceChildren(); camera = null; return showActions(); }
    const kept = camera && camera.key === shown.key ? camera.at : null;
    const panes = [];
    if (shown.trouble) panes.push(el("div", { class: "wbx-none" }, shown.trouble));
    else {
      camera = cameraOf(shown);
      camera.key = shown.key;
      if (kept) camera.at = kept;
      for (const [side, pane] of shown.panes.entries()) panes.push(el("figure", {}, zoomable(shown, pane, words, camera, whole),
        shown.panes.length > 1 ? el("figcaption", {}, `${side ? "now" : "before"}: ${pane.name}`) : null));
    }
    const subject = shown.panes.flatMap((pane) => pane.boxes).find((box) => box.about);
    const why = shown.why ? [["Why", shown.why.evidence], ["What to do", shown.why.action], ["Perhaps also", shown.why.also]].filter(([, text]) => text) : [];
    const near = shown.neighbours.length ? [el("h4", {}, "Before and after in the clip"), el("div", { class: "wbx-near" }, ...shown.neighbours.map((one) => el("figure", { class: one.here ? "wbx-here" : "" },
      one.trouble ? el("div", { class: "wbx-none" }, one.trouble) : picture(one, [0, 0, one.width, one.height], one.boxes, words, one.name, whole),
      el("figcaption", {}, one.second === null ? one.name : `${one.second.toFixed(2)} s`))))] : [];
    opened.replaceChildren(
      el("div", { class: "wbx-bartop" }, button("‹ back", "Esc", () => ask({ selected: "" })), button("near", "z", () => subject && camera?.near(subject.at)), button("whole", "0", () => camera?.whole()),
        button("names", "t", () => { if (camera) { camera.texts = !camera.texts; camera.show(); } }), el("span", {}, "wheel zooms, drag moves")),
      el("div", { class: "wbx-open" }, el("div", { class: "wbx-panes" }, ...panes),
        el("div", { class: "wbx-said" }, ...said(shown), ...why.map(([head, text]) => el("p", {}, el("b", {}, `${head}: `), text)))), ...near);
    if (!was) { opened.tabIndex = -1; opened.focus({ preventScroll: true }); opened.scrollIntoView({ block: "nearest" }); }
    showActions();
  }
  function showAll() {
    const now = view();
    say(now.trouble);
    showFigures(now); showFilters(now); showCauses(now);
    curves.replaceChildren(precisionRecall(now), el("div", {}, sweep(now, (value) => ask({ confidence: value })), legend()));
    showCards(now); showPager(now); showActions();
    root.dataset.answer = now.answer;
    if (since) root.dataset.ms = Math.round(performance.now() - since);
  }
  function back() { detail() ? opened.focus() : focusCard(); }

  // Keyboard ----------------------------------------------------------------------------------------------------
  root.addEventListener("keydown", (event) => {
    if (event.target.matches("input, select") || event.ctrlKey || event.metaKey || event.altKey) { event.stopPropagation(); return; }
    const now = view(), controls = now.controls, pressed = event.key;
    const columns = Math.max(1, getComputedStyle(grid).gridTemplateColumns.split(" ").length);
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[pressed];
    const subject = detail()?.panes.flatMap((pane) => pane.boxes).find((box) => box.about);
    let used = true;
    if (step && !detail()) { focused = Math.min(Math.max(focused + step, 0), now.cards.length - 1); focusCard(); }
    else if (step && Math.abs(step) === 1) { focused = Math.min(Math.max(focused + step, 0), now.cards.length - 1); if (now.cards[focused]) open(now.cards[focused].key); }
    else if (pressed === "Enter" && event.target.matches(".wbx-card")) open(now.cards[focused].key);
    else if (pressed === "Escape" && detail()) ask({ selected: "" });
    else if ((pressed === "x" || pressed === " ") && event.target.matches(".wbx-card")) select(now.cards[focused].key);
    else if (MARK_KEYS[pressed]) toggle(MARK_KEYS[pressed]);
    else if (pressed === "c") mark("cause", cause.value);
    else if (pressed === "n" && words.keeps) note.focus();
    else if (pressed === ",") ask({ page: Math.max(controls.page - 1, 0) });
    else if (pressed === ".") ask({ page: Math.min(controls.page + 1, now.pages - 1) });
    else if (pressed === "-" || pressed === "+" || pressed === "=") ask({ confidence: Math.round(Math.min(Math.max(controls.confidence + (pressed === "-" ? -0.05 : 0.05), 0), 1) * 100) / 100 });
    else if (pressed === "z" && subject) camera?.near(subject.at);
    else if (pressed === "0") camera?.whole();
    else if (pressed === "t" && camera) { camera.texts = !camera.texts; camera.show(); }
    else used = false;
    if (used) { event.preventDefault(); event.stopPropagation(); }
  });
  const heard = [["change:view", () => { showAll(); answered(); }], ["change:detail", showDetail]];
  heard.forEach(([name, call]) => model.on(name, call));
  showAll(); showDetail();
  return () => {
    heard.forEach(([name, call]) => model.off(name, call));
    clearTimeout(waiting);
    [...gallery, ...whole].forEach((src) => URL.revokeObjectURL(src));
  };
}

function render({ model, el: place }) {
  const root = el("div", { class: "wbx", "data-lm-suppress-shortcuts": "true" });
  place.append(root);
  return screen(model, root);
}

export default { render };
