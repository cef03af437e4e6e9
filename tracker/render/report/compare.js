// What changed since: the view that is shown against an earlier one, with the causes.

const CAUSE_WORDS = {
  happened: "happened", learned: "learned", corrected: "corrected", withdrawn: "withdrawn",
  registered: "registered", retired: "retired", reclassified: "lifecycle changed",
  lapsed: "nothing heard for too long", revived: "heard of again",
};

/** The earlier viewpoint: the day in the world, what was known at its end, or both. */
function earlierView(log, view) {
  const day = parseDay(view.since);
  const position = view.axis === "world" ? view.position : log.positionOn(isoDay(day));
  return { asOf: view.axis === "knowledge" ? view.asOf : day, position };
}

const FEW = 100; // changes that are listed until more are asked for

function showChanges(log, view, among) {
  const earlier = earlierView(log, view);
  const changes = log.diff(earlier, { asOf: view.asOf, position: view.position }, among);
  byId("since").value = view.since;
  for (const radio of document.querySelectorAll("input[name=axis]")) {
    radio.checked = radio.value === view.axis;
  }
  const said = (at) => `as of ${dayText(at.asOf)} known at @${at.position}`;
  const head = changes.length ? `${counted(changes.length, "initiative")} changed` : "Nothing changed";
  const remark = isBackwards(earlier, view) ? ", told backwards" : "";
  setText(byId("compared"), `${head}: ${said(earlier)}, against ${said(view)}${remark}.`);
  const list = byId("changes");
  const show = (from, to) => changes.slice(from, to).map((change) => changeItem(log, change, view));
  list.replaceChildren(...show(0, FEW));
  const more = byId("more");
  more.hidden = changes.length <= FEW;
  setText(more, `Show the other ${changes.length - FEW}`);
  more.onclick = () => {
    list.append(...show(FEW));
    more.hidden = true;
    list.children[FEW].querySelector("button").focus();
  };
}

function changeItem(log, change, view) {
  const { initiative, before, after, causes } = change;
  const profile = initiative.versionAt(view.position) ?? initiative.versions[0];
  const lifecycle = log.lifecycleAt(profile.lifecycle, Math.max(view.position, initiative.versions[0].from));
  const title = element("button", { type: "button", class: "title", "data-slug": initiative.slug },
    profile.title);
  return element("li", {},
    element("p", {}, title, element("span", { class: "under" }, ` ${initiative.slug}`)),
    element("p", { class: "turn" }, element("span", { class: "was" }, stateText(before, lifecycle)),
      element("span", { class: "arrow", role: "img", "aria-label": "became" }, "→"),
      element("span", {}, stateText(after, lifecycle))),
    element("ul", { class: "causes" }, causes.map((each) => causeItem(log, each, lifecycle))));
}

function stateText(status, lifecycle) {
  if (!status) return "not listed";
  const condition = conditionText(status);
  const phase = phaseText(status, lifecycle);
  const since = status.since ? `, since ${dateText(status.since)}` : "";
  return condition === "active" ? `${phase}${since}` : `${phase}, ${condition}${since}`;
}

function causeItem(log, each, lifecycle) {
  const instant = log.instants.get(each.position);
  const what = each.fact ? `${lifecycle.typeTitle(each.fact.type)}, ${dateText(each.on)}`
    : dateText(each.on);
  const where = [each.fact?.handle, each.position ? `@${each.position}` : null,
    instant ? `recorded ${instantText(instant)}` : null].filter(Boolean).join(" · ");
  const text = each.cause === "withdrawn" ? element("s", {}, what) : element("span", {}, what);
  return element("li", {}, element("b", { class: `cause ${each.cause}` }, CAUSE_WORDS[each.cause]),
    " ", what ? text : null, " ", element("span", { class: "under" }, where));
}
