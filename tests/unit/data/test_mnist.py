"""Tests of `load_mnist`: the embedded digits, and where the full set is looked for."""

import hashlib
import os
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from nbcourse.data import DataError, Dataset, available, load_mnist, mnist, mnist_files

NOWHERE = ("http://127.0.0.1:9/",)  # the discard port: refused at once
DATA = os.environ.get("NBCOURSE_DATA")  # read before a fixture takes it away


@pytest.fixture(scope="module")
def embedded() -> Dataset:
    """Load the embedded digits once."""
    return load_mnist()


@pytest.fixture(scope="module")
def stored() -> dict[str, NDArray[Any]]:
    """Give the arrays of the embedded file as they are stored."""
    path = resources.files("nbcourse.data") / mnist._EMBEDDED
    with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        return dict(arrays)


def test_embedded_file_has_its_published_sum_and_a_notice() -> None:
    """The file is package data; its notice holds its sum and names the terms."""
    path = resources.files("nbcourse.data") / mnist._EMBEDDED
    notice = (resources.files("nbcourse.data") / "embedded/mnist/NOTICE.md").read_text()
    found = hashlib.sha256(path.read_bytes()).hexdigest()

    assert found in notice
    for term in ("Attribution-ShareAlike 3.0", "Yann LeCun", "Corinna Cortes", "Changes"):
        assert term in notice


def test_embedded_digits_are_balanced_and_scaled(embedded: Dataset) -> None:
    """6,000 + 1,000 images, as many of each class, with the mean pixel of MNIST."""
    assert (embedded.x_train.shape, embedded.x_test.shape) == ((6000, 784), (1000, 784))
    assert (embedded.x_train.dtype, embedded.y_train.dtype) == (np.float32, np.int64)
    assert np.bincount(embedded.y_train).tolist() == [600] * 10
    assert np.bincount(embedded.y_test).tolist() == [100] * 10
    for x in (embedded.x_train, embedded.x_test):
        assert (x.min(), x.max()) == (0.0, 1.0)
        assert abs(x.mean(dtype=np.float64) - 0.1307) < 0.01
    assert embedded.describe() == "MNIST: embedded subset, 6,000 + 1,000 images"


def test_embedded_images_are_all_different(stored: dict[str, NDArray[Any]]) -> None:
    """No position is drawn twice, all are in range, and no test image is a training image."""
    for part, n, n_all in (("train", 6000, 60_000), ("test", 1000, 10_000)):
        index = stored[f"{part}_index"]
        assert len(np.unique(index)) == n
        assert index.min() >= 0
        assert index.max() < n_all
    images = np.concatenate([stored["x_train"], stored["x_test"]]).reshape(7000, -1)
    assert len(np.unique(images, axis=0)) == 7000


def test_order_of_the_embedded_digits_tells_nothing(embedded: Dataset) -> None:
    """The first tenth of either part holds every class: neither is sorted."""
    assert len(set(embedded.y_train[:600].tolist())) == 10
    assert len(set(embedded.y_test[:100].tolist())) == 10


def test_embedded_digits_depend_on_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, embedded: Dataset
) -> None:
    """Neither a variable nor a mirror has an effect on the default."""
    for name in ("NBCOURSE_DATA", "NBCOURSE_CACHE"):
        monkeypatch.setenv(name, str(tmp_path / "absent"))
    again = load_mnist(mirrors=NOWHERE)

    np.testing.assert_array_equal(again.x_train, embedded.x_train)
    assert not (tmp_path / "absent").exists()


@pytest.mark.parametrize("content", [b"", b"not an archive", None])
def test_damaged_embedded_file_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None
) -> None:
    """An embedded file that was altered, or is gone, is not read."""
    file = tmp_path / mnist._EMBEDDED
    if content is not None:
        file.parent.mkdir(parents=True)
        file.write_bytes(content)
    monkeypatch.setattr(resources, "files", lambda _: tmp_path)
    with pytest.raises(DataError, match="embedded MNIST subset is missing or damaged; install"):
        load_mnist()


@pytest.mark.parametrize("full", ["yes", None, 2])
def test_unknown_choice_is_refused(full: Any) -> None:
    """Only False, True and 'auto' are choices."""
    with pytest.raises(ValueError, match="wants full to be False, True or 'auto', got"):
        load_mnist(full=full)


@pytest.mark.parametrize("full", [True, "auto"])
@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("below", ["", "mnist"])
def test_folder_comes_first(
    small_set: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    full: Any,
    zipped: bool,
    below: str,
) -> None:
    """Raw or gzipped files in NBCOURSE_DATA, or in mnist/ below it, are taken before all else."""
    small_set.write(tmp_path / "own" / below, zipped=zipped)
    monkeypatch.setenv("NBCOURSE_DATA", str(tmp_path / "own"))

    data = load_mnist(full=full, mirrors=NOWHERE)

    assert data.source == f"full set from {tmp_path / 'own'}"
    np.testing.assert_array_equal(data.y_train, small_set.arrays[1])
    np.testing.assert_array_equal(
        np.rint(data.x_test * 255).reshape(10, 28, 28), small_set.arrays[2]
    )


