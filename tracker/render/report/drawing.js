// Timelines, drawn along time: a band for each phase, and the marks of what it rests on. Shapes,
// hatching and words differ as well as colours, so that no colour says anything alone.

const SHADES = 6; // of the one hue that phases are shaded with, from the first to the last
const LETTER = 6.3; // about the width of a letter on a band, in pixels
const TICK_LETTER = 7.7; // and of one beside a tick, bold, in the widest of the fonts
const TICK_GAP = 3; // between a tick and its label
const MARGIN = 6; // what is free beside an axis, wherever there is one

/** The days from *first* to *last*, both inclusive, laid over *size* pixels. */
class Axis {
  constructor(first, last, size) {
    this.first = first;
    this.last = Math.max(last, first);
    this.size = size;
    this.days = this.last - this.first + 1;
    const ticks = this.ticks();
    const years = ticks.filter((tick) => tick.isYear);
    this.lines = (years.length ? years : ticks).map(({ x }) => x);
  }

  /** Where a day begins; days outside lie on the edge. */
  at(day) {
    return Math.min(Math.max(day - this.first, 0), this.days) * this.size / this.days;
  }

  has(day) {
    return this.first <= day && day <= this.last;
  }

  /** The labels of the ticks, {x, label, isYear}: those that end within the axis. Where none of them
   * is a year the first says in which it lies. */
  labels() {
    const endOf = ({ x, label }) => x + TICK_GAP + label.length * TICK_LETTER;
    const shown = this.ticks().filter((tick) => endOf(tick) <= this.size + MARGIN);
    if (!shown.length || shown.some((tick) => tick.isYear)) return shown;
    const first = { ...shown[0], label: `${shown[0].label} ${shown[0].year}` };
    return [first, ...shown.slice(1).filter(({ x }) => x >= endOf(first))];
  }

  /** The finest ticks whose labels do not touch: {x, label, year, isYear}. */
  ticks() {
    for (const months of [1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 6000]) {
      if (months * 30.4 * this.size / this.days >= (months < 12 ? 34 : 44)) return this.every(months);
    }
    return [];
  }

  every(months) {
    const [year, month] = partsOf(this.first);
    const found = [];
    let counted = Math.ceil((year * 12 + month - 1) / months) * months;
    for (; ; counted += months) {
      const y = Math.floor(counted / 12);
      if (y > 9999) break;
      const m = counted - y * 12;
      const day = dayOf(Math.max(y, 1), m + 1, 1);
      if (day > this.last) break;
      if (day >= this.first) {
        const label = m === 0 || months >= 12 ? String(y) : MONTHS[m].slice(0, 3);
        found.push({ x: this.at(day), label, year: y, isYear: m === 0 });
      }
    }
    return found;
  }
}

/** How deep a phase is shaded: `p0` to `p5`, or `none` before the first. */
function shadeOf(phase, lifecycle) {
  const order = lifecycle.orderOf(phase);
  if (order < 0) return "none";
  const last = Math.max(lifecycle.phases.length - 1, 1);
  return `p${Math.round(order * (SHADES - 1) / last)}`;
}

function drawStretch(stretch, lifecycle, axis, asOf, y, height) {
  const end = stretch.end ?? asOf;
  if (end < axis.first || stretch.start > axis.last) return [];
  const x = axis.at(stretch.start);
  const width = Math.max(axis.at(Math.min(end, axis.last) + 1) - x, 1.5);
  const isEnded = stretch.condition === "ended";
  const box = { x, width, y: isEnded ? y + height / 2 - 2 : y, height: isEnded ? 4 : height };
  const shade = shadeOf(stretch.phase, lifecycle);
  const kinds = ["band", shade, stretch.condition, stretch.basis === "inferred" ? "inferred" : ""];
  const parts = [explained(shape("rect", { class: kinds.join(" ").trim(), ...box }),
    () => stretchText(stretch, lifecycle))];
  if (!stretch.isCertain) parts.push(shape("rect", { class: `hatch ${shade} ${stretch.condition}`, ...box }));
  const pause = stretch.condition === "suspended" ? "‖ " : "";
  const label = pause + lifecycle.phaseTitle(stretch.phase);
  const fits = (text) => text.length * LETTER + 8 <= width;
  const shown = fits(label) ? label : pause && fits("‖") ? "‖" : null;
  if (shown && !isEnded) {
    const isFaint = stretch.basis === "inferred" || shade === "none";
    const dim = stretch.isCertain ? (isFaint ? " onpaper" : "") : " vague";
    parts.push(shape("text", { class: `label ${shade} ${stretch.condition}${dim}`, x: x + 4,
      y: y + height / 2 + 4 }, shown));
  }
  return parts;
}

