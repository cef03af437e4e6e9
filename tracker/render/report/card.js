// The card of one initiative: what it stands at, on whose word, and everything told of it so far.
// What was corrected or withdrawn stays in sight, struck through.

const CARD_SIZES = { height: 66, band: 20, bandAt: 6, marksAt: 46, lane: 11 };

/** *list* by what *key* gives of each. */
function grouped(list, key) {
  const found = new Map();
  for (const each of list) {
    if (!found.has(key(each))) found.set(key(each), []);
    found.get(key(each)).push(each);
  }
  return found;
}

const AIR = 20; // the part of an initiative's extent that is left free before and after it,
const DAYS_OF_AIR = 45; // and how many days are at least

/** The days that one initiative is drawn over: its own, with a little air. The day of the page is
 * among them where it is not further off than the history is long, or a year. */
function ownExtentOf(initiative, asOf) {
  const dated = [...initiative.facts, ...initiative.plans].flatMap(({ lo, hi }) => [lo, hi])
    .filter((day) => FIRST_DAY < day && day < LAST_DAY);
  const days = dated.length ? dated : [asOf];
  let first = Math.min(...days);
  let last = Math.max(...days);
  const reach = Math.max(last - first, 366);
  if (first - reach <= asOf && asOf <= last + reach) {
    first = Math.min(first, asOf);
    last = Math.max(last, asOf);
  }
  const air = Math.max(Math.round((last - first) / AIR), DAYS_OF_AIR);
  return [Math.max(first - air, FIRST_DAY), Math.min(last + air, LAST_DAY)];
}

class Card {
  constructor(log, onClose) {
    this.log = log;
    this.node = byId("card");
    this.opened = new Set();
    this.node.addEventListener("click", (event) => {
      if (event.target.closest(".close")) onClose();
      const mark = event.target.closest("[data-fact]");
      if (mark && event.target.closest("svg")) this.reveal(factsOf(mark));
    });
  }

  /** Show an initiative at a view; nothing where it was not registered yet. */
  show(slug, view) {
    const initiative = this.log.bySlug.get(slug);
    if (!initiative) return this.hide();
    const isNew = this.slug !== slug;
    if (isNew) this.opened.clear();
    this.slug = slug;
    this.node.hidden = false;
    document.body.classList.add("withcard");
    const standing = this.log.standing(initiative, view.asOf, view.position);
    const close = element("button", { type: "button", class: "close", "aria-label": "Close" }, "×");
    const heading = element("h2", {}, standing?.profile.title ?? slug);
    const held = this.node.contains(document.activeElement) && this.focused();
    this.node.replaceChildren(element("header", {}, heading, close),
      ...(standing ? this.parts(initiative, standing, view)
        : [element("p", { class: "remark" }, "Not registered yet at this position of the log.")]));
    if (held) this.node.querySelector(held)?.focus();
  }

  /** A selector for what has the focus, which is about to be made again. */
  focused() {
    const fact = document.activeElement.closest("details")?.dataset.fact;
    return fact ? `details[data-fact="${fact}"] > summary` : ".close";
  }

  hide() {
    this.slug = null;
    this.node.hidden = true;
    this.node.replaceChildren();
    document.body.classList.remove("withcard");
  }

  /** Open what is told of some facts, and go to the first of them. */
  reveal(facts) {
    const found = [...this.node.querySelectorAll("details")].filter((node) =>
      facts.includes(Number(node.dataset.fact)));
    for (const node of found) node.open = true;
    found[0]?.querySelector("summary").focus();
    found[0]?.scrollIntoView({ block: "nearest" });
  }

  parts(initiative, standing, view) {
    const { profile, lifecycle, status } = standing;
    const { facts, plans } = initiative.presentAt(view.position);
    const odd = findingsOf(facts, plans, lifecycle, status, view.asOf);
    return [
      element("p", { class: "slug" }, initiative.slug),
      profile.isRetired ? this.retired(profile) : null,
      profile.summary ? element("p", { class: "summary" }, profile.summary) : null,
      this.terms(initiative, standing, view),
      this.word(initiative, standing),
      this.drawing(initiative, view),
      ...this.facts(initiative, lifecycle, view),
      odd.length ? element("section", {}, element("h3", {}, "What is odd"),
        element("ul", { class: "odd" }, odd.map((each) => element("li", {}, each.text)))) : null,
    ].filter(Boolean);
  }

