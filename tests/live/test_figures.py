"""What every live figure must keep, whatever it shows; run in Node, without a browser."""

import re
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup

from book._ext.node import node
from tests.live.conftest import FIGURES, ROOT, data_of, figure_names, run

PICTURES = ROOT / "book" / "images" / "live"


def faults(name, figure=None):
    """What is wrong with a figure, one sentence each."""
    said = run(figure or FIGURES / f"{name}.mjs", [{}], data_of(name))
    (shown,) = said["found"]
    found = []
    if shown["search"] != "?other=1":
        found.append(f"the first state is in the address: {shown['search']}")
    if not 20 <= len(shown["summary"]) <= 400:
        found.append(f"the summary has {len(shown['summary'])} characters")
    if "NaN" in shown["svg"] or "undefined" in shown["svg"] + shown["summary"]:
        found.append("the picture or the sentence shows NaN or undefined")
    if any(len(row) != len(shown["table"]["head"]) for row in shown["table"]["rows"]):
        found.append("a row of the table is not as long as its head")
    page = BeautifulSoup(said["html"], "html.parser")
    for field in page.select("input, select"):
        label = page.select_one(f'label[for="{field["id"]}"]')
        if label is None or not label.get_text().strip():
            found.append(f"{field['id']} has no label")
    ElementTree.fromstring(f"<svg>{shown['svg']}</svg>")
    sizes = [float(each) for each in re.findall(r'font-size="([\d.]+)"', shown["svg"])]
    if sizes and min(sizes) < 12:
        found.append(f"text of size {min(sizes)} is too small for a phone")
    return found


@pytest.mark.parametrize("name", figure_names())
def test_figure_is_whole(name):
    """A clean address, a sentence, a table, labels, a picture that is well-formed and readable."""
    assert faults(name) == []


@pytest.mark.parametrize("name", figure_names())
def test_every_extreme_of_every_control_can_be_shown(name):
    """The ends of each slider and all choices give a picture and survive the address."""
    first = run(FIGURES / f"{name}.mjs", [{}], data_of(name))
    changes = []
    for control in first["controls"]:
        if control["kind"] == "range":
            changes += [{control["key"]: control[end]} for end in ("min", "max")]
        elif control["kind"] == "choice":
            changes += [{control["key"]: value} for value, _ in control["options"]]
        elif control["kind"] == "switch":
            changes += [{control["key"]: value} for value in (True, False)]
        elif control["kind"] == "text":
            changes += [{control["key"]: "<b>&"}]
    for each in run(FIGURES / f"{name}.mjs", changes, data_of(name))["found"]:
        assert each["again"] == each["state"]
        assert "NaN" not in each["svg"]
        assert "<b>" not in each["svg"]
        ElementTree.fromstring(f"<svg>{each['svg']}</svg>")


@pytest.mark.parametrize("name", figure_names())
def test_picture_is_that_of_the_figure(name):
    """The committed picture has the bytes that the figure gives now: make pictures."""
    text = node(ROOT / "book" / "_live" / "picture.mjs", name)
    assert (PICTURES / f"{name}.svg").read_text(encoding="utf-8") == text


def test_faults_are_noticed(planted):
    """The planted case: tiny text, a row that is too short, a sentence without a number."""
    wrong = planted("hinges", "Mean squared distance", "Distance")
    text = wrong.read_text(encoding="utf-8")
    text = text.replace("String(j + 1), words(state[`w${j}`])", "String(j + 1)")
    text = text.replace("`The sum has ${pieces} straight", "`${undefined} ${[][0]}")
    text = text.replace("      axes,", "      axes, text(9, 9, 9, { size: 9 }),")
    wrong.write_text(text, encoding="utf-8")
    found = " ".join(faults("hinges", wrong))
    for fault in ("undefined", "not as long as its head", "size 9.0 is too small"):
        assert fault in found
