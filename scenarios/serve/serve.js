"use strict";
// The state of the page is one list of settings, key=value, as `budgetopt plan --set` takes them.
// It stands in the address; undo and redo walk over such lists. Nothing is computed here: every
// figure comes from the server, as the command line would print it.
const $ = (id) => document.getElementById(id);
const start = JSON.parse(document.body.dataset.start);
const say = start.words;
const tab = Math.random().toString(36).slice(2);
const past = [], future = [], pins = [];
let settings = new Map(), touch = 0, last = null, dragging = null, even = null, stamp = null, isLost = false;

function read() {
  settings = new Map();
  for (const text of new URLSearchParams(location.search).getAll("set")) {
    const at = text.indexOf("=");
    if (at > 0) settings.set(text.slice(0, at), text.slice(at + 1));
  }
}
const list = (map = settings) => [...map].map(([key, value]) => `${key}=${value}`);

function query() {
  const asked = new URLSearchParams();
  asked.set("scenario", start.scenario);
  for (const one of list()) asked.append("set", one);
  return asked.toString();
}

async function ask(what, body, number, supersedes = true) {
  const message = { scenario: start.scenario, settings: list(), page: tab, touch: number, supersedes, ...body };
  const answer = await fetch(`/api/${what}`, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(message),
  });
  return { status: answer.status, ...(await answer.json()) };
}

async function solve() {
  const number = ++touch;
  $("state").textContent = say.solving;
  $("result").classList.add("stale");
  let found;
  try {
    found = await ask("plan", {}, number);
  } catch {
    if (number !== touch) return;
    isLost = true;
    $("state").textContent = say.lost;
    setTimeout(() => { if (number === touch) solve(); }, 1500);
    return;
  }
  if (number !== touch || found.outdated) return;
  isLost = false;
  stamp = found.stamp ?? stamp;
  faults(found.faults || []);
  if (found.faults) { $("state").textContent = last ? say.refused : ""; return; }
  show(found);
  document.body.dataset.planned = String(number);
  $("state").textContent = say.costs;
  setTimeout(async () => {
    if (number !== touch) return;
    try {
      const priced = await ask("explain", {}, number, false);
      if (number !== touch || priced.outdated || priced.faults) return;
      show(priced);
      $("state").textContent = say.solved;
      const best = await ask("break_even", {}, number, false);
      if (number === touch && "even" in best) { even = best; slider(last); }
    } catch { /* the plan stands; the next touch asks again */ }
  }, 250);
}

// A file behind the page that is saved is taken up, with a word; also one that had faults.
async function look() {
  try {
    if (!document.hidden && stamp !== null && !isLost) {
      const now = (await (await fetch(`/api/stamp?scenario=${encodeURIComponent(start.scenario)}`)).json()).stamp;
      if (now !== null && now !== stamp) {
        stamp = now;
        $("note").textContent = say.changed;
        solve();
      }
    }
  } catch {
    if (!isLost) solve();
  }
  setTimeout(look, 2000);
}

function faults(texts) {
  $("faults").replaceChildren(...texts.map((text) => Object.assign(document.createElement("div"), { textContent: text })));
  for (const input of document.querySelectorAll("input.wrong")) { input.classList.remove("wrong"); input.removeAttribute("aria-invalid"); }
  for (const input of document.querySelectorAll("#grid input, #budget, #cost, #season")) {
    const key = keyOf(input);
    if (texts.some((text) => text.includes(`${key}=`) || text.includes(`${key}:`))) {
      input.classList.add("wrong");
      input.setAttribute("aria-invalid", "true");
    }
  }
}

function keyOf(input) {
  if (input.id === "budget") return "budget";
  if (input.id === "cost") return "assumptions.cost";
  if (input.id === "season") return "assumptions.season";
  return `${input.closest("tr").dataset.path}.${input.dataset.key}`;
}