  retired(profile) {
    const into = profile.mergedInto ? ` It was merged into ${profile.mergedInto}.` : "";
    return element("p", { class: "remark" }, `Retired: ${profile.reason}.${into}`);
  }

  terms(initiative, standing, view) {
    const { profile, lifecycle, status } = standing;
    const links = initiative.links.filter((link) => known(link, view.position))
      .map((link) => `${link.kind} ${link.other}`);
    const rows = {
      Phase: phaseText(status, lifecycle),
      Condition: conditionText(status),
      Since: dateText(status.since),
      "Last heard of": dateText(status.lastOn),
      "Next due": standing.nextDue === null ? "" : isoDay(standing.nextDue),
      Parties: profile.parties.join(", "),
      Sector: profile.sector ?? "",
      Tags: profile.tags.join(", "),
      Links: links.join(", "),
      Lifecycle: lifecycle.title,
    };
    return element("dl", { class: "terms" }, Object.entries(rows).filter(([, text]) => text)
      .flatMap(([name, text]) => [element("dt", {}, name), element("dd", {}, text)]));
  }

  /** On whose word the phase rests. */
  word(initiative, { status, lifecycle }) {
    const fact = status.deciding ?? status.setting;
    if (!fact) return null;
    const told = initiative.told.find((each) => each.position === fact.position);
    const source = told.sources[0];
    return element("section", { class: "word" }, element("h3", {}, "Rests on"),
      element("p", {}, `${lifecycle.typeTitle(fact.type)}, ${dateText(fact.on)}`),
      source?.quote ? element("blockquote", {}, quoted(source.quote)) : null,
      source ? this.source(source) : null,
      told.statedBy ? element("p", { class: "under" }, `Stated by ${told.statedBy}`) : null);
  }

  source(source) {
    const where = source.url ?? source.document;
    const name = sourceName(source);
    const dates = [source.publishedOn && `published ${source.publishedOn}`,
      source.accessedOn && `read ${source.accessedOn}`].filter(Boolean).join(", ");
    return element("p", { class: "source" },
      source.url ? linkTo(source.url, name) : element("span", {}, name),
      element("span", { class: "grade" }, ` ${gradeText(source.grade)}`),
      where && where !== name && !source.url ? element("span", { class: "address" }, ` ${where}`) : null,
      dates ? element("span", { class: "under" }, dates) : null);
  }

  drawing(initiative, view) {
    const scale = rootSize() / 16;
    const width = Math.max((this.node.clientWidth - 40 * scale) / scale, 240);
    const axis = new Axis(...ownExtentOf(initiative, this.log.asOf), width);
    const { height } = CARD_SIZES;
    const ticks = axis.labels().map(({ x, label, isYear }) =>
      shape("text", { x: x + TICK_GAP, y: height + 12, class: isYear ? "tick year" : "tick" }, label));
    const spans = this.log.stretches(initiative, view.asOf, view.position);
    const lifecycle = this.log.lifecycleAt(initiative.versionAt(view.position).lifecycle, view.position);
    const told = spans.map((span) => stretchText(span, lifecycle)).join("; ") || "nothing yet";
    const marks = this.log.marks(initiative, view.asOf, view.position).filter(isDated);
    const below = marks.length ? `. ${counted(marks.length, "mark")}, told of below` : "";
    return shape("svg", { class: "course", role: "img", "aria-label": `Timeline: ${told}${below}`,
      width: width * scale, height: (height + 16) * scale, viewBox: `0 0 ${width} ${height + 16}` },
    ...drawCourse(this.log, initiative, view, axis, CARD_SIZES), ...ticks);
  }

  // -- what was told -------------------------------------------------------------------------------

