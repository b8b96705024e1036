"""The benchmark of the pages: medians are taken, and what misses a bar is named."""

from benchmarks.lighthouse import BARS, CATEGORIES, METRICS, line, misses, row


def report(performance: float, accessibility: float = 1.0) -> dict:
    """What Lighthouse would write."""
    scores = dict.fromkeys(CATEGORIES, 1.0)
    scores |= {"performance": performance, "accessibility": accessibility}
    audits = {name: {"numericValue": 1.0, "score": 1} for name in METRICS.values()}
    audits["image-alt"] = {"score": int(accessibility == 1)}
    categories = {name: {"score": score, "auditRefs": []} for name, score in scores.items()}
    categories["accessibility"]["auditRefs"] = [{"id": "image-alt", "weight": 10}]
    return {"categories": categories, "audits": audits}


def test_the_median_of_runs_counts() -> None:
    """One slow run does not decide."""
    found = row("index", "desktop", [report(0.5), report(0.97), report(0.99)])
    assert found.scores["performance"] == 0.97
    assert misses([found]) == []
    assert "index" in line(found)


def test_what_misses_a_bar_is_named() -> None:
    """A slow page, and a picture without a text."""
    slow = row("index", "phone", [report(BARS["phone"] - 0.01, accessibility=0.9)])
    performance, accessibility = misses([slow])
    assert "performance 0.79, wanted 0.80" in performance
    assert "image-alt" in accessibility
