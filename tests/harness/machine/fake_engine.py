"""A make-believe container engine on a socket: it answers what a test told it to, and remembers what it was asked."""

from __future__ import annotations

import json
import re
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

VERSION_PREFIX = re.compile(r"^/v[0-9.]+")
BUILDS_END_WITHIN_S = 60.0


def _set() -> threading.Event:
    event = threading.Event()
    event.set()
    return event


@dataclass(kw_only=True)
class FakeEngine:
    """What the engine pretends to be.

    Args:
        socket: where it listens.
        api: version of its API.
        images: references it has, each with its id.
        registry: answer to a question about an image, (status, message), by reference; "*" for all others.
        build: events that a build answers with; the image is there afterwards unless one is an error.
        build_takes_s: how long a build takes.
        build_may_end: a build waits for it too.
        answer: False: it takes connections and says nothing.
        registry_answers: False: questions about an image hang.
        asked: method and path of every request.
    """

    socket: Path
    api: str = "1.41"
    images: dict[str, str] = field(default_factory=dict)
    registry: dict[str, tuple[int, str]] = field(default_factory=lambda: {"*": (500, "dial: no such host")})
    build: list[dict[str, Any]] = field(default_factory=lambda: [{"stream": "Step 1/1 : FROM x"}])
    build_takes_s: float = 0.0
    build_may_end: threading.Event = field(default_factory=_set)
    answer: bool = True
    registry_answers: bool = True
    asked: list[str] = field(default_factory=list)

    @property
    def host(self) -> str:
        """Its address."""
        return f"unix://{self.socket}"

    def count(self, part: str) -> int:
        """How many requests had `part` in method and path."""
        return sum(part in request for request in self.asked)


@contextmanager
def running(engine: FakeEngine) -> Iterator[FakeEngine]:
    """Let the engine listen while the block runs."""

    class Handler(_Handler):
        fake = engine

    with socketserver.ThreadingUnixStreamServer(str(engine.socket), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield engine
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    fake: FakeEngine
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it is called by
        """Say nothing."""

    def address_string(self) -> str:
        """A socket has no address."""
        return "socket"

    def do_GET(self) -> None:
        """Questions."""
        self._dispatch("GET")

    def do_POST(self) -> None:
        """Orders."""
        self._read_body()
        self._dispatch("POST")

    def _dispatch(self, method: str) -> None:
        path = VERSION_PREFIX.sub("", self.path)
        self.fake.asked.append(f"{method} {path}")
        if not self.fake.answer or (path.startswith("/distribution/") and not self.fake.registry_answers):
            time.sleep(3)
            return
        self._reply(*self._outcome(method, path))

    def _outcome(self, method: str, path: str) -> tuple[int, object]:
        fake = self.fake
        if path.startswith("/version"):
            return 200, {"ApiVersion": fake.api, "Version": "20.10.24"}
        if path.startswith("/info"):
            return 200, {"CgroupVersion": "1", "DockerRootDir": "/var/lib/docker"}
        if path.startswith("/distribution/"):
            reference = path.removeprefix("/distribution/").removesuffix("/json")
            status, message = fake.registry.get(reference, fake.registry["*"])
            return status, {"message": message} if status >= 400 else {"Descriptor": {"digest": "sha256:d"}}
        if path.startswith("/images/create"):
            return 200, self._pulled(path)
        if path.startswith("/images/") and path.endswith("/json") and method == "GET":
            return self._image(path.removeprefix("/images/").removesuffix("/json"))
        if path.startswith("/build"):
            return 200, self._built(path)
        if path.startswith("/images/prune"):
            return 200, {"ImagesDeleted": None, "SpaceReclaimed": 0}
        return 404, {"message": f"the make-believe engine does not know {method} {path}"}

    def _image(self, reference: str) -> tuple[int, object]:
        reference = reference.replace("%3A", ":").replace("%2F", "/")
        if reference not in self.fake.images:
            return 404, {"message": f"No such image: {reference}"}
        return 200, {"Id": self.fake.images[reference], "RepoDigests": [], "RepoTags": [reference]}

    def _pulled(self, path: str) -> list[dict[str, str]]:
        query = dict(part.split("=", 1) for part in path.partition("?")[2].split("&"))
        reference = f"{query['fromImage']}:{query['tag']}".replace("%2F", "/")
        self.fake.images[reference] = f"sha256:pulled-{reference}"
        return [{"status": "Download complete"}]

    def _built(self, path: str) -> list[dict[str, Any]]:
        time.sleep(self.fake.build_takes_s)
        self.fake.build_may_end.wait(BUILDS_END_WITHIN_S)
        query = dict(part.split("=", 1) for part in path.partition("?")[2].split("&"))
        reference = query["t"].replace("%3A", ":").replace("%2F", "/")
        if not any("error" in event for event in self.fake.build):
            self.fake.images[reference] = f"sha256:built-{reference}"
        return self.fake.build

    def _reply(self, status: int, body: object) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        if not isinstance(body, list):
            data = json.dumps(body).encode()
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
            return
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for event in body:
            line = json.dumps(event).encode() + b"\n"
            self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
        self.wfile.write(b"0\r\n\r\n")

    def _read_body(self) -> None:
        if self.headers.get("Transfer-Encoding") == "chunked":
            while size := int(self.rfile.readline().strip() or b"0", 16):
                self.rfile.read(size + 2)
            self.rfile.readline()
        else:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
