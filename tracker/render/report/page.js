// The page: what is shown follows from one view, and a link holds the whole of it.

const SPANS = { all: null, 10: 3653, 3: 1096, 1: 366 };
const TEXTS = ["find", "party", "sector", "phase", "condition"];

class Page {
  constructor(log) {
    this.log = log;
    this.whole = extentOf(log);
    this.start = { asOf: log.asOf, position: log.position, sort: "initiative", span: "all",
      axis: "world", since: isoDay(addMonths(log.asOf, -1)), show: "board", open: "",
      find: "", party: "", sector: "", phase: "", condition: "" };
    this.view = { ...this.start };
    this.frame = null;
    this.board = new Board(log, (slug, facts) => this.open(slug, facts));
    this.card = new Card(log, () => this.close());
    this.days = [...new Set(log.initiatives.flatMap((each) => each.facts.flatMap((fact) =>
      [fact.lo, fact.hi])).filter((day) => FIRST_DAY < day && day < LAST_DAY))].sort((a, b) => a - b);
    document.body.append(hatching());
    byId("legend").append(...legendOf());
    // The head of the table stays below the two times, however high they are.
    new ResizeObserver(([entry]) => document.documentElement.style
      .setProperty("--bar", `${entry.target.offsetHeight}px`)).observe(document.querySelector(".times"));
    this.bindTimes();
    this.bindFilters();
    this.bindViews();
    this.fromHash();
  }

  // -- the two times -------------------------------------------------------------------------------

  bindTimes() {
    const { log } = this;
    const [first, last] = this.whole;
    const rest = () => this.remember();
    this.asOf = new Slider("as-of", (day) => this.change({ asOf: day }), rest);
    this.asOf.limit(first, last);
    this.asOf.page = (day, step) => addMonths(day, step);
    this.asOf.stride = () => Math.max(1, Math.round((last - first) / PLAY_STEPS));
    this.knownAt = new Slider("known-at", (at) =>
      this.change({ position: log.stops[at].position }), rest);
    this.knownAt.limit(0, log.stops.length - 1);
    this.knownAt.stride = () => Math.max(1, Math.round(log.stops.length / PLAY_STEPS));
    this.knownAt.pace = () => (log.stops.length > 40 ? FRAME : 500);
    const happened = log.initiatives.flatMap((each) => each.facts.filter((fact) =>
      fact.to === OPEN).map((fact) => fact.hi));
    drawDensity(byId("as-of-density"), histogram(happened, first, last));
    drawDensity(byId("known-at-density"), histogram(log.data.positions.map((position) =>
      log.stopAt(position)), 0, log.stops.length - 1));
    byId("as-of-day").addEventListener("change", (event) => {
      const day = parseDay(event.target.value);
      if (day !== null) this.change({ asOf: day });
    });
    this.step("as-of", (way) => {
      const found = way < 0 ? this.days.findLast((day) => day < this.view.asOf)
        : this.days.find((day) => day > this.view.asOf);
      return found === undefined ? {} : { asOf: found };
    });
    this.step("known-at", (way) => {
      const stop = log.stops[log.stopAt(this.view.position) + way];
      return stop ? { position: stop.position } : {};
    });
  }

  step(name, found) {
    byId(`${name}-before`).addEventListener("click", () => this.change(found(-1)));
    byId(`${name}-after`).addEventListener("click", () => this.change(found(1)));
  }

  // -- filters and views ---------------------------------------------------------------------------

