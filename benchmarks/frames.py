"""Benchmark: how long the live figures need for a frame, in the Chromium of this machine.

    python -m benchmarks.frames [FIGURE ...]

Every slider of a figure goes from one end to the other on the built page of its chapter, one step a
frame. Printed are the median and the slowest tenth of the milliseconds that computing and drawing
took. A screen shows 60 frames a second, so 16 ms are the bar. Wants a quiet machine.
"""

import argparse
import statistics
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from book._ext import browser
from book._ext.live import figure_names
from book._ext.server import serving

ROOT = Path(__file__).resolve().parents[1]
BAR = 16.0  # ms
STEPS = 24  # of each slider
# Moves every slider through its range, a step in each frame; returns the time of each frame.
SWEEP = """
async ([element, steps]) => {
  const { live } = element, times = [];
  await live.ready();
  for (const { kind, key, min, max } of live.figure.controls) {
    if (kind !== "range") continue;
    for (let k = 0; k <= steps; k++) {
      const drawn = element.dataset.drawn;
      live.change({ ...live.state, [key]: min + ((max - min) * k) / steps });
      while (element.dataset.drawn === drawn) await new Promise(requestAnimationFrame);
      times.push(live.frameTime);
    }
    live.change({ ...live.state, [key]: live.figure.controls.find((c) => c.key === key).value });
  }
  return times;
}
"""


def page_of(name: str) -> str:
    """The chapter that shows a figure.

    Raises:
        LookupError: none does.
    """
    for file in sorted((ROOT / "book").glob("[0-9][0-9]_*.ipynb")):
        if f"images/live/{name}.svg" in file.read_text(encoding="utf-8"):
            return file.stem
    raise LookupError(f"no chapter shows the figure {name}")


def measured(names: Sequence[str]) -> Iterator[tuple[str, list[float]]]:
    """The name of each figure and the milliseconds of its frames."""
    from playwright.sync_api import sync_playwright

    with serving(ROOT / "_build" / "html") as address, sync_playwright() as playwright:
        running = browser.launch(playwright)
        for name in names:
            page = running.new_page()
            page.goto(f"{address}/{page_of(name)}.html", wait_until="load")
            figure = page.locator(f'.live[data-figure="{name}"]')
            yield name, page.evaluate(SWEEP, [figure.element_handle(), STEPS])
            page.close()
        running.close()


def line(name: str, times: Sequence[float]) -> str:
    """One line of the table.

    >>> line("hinges", [1.0, 2.0, 3.0])
    'hinges          3      2.0      3.0'
    """
    slow = sorted(times)[int(0.9 * (len(times) - 1) + 0.5)]
    return f"{name:12}{len(times):5}{statistics.median(times):9.1f}{slow:9.1f}"


def main() -> int:
    """Measure and print; 1 when the median of a figure misses the bar."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.frames")
    parser.add_argument("figures", nargs="*", help="default: all")
    names = parser.parse_args().figures or figure_names()
    unknown = sorted(set(names) - set(figure_names()))
    if unknown:
        print(f"there is no figure {unknown[0]}: {', '.join(figure_names())}", file=sys.stderr)
        return 2
    print(f"{'figure':12}{'n':>5}{'median':>9}{'90 %':>9}   ms a frame")
    slow = []
    for name, times in measured(names):
        print(line(name, times))
        if statistics.median(times) > BAR:
            slow.append(name)
    print(f"above {BAR:.0f} ms: {', '.join(slow)}" if slow else "No bar is missed.")
    return int(bool(slow))


if __name__ == "__main__":
    sys.exit(main())