  facts(initiative, lifecycle, view) {
    const known = initiative.told.filter((each) => each.position <= view.position);
    const byFact = grouped(known, (each) => each.fact);
    const ended = grouped(initiative.withdrawn.filter((each) => each.position <= view.position),
      (each) => each.fact);
    const all = [...byFact.values()].map((told) => ({ told, now: told[told.length - 1],
      end: ended.get(told[0].fact)?.pop() ?? null })).map((each) =>
      ({ ...each, isWithdrawn: each.end !== null && each.end.position > each.now.position }));
    const shown = all.filter(({ now }) => now.isPlan || now.lo <= view.asOf);
    const later = all.length - shown.length;
    shown.sort((one, other) => other.now.hi - one.now.hi || other.now.lo - one.now.lo
      || other.now.fact - one.now.fact);
    const part = (title, isPlan) => {
      const list = shown.filter(({ now }) => now.isPlan === isPlan);
      return list.length ? element("section", {}, element("h3", {}, title), element("ol",
        { class: "facts" }, list.map((each) => this.fact(initiative, lifecycle, view, each)))) : null;
    };
    return [part("Plans", true), part("Developments", false),
      later ? element("p", { class: "remark" },
        `${counted(later, "development")} on record only later in the world than this day.`) : null];
  }

  fact(initiative, lifecycle, view, { told, now, end, isWithdrawn }) {
    const { fact } = now;
    const present = initiative.presentAt(view.position);
    const plan = present.plans.find((each) => each.fact === fact);
    const state = isWithdrawn ? "withdrawn" : plan ? planState(plan, present.facts, view.asOf)
      : present.facts.find((each) => each.fact === fact)?.effect ?? "";
    const symbol = this.symbolOf(now, state);
    const box = shape("svg", { viewBox: "0 0 14 14", width: 14, height: 14, "aria-hidden": "true" },
      drawSymbol(symbol, 7, 7));
    const name = `${dateText(now.on)} · ${lifecycle.typeTitle(now.type)}`;
    const line = element(isWithdrawn ? "s" : "span", { class: "what" }, name);
    const summary = element("summary", {}, box, line, this.remark(now, state, lifecycle),
      ...this.earlier(told, now, lifecycle));
    const details = element("details", { "data-fact": fact }, summary,
      ...this.account(now), ...this.corrections(told, end, isWithdrawn),
      element("p", { class: "under" }, `${initiative.handles.get(fact)} · recorded ${
        instantText(this.log.instants.get(told[0].position))} · @${told[0].position}`));
    details.open = this.opened.has(fact);
    details.addEventListener("toggle", () =>
      (details.open ? this.opened.add(fact) : this.opened.delete(fact)));
    return element("li", { class: isWithdrawn ? "gone" : "" }, details);
  }

  symbolOf(now, state) {
    if (state === "withdrawn" || state === "overdue" || state === "fulfilled") return state;
    if (now.isPlan) return "plan";
    return now.lo < now.hi ? "imprecise" : "development";
  }

  remark(now, state, lifecycle) {
    const words = { none: "", enters: "enters a phase", suspends: "suspends", resumes: "resumes",
      ends: "ends it", unknown: "no such type now", withdrawn: "withdrawn", open: "open" };
    const text = words[state] ?? state;
    return text ? element("span", { class: `state ${state}` }, text) : null;
  }

  /** What it said before it was corrected, struck through. */
  earlier(told, now, lifecycle) {
    const saying = (each) => `${dateText(each.on)} · ${lifecycle.typeTitle(each.type)}`;
    const before = [...new Set(told.map(saying))].filter((text) => text !== saying(now));
    return before.map((text) => element("s", { class: "before" }, text));
  }

  account(now) {
    return [
      ...now.sources.flatMap((source) => [
        source.quote ? element("blockquote", {}, quoted(source.quote)) : null, this.source(source)]),
      now.statedBy ? element("p", { class: "under" }, `Stated by ${now.statedBy}`) : null,
      now.note ? element("p", { class: "note" }, now.note) : null,
    ].filter(Boolean);
  }

  corrections(told, end, isWithdrawn) {
    const when = (position) => instantText(this.log.instants.get(position));
    const lines = told.slice(1).map((each) => `Corrected ${when(each.position)}: ${each.reason}`);
    if (isWithdrawn) lines.push(`Withdrawn ${when(end.position)}: ${end.reason}`);
    return lines.map((text) => element("p", { class: "correction" }, text));
  }
}
