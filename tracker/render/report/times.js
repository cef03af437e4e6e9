// The two sliders: one over days in the world, one over what was recorded when.

const PLAY_STEPS = 200; // of a whole run through the world's time
const FRAME = 90; // milliseconds between two steps of a run

/** A slider with its buttons. *onMove* is called with its number while it moves. */
class Slider {
  constructor(name, onMove, onRest) {
    this.input = byId(name);
    this.button = byId(`${name}-play`);
    this.onMove = onMove;
    this.onRest = onRest;
    this.timer = null;
    this.input.addEventListener("input", () => {
      this.stop();
      onMove(Number(this.input.value));
    });
    this.input.addEventListener("keydown", (event) => this.onKey(event));
    this.button.addEventListener("click", () => this.toggle());
  }

  limit(least, most) {
    this.input.min = least;
    this.input.max = most;
  }

  set(value, text) {
    this.input.value = value;
    this.input.setAttribute("aria-valuetext", text);
  }

  /** How far Page Up and Page Down go, and a run at each step; whoever makes a slider says so. */
  page = (value, step) => value + 10 * step;

  stride = () => 1;

  onKey(event) {
    const step = { PageUp: 1, PageDown: -1 }[event.key];
    if (event.key === " ") {
      event.preventDefault();
      this.toggle();
    } else if (step) {
      event.preventDefault();
      this.stop();
      this.move(this.page(Number(this.input.value), step));
    }
  }

  move(value) {
    this.input.value = value;
    this.onMove(Number(this.input.value));
  }

  toggle() {
    if (this.timer !== null) return this.stop();
    if (Number(this.input.value) >= Number(this.input.max)) this.move(Number(this.input.min));
    this.button.setAttribute("aria-pressed", "true");
    this.timer = setInterval(() => this.advance(), this.pace?.() ?? FRAME);
  }

  advance() {
    this.move(Number(this.input.value) + this.stride());
    if (Number(this.input.value) >= Number(this.input.max)) this.stop();
  }

  stop() {
    if (this.timer === null) return;
    clearInterval(this.timer);
    this.timer = null;
    this.button.setAttribute("aria-pressed", "false");
    this.onRest();
  }
}

const BARS = 160;

/** How much lies where along a slider, as small bars above it: *counts* are of equal parts. */
function drawDensity(node, counts) {
  const most = Math.max(...counts, 1);
  node.setAttribute("viewBox", "0 0 1000 100");
  node.replaceChildren(...counts.flatMap((count, at) => {
    const height = 15 + 85 * Math.sqrt(count / most);
    const x = at * 1000 / Math.max(counts.length - 1, 1) - 2;
    return count ? [shape("rect", { x, width: 4, y: 100 - height, height })] : [];
  }));
}

/** Whole numbers counted where they lie from *first* to *last*, in as many parts as there is room. */
function histogram(values, first, last) {
  const parts = Math.min(last - first + 1, BARS);
  const counts = new Array(parts).fill(0);
  for (const value of values) {
    if (first <= value && value <= last) {
      counts[Math.round((value - first) * (parts - 1) / Math.max(last - first, 1))] += 1;
    }
  }
  return counts;
}
