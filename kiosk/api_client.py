"""Talks to the core over HTTP, and tells "it said no" from "it was not there".

Here: one connection, deadlines, problem+json, the same Idempotency-Key on every retry. Not here: what to
do when the core is away (`serving.py`, `sync.py`). Standard library only.

Three outcomes of every call: an answer; CoreRefused (the core answered no, with a reason); Unreachable
(no usable answer: no network, a time-out, a cut-off or foreign answer, a core in trouble). After
Unreachable on a write the act may or may not have happened: only its key settles that, later.

Before anything is said of a reader or a book on a new connection, the core at its other end must be the school's own:
it says the school's id, or it takes our token. Another school's core never gets to see an act.
"""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, urlsplit

from kiosk.snapshot_text import SnapshotText
from kiosk.spool import Spool, SpoolFailed
from library.contract.codes import REASONS
from library.contract.kiosk_api import (
    PREFIX,
    CheckoutAnswer,
    Hello,
    JournalResult,
    Message,
    Problem,
    ReaderCard,
    ReturnDone,
)

if TYPE_CHECKING:
    import ssl

    from library.contract.kiosk_release import Release

M = TypeVar("M", bound=Message)

HEALTH = "/api/v1/health"
FOREIGN, OTHER_SCHOOL = "foreign", "other_school"
"""Who answers in the core's place: words.STAFF_CAUSES."""
MAX_ANSWER = 1_000_000
MAX_SNAPSHOT = 64_000_000
ROUNDS = 4
"""An answer that keeps dribbling is given up after so many read timeouts."""
_TROUBLE = (408, 429, 500, 502, 503, 504)


class Unreachable(Exception):
    """No usable answer. `sent`: the request may have arrived, so a write may have happened. `foreign`: what answered
    instead, FOREIGN for something that is no core (another web server, a login page in between, a core from the
    future), OTHER_SCHOOL for a core that is not ours; else empty."""

    def __init__(self, why: str, *, sent: bool, foreign: str = "") -> None:
        super().__init__(why)
        self.sent = sent
        self.foreign = foreign


