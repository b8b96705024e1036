"""Benchmark: what Lighthouse says of the pages, on a desktop and on a simulated phone.

    python -m benchmarks.lighthouse [--pages PAGE ...] [--out FILE]

Lighthouse is fetched by npm on first use, into `_build/lighthouse`, and drives the Chromium of the
machine over the built site, served compressed. Scores jitter with the load of the machine: each
page is measured `--times` times and the median counts. Prints a table and what misses the bars.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sphinx_external_toc.parsing import parse_toc_yaml
from tqdm import tqdm

from benchmarks.run import machine
from book._ext import browser
from book._ext.node import node, npm
from book._ext.server import serving

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "_build" / "html"
FOLDER = ROOT / "_build" / "lighthouse"
RESULT = ROOT / "benchmarks" / "results" / "lighthouse.json"
VERSION = "13.5.0"
FORMS = {"desktop": ("--preset=desktop",), "phone": ()}
BARS = {"desktop": 0.95, "phone": 0.80}
"""Performance; accessibility must be 1."""
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
METRICS = {
    "first_paint_ms": "first-contentful-paint",
    "largest_paint_ms": "largest-contentful-paint",
    "blocked_ms": "total-blocking-time",
    "shift": "cumulative-layout-shift",
    "bytes": "total-byte-weight",
}


@dataclass(frozen=True)
class Row:
    """One page on one kind of screen: medians.

    Attributes:
        page: its name.
        form: `desktop` or `phone`.
        scores: of each category, from 0 to 1.
        metrics: milliseconds, share of the screen that moved, bytes.
        failed: the audits of accessibility that did not pass.
    """

    page: str
    form: str
    scores: dict[str, float]
    metrics: dict[str, float]
    failed: list[str]


def install(folder: Path = FOLDER) -> Path:
    """Fetch Lighthouse once and return its program.

    Raises:
        RuntimeError: npm failed; its own last words are in the message.
    """
    program = folder / "node_modules" / "lighthouse" / "cli" / "index.js"
    if not program.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        options = ("--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(folder))
        npm("install", f"lighthouse@{VERSION}", *options)
    return program


def audit(program: Path, url: str, form: str) -> dict[str, Any]:
    """One run of Lighthouse.

    Raises:
        RuntimeError: it failed; its own last words are in the message.
    """
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "report.json"
        options = [
            url,
            "--quiet",
            "--output=json",
            f"--output-path={out}",
            f"--only-categories={','.join(CATEGORIES)}",
            f"--chrome-flags=--headless=new {' '.join(browser.FLAGS)}",
            *FORMS[form],
        ]
        node(program, *options, env={"CHROME_PATH": str(browser.program())})
        report: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return report


def row(page: str, form: str, reports: Sequence[dict[str, Any]]) -> Row:
    """The medians of some runs on one page."""
    scores = {
        name: statistics.median(report["categories"][name]["score"] for report in reports)
        for name in CATEGORIES
    }
    metrics = {
        name: round(statistics.median(r["audits"][audit]["numericValue"] for r in reports), 4)
        for name, audit in METRICS.items()
    }
    last = reports[-1]
    failed = [
        each["id"]
        for each in last["categories"]["accessibility"]["auditRefs"]
        if each["weight"] and last["audits"][each["id"]]["score"] == 0
    ]
    return Row(page, form, scores, metrics, failed)


def misses(rows: Sequence[Row]) -> list[str]:
    """One sentence for each bar that is missed."""
    found = []
    for each in rows:
        where = f"{each.page} on a {each.form}"
        if each.scores["performance"] < BARS[each.form]:
            score, bar = each.scores["performance"], BARS[each.form]
            found.append(f"{where}: performance {score:.2f}, wanted {bar:.2f}")
        if each.scores["accessibility"] < 1:
            why = ", ".join(each.failed) or "no single audit failed"
            found.append(f"{where}: accessibility {each.scores['accessibility']:.2f} ({why})")
    return found


def line(each: Row) -> str:
    """One line of the table."""
    scores = "".join(f"{each.scores[name]:>7.2f}" for name in CATEGORIES)
    m = each.metrics
    times = f"{m['first_paint_ms']:>8.0f}{m['largest_paint_ms']:>8.0f}{m['blocked_ms']:>8.0f}"
    return (
        f"{each.page:<34}{each.form:<9}{scores}{times}{m['shift']:>8.3f}{m['bytes'] / 1000:>7.0f}"
    )


HEAD = (
    f"{'page':<34}{'screen':<9}{'perf':>7}{'a11y':>7}{'best':>7}{'seo':>7}"
    f"{'FCP ms':>8}{'LCP ms':>8}{'TBT ms':>8}{'CLS':>8}{'kB':>7}"
)


def chapters() -> list[str]:
    """The chapters of the book."""
    return [name for name in parse_toc_yaml(ROOT / "book" / "_toc.yml") if name[:2].isdigit()]


def keep(rows: Sequence[Row], times: int, out: Path | None) -> None:
    """Write what was measured so far: a run over the whole book takes a while."""
    if out is not None:
        content = {
            "lighthouse": VERSION,
            "machine": machine() | {"load": [round(load, 1) for load in os.getloadavg()]},
            "times": times,
            "rows": [asdict(each) for each in rows],
            "misses": misses(rows),
        }
        out.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, keep; return how many bars were missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lighthouse", description=__doc__)
    parser.add_argument("--pages", nargs="+", help="some pages; without it, all chapters")
    parser.add_argument("--times", type=int, default=1, help="runs on each page")
    parser.add_argument("--out", type=Path, help="where to keep the result as JSON")
    options = parser.parse_args(arguments)
    program = install()
    rows = []
    work = [(page, form) for page in options.pages or chapters() for form in FORMS]
    print(HEAD)
    with serving(SITE) as address:
        for page, form in tqdm(work, disable=not sys.stderr.isatty()):
            url = f"{address}/{page}.html"
            rows.append(row(page, form, [audit(program, url, form) for _ in range(options.times)]))
            print(line(rows[-1]), flush=True)
            keep(rows, options.times, options.out)
    missed = misses(rows)
    print("\n".join(["", *missed] if missed else ["", "No bar is missed."]))
    return len(missed)


if __name__ == "__main__":
    sys.exit(main() > 0)
