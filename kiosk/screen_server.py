"""Serves the page to the browser on this very machine, and takes its taps.

Here: static files, the whole screen state as server-sent events, POST /button, and for the simulator
POST /scan and the last receipt. Not here: what is on the screen (`view.py`). Only 127.0.0.1, only
requests that name it as their host, only JSON: a web page from elsewhere can neither read nor press.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from kiosk.desk_page import DeskPage

_STATIC = Path(__file__).parent / "screen"
_KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".png": "image/png",
}
_PAGES = {"/": "index.html", "/sim": "sim.html", "/desk": "desk.html"}
_POLICY = (
    "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; font-src 'self'; "
    "connect-src 'self'; frame-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
)
_MAX_BODY = 8192
_MAX_LISTENERS = 16
HEARTBEAT_SECONDS = 10.0
WATCHED_SECONDS = 25.0
"""A page that asked for the screen within this time is there: it asks every HEARTBEAT_SECONDS at the latest."""


class ScreenState:
    """The latest screen as JSON, and a way to wait for the next one. Thread-safe."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._number = 0
        self._text = "{}"
        self._closed = False
        self._looked_at: float | None = None

    def show(self, screen: dict[str, Any]) -> None:
        """Publish; the same screen again is not an event."""
        text = json.dumps(screen, ensure_ascii=False, sort_keys=True)
        with self._changed:
            if text != self._text:
                self._text = text
                self._number += 1
                self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def closed(self) -> bool:
        return self._closed

    @property
    def is_watched(self) -> bool:
        """Some page shows the screen; False for a kiosk that works without one."""
        looked_at = self._looked_at
        return looked_at is not None and time.monotonic() - looked_at < WATCHED_SECONDS

    def read(self) -> tuple[int, str]:
        self._looked_at = time.monotonic()
        with self._changed:
            return self._number, self._text

    def wait_for_newer(self, number: int, timeout: float) -> tuple[int, str]:
        self._looked_at = time.monotonic()
        with self._changed:
            self._changed.wait_for(lambda: self._number != number or self._closed, timeout)
            return self._number, self._text


@dataclass(slots=True)
class ScreenServices:
    """What the server may ask of the kiosk. `scan` is None where scans cannot be typed on the page."""

    state: ScreenState
    press: Callable[[str, int], None]
    find_cover: Callable[[int], bytes | None]
    scan: Callable[[str], None] | None = None
    receipts_dir: Path | None = None
    list_samples: Callable[[], dict[str, Any]] | None = None
    desk: DeskPage | None = None  # a mobile desk only
    report: Callable[[], dict[str, Any]] | None = None  # how this kiosk is, for `kesach-kiosk check`
    listeners: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(_MAX_LISTENERS))


