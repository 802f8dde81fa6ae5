"""A bad network between a kiosk and the real core: loses, repeats and cuts messages, or is simply dead."""

from __future__ import annotations

import http.client
import random
import threading
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class UnrulyProxy:
    """Forwards to 127.0.0.1:`target`. `dead`: every connection is cut at once. The chances are of losing
    a request before the core sees it, its answer after, of sending it twice, and of cutting the answer."""

    def __init__(self, target: int, seed: int = 1) -> None:
        self.target = target
        self.dead = False
        self.lose_request = self.lose_answer = self.repeat = self.truncate = 0.0
        self.spoil: Callable[[str, bytes], tuple[int, str, bytes]] | None = None
        """Answers in the core's place: (path, what the core said) -> (status, content type, body)."""
        self.lag = 0.0
        """Seconds that every answer takes."""
        self._closing = threading.Event()
        self.held = 0
        """Requests that wait for `thaw`."""
        self._frozen = ""
        self._thawed = threading.Event()
        self._thawed.set()
        self.happened: Counter[str] = Counter()
        self.asked: Counter[tuple[int, str]] = Counter()
        """How often each (target, method and path) went through."""
        self.plugged = self.lines = 0
        self.random = random.Random(seed)
        handler = type("Handler", (_Forward,), {"proxy": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]  # cut lines are the point
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def freeze(self, path: str = "/") -> None:
        """Requests whose path holds `path` are taken and not answered; the core gets them at `thaw`."""
        self._frozen = path
        self._thawed.clear()

    def thaw(self) -> None:
        self._thawed.set()

    def hold(self, path: str) -> None:
        self._closing.wait(self.lag)
        if not self._thawed.is_set() and self._frozen in path:
            self.held += 1
            self._thawed.wait()

    def plug_into(self, target: int) -> None:
        """Another machine at this address from now on: what is open to the one before is cut."""
        self.target = target
        self.plugged += 1

    def close(self) -> None:
        self.thaw()
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def chance(self, what: str, probability: float) -> bool:
        hit = self.random.random() < probability
        self.happened[what] += hit
        return hit


class _Forward(BaseHTTPRequestHandler):
    proxy: UnrulyProxy
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        self.plugged = self.proxy.plugged
        self.proxy.lines += 1

    def log_message(self, *_: Any) -> None: ...

    def _forward(self) -> None:
        proxy = self.proxy
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.plugged != proxy.plugged:
            return self._cut()
        if proxy.dead or proxy.chance("lost request", proxy.lose_request):
            return self._cut()
        proxy.hold(self.path)
        status, headers, answer = self._ask(body)
        if proxy.chance("repeated", proxy.repeat):
            status, headers, answer = self._ask(body)
        if proxy.dead or proxy.chance("lost answer", proxy.lose_answer):
            return self._cut()
        if proxy.spoil is not None:
            status, kind, answer = proxy.spoil(self.path, answer)
            headers = [("Content-Type", kind)]
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in ("connection", "transfer-encoding", "content-length", "server", "date"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        if proxy.chance("cut answer", proxy.truncate):
            self.wfile.write(answer[: len(answer) // 2])
            return self._cut()
        self.wfile.write(answer)

    def _ask(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        self.proxy.asked[self.proxy.target, f"{self.command} {self.path}"] += 1
        connection = http.client.HTTPConnection("127.0.0.1", self.proxy.target, timeout=20)
        headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
        connection.request(self.command, self.path, body or None, headers)
        got = connection.getresponse()
        found = got.status, got.getheaders(), got.read()
        connection.close()
        return found

    def _cut(self) -> None:
        self.close_connection = True
        self.wfile.flush()
        self.connection.shutdown(2)

    do_GET = do_POST = _forward
