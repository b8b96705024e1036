"""Tests of fetching: good and bad mirrors on the loopback interface, caches good and bad."""

import gzip
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pooch
import pytest

from nbcourse.data import DataError, fetch_mnist, mnist_files
from nbcourse.data.mnist_files import cache_folder, find_files

REFUSED = "http://127.0.0.1:9/"  # the discard port
IMAGES = "train-images-idx3-ubyte.gz"  # the file that is fetched first
PORTAL = b"<html>Please sign in to use this network.</html>"


def left_in(folder: Path) -> list[str]:
    """List the names in a folder."""
    return sorted(path.name for path in folder.iterdir())


def test_good_mirror_fills_the_cache(
    small_set: Any, cache: Path, serve: Callable[..., Any]
) -> None:
    """All four files are fetched, a second call asks nobody, and a missing slash does no harm."""
    mirror = serve(small_set.gz)

    assert fetch_mnist(mirrors=[mirror.url.rstrip("/")]) == cache
    assert fetch_mnist(mirrors=[REFUSED]) == cache
    assert left_in(cache) == sorted(small_set.gz)
    assert len(mirror.requests) == 4


def test_fetching_is_silent_unless_asked(
    small_set: Any,
    serve: Callable[..., Any],
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing is printed or logged by default; with `progress` there is a bar a file."""
    logger = pooch.get_logger()
    logger.setLevel(logging.INFO)  # as pooch leaves it
    monkeypatch.setattr(logger, "handlers", [logging.StreamHandler()])
    fetch_mnist(mirrors=[serve(small_set.gz).url])
    silent = capfd.readouterr()
    for path in find_files(cache_folder()):
        path.unlink()
    fetch_mnist(mirrors=[serve(small_set.gz).url], progress=True)
    shown = capfd.readouterr()

    assert (silent.out, silent.err) == ("", "")
    assert "100%" in shown.err


def test_second_mirror_is_asked_when_the_first_is_dead(
    small_set: Any, cache: Path, serve: Callable[..., Any]
) -> None:
    """A refused port, then a missing page, then a good mirror: the files come from the last."""
    missing, good = serve({}), serve(small_set.gz)

    fetch_mnist(mirrors=[REFUSED, missing.url, good.url])

    assert left_in(cache) == sorted(small_set.gz)
    assert missing.requests == [IMAGES]
    assert mnist_files.dead_mirrors == {REFUSED, missing.url}


def test_files_may_come_from_two_mirrors(
    small_set: Any, cache: Path, serve: Callable[..., Any]
) -> None:
    """What a mirror gave before it failed is kept, since its sum was right."""
    first, second = serve({IMAGES: small_set.gz[IMAGES]}), serve(small_set.gz)

    fetch_mnist(mirrors=[first.url, second.url])

    assert IMAGES not in second.requests
    assert left_in(cache) == sorted(small_set.gz)


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ({}, "HTTPError"),
        ({"other": (200, PORTAL)}, "wrong checksum"),
        ({"other": (503, PORTAL)}, "HTTPError"),
        ({"other": (200, gzip.compress(PORTAL))}, "wrong checksum"),
        ({"other": (200, bytes(5000)), "cut": 100}, "Error"),
        ({"other": (200, b""), "cut": 0}, "wrong checksum"),
    ],
)
def test_bad_mirror_leaves_nothing_behind(
    small_set: Any, cache: Path, serve: Callable[..., Any], answers: dict[str, Any], reason: str
) -> None:
    """A missing page, a sign-in page, a cut connection: one sentence, and an empty cache."""
    mirror = serve({}, **answers)
    with pytest.raises(DataError, match=f"could not be fetched from {mirror.url} .*{reason}"):
        fetch_mnist(mirrors=[mirror.url])
    assert left_in(cache) == []


def test_altered_file_is_not_kept(small_set: Any, cache: Path, serve: Callable[..., Any]) -> None:
    """Right pixels in another gzip, or one wrong pixel, are refused from a mirror."""
    again = gzip.compress(gzip.decompress(small_set.gz[IMAGES]), 1, mtime=0)
    wrong = serve({**small_set.gz, IMAGES: again})
    with pytest.raises(DataError, match="wrong checksum"):
        fetch_mnist(mirrors=[wrong.url])
    assert left_in(cache) == []


def test_silent_mirror_is_given_up(
    small_set: Any, serve: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mirror that accepts the connection and then says nothing counts as dead."""
    monkeypatch.setattr(mnist_files, "TIMEOUT", 0.1)
    with pytest.raises(DataError, match="ReadTimeout"):
        fetch_mnist(mirrors=[serve(small_set.gz, wait=0.5).url])


def test_no_mirror_is_an_error(small_set: Any) -> None:
    """An empty list of mirrors is the same sentence."""
    with pytest.raises(DataError, match="could not be fetched from any mirror"):
        fetch_mnist(mirrors=[])


def test_offline_asks_nobody(
    small_set: Any, cache: Path, serve: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With NBCOURSE_OFFLINE the cache is used when complete, and otherwise no mirror is asked."""
    monkeypatch.setenv("NBCOURSE_OFFLINE", "1")
    mirror = serve(small_set.gz)
    with pytest.raises(DataError, match=f"not in {cache}, and NBCOURSE_OFFLINE forbids"):
        fetch_mnist(mirrors=[mirror.url])
    small_set.write(cache, zipped=True)

    assert fetch_mnist(mirrors=[mirror.url]) == cache
    assert mirror.requests == []


def test_unwritable_cache_is_named(
    small_set: Any, serve: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A cache below a regular file, which nobody can write to, is an error before any request."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("NBCOURSE_CACHE", str(tmp_path / "file"))
    mirror = serve(small_set.gz)
    with pytest.raises(DataError, match=r"cannot write to the cache .*file.*in NBCOURSE_CACHE"):
        fetch_mnist(mirrors=[mirror.url])
    assert mirror.requests == []


def test_cache_lies_where_the_variable_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """NBCOURSE_CACHE wins, a tilde is the home folder; without it the user's own cache is used."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NBCOURSE_CACHE", "~/there")
    assert cache_folder() == tmp_path / "there" / "mnist"
    monkeypatch.delenv("NBCOURSE_CACHE")
    assert "nbcourse" in cache_folder().parts


def test_folder_that_may_not_be_entered_holds_no_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A folder without permission is like an empty one, not a crash."""

    def forbidden(_: Path) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "is_file", forbidden)
    assert find_files(tmp_path) == []


def test_pinned_sums_are_whole() -> None:
    """Four files, eight different sums of 64 hexadecimal digits, and mirrors that are encrypted."""
    sums = {s for file in mnist_files.FILES for s in (file.gz_sha256, file.raw_sha256)}

    assert len(mnist_files.FILES) == 4
    assert len(sums) == 8
    assert all(len(bytes.fromhex(s)) == 32 for s in sums)
    assert all(m.startswith("https://") and m.endswith("/") for m in mnist_files.MIRRORS)
