// What things are called, the same in the table, the card and the printed page.

const RELIABILITY = {
  A: "completely reliable", B: "usually reliable", C: "fairly reliable", D: "not usually reliable",
  E: "unreliable", F: "reliability cannot be judged",
};
const CREDIBILITY = {
  1: "confirmed by other sources", 2: "probably true", 3: "possibly true", 4: "doubtful",
  5: "improbable", 6: "truth cannot be judged",
};

const counted = (count, one, many = `${one}s`) =>
  `${count.toLocaleString("en-GB")} ${count === 1 ? one : many}`;

/** `B2: usually reliable, probably true`. */
function gradeText(grade) {
  return grade ? `${grade}: ${RELIABILITY[grade[0]]}, ${CREDIBILITY[grade[1]]}` : "no grade";
}

/** The phase, with the others that the dates leave possible. */
function phaseText(status, lifecycle) {
  const titles = (names) => names.map((name) => lifecycle.phaseTitle(name)).join(", ");
  const others = status.possible.filter((phase) => phase !== status.phase);
  const title = lifecycle.phaseTitle(status.phase);
  return others.length ? `${title} (possibly ${titles(others)})` : title;
}

/** The condition, with its outcome, how it is known, and what else is possible. */
function conditionText(status) {
  const isInferred = status.condition === "dormant";
  const observed = isInferred ? "active" : status.condition;
  const others = status.possibleConditions.filter((each) => each !== observed);
  const remarks = [status.outcome, isInferred && "inferred",
    others.length && `possibly ${others.join(", ")}`].filter(Boolean);
  return remarks.length ? `${status.condition} (${remarks.join("; ")})` : status.condition;
}

/** What a status rests on: the development, its date and its source. */
function restsOnText(standing) {
  const fact = standing.status.deciding ?? standing.status.setting;
  if (!fact) return "";
  const told = `${standing.lifecycle.typeTitle(fact.type)}, ${dateText(fact.on)}`;
  return fact.source ? `${told} (${fact.source})` : told;
}

/** A stretch of a timeline in words. */
function stretchText(stretch, lifecycle) {
  const remarks = [stretch.condition === "active" ? null : stretch.condition,
    stretch.basis === "inferred" ? "inferred" : null, stretch.isCertain ? null : "dates imprecise"];
  const told = remarks.filter(Boolean).join(", ");
  const days = stretch.end === null ? `since ${isoDay(stretch.start)}`
    : `${isoDay(stretch.start)} to ${isoDay(stretch.end)}`;
  return `${lifecycle.phaseTitle(stretch.phase)}: ${days}${told ? ` (${told})` : ""}`;
}

const MARK_WORDS = {
  development: "development", imprecise: "on some day of an extent", plan: "plan",
  overdue: "overdue plan", fulfilled: "fulfilled plan", amended: "said before a correction",
  withdrawn: "withdrawn",
};

/** A mark of a timeline in words: when, what, the opening of the quote, on whose word. */
function markText(mark, initiative, lifecycle, log) {
  const told = initiative.told.find((each) => each.position === mark.position);
  const source = told?.sources[0];
  const lines = [`${dateText(mark.on)}: ${lifecycle.typeTitle(mark.type)}`];
  if (mark.kind !== "development") lines[0] += ` (${MARK_WORDS[mark.kind]})`;
  if (mark.instead) lines.push(`now ${insteadText(mark.instead, lifecycle)}`);
  if (source?.quote) lines.push(quoted(opening(source.quote)));
  if (source) lines.push(`${sourceName(source)}${source.grade ? ` [${source.grade}]` : ""}`);
  if (told?.statedBy) lines.push(`stated by ${told.statedBy}`);
  lines.push(`recorded ${instantText(log.instants.get(mark.position))}`);
  return lines.join("\n");
}

function insteadText([type, on], lifecycle) {
  return type ? `${lifecycle.typeTitle(type)}, ${dateText(on)}` : dateText(on);
}

/** A quote in quotation marks, unless it brings its own. */
function quoted(text) {
  return /^["“”„«‘']/.test(text) ? text : `“${text}”`;
}

function opening(quote) {
  return quote.length > 140 ? `${quote.slice(0, 140).replace(/\s+\S*$/, "")} …` : quote;
}

function sourceName(source) {
  const told = [source.publisher, source.title].filter(Boolean).join(": ");
  return told || source.document || source.url || "unnamed source";
}
