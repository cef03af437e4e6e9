// What the page was given, and the questions it can answer: everything that was known of some
// initiatives up to one position of the log. Knowledge intervals are half-open, [from, to).

const OPEN = Number.MAX_SAFE_INTEGER;

const known = (row, position) => row.from <= position && position < row.to;

class Lifecycle {
  constructor(item) {
    this.from = item.k_from;
    this.to = item.k_to ?? OPEN;
    this.name = item.name;
    this.title = item.title;
    this.dormantAfter = item.dormant_after;
    this.phases = item.phases.map(([name, title, definition, mandatory, settled]) =>
      ({ name, title, definition, mandatory: Boolean(mandatory), settled: Boolean(settled) }));
    this.order = new Map(this.phases.map((phase, number) => [phase.name, number]));
    this.types = new Map(Object.entries(item.types).map(([type, row]) => [type,
      { title: row[0], repeats: Boolean(row[1]), effect: JSON.stringify(row.slice(2)) }]));
  }

  /** From 0; -1, before them all, is `not-started` and whatever is no phase here. */
  orderOf(phase) {
    return this.order.get(phase) ?? -1;
  }

  phase(name) {
    return this.phases[this.orderOf(name)] ?? null;
  }

  phaseTitle(name) {
    return this.phase(name)?.title ?? "Not started";
  }

  typeTitle(type) {
    return this.types.get(type)?.title ?? type;
  }

  /** What a type does, as one text to compare; null where there is no such type. */
  effectOf(type) {
    return this.types.get(type)?.effect ?? null;
  }
}

class Initiative {
  constructor(item) {
    this.slug = item.slug;
    const handle = (number) => `${item.slug}#${number}`;
    this.versions = item.versions.map((row) => ({
      from: row[0], to: row[1] ?? OPEN, title: row[2], lifecycle: row[3], parties: row[4],
      sector: row[5], tags: row[6], summary: row[7], isRetired: Boolean(row[8]), reason: row[9],
      mergedInto: row[10],
    }));
    this.facts = (item.facts ?? []).map((row) => ({
      from: row[0], to: row[1] ?? OPEN, handle: handle(row[2]), fact: row[3], position: row[4],
      lo: row[5], hi: row[6], rank: row[7], type: row[8], effect: row[9], phase: row[10],
      outcome: row[11], on: row[12], fulfils: row[13], after: row[14], contradicts: row[15],
      source: row[16], isUnconfirmed: Boolean(row[17]),
    })).sort(byOrder);
    this.plans = (item.plans ?? []).map((row) => ({
      from: row[0], to: row[1] ?? OPEN, handle: handle(row[2]), fact: row[3], position: row[4],
      lo: row[5], hi: row[6], type: row[7], on: row[8],
    })).sort((one, other) => one.fact - other.fact);
    this.links = (item.links ?? []).map((row) =>
      ({ from: row[0], to: row[1] ?? OPEN, kind: row[2], other: row[3] }));
    const sources = (item.sources ?? []).map((row) => ({
      url: row[0], document: row[1], title: row[2], publisher: row[3], publishedOn: row[4],
      accessedOn: row[5], quote: row[6], grade: row[7],
    }));
    this.told = (item.told ?? []).map((row) => ({
      position: row[0], fact: row[1], isPlan: Boolean(row[2]), type: row[3], on: row[4], lo: row[5],
      hi: row[6], statedBy: row[7], note: row[8], sources: row[9].map((at) => sources[at]),
      reason: row[10],
    }));
    this.withdrawn = (item.withdrawn ?? []).map((row) =>
      ({ position: row[0], fact: row[1], reason: row[2] }));
    this.handles = new Map([...this.facts, ...this.plans].map((row) => [row.fact, row.handle]));
    this.at = null;
  }

  /** What was said of it itself; null before it was registered. */
  versionAt(position) {
    return this.versions.find((version) => known(version, position)) ?? null;
  }

  /** The developments and plans that are present at a position; kept until another is asked for. */
  presentAt(position) {
    if (this.at !== position) {
      this.present = {
        facts: this.facts.filter((fact) => known(fact, position)),
        plans: this.plans.filter((plan) => known(plan, position)),
      };
      this.at = position;
      this.stretches = null;
    }
    return this.present;
  }
}

class Log {
  constructor(data) {
    this.data = data;
    this.asOf = data.as_of;
    this.position = data.position;
    this.stops = data.stops.map(([position, instant, root]) => ({ position, instant, root }));
    this.instants = new Map(data.positions.map((position, at) => [position, data.instants[at]]));
    this.lifecycles = new Map(Object.entries(data.lifecycles)
      .map(([name, items]) => [name, items.map((item) => new Lifecycle(item))]));
    this.initiatives = data.initiatives.map((item) => new Initiative(item));
    this.bySlug = new Map(this.initiatives.map((each) => [each.slug, each]));
  }

  /** The stop of the slider of knowledge at a position, or the last one before it. */
  stopAt(position) {
    let low = 0;
    let high = this.stops.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.stops[middle].position <= position) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** When what is known at a position was known: the instant of its stop, or of the last event. */
  knownAt(position) {
    const stop = this.stops[this.stopAt(position)];
    if (stop.position === position) return stop.instant;
    const { positions, instants } = this.data;
    const at = positions.findLastIndex((each) => each <= position);
    return at < 0 ? null : instants[at];
  }

  /** The greatest position that was recorded by the end of a UTC day, `2025-12-10`. */
  positionOn(day) {
    const { positions, instants } = this.data;
    const at = instants.findLastIndex((instant) => instant.slice(0, 10) <= day);
    return at < 0 ? 0 : positions[at];
  }

