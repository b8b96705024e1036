"""A small MNIST made here, and mirrors of it on the loopback interface."""

import contextlib
import gzip
import hashlib
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from nbcourse.data import mnist_files
from nbcourse.data.mnist_files import PublishedFile

VARIABLES = ("NBCOURSE_DATA", "NBCOURSE_CACHE", "NBCOURSE_OFFLINE")
PROXIES = ("http_proxy", "https_proxy", "all_proxy")


def idx_bytes(array: NDArray[Any], type_code: int = 0x08) -> bytes:
    """Write an array in the IDX format, independently of the reader."""
    header = bytes([0, 0, type_code, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.astype(array.dtype.newbyteorder(">")).tobytes()


@pytest.fixture(scope="session")
def to_idx() -> Callable[..., bytes]:
    """Hand out the writer of IDX files."""
    return idx_bytes


@dataclass
class SmallSet:
    """Twenty training and ten test images, and the four files that hold them."""

    arrays: tuple[NDArray[np.uint8], ...]
    raw: dict[str, bytes]
    gz: dict[str, bytes]

    def write(self, folder: Path, *, zipped: bool) -> Path:
        """Put the four files into a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in (self.gz if zipped else self.raw).items():
            (folder / name).write_bytes(content)
        return folder


@pytest.fixture
def small_set(monkeypatch: pytest.MonkeyPatch) -> SmallSet:
    """Put a small set, with its own sums, in the place of the published files."""
    rng = np.random.default_rng(0)
    arrays = tuple(
        rng.integers(0, high, shape, dtype=np.uint8)
        for high, shape in ((256, (20, 28, 28)), (10, 20), (256, (10, 28, 28)), (10, 10))
    )
    raw, gz, files = {}, {}, []
    for array, file in zip(arrays, mnist_files.FILES, strict=True):
        content = idx_bytes(array)
        zipped = gzip.compress(content, mtime=0)
        raw[file.name], gz[f"{file.name}.gz"] = content, zipped
        sums = (hashlib.sha256(c).hexdigest() for c in (zipped, content))
        files.append(PublishedFile(file.name, *sums))
    monkeypatch.setattr(mnist_files, "FILES", tuple(files))
    return SmallSet(arrays, raw, gz)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test an empty cache, no other variable, no proxy and no dead mirror."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("NBCOURSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(mnist_files, "dead_mirrors", set())
    return tmp_path / "cache" / "mnist"


@dataclass
class Mirror:
    """A server on the loopback interface that counts what it is asked."""

    url: str
    requests: list[str] = field(default_factory=list)


@pytest.fixture
def serve() -> Iterator[Callable[..., Mirror]]:
    """Start mirrors: `serve(files)`, with an answer to all else, a lie about length, or a delay."""
    servers: list[tuple[ThreadingHTTPServer, threading.Thread]] = []

    def start(
        files: dict[str, bytes],
        *,
        other: tuple[int, bytes] = (404, b""),
        cut: int = 0,
        wait: float = 0,
    ) -> Mirror:
        mirror = Mirror("")

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.removeprefix("/mnist/")
                mirror.requests.append(name)
                time.sleep(wait)
                status, body = (200, files[name]) if name in files else other
                with contextlib.suppress(OSError):  # the client may have given up
                    self.send_response(status)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body[: len(body) - cut])

            def log_message(self, *_: object) -> None:
                """Stay silent."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        servers.append((server, thread))
        mirror.url = f"http://127.0.0.1:{server.server_port}/mnist/"
        return mirror

    yield start
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()