@pytest.mark.parametrize("full", [True, "auto"])
def test_bad_folder_is_never_passed_over(
    small_set: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cache: Path, full: Any
) -> None:
    """A folder that is named but absent, or holds an altered file, is an error in both choices."""
    small_set.write(cache, zipped=True)
    monkeypatch.setenv("NBCOURSE_DATA", str(tmp_path / "own"))
    with pytest.raises(DataError, match=r"NBCOURSE_DATA names .*own, which is not a folder"):
        load_mnist(full=full, mirrors=NOWHERE)

    small_set.write(tmp_path / "own", zipped=False)
    labels = tmp_path / "own" / "t10k-labels-idx1-ubyte"
    labels.write_bytes(labels.read_bytes()[:-1] + b"\x0b")
    with pytest.raises(DataError, match="t10k-labels-idx1-ubyte is damaged or altered"):
        load_mnist(full=full, mirrors=NOWHERE)


def test_incomplete_folder_leads_to_the_cache(
    small_set: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cache: Path
) -> None:
    """When one of the four files is missing in the folder, the cache is asked."""
    small_set.write(cache, zipped=True)
    own = small_set.write(tmp_path / "own", zipped=False)
    (own / "train-labels-idx1-ubyte").unlink()
    monkeypatch.setenv("NBCOURSE_DATA", str(own))

    assert load_mnist(full=True, mirrors=NOWHERE).source == "full set from the cache"


def test_full_set_is_fetched_then_cached(small_set: Any, serve: Callable[..., Any]) -> None:
    """The first call asks a mirror for four files, the second asks nobody."""
    mirror = serve(small_set.gz)

    first = load_mnist(full=True, mirrors=[mirror.url])
    second = load_mnist(full="auto", mirrors=NOWHERE)

    assert sorted(mirror.requests) == sorted(small_set.gz)
    assert first.describe() == "MNIST: full set from the cache, 20 + 10 images"
    np.testing.assert_array_equal(first.x_train, second.x_train)


def test_damaged_cache_is_fetched_again(
    small_set: Any, cache: Path, serve: Callable[..., Any]
) -> None:
    """A file that was altered in the cache is replaced, without asking for the others."""
    small_set.write(cache, zipped=True)
    (cache / "train-labels-idx1-ubyte.gz").write_bytes(b"damaged")
    mirror = serve(small_set.gz)

    data = load_mnist(full=True, mirrors=[mirror.url])

    assert mirror.requests == ["train-labels-idx1-ubyte.gz"]
    np.testing.assert_array_equal(data.y_train, small_set.arrays[1])


def test_auto_falls_back_and_remembers(
    small_set: Any, serve: Callable[..., Any], embedded: Dataset
) -> None:
    """Without the full set, 'auto' gives the embedded one, and asks a failed mirror only once."""
    mirror = serve({})

    sources = [load_mnist(full="auto", mirrors=[mirror.url]).source for _ in range(3)]

    assert sources == [embedded.source] * 3
    assert len(mirror.requests) == 1


def test_full_asks_a_failed_mirror_again(small_set: Any, serve: Callable[..., Any]) -> None:
    """Whoever asks for the full set outright is not held up by an earlier failure."""
    files: dict[str, bytes] = {}
    mirror = serve(files)
    load_mnist(full="auto", mirrors=[mirror.url])
    files.update(small_set.gz)

    assert load_mnist(full=True, mirrors=[mirror.url]).source == "full set from the cache"
    assert mnist_files.dead_mirrors == set()


def test_missing_full_set_is_one_sentence(
    small_set: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cache: Path
) -> None:
    """The error names each place that was tried, and what to do."""
    monkeypatch.setenv("NBCOURSE_DATA", str(tmp_path))
    with pytest.raises(DataError) as caught:
        load_mnist(full=True, mirrors=NOWHERE)

    for part in (str(tmp_path), str(cache), NOWHERE[0], "ConnectionError", "in NBCOURSE_DATA"):
        assert part in str(caught.value)
    assert "\n" not in str(caught.value)


def test_available_says_where_each_set_is(
    small_set: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cache: Path
) -> None:
    """The full set is not fetched, then in the cache, then in the folder, which comes first."""
    places = [available()[1].place]
    small_set.write(cache, zipped=True)
    places.append(available()[1].place)
    monkeypatch.setenv("NBCOURSE_DATA", str(small_set.write(tmp_path / "own", zipped=False)))
    places.append(available()[1].place)

    assert places == ["not fetched yet", str(cache), str(tmp_path / "own")]
    assert [entry.name for entry in available()] == ["mnist-small", "mnist"]
    assert all("CC BY-SA 3.0" in entry.license for entry in available())


@pytest.mark.slow
@pytest.mark.skipif(not DATA, reason="no full MNIST: NBCOURSE_DATA is not set")
def test_embedded_rows_are_official_rows(
    monkeypatch: pytest.MonkeyPatch, embedded: Dataset, stored: dict[str, NDArray[Any]]
) -> None:
    """Each embedded image and label equals the published one at its stored position."""
    monkeypatch.setenv("NBCOURSE_DATA", str(DATA))
    full = load_mnist(full=True, mirrors=NOWHERE)

    assert (full.x_train.shape, full.x_test.shape) == ((60_000, 784), (10_000, 784))
    assert np.bincount(full.y_test).tolist() == [
        980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009,
    ]  # fmt: skip
    assert abs(full.x_train.mean(dtype=np.float64) - 0.1307) < 0.0001
    assert abs(full.x_train.std(dtype=np.float64) - 0.3081) < 0.0001
    train, test = stored["train_index"], stored["test_index"]
    np.testing.assert_array_equal(full.x_train[train], embedded.x_train)
    np.testing.assert_array_equal(full.y_train[train], embedded.y_train)
    np.testing.assert_array_equal(full.x_test[test], embedded.x_test)
    np.testing.assert_array_equal(full.y_test[test], embedded.y_test)
