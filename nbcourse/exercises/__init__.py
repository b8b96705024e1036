"""The exercises of the course: one package a chapter, one module an exercise, specifications only.

A module has the name of its exercise in lower case and ends with `EXERCISE`. A package says which
chapter it belongs to in `CHAPTER`; its module `drivers` holds public code that calls an answer.
"""

import importlib
import pkgutil
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from nbcourse.checking.spec import Exercise
from nbcourse.errors import InputError

_NO_EXERCISE = {"drivers"}


@dataclass(frozen=True)
class Chapter:
    """The exercises of one chapter.

    Attributes:
        stem: file name of the chapter without its ending, e.g. "05_backpropagation".
        topic: name of its package here, e.g. "backpropagation".
        names: names of its modules, one an exercise, in alphabetical order.
    """

    stem: str
    topic: str
    names: tuple[str, ...]


@cache
def chapters() -> tuple[Chapter, ...]:
    """All chapters that have exercises, in the order of the book."""
    found = []
    for package in pkgutil.iter_modules([str(Path(__file__).parent)]):
        if package.ispkg:
            module = importlib.import_module(f"{__name__}.{package.name}")
            inside = pkgutil.iter_modules(module.__path__)
            names = tuple(sorted(m.name for m in inside if m.name not in _NO_EXERCISE))
            found.append(Chapter(module.CHAPTER, package.name, names))
    return tuple(sorted(found, key=lambda chapter: chapter.stem))


def find_chapter(key: str) -> Chapter:
    """The chapter with a number ("05" or "5"), topic or stem.

    Raises:
        InputError: when there is none.
    """
    for chapter in chapters():
        number = chapter.stem.split("_")[0]
        if key in (chapter.stem, chapter.topic, number, number.lstrip("0")):
            return chapter
    stems = ", ".join(chapter.stem for chapter in chapters())
    raise InputError(f"there is no chapter {key!r} with exercises; there are {stems}")


@cache
def of_chapter(key: str) -> tuple[Exercise, ...]:
    """The exercises of a chapter, in their order."""
    chapter = find_chapter(key)
    exercises = [_load(chapter.topic, name) for name in chapter.names]
    return tuple(sorted(exercises, key=lambda exercise: exercise.number))


@cache
def find(name: str) -> Exercise:
    """The exercise in which a function or class of this name is written.

    Raises:
        InputError: when there is none.
    """
    for chapter in chapters():
        if name.lower() in chapter.names:
            exercise = _load(chapter.topic, name.lower())
            if exercise.name == name:
                return exercise
    raise InputError(f"no exercise asks for {name!r}; `nbcourse progress` lists them all")


def all_exercises() -> tuple[Exercise, ...]:
    """Every exercise of the course, in the order of the book."""
    return tuple(exercise for chapter in chapters() for exercise in of_chapter(chapter.stem))


@cache
def _load(topic: str, module: str) -> Exercise:
    exercise = importlib.import_module(f"{__name__}.{topic}.{module}").EXERCISE
    return replace(exercise, topic=topic)