class ScreenServer:
    """Listens on 127.0.0.1; port 0 chooses a free one (see `port`)."""

    def __init__(self, port: int, services: ScreenServices) -> None:
        handler = type("Handler", (_Handler,), {"services": services})
        self._server = _Server(("127.0.0.1", port), handler)
        self._services = services
        self._thread = threading.Thread(target=self._server.serve_forever, name="screen", daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._services.state.close()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(3.0)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that goes away in the middle is no news; the kiosk's log is for real trouble."""


class _Handler(BaseHTTPRequestHandler):
    services: ScreenServices
    protocol_version = "HTTP/1.1"
    server_version = "KeSach"
    sys_version = ""
    timeout = 60

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: paths of covers would be a reading history."""

    # ------------------------------------------------------------ GET

    def do_GET(self) -> None:
        if not self._is_local():
            return
        path = urlsplit(self.path).path
        if path == "/events":
            self._events()
        elif path == "/state":
            self._send(200, "application/json; charset=utf-8", self.services.state.read()[1].encode())
        elif path.startswith("/covers/") and path.endswith(".svg"):
            self._cover(path[len("/covers/") : -len(".svg")])
        elif path == "/receipts/latest.png" or path == "/receipts/latest.json":
            self._receipt(path.endswith(".json"))
        elif path == "/sim/samples.json" and self.services.list_samples is not None and self.services.scan:
            self._json(self.services.list_samples())
        elif path == "/desk/data.json" and self.services.desk is not None:
            self._json(self.services.desk.describe())
        elif path == "/report" and self.services.report is not None:
            self._json(self.services.report())
        elif path == "/health":
            self._json({"status": "ok"})
        else:
            self._static(path)

    def _static(self, path: str) -> None:
        if (path == "/sim" and self.services.scan is None) or (path == "/desk" and self.services.desk is None):
            return self._missing()
        name = _PAGES.get(path, path.removeprefix("/static/") if path.startswith("/static/") else "")
        found = (_STATIC / name).resolve() if name else None
        if found is None or not found.is_relative_to(_STATIC.resolve()) or found.suffix not in _KINDS:
            return self._missing()
        try:
            data = found.read_bytes()
        except OSError:
            return self._missing()
        self._send(200, _KINDS[found.suffix], data)

    def _cover(self, number: str) -> None:
        data = None
        if number.isascii() and number.isdigit() and len(number) <= 12:
            data = self.services.find_cover(int(number))
        if data is None:
            return self._missing()
        self._send(200, "image/svg+xml", data)

    def _receipt(self, as_json: bool) -> None:
        folder = self.services.receipts_dir
        files = sorted(folder.glob("receipt-*.png")) if folder is not None and self.services.scan else []
        if as_json:
            return self._json({"count": len(files), "name": files[-1].name if files else None})
        if not files:
            return self._missing()
        try:
            self._send(200, "image/png", files[-1].read_bytes())
        except FileNotFoundError:
            self._missing()

    def _events(self) -> None:
        """The whole screen at once, then at every change; a comment now and then keeps the line open and
        shows us a browser that went away."""
        if not self.services.listeners.acquire(blocking=False):
            return self._send(503, "text/plain", b"too many listeners")
        try:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream; charset=utf-8")
            self.send_header("Cache-Control", "no-store")
            self.send_header("Connection", "close")
            self.end_headers()
            self.close_connection = True
            number, text = self.services.state.read()
            while True:
                self.wfile.write(f"id: {number}\ndata: {text}\n\n".encode())
                self.wfile.flush()
                seen = number
                while number == seen and not self.services.state.closed:
                    number, text = self.services.state.wait_for_newer(seen, HEARTBEAT_SECONDS)
                    if number == seen:
                        self.wfile.write(b": ...\n\n")
                        self.wfile.flush()
                if self.services.state.closed:
                    return
        except OSError:
            self.close_connection = True  # the browser is gone; it connects again by itself
        finally:
            self.services.listeners.release()

    # ------------------------------------------------------------ POST

    def do_POST(self) -> None:
        if not self._is_local():
            return
        body = self._read_body()
        if body is None:
            return
        if self.path == "/button" and isinstance(body.get("name"), str) and isinstance(body.get("session"), int):
            self.services.press(body["name"][:40], body["session"])
            self._json({"status": "ok"})
        elif self.path == "/scan" and self.services.scan is not None and isinstance(body.get("text"), str):
            self.services.scan(body["text"])
            self._json({"status": "ok"})
        elif self.path.startswith("/desk/") and self.services.desk is not None:
            self._desk(self.services.desk, self.path.removeprefix("/desk/"), body)
        else:
            self._missing()

    def _desk(self, desk: DeskPage, act: str, body: dict[str, Any]) -> None:
        done = True
        if act == "fetch":
            desk.fetch()
        elif act == "settle":
            desk.settle()
        elif act == "undo" and isinstance(body.get("key"), str):
            done = desk.undo(body["key"])
        elif act == "unit" and isinstance(body.get("name"), str):
            done = desk.choose_unit(body["name"])
        else:
            return self._missing()
        self._json({"status": "ok" if done else "no"})

    def _read_body(self) -> dict[str, Any] | None:
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > _MAX_BODY:
            self.close_connection = True
            self._send(413, "text/plain", b"too large")
            return None
        data = self.rfile.read(int(length))
        # A form of a foreign page cannot send this type without asking first.
        if self.headers.get_content_type() != "application/json":
            self._send(415, "text/plain", b"JSON only")
            return None
        try:
            body = json.loads(data)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            self._send(400, "text/plain", b"not an object")
            return None
        return body

    # ------------------------------------------------------------ answers

    def _is_local(self) -> bool:
        """Only our own page: a foreign name for 127.0.0.1 or a foreign origin is turned away."""
        port = self.server.server_address[1]  # type: ignore[index]  # an AF_INET address
        ours = {f"127.0.0.1:{port}", f"localhost:{port}"}
        origin = self.headers.get("Origin")
        if self.headers.get("Host") in ours and (origin is None or origin.removeprefix("http://") in ours):
            return True
        self.close_connection = True
        self._send(403, "text/plain", b"local page only")
        return False

    def _json(self, value: dict[str, Any]) -> None:
        self._send(200, "application/json; charset=utf-8", json.dumps(value, ensure_ascii=False).encode())

    def _missing(self) -> None:
        self._send(404, "text/plain", b"not found")

    def _send(self, status: int, kind: str, data: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Security-Policy", _POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()
        self.wfile.write(data)