function show(found) {
  $("result").classList.remove("stale");
  if (!document.querySelector("#grid tr") && found.fields.length) { location.reload(); return; }
  last = found;
  $("title").textContent = found.title;
  for (const id of ["cards", "says", "mind", "rules", "months"]) $(id).innerHTML = found[id];
  $("one-period").hidden = Boolean(found.months);
  for (const row of document.querySelectorAll("#grid tr[data-name]")) {
    const channel = found.channels.find((one) => one.name === row.dataset.name);
    for (const cell of row.querySelectorAll("[data-out]")) {
      const key = cell.dataset.out;
      cell.textContent = channel ? channel[key] : "";
      if (key === "evidence" && channel) evidence(cell, channel);
      if (key === "proposed" && channel) cell.title = channel.binding;
    }
    const fields = found.fields.find((one) => one.name === row.dataset.name);
    for (const input of row.querySelectorAll("input")) {
      const value = fields ? fields[input.dataset.key] : "";
      input.closest("td").classList.toggle("changed", settings.has(keyOf(input)));
      if (input === document.activeElement) continue;
      if (input.type === "checkbox") input.checked = value === "true"; else input.value = value;
    }
  }
  for (const key of ["today", "proposed", "change"]) $(`total-${key}`).textContent = found.total[key];
  ways(found.ways);
  slider(found);
  for (const id of ["cost", "season"]) if ($(id) !== document.activeElement) $(id).value = settings.get(`assumptions.${id}`) || "";
  $("objective").value = settings.get("objective") || "";
  $("command").textContent = found.command;
  for (const link of document.querySelectorAll("a.file")) link.href = `/hand-on/${encodeURIComponent(start.scenario)}.${link.dataset.kind}?${query()}`;
  $("undo").disabled = !past.length;
  $("redo").disabled = !future.length;
  if (!$("panel-curves").hidden) curves();
}

// The verdict opens its reason, for those who have no pointer to hover with.
function evidence(cell, channel) {
  if (!channel.reasons) { cell.className = channel.verdict; return; }
  const button = Object.assign(document.createElement("button"), { textContent: channel.evidence, title: channel.reasons, className: `why ${channel.verdict}` });
  const row = cell.closest("tr"), id = `why-${row.rowIndex}`;
  const more = row.nextElementSibling?.classList.contains("reason") ? row.nextElementSibling : null;
  if (more) more.cells[0].textContent = channel.reasons;
  button.setAttribute("aria-expanded", String(Boolean(more)));
  button.onclick = () => {
    const open = row.nextElementSibling?.classList.contains("reason") ? row.nextElementSibling : null;
    if (open) open.remove();
    else {
      const made = Object.assign(document.createElement("tr"), { className: "reason" });
      made.append(Object.assign(document.createElement("td"), { colSpan: row.cells.length, textContent: channel.reasons, id }));
      row.after(made);
    }
    button.setAttribute("aria-expanded", String(!open));
  };
  const had = cell.contains(document.activeElement);
  cell.replaceChildren(button);
  if (had) button.focus();
}

function ways(found) {
  $("ways").replaceChildren(...found.map((way) => {
    const button = Object.assign(document.createElement(way.settings.length ? "button" : "p"), { textContent: way.label });
    if (!way.settings.length) return button;
    button.onclick = () => set(way.settings.map((one) => { const at = one.indexOf("="); return [one.slice(0, at), one.slice(at + 1)]; }));
    return button;
  }));
}

function slider(found) {
  if (found.today === null) return;
  const range = $("slider");
  range.min = 0.4 * found.today;
  range.max = Math.max(1.8 * found.today, found.spend || 0);
  range.step = Number((found.today / 400).toPrecision(1));
  if (found.spend !== null && document.activeElement !== range) range.value = found.spend;
  if (document.activeElement !== $("budget")) $("budget").value = settings.get("budget") ?? found.budget;
  const marks = [[found.today, say.today]];
  if (even && even.even !== null) marks.push([even.even, say.best]);
  $("marks").replaceChildren(...marks.map(([value, word]) => {
    const mark = Object.assign(document.createElement("span"), { textContent: `▴ ${word}` });
    const at = 100 * (value - range.min) / (range.max - range.min);
    if (at >= 0 && at <= 100) mark.style.left = `${at}%`; else mark.hidden = true;
    // Two words beside each other would be read as one: the second stands below the first.
    const first = 100 * (found.today - range.min) / (range.max - range.min);
    if (value !== found.today && Math.abs(at - first) < 35) mark.className = "below";
    return mark;
  }));
}

// Every touch: new settings, the address, the plan.
function set(pairs, remember = true) {
  if (remember) { past.push(new Map(settings)); future.length = 0; }
  for (const [key, value] of pairs) { settings.delete(key); if (value !== null) settings.set(key, value); }
  renew();
}
function renew() { history.replaceState(null, "", `?${query()}`); solve(); }
function walk(from, to) {
  if (!from.length) return;
  to.push(new Map(settings));
  settings = from.pop();
  renew();
}

