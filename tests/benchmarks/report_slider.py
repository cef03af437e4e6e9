"""How long the report takes from a moved slider to the repainted page, in a real Chromium.

``python -m tests.benchmarks.report_slider [ROWS]`` imports a deterministic history of ROWS
developments of a tenth as many initiatives, writes the report of it, and moves both sliders through
it, and the timeline's window, with the table, an open card and the list of changes in sight. It
prints and asserts nothing: figures of one machine are not a law.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import CDPSession, Page, sync_playwright

from tests.benchmarks.hundred_thousand import rows
from tests.browser.support import NAMES, QUIET

STEPS = 60

# From the input event until the frame that shows it has been painted.
MOVE = """
async ([name, steps]) => {
  const input = document.getElementById(name);
  const [least, most] = [Number(input.min), Number(input.max)];
  const took = [];
  for (let step = 0; step < steps; step += 1) {
    const began = performance.now();
    input.value = Math.round(least + (most - least) * ((step * 37) % steps) / steps);
    input.dispatchEvent(new Event("input"));
    await new Promise((painted) => requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = painted;
      channel.port2.postMessage(null);
    }));
    took.push(performance.now() - began);
  }
  return took;
}
"""


def run(*words: str) -> None:
    """A command as a process of its own."""
    subprocess.run([sys.executable, "-m", "tracker", *words], check=True, stdout=subprocess.DEVNULL)


def told(what: str, page: Page, cdp: CDPSession, name: str) -> None:
    """Move a slider about, and say what a step took; the busier the machine, the more it waits."""
    page.wait_for_timeout(500)  # what came before has settled
    before = busy(cdp)
    took = sorted(page.evaluate(MOVE, [name, STEPS]))
    work = (busy(cdp) - before) * 1000 / STEPS
    median, last = statistics.median(took), took[int(len(took) * 0.95)]
    print(
        f"{what:34} to repaint: median {median:6.1f} ms, 95th percentile {last:6.1f} ms; "
        f"{work:5.1f} ms CPU of the page's thread",
        flush=True,
    )


def busy(cdp: CDPSession) -> float:
    """Seconds of CPU time that the thread of the page has used."""
    metrics = cdp.send("Performance.getMetrics")["metrics"]
    return float(next(each["value"] for each in metrics if each["name"] == "TaskDuration"))


def main(count: int = 20_000) -> None:
    """Write the report, open it and move the sliders."""
    print(f"{count} developments; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    browser_path = next(found for name in NAMES if (found := shutil.which(name)))
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        file, report = Path(folder) / "history.jsonl", Path(folder) / "report.html"
        with file.open("w", encoding="utf-8") as out:
            out.writelines(json.dumps(row) + "\n" for row in rows(count))
        db = ("--db", str(Path(folder) / "desk.db"), "--by", "bench")
        run(*db, "import", str(file), "--backfill")
        began = time.perf_counter()
        run(*db, "report", "--out", str(report))
        size = report.stat().st_size / 1e6
        print(f"{'tracker report':42} {time.perf_counter() - began:6.1f} s, {size:.1f} MB")
        browser = playwright.chromium.launch(executable_path=browser_path, args=list(QUIET))
        for width, height in ((1280, 800), (3840, 2160)):
            page = browser.new_page(viewport={"width": width, "height": height})
            began = time.perf_counter()
            page.goto(report.as_uri())
            print(f"{f'{width} x {height}: opened after':42} {time.perf_counter() - began:6.1f} s")
            cdp = page.context.new_cdp_session(page)
            cdp.send("Performance.enable", {"timeDomain": "threadTicks"})
            told("as of", page, cdp, "as-of")
            told("known at", page, cdp, "known-at")
            page.evaluate("location.hash = '#open=init-000001'")
            told("as of, with a card", page, cdp, "as-of")
            page.evaluate("location.hash = '#show=changes&since=2018-01-01&axis=reported'")
            told("as of, with what changed since", page, cdp, "as-of")
            page.close()
        browser.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 20_000)