/** Where a mark stands: a plan on the day it is due, anything else where it may begin. */
function placeOf(mark) {
  const isPlan = ["plan", "overdue", "fulfilled"].includes(mark.kind) || mark.isPlan;
  return (isPlan && mark.hi < LAST_DAY) || mark.lo === FIRST_DAY ? mark.hi : mark.lo;
}

const symbolOf = (mark) =>
  (mark.kind === "development" && mark.lo < mark.hi ? "imprecise" : mark.kind);

function drawSymbol(symbol, x, y, attributes = {}, ...children) {
  const line = (d) => shape("path", { class: `mark ${symbol}`, d, ...attributes }, ...children);
  if (symbol === "withdrawn") {
    return line(`M${x - 4} ${y - 4}L${x + 4} ${y + 4}M${x - 4} ${y + 4}L${x + 4} ${y - 4}`);
  }
  if (symbol === "overdue") {
    return line(`M${x} ${y - 6}L${x + 6} ${y + 4.5}L${x - 6} ${y + 4.5}ZM${x} ${y - 2.5}L${x} ${y + 2}`);
  }
  if (symbol === "plan" || symbol === "fulfilled") {
    return line(`M${x} ${y - 5.5}L${x + 5.5} ${y}L${x} ${y + 5.5}L${x - 5.5} ${y}Z`);
  }
  return shape("circle", { class: `mark ${symbol}`, cx: x, cy: y, r: 4, ...attributes }, ...children);
}

/** Words for whoever points at a shape, made when they are first asked for: most never are. */
function explained(node, words) {
  node.addEventListener("pointerenter", () =>
    node.prepend(shape("title", {}, words())), { once: true });
  return node;
}

const isDated = (mark) => mark.lo > FIRST_DAY || mark.hi < LAST_DAY;

const MARK_ROOM = 11; // pixels along time in which a mark stands alone
const LANES = [0, -1, 1]; // where a mark stands: on the middle line, or else above it, or below

/** Marks in places where each can be seen: {x, y, marks}. Where one would lie on another it stands
 * above or below it, and where there is no room there either, they share a place and are counted. */
function placed(marks, axis, { marksAt, lane }) {
  const xOf = (mark) => Math.min(Math.max(axis.at(placeOf(mark)), 5), axis.size - 5);
  const along = marks.map((mark) => ({ mark, x: xOf(mark) })).sort((one, other) => one.x - other.x);
  const found = [];
  const last = LANES.map(() => null);
  for (const { mark, x } of along) {
    const free = last.findIndex((place) => !place || x - place.x >= widthOf(place.marks.length));
    if (free < 0) {
      found[found.length - 1].marks.push(mark);
    } else {
      last[free] = { x, y: marksAt + LANES[free] * lane, marks: [mark] };
      found.push(last[free]);
    }
  }
  return found;
}

/** How wide a mark is, or the number of some marks with what is around it. */
const widthOf = (count) => (count > 1 ? 5 + 6 * String(count).length : MARK_ROOM);

function drawPlace({ x, y, marks }, axis, words) {
  const facts = { "data-fact": [...new Set(marks.map((mark) => mark.fact))].join(" ") };
  if (marks.length === 1) {
    return explained(drawSymbol(symbolOf(marks[0]), x, y, facts), () => words(marks[0]));
  }
  const isLate = marks.some((mark) => mark.kind === "overdue");
  const left = Math.min(x - MARK_ROOM / 2, axis.size - widthOf(marks.length));
  const kinds = isLate ? "mark many late" : "mark many";
  return explained(drawCount(marks.length, left, y, { class: kinds, ...facts }), () =>
    [`${marks.length} close together`, ...marks.map(words)].join("\n\n"));
}

