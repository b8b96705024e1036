"""Archives and folders: names and bytes within bounds; nothing is ever unpacked or followed."""

import io
import os
import stat
import struct
import zipfile

import pytest

from nbcourse.errors import UserError
from nbcourse.grading.submissions import archives
from nbcourse.grading.submissions.archives import files


def _zip(path, entries):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return path


def _found(path):
    return {"/".join(file.parts): file.problem or file.data for file in files(path)}


def test_a_folder_is_read(tmp_path):
    """Notebooks at any depth; checkpoints and other files are passed over."""
    for name in ("a.ipynb", "bob/x.ipynb", "bob/.ipynb_checkpoints/x.ipynb", "bob/notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_bytes(name.encode())

    assert _found(tmp_path) == {"a.ipynb": b"a.ipynb", "bob/x.ipynb": b"bob/x.ipynb"}


def test_a_link_is_not_followed(tmp_path):
    """To a file outside, or to nothing."""
    (tmp_path / "secret").write_text("secret")
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.ipynb").symlink_to(tmp_path / "secret")
    (folder / "b.ipynb").symlink_to("nowhere")
    os.mkfifo(folder / "c.ipynb")

    assert _found(folder) == dict.fromkeys(("a.ipynb", "b.ipynb"), "it is a link, not a file")


def test_an_archive_is_read_alone_or_in_a_folder(tmp_path):
    """Its folders count as folders."""
    _zip(tmp_path / "all.zip", {"ada/x.ipynb": "1", "__MACOSX/ada/._x.ipynb": "2", "readme": "3"})

    assert _found(tmp_path / "all.zip") == _found(tmp_path) == {"ada/x.ipynb": b"1"}


@pytest.mark.parametrize(
    "name", ["../../etc/x.ipynb", "/etc/x.ipynb", "..\\..\\etc\\x.ipynb", "etc/./../etc/x.ipynb"]
)
def test_a_name_is_never_a_path(tmp_path, name):
    """Steps upwards vanish, and nothing is written anywhere."""
    before = set(tmp_path.parent.rglob("*"))
    path = _zip(tmp_path / "evil.zip", {name: "x"})
    found = _found(path)

    assert all(".." not in key and not key.startswith("/") for key in found)
    assert set(tmp_path.parent.rglob("*")) - before == {path}


def test_links_devices_and_nests_in_an_archive_are_refused(tmp_path):
    """Each with a reason; the others are read."""
    path = tmp_path / "evil.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, kind in (("link.ipynb", stat.S_IFLNK), ("device.ipynb", stat.S_IFBLK)):
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (kind | 0o777) << 16
            archive.writestr(entry, "/etc/passwd")
        archive.writestr("inner.zip", "PK")
        archive.writestr("good.ipynb", "{}")

    found = _found(path)
    assert found["link.ipynb"] == found["device.ipynb"] == "it is a link or a device, not a file"
    assert "archive inside an archive" in found["inner.zip"]
    assert found["good.ipynb"] == b"{}"


def test_a_bomb_is_read_no_further_than_allowed(tmp_path, monkeypatch):
    """However small the archive is, and whatever its header announces."""
    monkeypatch.setattr(archives, "MAX_BYTES", 10_000)
    path = _zip(tmp_path / "bomb.zip", {"a.ipynb": bytes(10**7), "b.ipynb": "{}"})
    data = bytearray(path.read_bytes())
    size = struct.pack("<I", 10**7)
    while size in data:  # every header now lies
        data[data.index(size) : data.index(size) + 4] = struct.pack("<I", 10)
    (tmp_path / "liar.zip").write_bytes(data)

    assert "more than" in _found(path)["a.ipynb"]
    assert _found(path)["b.ipynb"] == b"{}"
    lied = _found(tmp_path / "liar.zip")["a.ipynb"]
    assert isinstance(lied, str) or len(lied) <= 10


def test_all_notebooks_together_are_bounded(tmp_path, monkeypatch):
    """The budget of an archive is shared."""
    monkeypatch.setattr(archives, "MAX_TOTAL", 1500)
    path = _zip(tmp_path / "many.zip", {f"{k}.ipynb": "x" * 1000 for k in range(3)})

    assert [isinstance(each, str) for each in _found(path).values()] == [False, True, True]


def test_too_many_entries_are_refused(tmp_path, monkeypatch):
    """Before any is read."""
    monkeypatch.setattr(archives, "MAX_ENTRIES", 3)
    with pytest.raises(UserError, match="4 entries"):
        list(files(_zip(tmp_path / "many.zip", {str(k): "" for k in range(4)})))


def test_damage_stops_one_entry_only(tmp_path):
    """A checksum that does not fit."""
    path = _zip(tmp_path / "damaged.zip", {"a.ipynb": os.urandom(500), "b.ipynb": "{}"})
    data = bytearray(path.read_bytes())
    data[60] ^= 255
    path.write_bytes(data)
    found = _found(path)

    assert "cannot be unpacked" in found["a.ipynb"]
    assert found["b.ipynb"] == b"{}"


@pytest.mark.parametrize("data", [b"", b"PK", b"hello" * 100])
def test_what_is_no_archive_is_named(tmp_path, data):
    """One sentence."""
    (tmp_path / "x.zip").write_bytes(data)
    with pytest.raises(UserError, match="no archive that can be read"):
        list(files(tmp_path / "x.zip"))


def test_nothing_there_is_said(tmp_path):
    """One sentence, with the place."""
    with pytest.raises(UserError, match="there are no submissions at"):
        list(files(tmp_path / "nowhere"))


def test_a_large_file_is_not_read(tmp_path, monkeypatch):
    """Its size is asked first."""
    monkeypatch.setattr(archives, "MAX_BYTES", 10)
    (tmp_path / "a.ipynb").write_bytes(b"x" * 11)
    monkeypatch.setattr(io, "open", None)

    assert "clear its outputs" in _found(tmp_path)["a.ipynb"]