  bindFilters() {
    const versions = this.log.initiatives.flatMap((each) => each.versions);
    const phases = new Map([[NOT_STARTED, "Not started"]]);
    for (const lifecycle of [...this.log.lifecycles.values()].flat()) {
      for (const phase of lifecycle.phases) phases.set(phase.name, phase.title);
    }
    const options = {
      party: pairsFrom(versions.flatMap((version) => version.parties)),
      sector: pairsFrom(versions.map((version) => version.sector).filter(Boolean)),
      phase: [...phases],
      condition: pairsFrom(CONDITIONS, false),
    };
    for (const [name, pairs] of Object.entries(options)) {
      byId(name).closest("label").hidden = !pairs.length;
      byId(name).append(element("option", { value: "" }, "any"),
        ...pairs.map(([value, text]) => element("option", { value }, text)));
    }
    for (const name of TEXTS) {
      byId(name).addEventListener("input", (event) => this.change({ [name]: event.target.value }));
    }
    byId("filtering").addEventListener("click", (event) => {
      const isShown = byId("filters").classList.toggle("shown");
      event.currentTarget.setAttribute("aria-expanded", String(isShown));
    });
    byId("filters").addEventListener("submit", (event) => event.preventDefault());
    byId("clear").addEventListener("click", () =>
      this.change(Object.fromEntries(TEXTS.map((name) => [name, ""]))));
    byId("span").addEventListener("change", (event) => this.change({ span: event.target.value }));
    for (const button of document.querySelectorAll("[data-sort]")) {
      button.addEventListener("click", () => {
        const { sort } = button.dataset;
        this.change({ sort: this.view.sort === sort ? `-${sort}` : sort });
      });
    }
  }

  bindViews() {
    byId("to-board").addEventListener("click", () => this.change({ show: "board" }));
    byId("to-changes").addEventListener("click", () => this.change({ show: "changes" }));
    byId("since-form").addEventListener("submit", (event) => event.preventDefault());
    byId("since").addEventListener("change", (event) =>
      this.change(parseDay(event.target.value) === null ? {} : { since: event.target.value }));
    for (const radio of document.querySelectorAll("input[name=axis]")) {
      radio.addEventListener("change", () => this.change({ axis: radio.value }));
    }
    byId("changes").addEventListener("click", (event) => {
      const title = event.target.closest("[data-slug]");
      if (title) this.open(title.dataset.slug);
    });
    byId("copy").addEventListener("click", () => this.copy());
    addEventListener("hashchange", () => this.fromHash());
    addEventListener("keydown", (event) => event.key === "Escape" && this.view.open && this.close());
    addEventListener("beforeprint", () => this.fillStatic());
    matchMedia("print").addEventListener("change", (media) => media.matches && this.fillStatic());
  }

  /** Open the card of an initiative, at some of what is told there. */
  open(slug, facts = []) {
    this.change({ open: slug });
    this.render();
    if (facts.length) this.card.reveal(facts);
    else this.card.node.focus({ preventScroll: false });
  }

  close() {
    const slug = this.view.open;
    this.change({ open: "" });
    this.render();
    this.board.focus(slug);
  }

  async copy() {
    this.remember();
    const button = byId("copy");
    try {
      await navigator.clipboard.writeText(location.href);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Copy it from the address bar";
    }
    setTimeout(() => { button.textContent = "Copy link to this view"; }, 2500);
  }

  // -- showing -------------------------------------------------------------------------------------

  /** Take up a change of the view; what is shown follows with the next frame. */
  change(parts) {
    Object.assign(this.view, parts);
    this.frame ??= requestAnimationFrame(() => this.render());
  }

  render() {
    if (this.frame !== null) cancelAnimationFrame(this.frame);
    this.frame = null;
    const { view, log } = this;
    const standings = this.standings();
    const isBoard = view.show === "board";
    byId("board-view").hidden = !isBoard;
    byId("changes-view").hidden = isBoard;
    const drawn = { ...view, ...this.window() };
    // The card takes its place first: the timelines of the table get what is left.
    if (view.open) this.card.show(view.open, drawn);
    else this.card.hide();
    if (isBoard) {
      this.board.show(standings, drawn);
      setText(byId("counts"), countsText(standings, log.initiatives.length));
    } else {
      showChanges(log, view, this.among());
    }
    this.showTimes();
    this.showControls();
    this.shown = standings;
    this.settle();
  }

  standings() {
    const { view, log } = this;
    const all = log.portfolio(view.asOf, view.position).filter((each) => fits(each, view));
    return sorted(all, view.sort);
  }

  /** The initiatives that changes are told of: those that fit now, listed or not in both views. */
  among() {
    const { view, log } = this;
    if (!TEXTS.some((name) => view[name])) return log.initiatives;
    return log.initiatives.filter((initiative) => {
      const standing = log.standing(initiative, view.asOf, view.position);
      return standing && fits(standing, view);
    });
  }

