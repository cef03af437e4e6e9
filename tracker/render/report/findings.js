// What is odd in a history: told beside an answer, after tracker/domain/findings.py. A finding has a
// kind, the facts it is about, and a sentence.

function findingsOf(known, plans, lifecycle, status, asOf) {
  const sure = known.filter((fact) => fact.hi <= asOf);
  const setting = sure.filter(setsCondition);
  return [
    ...wentBackwards(sure, lifecycle), ...afterEnd(sure), ...mandatorySkipped(sure, lifecycle),
    ...contradictions(known, lifecycle, asOf), ...equalDates(setting, sure), ...singleSource(status),
    ...plans.filter((plan) => planState(plan, known, asOf) === "overdue").map((plan) =>
      finding("plan-overdue", [plan],
        `${plan.type} was planned for ${lettered(plan.on)} and is not on record as done`)),
    ...sure.filter((fact) => fact.effect === "unknown").map((fact) => finding("unknown-type", [fact],
      `${lifecycle.name} as now in force has no type ${fact.type}; it has no effect`)),
    ...sure.filter(isOrderLapsed).map((fact) => finding("order-lapsed", [fact],
      `${fact.type} of ${lettered(fact.on)} was said to come after a development that has been `
      + "withdrawn or moved to another date; that order no longer holds")),
  ];
}

function finding(kind, facts, text) {
  return { kind, facts, text };
}

const pairsOf = (list) => list.slice(1).map((each, at) => [list[at], each]);

/** Whether its author's "after" no longer holds; a rank of its own ends in twenty zero bits. */
function isOrderLapsed(fact) {
  return fact.after !== null && fact.rank % 2 ** 20 === 0;
}

function wentBackwards(sure, lifecycle) {
  return pairsOf(sure.filter((fact) => fact.phase !== null))
    .filter(([earlier, later]) => lifecycle.orderOf(later.phase) < lifecycle.orderOf(earlier.phase))
    .map(([earlier, later]) => finding("went-backwards", [earlier, later],
      `went back from ${earlier.phase} to ${later.phase} on ${lettered(later.on)}`));
}

function afterEnd(sure) {
  const found = [];
  let end = null;
  for (const fact of sure) {
    if (fact.effect === "ends") {
      end = fact;
    } else if (end !== null && setsCondition(fact)) {
      found.push(finding("after-end", [end, fact],
        `${fact.type} on ${lettered(fact.on)} comes after it ended (${end.outcome}) on `
        + lettered(end.on)));
      end = null;
    }
  }
  return found;
}

function mandatorySkipped(sure, lifecycle) {
  const found = [];
  const entered = new Set();
  for (const fact of sure.filter((each) => each.phase !== null)) {
    entered.add(fact.phase);
    for (const phase of lifecycle.phases.slice(0, lifecycle.orderOf(fact.phase))) {
      if (!phase.mandatory || entered.has(phase.name)) continue;
      entered.add(phase.name);
      found.push(finding("mandatory-skipped", [fact], `reached ${fact.phase} on `
        + `${lettered(fact.on)} with no ${phase.name}, which ${lifecycle.name} calls mandatory, on `
        + "record"));
    }
  }
  return found;
}

/** Of what is sure, with what is known of later days too. */
function contradictions(known, lifecycle, asOf) {
  const byFact = new Map(known.map((fact) => [fact.fact, fact]));
  const found = known.filter((fact) => byFact.has(fact.contradicts)).map((fact) =>
    [byFact.get(fact.contradicts), fact]).filter((pair) => pair.some((fact) => fact.hi <= asOf))
    .map(([other, fact]) => finding("contradiction", [other, fact],
      `${fact.type} of ${lettered(fact.on)} contradicts ${other.type} of ${lettered(other.on)}`));
  for (const [one, other] of pairsOf(known.filter(setsCondition))) {
    if (one.hi > asOf) break;
    const type = lifecycle.types.get(one.type);
    if (one.type === other.type && type && !type.repeats && one.hi < other.lo
        && one.source !== other.source) {
      found.push(finding("contradiction", [one, other],
        `two sources date ${one.type} differently: ${lettered(one.on)} and ${lettered(other.on)}`));
    } else if (one.effect === "ends" && other.effect === "ends" && one.outcome !== other.outcome) {
      found.push(finding("contradiction", [one, other], `two ends on record: ${one.outcome} on `
        + `${lettered(one.on)}, ${other.outcome} on ${lettered(other.on)}`));
    }
  }
  return found;
}

function equalDates(setting, sure) {
  const byFact = new Map(sure.map((fact) => [fact.fact, fact]));
  return pairsOf(setting).filter(([one, other]) => one.lo === other.lo && one.hi === other.hi
      && (one.effect !== other.effect || one.phase !== other.phase || one.outcome !== other.outcome)
      && !isSaidAfter(other, one, byFact))
    .map(([one, other]) => finding("equal-dates", [one, other], `${one.type} and ${other.type} `
      + `share the date ${lettered(one.on)}; ` + (one.fact > other.fact
      ? `${one.type}, with what it comes after,` : "what was recorded first") + " is taken as first"));
}

/** Whether a fact was said to come after another, or after one that was said to do so. */
function isSaidAfter(fact, other, byFact) {
  const seen = new Set();
  for (let step = fact; step && step.after !== null && !seen.has(step.fact);
    step = byFact.get(step.after)) {
    if (isOrderLapsed(step)) return false;
    if (step.after === other.fact) return true;
    seen.add(step.fact);
  }
  return false;
}

function singleSource(status) {
  const deciding = new Set([status.deciding, status.setting]);
  return [...deciding].filter((fact) => fact?.isUnconfirmed).map((fact) =>
    finding("single-source", [fact],
      `${fact.type} of ${lettered(fact.on)} rests on a single unconfirmed source`));
}
