// The portfolio: a table of which only the rows in sight are there, so that thousands stay smooth.

const SPARE = 4; // rows above and below those in sight
const ROW_SIZES = { height: 52, band: 15, bandAt: 4, marksAt: 36, lane: 10 };

const SORTS = {
  initiative: (one, other) => compareText(one.initiative.slug, other.initiative.slug),
  phase: (one, other) => one.lifecycle.orderOf(one.status.phase)
    - other.lifecycle.orderOf(other.status.phase),
  condition: (one, other) => CONDITIONS.indexOf(one.status.condition)
    - CONDITIONS.indexOf(other.status.condition),
  since: (one, other) => one.status.sinceDay - other.status.sinceDay,
  due: (one, other) => (one.nextDue ?? LAST_DAY) - (other.nextDue ?? LAST_DAY),
};

const compareText = (one, other) => (one < other ? -1 : one > other ? 1 : 0);

function sorted(standings, sort) {
  const by = SORTS[sort.replace(/^-/, "")];
  const turn = sort.startsWith("-") ? -1 : 1;
  return standings.sort((one, other) => turn * by(one, other) || SORTS.initiative(one, other));
}

class Board {
  constructor(log, onOpen) {
    this.log = log;
    this.body = byId("rows");
    this.standings = [];
    this.rows = new Map();
    this.free = [];
    const opened = (event) => {
      const row = event.target.closest(".row");
      if (!row) return;
      const mark = event.target.closest("[data-fact]");
      const isTitle = event.target.closest("button");
      if (mark || isTitle) onOpen(row.dataset.slug, mark ? factsOf(mark) : []);
    };
    this.body.addEventListener("click", opened);
    this.body.addEventListener("keydown", (event) => this.onKey(event));
    addEventListener("scroll", () => this.layOut(), { passive: true });
    new ResizeObserver(() => this.measure()).observe(byId("board"));
  }

  /** Show *standings*, in order, at a view. */
  show(standings, view) {
    this.standings = standings;
    this.view = view;
    byId("none").hidden = standings.length > 0;
    byId("board").setAttribute("aria-rowcount", standings.length + 1);
    if (this.width === undefined) this.measure();
    else this.draw();
  }

  /** How large a row and its timeline are: the style sheet says so, and a window may be resized. */
  measure() {
    if (!this.view || byId("board-view").hidden) return;
    this.scale = rootSize() / 16;
    this.height = parseFloat(getComputedStyle(this.body).getPropertyValue("--row")) * rootSize();
    this.width = Math.max(byId("scale").getBoundingClientRect().width / this.scale, 60);
    this.draw();
  }

  draw() {
    const { first, last } = this.view;
    if (this.axis?.size !== this.width || this.axis.first !== first || this.axis.last !== last) {
      this.axis = new Axis(first, last, this.width);
      byId("scale").setAttribute("viewBox", `0 0 ${this.axis.size} 17`);
      byId("scale").replaceChildren(...this.axis.labels().map(({ x, label, isYear }) =>
        shape("text", { x: x + TICK_GAP, y: 14, class: isYear ? "year" : "" }, label)));
    }
    const height = `${this.standings.length * this.height}px`;
    if (this.body.style.height !== height) this.body.style.height = height;
    this.layOut(true);
  }

  /** Put the rows in sight in their places; with *isNew* what they say may have changed. */
  layOut(isNew = false) {
    if (!this.view || byId("board-view").hidden) return;
    const top = this.body.getBoundingClientRect().top;
    const first = Math.max(Math.floor(-top / this.height) - SPARE, 0);
    const inSight = Math.ceil(innerHeight / this.height) + 2 * SPARE;
    const last = Math.min(first + inSight, this.standings.length);
    for (const [at, row] of this.rows) {
      const isHeld = row.node.contains(document.activeElement) && at < this.standings.length;
      if ((at < first || at >= last) && !isHeld) {
        row.node.remove();
        this.rows.delete(at);
        this.free.push(row);
      }
    }
    for (let at = first; at < last; at += 1) {
      const isThere = this.rows.has(at);
      const row = this.rows.get(at) ?? this.free.pop() ?? makeRow();
      if (!isThere) {
        this.rows.set(at, row);
        this.place(at, row);
      }
      if (isNew || !isThere) this.fill(row, this.standings[at]);
    }
    if (isNew) {
      for (const [at, row] of this.rows) {
        if (at < first || at >= last) this.fill(row, this.standings[at]);
      }
    }
  }