function typed(input) {
  const key = keyOf(input);
  if (input.type === "checkbox") { set([[key, input.checked ? "true" : "false"]]); return; }
  const value = input.value.trim(), file = input.dataset.file || "";
  // 60.000 would be sixty: what is ambiguous is refused.
  if (/^[+-]?\d{1,3}([.,]\d{3})+$/.test(value)) { faults([`${key}=${value}: ${say.thousands}`]); return; }
  if (value === (settings.get(key) ?? file)) return;
  set([[key, value === file ? null : value]]);
}

// Curves, drawn from the plan's own points.
const NS = "http://www.w3.org/2000/svg", W = 330, H = 210, L = 44, B = 24, T = 8;
function node(name, attributes, text) {
  const made = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}
const short = (value) => new Intl.NumberFormat(document.documentElement.lang, { notation: "compact", maximumSignificantDigits: 3 }).format(value);

function frame(points, most, high, width = W) {
  const x = (value) => L + (width - L - 8) * value / most, y = (value) => T + (H - T - B) * (1 - value / high);
  const svg = node("svg", { viewBox: `0 0 ${width} ${H}` });
  svg.append(node("line", { class: "axis", x1: L, x2: width - 8, y1: y(0), y2: y(0) }), node("line", { class: "axis", x1: L, x2: L, y1: T, y2: y(0) }));
  for (const part of [0, 0.5, 1]) {
    svg.append(node("text", { x: x(part * most * 0.96), y: H - 6, "text-anchor": part ? "middle" : "start" }, short(part * most)));
    svg.append(node("text", { x: L - 4, y: y(part * high * 0.97) + 4, "text-anchor": "end" }, short(part * high)));
  }
  return { svg, x, y };
}
const path = (pairs, { x, y }) => pairs.map(([a, b], i) => `${i ? "L" : "M"}${x(a).toFixed(1)},${y(b).toFixed(1)}`).join("");

let drawnCurves = "";
function curves() {
  // What explains a plan comes later and changes no curve: a split that is being tried stays.
  const now = JSON.stringify(last.channels.map((one) => one.curve));
  if (now === drawnCurves) return;
  drawnCurves = now;
  const box = $("curves");
  const drawn = last.channels.filter((one) => one.curve);
  if (!drawn.length) { box.textContent = say.no_curves; return; }
  box.replaceChildren(...drawn.map(picture));
}

function picture(channel) {
  const { points, today, proposed, limits, observed } = channel.curve;
  const most = Math.max(...points.map((p) => p[0]), proposed[0]) || 1;
  const high = Math.max(...points.map((p) => p[3] ?? p[1]), proposed[1]) * 1.05 || 1;
  const plot = frame(points, most, high), { svg, x, y } = plot;
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", `${channel.name}: ${channel.today} ${say.today}, ${channel.proposed} ${say.proposed}`);
  if (observed !== null) svg.prepend(node("rect", { class: "seen", x: L, y: T, width: Math.max(0, x(Math.min(observed, most)) - L), height: y(0) - T }));
  if (points[0][2] !== null) {
    const back = points.map((p) => [p[0], p[2]]).reverse();
    svg.append(node("path", { class: "band", d: path([...points.map((p) => [p[0], p[3]]), ...back], plot) + "Z" }));
  }
  svg.append(node("path", { class: "line", d: path(points, plot) }));
  for (const limit of limits) if (limit !== null && limit <= most) svg.append(node("line", { class: "limit", x1: x(limit), x2: x(limit), y1: T, y2: y(0) }));
  if (today[0] !== null && today[1] !== null) svg.append(node("circle", { class: "today", cx: x(today[0]), cy: y(today[1]), r: 6 }));
  const at = (spend) => {
    const i = points.findIndex((p) => p[0] >= spend);
    if (i <= 0) return points[i < 0 ? points.length - 1 : 0][1];
    const [a, b] = [points[i - 1], points[i]];
    return a[1] + (b[1] - a[1]) * (spend - a[0]) / (b[0] - a[0] || 1);
  };
  const diamond = node("rect", { class: "proposed", width: 11, height: 11, tabindex: 0, role: "slider", "aria-label": channel.name, "aria-valuemin": 0, "aria-valuemax": Math.round(most) });
  const put = (spend) => {
    diamond.spend = Math.min(Math.max(spend, 0), most);
    const [a, b] = [x(diamond.spend), y(at(diamond.spend))];
    diamond.setAttribute("transform", `translate(${a},${b}) rotate(45) translate(-5.5,-5.5)`);
    diamond.setAttribute("aria-valuenow", Math.round(diamond.spend));
  };
  put(proposed[0]);
  diamond.onpointerdown = (event) => { diamond.setPointerCapture(event.pointerId); dragging = diamond; };
  diamond.onpointermove = (event) => {
    if (dragging !== diamond) return;
    const box = svg.getBoundingClientRect();
    put(most * ((event.clientX - box.left) * W / box.width - L) / (W - L - 8));
  };
  diamond.onpointerup = () => { dragging = null; judge(); };
  diamond.onkeydown = (event) => {
    const step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    put(diamond.spend + step * most / 100);
    clearTimeout(diamond.later);
    diamond.later = setTimeout(judge, 300);
  };
  diamond.dataset.name = channel.name;
  svg.append(diamond);
  const figure = document.createElement("figure"), head = document.createElement("figcaption");
  head.textContent = channel.name;
  figure.append(head, svg);
  return figure;
}