  showTimes() {
    const { view, log } = this;
    const at = log.stopAt(view.position);
    const stop = log.stops[at];
    this.asOf.set(view.asOf, dayText(view.asOf));
    byId("as-of-day").value = isoDay(view.asOf);
    const known = log.knownAt(view.position);
    this.knownAt.set(at, `${instantText(known)}, position ${view.position}`);
    setText(byId("known-at-text"), known ? `${known.slice(0, 10)} ${known.slice(11, 16)} · @${view.position}`
      : `@${view.position}`);
    byId("sentence").replaceChildren("As of ", element("b", {}, dayText(view.asOf)), ", as known at ",
      element("b", {}, instantText(known)), ".");
    setText(byId("foot-position"), `@${view.position}`);
    setText(byId("foot-root"), stop.position === view.position ? stop.root
      : `of this position is not on the page; of @${log.position} it is ${
        log.stops[log.stops.length - 1].root}`);
  }

  showControls() {
    const { view } = this;
    for (const name of TEXTS) if (byId(name).value !== view[name]) byId(name).value = view[name];
    byId("span").value = view.span;
    byId("clear").hidden = !TEXTS.some((name) => view[name]);
    for (const [id, name] of [["to-board", "board"], ["to-changes", "changes"]]) {
      if (view.show === name) byId(id).setAttribute("aria-current", "page");
      else byId(id).removeAttribute("aria-current");
    }
    for (const button of document.querySelectorAll("[data-sort]")) {
      const isSorted = view.sort.replace("-", "") === button.dataset.sort;
      const way = view.sort.startsWith("-") ? "descending" : "ascending";
      button.dataset.way = isSorted ? way : "";
      const header = button.closest("[role=columnheader]");
      const sorts = [...header.querySelectorAll("[data-sort]")].map((each) => each.dataset.way);
      header.setAttribute("aria-sort", sorts.find(Boolean) ?? "none");
    }
  }

  /** The days that timelines are drawn over. */
  window() {
    const days = SPANS[this.view.span];
    const [first, end] = this.whole;
    if (!days) return { first: Math.min(first, this.view.asOf), last: Math.max(end, this.view.asOf) };
    const last = Math.min(this.view.asOf + Math.round(days / 5), LAST_DAY);
    return { first: Math.max(last - days, FIRST_DAY), last };
  }

  /** What follows once a view stands: the link that holds it, and a word for who cannot see it. */
  settle() {
    clearTimeout(this.settling);
    this.settling = setTimeout(() => {
      if (this.asOf.timer === null && this.knownAt.timer === null) this.remember();
    }, 300);
  }

  remember() {
    const { view } = this;
    const counts = byId(view.show === "board" ? "counts" : "compared");
    setText(byId("announce"), `${byId("sentence").textContent} ${counts.textContent}`);
    const hash = toHash(view, this.start);
    if (location.hash !== hash) history.replaceState(null, "", hash || location.pathname);
  }

  fromHash() {
    Object.assign(this.view, this.start, parseHash(location.hash, this.log, this.start));
    this.render();
  }

  /** The table that is printed, at the view that is shown. */
  fillStatic() {
    if (!this.shown) return;
    for (const node of document.querySelectorAll(".at-as-of")) setText(node, dayText(this.view.asOf));
    for (const node of document.querySelectorAll(".at-known")) {
      setText(node, instantText(this.log.knownAt(this.view.position)));
    }
    byId("static-rows").replaceChildren(...this.shown.map(staticRow));
  }
}

function pairsFrom(values, isSorted = true) {
  const unique = [...new Set(values)];
  if (isSorted) unique.sort((one, other) => one.localeCompare(other, "en"));
  return unique.map((value) => [value, value]);
}

function staticRow(standing) {
  const { initiative, profile, lifecycle, status, nextDue: due } = standing;
  const cell = (text) => element("td", {}, text);
  return element("tr", {}, element("th", { scope: "row" }, element("span", { class: "title" },
    profile.title), " ", element("span", { class: "slug" }, initiative.slug)),
  cell(phaseText(status, lifecycle)), cell(conditionText(status)), cell(dateText(status.since)),
  cell(restsOnText(standing)), cell(due === null ? "" : isoDay(due)));
}