class CoreRefused(Exception):
    """The core answered no."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.status} {problem.code}: {problem.detail}")
        self.problem = problem

    @property
    def is_about_device(self) -> bool:
        """Not this act but this kiosk is refused: wrong, missing or revoked token. (The core also answers
        403 where the school has switched lending or returning off: that is a reason like any other.)"""
        return self.problem.status == 401 or (self.problem.status == 403 and self.problem.code not in REASONS)


class ApiClient:
    """One kept-alive connection; one call at a time (a lock). Times in seconds.

    `url` is the core's address, `token` the device's. `ca_file` pins the certificate authority of an
    https core. `find_school` gives the id of the school whose kiosk this is, empty while that is not known; without it
    nobody asks who is there.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        connect_timeout: float = 1.5,
        read_timeout: float = 4.0,
        attempts: int = 2,
        ca_file: str | None = None,
        find_school: Callable[[], str] | None = None,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"not an http address: {url!r}")
        self._host, self._path = parts.hostname, parts.path.rstrip("/")
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._tls: ssl.SSLContext | None = None
        if parts.scheme == "https":
            import ssl

            self._tls = ssl.create_default_context(cafile=ca_file)
        self._token = token
        self._connect_timeout, self._read_timeout = connect_timeout, read_timeout
        self._attempts = attempts
        self._connection: http.client.HTTPConnection | None = None
        self._find_school = find_school
        self._is_ours = False
        """Of the connection."""
        self._lock = threading.Lock()

    # ------------------------------------------------------------ the calls

    def hello(self) -> Hello:
        return _read(Hello, self._call("GET", f"{PREFIX}/hello"))

    def get_reader(self, card: str) -> ReaderCard:
        return _read(ReaderCard, self._call("GET", f"{PREFIX}/readers/{quote(card, safe='')}"))

    def check_out(
        self, key: str, card: str, barcode: str, *, staff_id: int | None = None, overrides: tuple[str, ...] = (),
        unit: str | None = None,
    ) -> CheckoutAnswer:  # fmt: skip
        """`overrides`: reasons that the librarian `staff_id` set aside here; `unit`: the shelf lent from."""
        body: dict[str, Any] = {"reader_card": card, "copy_barcode": barcode}
        if overrides:
            body |= {"staff_id": staff_id, "overrides": list(overrides)}
        if unit is not None:
            body["unit"] = unit
        return _read(CheckoutAnswer, self._call("POST", f"{PREFIX}/checkouts", body, key))

    def renew(self, key: str, card: str, barcode: str) -> CheckoutAnswer:
        body = {"reader_card": card, "copy_barcode": barcode}
        return _read(CheckoutAnswer, self._call("POST", f"{PREFIX}/renewals", body, key))

    def take_back(self, key: str, barcode: str) -> ReturnDone:
        answer = self._call("POST", f"{PREFIX}/returns", {"copy_barcode": barcode}, key)
        return _read(ReturnDone, answer.get("return"))

    def snapshot(self, since: int | None, spool: Spool | None = None) -> SnapshotText:
        """Whole or as changes `since` a version, never held whole as objects; its iterators raise ValueError. It is
        read from `spool`, which is not to be closed before. Raises SpoolFailed too."""
        query = "" if since is None else f"?since={since}"
        spool = spool if spool is not None else Spool()
        self._call_raw("GET", f"{PREFIX}/snapshot{query}", limit=MAX_SNAPSHOT, read_timeout=60.0, spool=spool)
        try:
            return SnapshotText(spool)
        except (ValueError, RecursionError) as error:
            raise Unreachable(str(error), sent=True, foreign=FOREIGN) from error

    def send_journal(self, entries: list[dict[str, Any]], key: str) -> tuple[JournalResult, ...]:
        answer = self._call("POST", f"{PREFIX}/journal", {"entries": entries}, key, read_timeout=15.0)
        results = answer.get("results")
        if not isinstance(results, list):
            raise Unreachable("journal answer without results", sent=True, foreign=FOREIGN)
        return tuple(_read(JournalResult, item) for item in results)

    def send_status(self, report: dict[str, Any], key: str) -> dict[str, Any]:
        """The answer as it came: what in it cannot be read must not lose the rest (`orders.py`)."""
        return self._call("POST", f"{PREFIX}/status", report, key)

    def receipt_template(self) -> dict[str, Any]:
        """The school's receipt template, as it came."""
        return self._call("GET", f"{PREFIX}/receipt-template")

    def release(self) -> Release:
        """What this kiosk is to run, sealed. ValueError for an answer that is no release."""
        from library.contract.kiosk_release import Release  # asked by the updater only

        return Release.from_json(self._call("GET", f"{PREFIX}/release"))

    def release_file(self, name: str, size: int) -> bytes:
        """A file of that release; Unreachable where more than `size` bytes come."""
        headers = {"Authorization": f"Bearer {self._token}"}
        path = f"{PREFIX}/release/files/{quote(name, safe='')}"
        with self._lock:
            status, _, data = self._send("GET", path, None, headers, size, self._read_timeout)
        if status != 200:
            raise CoreRefused(Problem(status=status, code="not_found"))
        return data

    def get_picture(self, path: str) -> tuple[str, bytes]:
        """(content type, bytes) of a public picture such as a cover; CoreRefused where there is none."""
        with self._lock:
            status, kind, data = self._send("GET", path, None, {}, MAX_ANSWER, self._read_timeout)
        if status != 200:
            raise CoreRefused(Problem(status=status, code="not_found"))
        return kind, data

    def close(self) -> None:
        """A call that still hangs is left to end by itself."""
        if self._lock.acquire(timeout=1.0):
            try:
                self._drop()
            finally:
                self._lock.release()

    # ------------------------------------------------------------ the wire

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None, key: str | None = None, *,
              limit: int = MAX_ANSWER, read_timeout: float | None = None) -> dict[str, Any]:  # fmt: skip
        raw = self._call_raw(method, path, body, key, limit=limit, read_timeout=read_timeout)
        try:
            return _parse(raw)
        except ValueError as error:
            raise Unreachable(f"the answer is no JSON object: {error}", sent=True, foreign=FOREIGN) from error

    def _call_raw(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        key: str | None = None,
        *,
        limit: int = MAX_ANSWER,
        read_timeout: float | None = None,
        spool: Spool | None = None,
    ) -> bytes:
        """The body; with `spool`, that holds it, and only a refusal's is returned."""
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
        data = None
        if body is not None:
            data = json.dumps(body, ensure_ascii=False).encode()
            headers["Content-Type"] = "application/json"
        if key is not None:
            headers["Idempotency-Key"] = key
        with self._lock:
            timeout = read_timeout or self._read_timeout
            status, _, raw = self._send(method, path, data, headers, limit, timeout, spool)
        if status in _TROUBLE:
            raise Unreachable(f"the core answered {status}", sent=True)
        if 200 <= status < 300:
            return raw
        if spool is not None:
            raw = spool.read(0, MAX_ANSWER)
        if not 400 <= status < 500:
            raise Unreachable(f"unexpected answer {status}", sent=True, foreign=FOREIGN)
        try:
            raise CoreRefused(_problem(status, _parse(raw)))
        except ValueError as error:
            # Every refusal of a core says why. What does not comes from somebody else, and settles nothing.
            raise Unreachable(f"answer {status} without a reason: {error}", sent=True, foreign=FOREIGN) from error

    def _send(
        self, method: str, path: str, data: bytes | None, headers: dict[str, str], limit: int, read_timeout: float,
        spool: Spool | None = None,
    ) -> tuple[int, str, bytes]:  # fmt: skip
        sent = False
        for attempt in range(self._attempts):
            try:
                connection = self._connect()
                if connection.sock is not None:
                    connection.sock.settimeout(read_timeout)
                if self._find_school is not None and not self._is_ours:
                    self._look_who(connection, self._find_school())
                # From here on the request may have arrived, whatever happens to the answer.
                sent = True
                answer = self._exchange(connection, method, path, data, headers, limit, read_timeout, spool)
                if answer[0] == 401:
                    self._is_ours = False  # asked anew before the next word
                return answer
            except SpoolFailed:
                self._drop()  # the rest of the answer is still in it
                raise
            except (OSError, http.client.HTTPException) as error:
                self._drop()
                # A time-out is not tried again while a child waits; a cut connection (a kept-alive one
                # that the core closed, an answer lost) is, with the same key.
                if isinstance(error, TimeoutError) or attempt + 1 == self._attempts:
                    raise Unreachable(f"{type(error).__name__}: {error}", sent=sent) from error
        raise Unreachable("no attempt was made", sent=False)

    def _exchange(
        self, connection: http.client.HTTPConnection, method: str, path: str, data: bytes | None,
        headers: dict[str, str], limit: int = MAX_ANSWER, read_timeout: float | None = None,
        spool: Spool | None = None,
    ) -> tuple[int, str, bytes]:  # fmt: skip
        body = spool if spool is not None else Spool()
        connection.request(method, self._path + path, data, headers)
        response = connection.getresponse()
        _read_body(response, body, limit, ROUNDS * (read_timeout or self._read_timeout))
        if len(body) <= limit:
            response.close()  # Python before 3.11.8 leaves it open, and the next request on this line would fail
        length = response.getheader("Content-Length")
        if len(body) > limit:
            raise http.client.HTTPException("answer too long")
        if length is not None and length.isdigit() and len(body) < int(length):
            raise http.client.IncompleteRead(b"", int(length) - len(body))
        raw = b"" if spool is not None else body.read(0, limit)
        return response.status, response.getheader("Content-Type", ""), raw

    def _look_who(self, connection: http.client.HTTPConnection, school: str) -> None:
        """Return where this connection leads to the core of `school`, or to one that takes our token (the first
        meeting, or a core set up anew); else CoreRefused or Unreachable, and nothing was said."""
        said = self._ask_school(connection) if school else ""
        if not school or said != school:
            headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
            status, _, raw = self._exchange(connection, "GET", f"{PREFIX}/hello", None, headers)
            if status in _TROUBLE:
                raise Unreachable(f"the core answered {status}", sent=False)
            if status == 401 and school and said:
                raise Unreachable("the core of another school", sent=False, foreign=OTHER_SCHOOL)
            try:
                answer = _parse(raw)
                if 400 <= status < 500:
                    raise CoreRefused(_problem(status, answer))
                Hello.from_json(answer)
            except ValueError as error:
                raise Unreachable(f"no core says hello: {error}", sent=False, foreign=FOREIGN) from error
        self._is_ours = True

    def _ask_school(self, connection: http.client.HTTPConnection) -> str:
        """The id of the school whose core this is; empty where it says none."""
        status, _, raw = self._exchange(connection, "GET", HEALTH, None, {"Accept": "application/json"})
        if status in _TROUBLE:
            raise Unreachable(f"the core answered {status}", sent=False)
        try:
            found = _parse(raw).get("school_id") if status == 200 else ""
        except ValueError:
            return ""
        return found if isinstance(found, str) else ""

    def _connect(self) -> http.client.HTTPConnection:
        if self._connection is None:
            if self._tls is not None:
                self._connection = http.client.HTTPSConnection(
                    self._host, self._port, timeout=self._connect_timeout, context=self._tls
                )
            else:
                self._connection = http.client.HTTPConnection(
                    self._host, self._port, timeout=self._connect_timeout
                )
        if self._connection.sock is None:
            self._is_ours = False
            self._connection.connect()
        return self._connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self._is_ours = False


