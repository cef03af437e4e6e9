// Making elements. Text is only ever set as text, and an address becomes a link only if it is one of
// the web's: nothing that was recorded is ever read as markup.

const SVG = "http://www.w3.org/2000/svg";

const byId = (id) => document.getElementById(id);

function withAll(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== ""));
  return node;
}

function element(name, attributes = {}, ...children) {
  return withAll(document.createElement(name), attributes, children);
}

function shape(name, attributes = {}, ...children) {
  return withAll(document.createElementNS(SVG, name), attributes, children);
}

/** Set a text only where it differs: most of a page stays as it is when time moves by a step. */
function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Set a text that may be cut short, and its whole as what is shown to whoever points at it. */
function setWhole(node, text, whole = text) {
  setText(node, text);
  if (node.title !== whole) node.title = whole;
}

/** A link to an address of the web; any other text stays a text. */
function linkTo(address, text = address) {
  if (!/^https?:\/\/[^\s\\]+$/i.test(address)) return element("span", { class: "address" }, text);
  return element("a", { href: address, target: "_blank", rel: "noopener noreferrer nofollow" }, text);
}
