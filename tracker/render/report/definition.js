// The definition: what an initiative stands at, as of a day, from the facts that are known. Section 5
// of the semantics once more, after tracker/domain/status.py; tests hold the two against each other.

const NOT_STARTED = "not-started";
const CONDITIONS = ["active", "suspended", "ended", "dormant"];
const CONDITION_OF_EFFECT = {
  enters: "active", resumes: "active", suspends: "suspended", ends: "ended",
};

const setsPhase = (fact) => fact.effect === "enters";
const setsCondition = (fact) => Object.hasOwn(CONDITION_OF_EFFECT, fact.effect);
const conditionOf = (fact) => CONDITION_OF_EFFECT[fact.effect];

/** The one total order of developments: by the last possible day, then by what was recorded first. */
function byOrder(one, other) {
  return one.hi - other.hi || one.lo - other.lo || one.rank - other.rank || one.fact - other.fact;
}

/** The status as of a day from *known*: the developments present at one position, in order. */
function statusOf(known, lifecycle, asOf) {
  let deciding = null;
  let setting = null;
  let last = null;
  for (const fact of known) {
    if (fact.hi > asOf) break;
    last = fact;
    if (setsPhase(fact)) deciding = fact;
    if (setsCondition(fact)) setting = fact;
  }
  const phase = deciding ? deciding.phase || NOT_STARTED : NOT_STARTED;
  const condition = setting ? conditionOf(setting) : "active";
  const dormantFrom = firstDormantDay(phase, condition, last, lifecycle);
  const isDormant = dormantFrom !== null && asOf >= dormantFrom;
  const phases = possibleOf(known, setsPhase, asOf, (fact) => fact.phase || "", NOT_STARTED);
  const conditions = possibleOf(known, setsCondition, asOf, conditionOf, "active");
  return {
    phase,
    condition: isDormant ? "dormant" : condition,
    outcome: setting ? setting.outcome : null,
    basis: isDormant ? "inferred" : "observed",
    possible: [...phases].sort((a, b) => lifecycle.orderOf(a) - lifecycle.orderOf(b)),
    possibleConditions: [...conditions].sort((a, b) =>
      CONDITIONS.indexOf(a) - CONDITIONS.indexOf(b)),
    isCertain: phases.size === 1 && conditions.size === 1,
    since: isDormant ? isoDay(dormantFrom) : edtfOf(later(deciding, setting)),
    sinceDay: isDormant ? dormantFrom : later(deciding, setting)?.hi ?? 0,
    deciding,
    setting,
    lastOn: edtfOf(last),
  };
}

/** The values that some choice of exact days within the extents would give. M, the greatest, is the
 * latest that the sure ones can all be pushed back to: what may lie at or after it may be the last. */
function possibleOf(known, sets, asOf, valueOf, otherwise) {
  const candidates = known.filter((fact) => sets(fact) && fact.lo <= asOf);
  const sure = candidates.filter((fact) => fact.hi <= asOf);
  if (!sure.length) return new Set([...candidates.map(valueOf), otherwise]);
  const greatest = sure.reduce((one, other) =>
    compareDays(one.lo, one, other.lo, other) < 0 ? other : one);
  return new Set(candidates
    .filter((fact) => compareDays(Math.min(fact.hi, asOf), fact, greatest.lo, greatest) >= 0)
    .map(valueOf));
}

/** Compare (day, rank, fact). */
function compareDays(day, fact, otherDay, other) {
  return day - otherDay || fact.rank - other.rank || fact.fact - other.fact;
}

/** The first day on which nothing having been heard means dormant; null if it never does. */
function firstDormantDay(phase, condition, last, lifecycle) {
  if (condition !== "active" || last === null || lifecycle.dormantAfter === null) return null;
  if (lifecycle.phase(phase)?.settled) return null;
  const heardUntil = addMonths(last.hi, lifecycle.dormantAfter);
  return heardUntil === LAST_DAY ? null : heardUntil + 1;
}

function later(one, other) {
  if (one === null || other === null || one === other) return one || other;
  return byOrder(one, other) < 0 ? other : one;
}

function edtfOf(fact) {
  return fact === null || fact.on === "../.." ? null : fact.on;
}

/** What `diff` compares of a status, as one text. */
function comparedOf(status) {
  return JSON.stringify([status.phase, status.condition, status.outcome, status.basis,
    [...status.possible].sort(), [...status.possibleConditions].sort(), status.isCertain,
    status.since]);
}

// -- plans ----------------------------------------------------------------------------------------

/** What a plan stands at: open, overdue, possibly-fulfilled or fulfilled (section 6). */
function planState(plan, known, asOf) {
  const linked = known.filter((fact) => fact.fulfils === plan.fact && fact.lo <= asOf);
  if (linked.some((fact) => fact.hi <= asOf)) return "fulfilled";
  if (plan.hi < asOf) return "overdue";
  return linked.length ? "possibly-fulfilled" : "open";
}

function openPlans(plans, known, asOf) {
  return plans.filter((plan) =>
    !known.some((fact) => fact.fulfils === plan.fact && fact.hi <= asOf));
}

/** The day that is next due among open plans; null where none is. */
function nextDue(plans, asOf) {
  const due = plans.map((plan) => plan.hi).filter((hi) => asOf <= hi && hi < LAST_DAY);
  return due.length ? Math.min(...due) : null;
}

// -- along time -----------------------------------------------------------------------------------

/** The status on every day from the first on which anything can have happened, equal neighbours as
 * one stretch. Each ends before the next begins; the last one lasts. */
function stretchesOf(known, lifecycle) {
  const ahead = [...known].sort((one, other) => other.lo - one.lo);
  const found = [];
  let near = [];
  for (const day of daysOfChange(known, lifecycle)) {
    while (ahead.length && ahead[ahead.length - 1].lo <= day) near.push(ahead.pop());
    near = nearTo(near, day);
    const status = statusOf(near, lifecycle, day);
    const { phase, condition, outcome, basis, isCertain } = status;
    const current = found[found.length - 1];
    const isSame = current && current.phase === phase && current.condition === condition
      && current.outcome === outcome && current.basis === basis && current.isCertain === isCertain;
    const isBlank = phase === NOT_STARTED && condition === "active" && isCertain
      && basis === "observed";
    if (isSame || (!current && isBlank)) continue;
    found.push({ phase, condition, outcome, basis, isCertain, start: day });
  }
  return found;
}

/** Where an extent begins or ends, the day after, and where a silence grows too long. */
function daysOfChange(known, lifecycle) {
  const days = new Set();
  for (const fact of known) {
    const ends = [fact.lo, fact.hi];
    if (lifecycle.dormantAfter !== null) ends.push(addMonths(fact.hi, lifecycle.dormantAfter));
    for (const day of ends) {
      days.add(day);
      if (day < LAST_DAY) days.add(day + 1);
    }
  }
  return [...days].sort((one, other) => one - other);
}

/** Those of *facts*, in order, that the status on a day, or on any later one, may still rest on. */
function nearTo(facts, day) {
  const known = facts.sort(byOrder);
  let last = null;
  let phaseFloor = FIRST_DAY;
  let floor = FIRST_DAY;
  for (const fact of known) {
    if (fact.hi > day) break;
    last = fact;
    if (setsPhase(fact)) phaseFloor = Math.max(phaseFloor, fact.lo);
    if (setsCondition(fact)) floor = Math.max(floor, fact.lo);
  }
  return known.filter((fact) => fact.hi > day || fact === last
    || (setsPhase(fact) && fact.hi >= phaseFloor) || (setsCondition(fact) && fact.hi >= floor));
}