def _read(kind: type[M], data: Any) -> M:
    """An answer that is not what it should be counts as no answer: an act is then settled by its key."""
    try:
        return kind.from_json(data)
    except ValueError as error:
        raise Unreachable(str(error), sent=True, foreign=FOREIGN) from error


def _parse(raw: bytes) -> dict[str, Any]:
    """A JSON object that the journal and the page can hold. ValueError for anything else: half a letter, NaN and
    a bottomless nest are JSON to Python, and to nobody behind it."""
    try:
        text = raw.decode()
        found = json.loads(text, parse_constant=_no_number)
        if "\\u" in text:
            json.dumps(found, ensure_ascii=False).encode()  # half a letter cannot be written
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(found, dict):
        raise ValueError(f"a {type(found).__name__}")
    return found


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _read_body(response: http.client.HTTPResponse, body: Spool, limit: int, seconds: float) -> None:
    until = time.monotonic() + seconds
    body.clear()  # of an attempt before this one
    while len(body) <= limit and (part := response.read1(65536)):
        body.write(part)
        if time.monotonic() > until:
            raise TimeoutError("the answer dribbles")


def _problem(status: int, answer: dict[str, Any]) -> Problem:
    """ValueError for what names no reason. What else cannot be read of it is left out."""
    if not isinstance(answer.get("code"), str):
        raise ValueError("no code")
    try:
        found = Problem.from_json(answer)
    except ValueError:
        found = Problem(code=answer["code"])
    return replace(found, status=status)