  /** Rows stand in the document in the order in which they are seen, for whoever tabs along. */
  place(at, row) {
    row.node.setAttribute("aria-rowindex", at + 2);
    row.node.style.transform = `translateY(${at * this.height}px)`;
    const after = [...this.body.children].find((node) => rowNumber(node) > at);
    this.body.insertBefore(row.node, after ?? null);
  }

  fill(row, standing) {
    const { initiative, profile, lifecycle, status } = standing;
    row.node.dataset.slug = initiative.slug;
    row.node.classList.toggle("isopen", initiative.slug === this.view.open);
    setWhole(row.title, profile.title);
    row.brief.replaceChildren(...briefOf(standing));
    setWhole(row.under, [initiative.slug, ...profile.parties].join(" · "));
    setWhole(row.phase, phaseText(status, lifecycle));
    setWhole(row.condition, conditionText(status));
    row.condition.className = `condition ${status.condition}`;
    setText(row.since, dateText(status.since));
    setWhole(row.by, status.deciding ? lifecycle.typeTitle(status.deciding.type) : "",
      restsOnText(standing));
    setText(row.due, standing.nextDue === null ? "" : isoDay(standing.nextDue));
    setText(row.plans, plansText(standing));
    row.plans.className = `under ${standing.overdue ? "overdue" : ""}`;
    if (row.axis !== this.axis) {
      const [width, height] = [this.axis.size, ROW_SIZES.height];
      row.line.setAttribute("width", width * this.scale);
      row.line.setAttribute("height", height * this.scale);
      row.line.setAttribute("viewBox", `0 0 ${width} ${height}`);
      row.axis = this.axis;
    }
    row.line.replaceChildren(...drawCourse(this.log, initiative, this.view, this.axis, ROW_SIZES));
  }

  /** Up and down move from row to row. */
  onKey(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const row = event.target.closest(".row");
    if (!step || !row) return;
    event.preventDefault();
    const at = rowNumber(row) + step;
    if (at < 0 || at >= this.standings.length) return;
    if (!this.rows.has(at)) {
      scrollBy(0, step * this.height);
      this.layOut();
    }
    const next = this.rows.get(at);
    next?.title.focus();
    next?.node.scrollIntoView({ block: "nearest" });
  }

  /** Put the focus on the row of an initiative, if it is in sight. */
  focus(slug) {
    [...this.rows.values()].find((row) => row.node.dataset.slug === slug)?.title.focus();
  }
}

/** The facts that a mark of a timeline stands for: more than one where marks are counted. */
function factsOf(mark) {
  return mark.dataset.fact.split(" ").map(Number);
}

function rowNumber(node) {
  return Number(node.getAttribute("aria-rowindex")) - 2;
}

function rootSize() {
  return parseFloat(getComputedStyle(document.documentElement).fontSize);
}

function plansText({ open, overdue }) {
  if (!open.length) return "";
  return overdue ? `${overdue} overdue` : counted(open.length, "open plan");
}

/** What is due next and what is overdue, in front of what stands beside it. */
function briefOf(standing) {
  const due = standing.nextDue === null ? null : `due ${isoDay(standing.nextDue)}`;
  const late = standing.overdue ? element("b", { class: "overdue" }, plansText(standing)) : null;
  return [due, late].filter(Boolean).flatMap((part) => [part, " · "]);
}

function makeRow() {
  const row = {
    title: element("button", { type: "button", class: "title" }),
    // What is due, once more, for where there is no room for a column of it.
    brief: element("span", { class: "brief" }),
    under: element("span"),
    phase: element("span", { class: "phase" }),
    condition: element("span", { class: "condition" }),
    since: element("span", { class: "date" }),
    by: element("span", { class: "under" }),
    due: element("span", { class: "date" }),
    plans: element("span", { class: "under" }),
    line: shape("svg", { class: "course", "aria-hidden": "true" }),
  };
  const cell = (kind, ...parts) => element("div", { role: "cell", class: kind }, ...parts);
  row.node = element("div", { role: "row", class: "row" },
    cell("c-name", row.title, element("span", { class: "under" }, row.brief, row.under)),
    cell("c-phase", row.phase, row.condition),
    cell("c-since", row.since, row.by), cell("c-due", row.due, row.plans),
    cell("c-line", row.line));
  return row;
}
