"""Which answers are suspiciously alike: fingerprints of normalized syntax, compared across a class.

Winnowing (Schleimer, Wilkerson and Aiken, 2003, "Winnowing: local algorithms for document
fingerprinting", SIGMOD, section 3): of every window of hashed k-grams the smallest is kept, so that
any common run of tokens of a certain length is found in both. Names, comments, layout and numbers
are normalized away first; what many answers share, and what the course itself gives, is left out.
"""

import ast
import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from nbcourse.grading.records import Submission

K = 12  # tokens of a k-gram
WINDOW = 6  # k-grams of a window: every common run of K + WINDOW - 1 tokens is found
COMMON = 0.2  # what more than this share of a class has in common says nothing
LEAST = 25  # fingerprints below which an answer is too short to say anything
_MOST_SHARED = 60  # holders of a fingerprint beyond which its pairs are not counted
_FEW = 4  # students who may share something without its being common


@dataclass(frozen=True)
class Pair:
    """Two submissions, and how alike they are.

    Attributes:
        first, second: ids of the students.
        score: share of the shorter one's own fingerprints that the other has, from 0 to 1.
        shared: how many fingerprints that is.
    """

    first: str
    second: str
    score: float
    shared: int


def similar(
    submissions: Iterable[Submission], *, given: Sequence[str] = (), at_least: float = 0.8
) -> list[Pair]:
    """Pairs of students whose code is alike beyond what the class has in common.

    Args:
        submissions: of one assignment; of several attempts of a student the last one counts.
        given: code that everybody has, such as the release notebook's cells.
        at_least: the lowest score that is listed.

    Returns:
        The pairs, the most alike first.
    """
    everybody = {mark for source in given for mark in fingerprints(source)}
    prints: dict[str, frozenset[int]] = {}
    for submission in submissions:
        marks = {m for _, source in submission.cells for m in fingerprints(source)}
        prints[submission.student] = frozenset(marks - everybody)
    counts = Counter(mark for marks in prints.values() for mark in marks)
    common = {m for m, n in counts.items() if n > max(_FEW, COMMON * len(prints))}
    own = {student: marks - common for student, marks in prints.items()}
    return sorted(
        _pairs({s: m for s, m in own.items() if len(m) >= LEAST}, at_least),
        key=lambda pair: (-pair.score, pair.first, pair.second),
    )


def _pairs(own: Mapping[str, frozenset[int]], at_least: float) -> Iterator[Pair]:
    """Only students who share something are compared, by an index from mark to holders."""
    holders: dict[int, list[str]] = defaultdict(list)
    for student in sorted(own):
        for mark in own[student]:
            holders[mark].append(student)
    shared: Counter[tuple[str, str]] = Counter()
    for students in holders.values():
        if len(students) <= _MOST_SHARED:
            shared.update(combinations(students, 2))
    for (first, second), n in shared.items():
        score = n / min(len(own[first]), len(own[second]))
        if score >= at_least:
            yield Pair(first, second, score, n)


def fingerprints(source: str) -> set[int]:
    """The winnowed fingerprints of a piece of code; none where it does not parse."""
    tokens = list(_tokens(source))
    grams = [_hash(" ".join(tokens[k : k + K])) for k in range(len(tokens) - K + 1)]
    if not grams:
        return set()
    last = max(1, len(grams) - WINDOW + 1)
    return {min(grams[k : k + WINDOW]) for k in range(last)}


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def _tokens(source: str) -> Iterator[str]:
    """The kinds of the nodes in preorder; of names only those of attributes are kept."""
    try:
        stack: list[ast.AST] = [ast.parse(source)]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue  # a docstring
        yield type(node).__name__ + (f".{node.attr}" if isinstance(node, ast.Attribute) else "")
        stack.extend(reversed(list(ast.iter_child_nodes(node))))