/** A number in place of as many marks. */
function drawCount(count, left, y, attributes = { class: "mark many" }) {
  const width = widthOf(count);
  return shape("g", attributes,
    shape("rect", { x: left, y: y - 5, width, height: 10, rx: 5 }),
    shape("text", { x: left + width / 2, y: y + 3.3 }, String(count)));
}

/** The extents of imprecise marks, as one path. */
function drawExtents(places, axis) {
  const isVague = (mark) => FIRST_DAY < mark.lo && mark.lo < mark.hi && mark.hi < LAST_DAY;
  const d = places.flatMap(({ y, marks }) => marks.filter(isVague)
    .map((mark) => `M${axis.at(mark.lo)} ${y}H${axis.at(mark.hi)}`)).join("");
  return d ? [shape("path", { class: "extent", d })] : [];
}

/** One initiative along time. *sizes* say where its band and its marks stand, in pixels. */
function drawCourse(log, initiative, view, axis, sizes) {
  const { asOf, position } = view;
  const lifecycle = log.lifecycleAt(initiative.versionAt(position).lifecycle, position);
  const words = (mark) => markText(mark, initiative, lifecycle, log);
  const marks = log.marks(initiative, asOf, position)
    .filter((mark) => isDated(mark) && axis.has(placeOf(mark)));
  const places = placed(marks, axis, sizes);
  const lines = axis.lines.map((x) => `M${x} 0V${sizes.height}`).join("");
  const now = axis.has(asOf) ? `M${axis.at(asOf + 1)} 0V${sizes.height}` : "";
  return [
    shape("path", { class: "grid", d: lines }),
    ...log.stretches(initiative, asOf, position).flatMap((stretch) =>
      drawStretch(stretch, lifecycle, axis, asOf, sizes.bandAt, sizes.band)),
    shape("path", { class: "now", d: now }),
    ...drawExtents(places, axis),
    ...places.map((place) => drawPlace(place, axis, words)),
  ];
}

/** The hatching of what is imprecise, once for the page: of paper on the darker shades, of ink on
 * the lighter. */
function hatching() {
  const pattern = (id) => shape("pattern", { id, patternTransform: "rotate(45)", width: 5, height: 6,
    patternUnits: "userSpaceOnUse" }, shape("path", { class: `stripe ${id}`, d: "M0 0V6" }));
  return shape("svg", { class: "unseen", "aria-hidden": "true" },
    shape("defs", {}, pattern("hatch-paper"), pattern("hatch-ink")));
}

/** What each band and mark means. */
function legendOf() {
  const sample = (...parts) =>
    shape("svg", { viewBox: "0 0 26 16", width: 26, height: 16, "aria-hidden": "true" }, ...parts);
  const band = (kinds, more = []) =>
    sample(shape("rect", { class: `band ${kinds}`, x: 1, y: 1, width: 24, height: 14 }), ...more);
  const ramp = Array.from({ length: SHADES }, (_, at) =>
    shape("rect", { class: `band p${at}`, x: 1 + at * 4, y: 1, width: 4, height: 14 }));
  const pause = shape("text", { class: "label suspended", x: 9, y: 12 }, "‖");
  const hatch = shape("rect", { class: "hatch p2", x: 1, y: 1, width: 24, height: 14 });
  const entries = [
    [sample(...ramp), "phases, first to last"],
    [band("p2 suspended", [pause]), "suspended"],
    [sample(shape("rect", { class: "band ended", x: 1, y: 6, width: 24, height: 4 })), "ended"],
    [band("p2 inferred"), "dormant (inferred)"],
    [band("p2", [hatch]), "dates imprecise"],
    ...Object.entries(MARK_WORDS).map(([symbol, words]) => [sample(drawSymbol(symbol, 13, 8)), words]),
    [sample(drawCount(4, 7.5, 8)), "several close together"],
    [sample(shape("line", { class: "now", x1: 13, x2: 13, y1: 0, y2: 16 })), "as of"],
  ];
  return entries.map(([picture, words]) => element("span", { class: "entry" }, picture, words));
}
