"""Files of a submission, in a folder or in an archive, as names and bytes within fixed bounds.

An archive is read in memory and never unpacked, so that no name in it is ever a path here.
"""

import io
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from nbcourse.errors import UserError
from nbcourse.grading.submissions.notebook import MAX_BYTES

MAX_ENTRIES = 100_000
MAX_TOTAL = 8 * 2**30  # bytes of all notebooks of an archive together
_WANTED = (".ipynb",)
_BESIDE = ("timestamp.txt", "submission_metadata.yml")
_SYSTEM = ("__MACOSX", ".ipynb_checkpoints", ".git")


@dataclass(frozen=True)
class File:
    """A file that was handed in.

    Attributes:
        parts: folders and name inside the collection; names, never a path to open.
        modified: seconds since 1970, 0 when nobody says.
        data: its bytes, "" when it cannot be read.
        problem: why it cannot be read, or "".
    """

    parts: tuple[str, ...]
    modified: float
    data: bytes = b""
    problem: str = ""

    @property
    def name(self) -> str:
        """The last part."""
        return self.parts[-1]


def files(path: Path) -> Iterator[File]:
    """Everything of interest in a folder, an archive or a single file, by name.

    Archives inside a folder are read, too; archives inside archives are not.

    Raises:
        UserError: there is nothing there, or an archive that is none.
    """
    if path.is_dir():
        yield from _of_folder(path)
    elif path.is_file() and path.suffix == ".zip":
        yield from _of_archive(path, ())
    elif path.is_file():
        yield _of_file(path, (path.name,))
    else:
        raise UserError(f"there are no submissions at {path}")


def _of_folder(folder: Path) -> Iterator[File]:
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if any(part in _SYSTEM for part in parts) or not _interesting(path.name):
            continue
        information = path.lstat()
        if stat.S_ISLNK(information.st_mode):
            yield File(parts, information.st_mtime, problem="it is a link, not a file")
        elif stat.S_ISREG(information.st_mode):
            if path.suffix == ".zip":
                yield from _of_archive(path, parts[:-1])
            else:
                yield _of_file(path, parts)


def _of_file(path: Path, parts: tuple[str, ...]) -> File:
    try:
        information = path.stat()
        if information.st_size > MAX_BYTES:
            size = information.st_size / 2**20
            return File(parts, information.st_mtime, problem=_too_large(size))
        return File(parts, information.st_mtime, path.read_bytes())
    except OSError as error:
        return File(parts, 0.0, problem=f"it cannot be read: {error.strerror}")


def _too_large(mebibytes: float) -> str:
    return f"it has {mebibytes:.0f} MiB, more than {MAX_BYTES // 2**20}; clear its outputs"


def _interesting(name: str) -> bool:
    return name.lower().endswith((*_WANTED, ".zip")) or name in _BESIDE


def _of_archive(path: Path, above: tuple[str, ...]) -> Iterator[File]:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_ENTRIES:
                raise UserError(f"{path} has {len(entries)} entries, more than {MAX_ENTRIES}")
            left = MAX_TOTAL
            for entry in sorted(entries, key=lambda entry: entry.filename):
                file = _of_entry(archive, entry, above, left)
                if file is not None:
                    left -= len(file.data)
                    yield file
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise UserError(f"{path} is no archive that can be read: {str(error)[:100]}") from None


def _of_entry(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, above: tuple[str, ...], left: int
) -> File | None:
    name = PurePosixPath(entry.filename.replace("\\", "/"))
    parts = (*above, *(part for part in name.parts if part not in ("/", "..", ".")))
    uninteresting = entry.is_dir() or any(part in _SYSTEM for part in parts)
    if not parts or uninteresting or not _interesting(parts[-1]):
        return None
    modified = _time_of(entry)
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        return File(parts, modified, problem="it is a link or a device, not a file")
    if parts[-1].lower().endswith(".zip"):
        return File(
            parts, modified, problem="it is an archive inside an archive; hand in the notebook"
        )
    if entry.flag_bits & 1:
        return File(parts, modified, problem="it is encrypted")
    return _unpacked(archive, entry, parts, modified, min(MAX_BYTES, left))


def _unpacked(
    archive: zipfile.ZipFile,
    entry: zipfile.ZipInfo,
    parts: tuple[str, ...],
    modified: float,
    most: int,
) -> File:
    """The bytes of an entry, read no further than allowed, whatever its header announces."""
    data = io.BytesIO()
    try:
        with archive.open(entry) as stream:
            while piece := stream.read(2**16):
                data.write(piece)
                if data.tell() > most:
                    return File(parts, modified, problem=_too_large(data.tell() / 2**20))
    except (
        zipfile.BadZipFile,
        zlib.error,
        OSError,
        NotImplementedError,
        EOFError,
        ValueError,
    ) as error:
        return File(parts, modified, problem=f"it cannot be unpacked: {str(error)[:100]}")
    return File(parts, modified, data.getvalue())


def _time_of(entry: zipfile.ZipInfo) -> float:
    import datetime

    try:
        return datetime.datetime(*entry.date_time, tzinfo=datetime.UTC).timestamp()
    except ValueError:
        return 0.0
