// Change between two viewpoints, and its causes: section 7 of the semantics, after
// tracker/domain/changes.py. An answer rests on few developments; what moved among them is the cause.

const SWAPPED = { lapsed: "revived", revived: "lapsed" };

/** The change from one answer to the other, its causes in order; null where they are the same. An
 * answer is null where the initiative is not listed. *turns* are positions in its life. */
function changeOf(initiative, before, after, turns) {
  const change = (causes) =>
    ({ initiative, before: before && before.status, after: after && after.status, causes });
  if (!before && !after) return null;
  if (!before) return change([cause("registered", null, turns.registered)]);
  if (!after) return change([cause("retired", null, turns.retired)]);
  if (comparedOf(before.status) === comparedOf(after.status)) return null;
  return change(causesOf(before, after, turns).sort(byPosition));
}

/** Whether a question is worked out the other way round: the viewpoint that knew less is the earlier
 * one, and of two that knew the same the one of the earlier day. */
function isBackwards(from, to) {
  return from.position > to.position || (from.position === to.position && from.asOf > to.asOf);
}

/** *change* as it is told from the later viewpoint to the earlier. */
function reversed(change) {
  const causes = change.causes.map((each) => ({ ...each, cause: SWAPPED[each.cause] || each.cause }));
  return { ...change, before: change.after, after: change.before, causes, isReversed: true };
}

function cause(kind, fact, position, on = null) {
  return { cause: kind, fact, position, on };
}

/** By position, then by date; the passing of time, which has no position, last. */
function byPosition(one, other) {
  const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  return compare(one.position === null, other.position === null)
    || compare(one.position ?? 0, other.position ?? 0) || compare(one.on ?? "", other.on ?? "")
    || compare(one.fact?.handle ?? "", other.fact?.handle ?? "") || compare(one.cause, other.cause);
}

function causesOf(before, after, turns) {
  const isInferred = before.status.basis === "inferred" || after.status.basis === "inferred";
  const aboutDormancy = isInferred && (before.status.basis !== after.status.basis
    || before.status.since !== after.status.since);
  const relied = [before, after].map((answer) => reliedOn(answer, aboutDormancy));
  const earlier = new Map(before.known.map((fact) => [fact.fact, fact]));
  const later = new Map(after.known.map((fact) => [fact.fact, fact]));
  const either = new Set([...relied[0], ...relied[1]]);
  const found = [];
  const all = new Set([...either, ...followed(either, earlier, later)]);
  for (const fact of [...all].sort((a, b) => a - b)) {
    const hasJoined = either.has(fact) && relied[0].has(fact) !== relied[1].has(fact);
    found.push(...causesOfFact(earlier.get(fact), later.get(fact), before, after, turns, hasJoined));
  }
  if (isReclassified(before, after, either, aboutDormancy)) {
    found.push(cause("reclassified", null, after.inForceSince));
  }
  if (fellDormant(after, before.asOf)) found.push(cause("lapsed", null, null, after.status.since));
  if (fellDormant(before, after.asOf)) found.push(cause("revived", null, null, before.status.since));
  return found;
}

/** The facts that an answer rests on: without all the others it would be the same. */
function reliedOn(answer, aboutDormancy) {
  const { known, asOf } = answer;
  const nameOf = (fact) => fact.fact;
  const found = new Set([
    ...possibleOf(known, setsPhase, asOf, nameOf, null),
    ...possibleOf(known, setsCondition, asOf, nameOf, null),
  ]);
  found.delete(null);
  const last = aboutDormancy ? known.filter((fact) => fact.hi <= asOf).pop() : undefined;
  if (last) found.add(last.fact);
  return found;
}

/** What facts were said to come after, where that order has changed without their doing. */
function followed(facts, earlier, later) {
  const found = new Set();
  const hasTurned = (fact) => earlier.has(fact) && later.has(fact)
    && earlier.get(fact).rank !== later.get(fact).rank;
  const waiting = [...facts].filter(hasTurned);
  while (waiting.length) {
    const fact = waiting.pop();
    for (const side of [earlier, later]) {
      const leader = side.get(fact)?.after ?? null;
      if (leader !== null && !found.has(leader)) {
        found.add(leader);
        waiting.push(leader);
      }
    }
  }
  return found;
}

/** Why one fact counts for more or for less: the version known *then*, and the one *now*. */
function causesOfFact(then, now, before, after, turns, hasJoined) {
  if (!now) return then ? [cause("withdrawn", then, turns.withdrawn(then.fact), then.on)] : [];
  const hasMoved = movedBetween(now, before.asOf, after.asOf, hasJoined);
  if (!then && now.fact > before.position) {
    return hasMoved && before.asOf < after.asOf
      ? [cause("happened", now, now.position, now.on)] : [cause("learned", now, now.fact, now.on)];
  }
  const isCorrected = !then || (then.position !== now.position && saidOf(then) !== saidOf(now));
  const found = isCorrected ? [cause("corrected", now, now.position, now.on)] : [];
  // What had happened already was given another date: that is a correction and nothing else.
  if (hasMoved && !(isCorrected && then && then.hi <= before.asOf)) {
    found.push(cause("happened", now, now.position, now.on));
  }
  return found;
}

/** Whether a day on which it may begin or end to have happened lies between the two as-of days, or
 * it came to count in between. */
function movedBetween(fact, one, other, hasJoined) {
  const start = Math.min(one, other);
  const end = Math.max(one, other);
  const isThroughout = fact.lo <= start && end < fact.hi;
  return (start < fact.lo && fact.lo <= end) || (start < fact.hi && fact.hi <= end)
    || (isThroughout && hasJoined && start < end);
}

function saidOf(fact) {
  return JSON.stringify([fact.type, fact.lo, fact.hi, fact.on, fact.rank]);
}

/** Whether another definition does something else to what the answers rest on. */
function isReclassified(before, after, facts, aboutDormancy) {
  const [one, other] = [before.lifecycle, after.lifecycle];
  if (one === other) return false;
  const types = new Set([...before.known, ...after.known]
    .filter((fact) => facts.has(fact.fact)).map((fact) => fact.type));
  if ([...types].some((type) => one.effectOf(type) !== other.effectOf(type))) return true;
  const phases = new Set([before, after].flatMap(({ status }) => [status.phase, ...status.possible]));
  const marks = (lifecycle) => JSON.stringify(lifecycle.phases
    .filter((phase) => phases.has(phase.name)).map((phase) => `${phase.name} ${phase.settled}`).sort());
  if (marks(one) !== marks(other)) return true;
  return aboutDormancy && one.dormantAfter !== other.dormantAfter;
}

/** Whether it was dormant, and its first dormant day comes after *since*. */
function fellDormant(answer, since) {
  return answer.status.basis === "inferred" && isoDay(since) < (answer.status.since ?? "");
}