function fits({ initiative, profile, status }, view) {
  const find = view.find.trim().toLowerCase();
  return (!view.party || profile.parties.includes(view.party))
    && (!view.sector || profile.sector === view.sector)
    && (!view.phase || status.phase === view.phase)
    && (!view.condition || status.condition === view.condition)
    && (!find || `${initiative.slug}\n${profile.title}\n${profile.parties.join("\n")}\n${
      profile.tags.join("\n")}`.toLowerCase().includes(find));
}

function countsText(standings, all) {
  const count = (name) => standings.filter(({ status }) => status.condition === name).length;
  const told = CONDITIONS.filter(count).map((name) => `${count(name)} ${name}`);
  const overdue = standings.filter((each) => each.overdue).length;
  if (overdue) told.push(`${overdue} with plans overdue`);
  const vague = standings.filter(({ status }) => !status.isCertain).length;
  if (vague) told.push(`${vague} not certain`);
  const head = standings.length === all ? counted(all, "initiative")
    : `${standings.length} of ${counted(all, "initiative")}`;
  return told.length ? `${head}: ${told.join(", ")}` : head;
}

/** The days of the world that a slider covers: from the first known of to what is due soon. */
function extentOf(log) {
  const finite = (day) => FIRST_DAY < day && day < LAST_DAY;
  let first = log.asOf;
  let last = log.asOf;
  for (const { facts } of log.initiatives) {
    for (const fact of facts) {
      if (finite(fact.lo)) first = Math.min(first, fact.lo);
      if (finite(fact.hi)) {
        first = Math.min(first, fact.hi);
        last = Math.max(last, fact.hi);
      }
    }
  }
  const ahead = Math.max(log.asOf - first, 366);
  for (const plan of log.initiatives.flatMap((each) => each.plans)) {
    if (finite(plan.hi) && plan.hi - log.asOf <= ahead) last = Math.max(last, plan.hi);
  }
  const margin = Math.max(Math.round((last - first) / 40), 14);
  return [Math.max(first - margin, FIRST_DAY), Math.min(last + margin, LAST_DAY)];
}

// -- links ----------------------------------------------------------------------------------------

const KEYS = { "as-of": "asOf", "known-at": "position" };
const PLAIN = ["find", "party", "sector", "phase", "condition", "sort", "span", "show", "since",
  "axis", "open"];
const CHOICES = {
  sort: Object.keys(SORTS).flatMap((name) => [name, `-${name}`]), span: Object.keys(SPANS),
  show: ["board", "changes"], axis: ["world", "knowledge", "reported"],
};

/** A view as the hash of a link; only what differs from where the page starts. */
function toHash(view, start) {
  const told = new URLSearchParams();
  if (view.asOf !== start.asOf) told.set("as-of", isoDay(view.asOf));
  if (view.position !== start.position) told.set("known-at", `@${view.position}`);
  for (const name of PLAIN) if (view[name] !== start[name]) told.set(name, view[name]);
  const text = told.toString();
  return text ? `#${text}` : "";
}

/** The parts of a view that a hash names; what it cannot name is left as it is. */
function parseHash(hash, log) {
  const told = new URLSearchParams(hash.replace(/^#/, ""));
  const view = {};
  const day = parseDay(told.get("as-of"));
  if (day !== null) view.asOf = day;
  const known = /^@(\d{1,15})$/.exec(told.get("known-at") ?? "");
  if (known) view.position = Math.min(Number(known[1]), log.position);
  for (const name of PLAIN) {
    const value = told.get(name);
    if (value === null || (CHOICES[name] && !CHOICES[name].includes(value))) continue;
    if (name !== "since" || parseDay(value) !== null) view[name] = value;
  }
  return view;
}

// -- start ----------------------------------------------------------------------------------------

if (document.getElementById("data")) {
  byId("live").hidden = false;
  document.documentElement.classList.add("live");
  const page = new Page(new Log(JSON.parse(byId("data").textContent)));
  globalThis.initiativeTracker = Object.freeze({ Log, findingsOf, page });
} else {
  globalThis.initiativeTracker = Object.freeze({ Log, findingsOf });
}