  lifecycleAt(name, position) {
    return this.lifecycles.get(name).find((version) => known(version, position));
  }

  /** What one initiative stands at, retired or not; null where it was not registered by then. */
  standing(initiative, asOf, position) {
    const profile = initiative.versionAt(position);
    if (!profile) return null;
    const lifecycle = this.lifecycleAt(profile.lifecycle, position);
    const { facts, plans } = initiative.presentAt(position);
    const open = plans.length ? openPlans(plans, facts, asOf) : plans;
    return {
      initiative, profile, lifecycle, open, status: statusOf(facts, lifecycle, asOf),
      nextDue: nextDue(open, asOf), overdue: open.filter((plan) => plan.hi < asOf).length,
    };
  }

  /** What every initiative stands at that was registered by then and not retired, by slug. */
  portfolio(asOf, position) {
    return this.initiatives.map((each) => this.standing(each, asOf, position))
      .filter((standing) => standing && !standing.profile.isRetired);
  }

  /** The status of an initiative on every day up to one, as stretches; the last is open. */
  stretches(initiative, asOf, position) {
    const profile = initiative.versionAt(position);
    const { facts } = initiative.presentAt(position);
    initiative.stretches ??= stretchesOf(facts, this.lifecycleAt(profile.lifecycle, position));
    const begun = initiative.stretches.filter((each) => each.start <= asOf);
    return begun.map((each, at) => ({ ...each, end: at + 1 < begun.length ? begun[at + 1].start - 1
      : null }));
  }

  /** The developments and plans of an initiative, and what facts said before they were corrected. */
  marks(initiative, asOf, position) {
    const { facts, plans } = initiative.presentAt(position);
    const kinds = { overdue: "overdue", fulfilled: "fulfilled" };
    const found = [
      ...facts.filter((fact) => fact.lo <= asOf).map((fact) => ({ kind: "development", ...fact })),
      ...plans.map((plan) => ({ ...plan, kind: kinds[planState(plan, facts, asOf)] ?? "plan" })),
      ...this.corrected(initiative, asOf, position),
    ];
    const rankOf = (mark) => mark.rank ?? mark.fact * 2 ** 20;
    return found.sort((one, other) => one.hi - other.hi || one.lo - other.lo
      || rankOf(one) - rankOf(other) || one.fact - other.fact || one.position - other.position);
  }

  /** What facts said before they were withdrawn, or given another date or type. */
  corrected(initiative, asOf, position) {
    const versions = new Map();
    for (const each of [...initiative.told, ...initiative.withdrawn]) {
      if (each.position > position) continue;
      if (!versions.has(each.fact)) versions.set(each.fact, []);
      versions.get(each.fact).push(each);
    }
    return [...versions.values()].filter((told) => told.length > 1).flatMap((told) =>
      superseded(initiative, told.sort((one, other) => one.position - other.position), asOf));
  }

  /** Every change between two viewpoints, {asOf, position} each, by slug. */
  diff(from, to, among = this.initiatives) {
    if (isBackwards(from, to)) return this.diff(to, from, among).map(reversed);
    return among.map((initiative) => changeOf(initiative, this.answer(initiative, from),
      this.answer(initiative, to), this.turns(initiative, to.position)))
      .filter((change) => change !== null);
  }

  /** A status and what it was worked out from; null where the initiative is not listed. */
  answer(initiative, { asOf, position }) {
    const profile = initiative.versionAt(position);
    if (!profile || profile.isRetired) return null;
    const lifecycle = this.lifecycleAt(profile.lifecycle, position);
    const facts = position === initiative.at ? initiative.present.facts
      : initiative.facts.filter((fact) => known(fact, position));
    return { asOf, position, lifecycle, known: facts, status: statusOf(facts, lifecycle, asOf),
      inForceSince: Math.max(lifecycle.from, this.givenSince(initiative, position)) };
  }

  /** The position of the event that gave an initiative the lifecycle that it has. */
  givenSince(initiative, position) {
    let given = 0;
    let name = null;
    for (const version of initiative.versions) {
      if (version.from > position) break;
      if (version.lifecycle !== name) given = version.from;
      name = version.lifecycle;
    }
    return given;
  }

  turns(initiative, position) {
    const retired = initiative.versions.find((each) => each.isRetired && each.from <= position);
    return {
      registered: initiative.versions[0].from,
      retired: retired ? retired.from : null,
      withdrawn: (fact) => initiative.withdrawn
        .filter((each) => each.fact === fact && each.position <= position).pop().position,
    };
  }
}

/** The accounts among *versions* of one fact that no longer stand, as far as they differ. */
function superseded(initiative, versions, asOf) {
  const tells = (each) => each.type !== undefined;
  const saying = (each) => JSON.stringify([each.type, each.on]);
  const last = versions[versions.length - 1];
  const stands = tells(last) ? saying(last) : null;
  const seen = new Set([stands]);
  const told = versions.filter(tells).reverse();
  const found = [];
  for (const each of told) {
    if (seen.has(saying(each))) continue;
    const isWithdrawn = stands === null && seen.size === 1;
    seen.add(saying(each));
    if (!each.isPlan && each.lo > asOf) continue;
    const now = told[0];
    const instead = now.type !== each.type ? [now.type, now.on] : [null, now.on];
    found.push({
      kind: isWithdrawn ? "withdrawn" : "amended", handle: initiative.handles.get(each.fact),
      fact: each.fact, position: each.position, type: each.type, on: each.on, lo: each.lo,
      hi: each.hi, isPlan: each.isPlan, instead: isWithdrawn ? null : instead,
    });
  }
  return found;
}