async function judge() {
  const split = {};
  for (const diamond of document.querySelectorAll("#curves .proposed")) split[diamond.dataset.name] = diamond.spend;
  const found = await ask("evaluate", { split }, touch, false);
  $("judged").textContent = found.text || (found.faults || []).join("\n");
}

async function compared() {
  if (!pins.length) return;
  const found = await ask("compare", { pins }, touch, false);
  $("compared").textContent = found.text || (found.faults || []).join("\n");
}

async function swept() {
  const found = await ask("sweep", {}, touch, false);
  if (found.faults) { $("frontier").textContent = found.faults.join("\n"); return; }
  const points = found.points.filter(([a, b]) => a !== null && b !== null);
  if (!points.length) return;
  const plot = frame(points, Math.max(...points.map((p) => p[0])), Math.max(...points.map((p) => p[1])) * 1.05, 640);
  plot.svg.append(node("path", { class: "line", d: path(points, plot) }));
  for (const [a, b] of points) plot.svg.append(node("circle", { class: "today", cx: plot.x(a), cy: plot.y(b), r: 4 }));
  plot.svg.setAttribute("role", "img");
  plot.svg.setAttribute("aria-label", points.map(([a, b]) => `${short(a)}: ${short(b)}`).join("; "));
  $("frontier").replaceChildren(plot.svg);
}

// Tabs, with the arrow keys as people expect of tabs.
const tabs = [...document.querySelectorAll("[role=tab]")];
function open(chosen) {
  for (const one of tabs) {
    const is = one === chosen;
    one.setAttribute("aria-selected", is);
    one.tabIndex = is ? 0 : -1;
    $(one.getAttribute("aria-controls")).hidden = !is;
  }
  if (chosen.id === "tab-curves" && last) curves();
}
for (const one of tabs) {
  one.onclick = () => open(one);
  one.onkeydown = (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    const next = tabs[(tabs.indexOf(one) + step + tabs.length) % tabs.length];
    open(next);
    next.focus();
  };
}

for (const input of document.querySelectorAll("#grid input, #budget, #cost, #season")) input.addEventListener("change", () => typed(input));
let before = null;
$("slider").addEventListener("input", () => {
  if (before === null) before = new Map(settings);
  set([["budget", String(Number($("slider").value))]], false);
});
$("slider").addEventListener("change", () => { if (before) past.push(before); before = null; future.length = 0; });
$("objective").addEventListener("change", () => set([["objective", $("objective").value || null]]));
$("undo").onclick = () => walk(past, future);
$("redo").onclick = () => walk(future, past);
$("reset").onclick = () => { past.push(new Map(settings)); future.length = 0; settings = new Map(); renew(); };
if ($("scenario")) $("scenario").onchange = () => { location.search = `?scenario=${encodeURIComponent($("scenario").value)}`; };
$("pin").onclick = () => { pins.push({ name: $("pin-name").value.trim(), settings: list() }); $("pin-name").value = ""; compared(); };
$("sweep").onclick = swept;
if ($("submit")) $("submit").onclick = async () => {
  $("submit").disabled = true;
  try {
    const found = await ask("submit", { who: $("who").value, comment: $("comment").value }, touch, false);
    $("submitted").textContent = found.text || (found.faults || []).join("\n");
  } catch { $("submitted").textContent = say.lost; }
  $("submit").disabled = false;
};
$("copy").onclick = async () => { await navigator.clipboard.writeText($("command").textContent); $("state").textContent = say.copied; };
document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.target.matches("input")) return;
  if (event.key === "z") { event.preventDefault(); event.shiftKey ? walk(future, past) : walk(past, future); }
});
window.addEventListener("popstate", () => { read(); solve(); });
read();
solve();
setTimeout(look, 2000);
