"""What comes in wrong, walked as a whole: a sentence for the child, a cause for the staff, nothing lost.

Every line of issue 4's "Bad input" at the whole kiosk with the real core. Units of the same: tests/hardware (bytes of
a scanner), test_kiosk_snapshot_text.py, test_kiosk_orders.py, test_kiosk_journal.py, test_kiosk_offline.py.
"""

from __future__ import annotations

import json
import re
import resource
import sqlite3
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from kiosk_program import KioskProgram
from kiosk_world import Core, RunningKiosk

from kiosk.check import check_all
from kiosk.clock import instant_text
from kiosk.journal import Act, ActJournal
from kiosk.words import STAFF_CAUSES
from library.access.devices import add_device, revoke_device
from library.foundation.audit import SYSTEM
from library.foundation.clock import now
from library.lending.service import check_in, check_out
from library.lending.tables import KioskConflict, Loan

Start = Callable[..., RunningKiosk]
AN, BINH, CHI = "Trần Minh An", "Lê Thanh Bình", "Phạm Chi"
HELP = "cô thủ thư"


def ready(kiosk: RunningKiosk) -> RunningKiosk:
    kiosk.until(lambda view: kiosk.kiosk.snapshot.version is not None and view["online"])
    return kiosk


def settled(kiosk: RunningKiosk) -> None:
    kiosk.until(lambda _: kiosk.kiosk.journal.count_pending() == 0)


def open_loans() -> dict[str, int]:
    return {loan.copy.barcode: loan.reader_id for loan in Loan.select().where(Loan.returned_at.is_null())}


def ask_for(kiosk: RunningKiosk, card: str, book: str) -> tuple[bool, str]:
    """One child, one book. (told yes, the sentence that said no)."""
    kiosk.scan(card)
    view = kiosk.until(lambda view: view["screen"] == "open" or (view["notice"] or {}).get("tone") == "no")
    if view["screen"] == "open":
        kiosk.scan(book)
        view = kiosk.until(lambda view: not view["waiting"] and (view["books"] or (view["notice"] or {}).get("tone") == "no"))
    told = bool(view["books"]), (view["notice"] or {}).get("text", "") if not view["books"] else ""
    kiosk.press("close")
    kiosk.press("done")
    kiosk.until(lambda view: view["screen"] in ("idle", "goodbye", "out_of_order") and not view["notice"])
    return told


# ---------------------------------------------------------------- any JSON from the core


def _changed(change: Callable[[Any], Any]) -> Callable[[str, bytes], tuple[int, str, bytes]]:
    return lambda path, answer: (200, "application/json", json.dumps(change(json.loads(answer))).encode())


def _each(change: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The same to every value, however deep."""

    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: walk(one) for name, one in value.items()}
        return [walk(one) for one in value] if isinstance(value, list) else change(value)

    return walk


def _as(status: int, kind: str, body: bytes) -> Callable[[str, bytes], tuple[int, str, bytes]]:
    return lambda path, answer: (status, kind, body)


def _richer(value: Any) -> Any:
    """A core from next year: a new field in every object."""
    if isinstance(value, dict):
        return {**{name: _richer(one) for name, one in value.items()}, "tomorrow": {"a": [1, None, "ă"]}}
    return [_richer(one) for one in value] if isinstance(value, list) else value


HTML = b"<!doctype html><title>Dang nhap WiFi</title><form>"
ANSWERS: dict[str, Callable[[str, bytes], tuple[int, str, bytes]]] = {
    "a page with 200": _as(200, "text/html", HTML),
    "a page with 404": _as(404, "text/html", HTML),
    "a page with 400": _as(400, "text/html", HTML),
    "a page with 401": _as(401, "text/html", HTML),
    "a page with 413": _as(413, "text/html", HTML),
    "somewhere else": _as(302, "text/html", b""),
    "no JSON object": _as(200, "application/json", b"[]"),
    "an empty object": _as(200, "application/json", b"{}"),
    "nothing": _as(200, "application/json", b""),
    "no text": _as(200, "application/json", b"\xff\xfe\x00{"),
    "cut in the middle": lambda path, answer: (200, "application/json", answer[: len(answer) // 2]),
    "bottomless": _as(200, "application/json", b'{"a":' * 50_000),
    "enormous": _as(200, "application/json", b'{"school": "' + b"x" * 2_000_000 + b'"}'),
    "half letters": _as(200, "application/json", b'{"device":"\\ud800","server_time":"\\ud800","school":"\\ud800",'
                        b'"api_version":1,"snapshot_version":1,"card":"\\ud800","display_name":"\\ud800",'
                        b'"kind":"pupil","can_borrow":true,"class_name":null,"remaining":3}'),
    "every value a list": _changed(_each(lambda value: [value])),
    "every value null": _changed(_each(lambda value: None)),
    "every text a number": _changed(_each(lambda value: 7 if isinstance(value, str) else value)),
    "numbers without end": lambda path, answer: (
        200, "application/json", json.dumps(_each(lambda v: "@" if type(v) is int else v)(json.loads(answer)))
        .replace('"@"', "1e999").encode()),
    "not a number": lambda path, answer: (
        200, "application/json", json.dumps(_each(lambda v: "@" if type(v) is int else v)(json.loads(answer)))
        .replace('"@"', "NaN").encode()),
    "a refusal nobody worded": _as(409, "application/problem+json", b'{"code": "sao_hoa", "reasons": [{"code": 5}]}'),
}  # fmt: skip
HARMLESS: dict[str, Callable[[str, bytes], tuple[int, str, bytes]]] = {
    "a newer core": _changed(_richer),
    "every text very long": _changed(_each(
        lambda value: value * 3000 if isinstance(value, str) and value in ("Dế Mèn", "Bình", "Thanh Bình", "Chi") else value)),
}  # fmt: skip


def is_free(kiosk: RunningKiosk, book: str) -> bool:
    copy = kiosk.kiosk.snapshot.find_copy(book)
    return copy is not None and copy.open_loan is None


def test_whatever_the_core_answers(core: Core, start_kiosk: Start) -> None:
    """Each child is told yes or hears one sentence; what was told yes is in the core at the end, nothing else is."""
    books = core.world.add_title("Dế Mèn", len(ANSWERS) + len(HARMLESS))
    kiosk = ready(start_kiosk(receipts="never", printer={"driver": "none"}))
    for name, spoil in ANSWERS.items():
        book = books.pop()
        core.proxy.spoil = spoil
        said_yes, sentence = ask_for(kiosk, core.card(AN), book)
        core.proxy.spoil = None
        assert said_yes or HELP in sentence, (name, sentence)
        kiosk.kiosk.house.hurry()
        kiosk.until(lambda view: view["online"])
        settled(kiosk)
        # The core may have lent it and its answer said no: then a grown-up was called, and the table says the same.
        assert said_yes == (book in open_loans()) or "trục trặc" in sentence, (name, sentence)
        if book in open_loans():
            check_in(book, actor=SYSTEM, channel="staff")
        kiosk.until(lambda _, book=book: is_free(kiosk, book))
    for reader, (name, spoil) in zip((BINH, CHI), HARMLESS.items(), strict=True):
        core.proxy.spoil = spoil
        said_yes, _ = ask_for(kiosk, core.card(reader), books.pop())
        assert said_yes and kiosk.kiosk.line.is_up, name
        core.proxy.spoil = None
    settled(kiosk)
    assert len(open_loans()) == len(HARMLESS) and KioskConflict.select().count() == 0


# ---------------------------------------------------------------- another server


class _Elsewhere(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(404)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(HTML)))
        self.end_headers()
        self.wfile.write(HTML)

    do_POST = do_GET

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def elsewhere() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Elsewhere)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join()


def test_another_web_server_at_the_core_s_address(core: Core, start_kiosk: Start, elsewhere: int, tmp_path: Path) -> None:
    """Acts that were waiting wait on; books come back all the same; staff read what is wrong; then the right core."""
    [book] = core.world.add_title("Một")
    check_out(book, reader_card=core.card(AN), actor=SYSTEM, channel="staff")
    (tmp_path / "state").mkdir()
    journal = ActJournal(tmp_path / "state" / "journal.db")
    journal.write(Act(key=str(uuid.uuid4()), kind="return", barcode=book, occurred_at=instant_text(now())))
    journal.close()
    right, core.proxy.target = core.proxy.target, elsewhere
    kiosk = start_kiosk(receipts="never", printer={"driver": "none"})
    view = kiosk.until(lambda view: view["staff_hint"])
    assert view["screen"] == "idle" and "không phải Kệ Sách" in view["staff_hint"]
    kiosk.scan(core.card(AN))
    assert HELP in kiosk.until(lambda view: view["notice"])["notice"]["text"]
    kiosk.press("close")
    kiosk.scan(book)
    kiosk.until(lambda view: view["screen"] == "returning" and view["books"])
    assert [row for row in kiosk.kiosk._describe_status() if row.label == "Mạng"][0].good is False
    assert kiosk.kiosk.journal.count_pending() == 2 and book in open_loans()
    core.proxy.target = right
    settled(kiosk)
    kiosk.until(lambda view: view["online"] and not kiosk.kiosk.state.concerns)
    assert open_loans() == {}


# ---------------------------------------------------------------- the token


def test_a_revoked_device_keeps_what_it_has_until_it_has_a_new_token(core: Core, start_kiosk: Start) -> None:
    [one, two] = core.world.add_title("Một", 2)
    kiosk = ready(start_kiosk(receipts="never", printer={"driver": "none"}))
    core.proxy.dead = True
    assert ask_for(kiosk, core.card(AN), one) == (True, "")
    revoke_device("Quầy sảnh", SYSTEM)
    core.proxy.dead = False
    view = kiosk.until(lambda view: view["screen"] == "out_of_order")
    assert view["staff_hint"] == STAFF_CAUSES["unauthorised"] and HELP in view["hint"]
    kiosk.scan(core.card(BINH))
    assert HELP in kiosk.until(lambda view: view["notice"])["notice"]["text"]
    kiosk.stop()
    assert open_loans() == {}
    core.token = add_device("Quầy sảnh mới", "kiosk", SYSTEM)
    again = ready(start_kiosk(receipts="never", printer={"driver": "none"}))
    settled(again)
    assert open_loans() == {one: core.world.readers[AN]} and KioskConflict.select().count() == 0
    assert ask_for(again, core.card(BINH), two) == (True, "")


def time_passes(core: Core) -> bool:
    """The school's clock, which stands still in tests."""
    core.world.clock.at += timedelta(milliseconds=50)
    return True


def test_two_kiosks_with_one_token(
    core: Core, start_kiosk: Start, tmp_path: Path, client: FlaskClient, login_as: Any
) -> None:
    """Both serve, no act is lost or doubled; the page of devices and both screens say which mistake it is."""
    books = core.world.add_title("Một", 2)
    first = ready(start_kiosk(receipts="never", printer={"driver": "none"}))
    second = RunningKiosk(core, tmp_path / "second", receipts="never", printer={"driver": "none"})
    try:
        ready(second)
        assert ask_for(first, core.card(AN), books[0])[0] and ask_for(second, core.card(BINH), books[1])[0]
        for kiosk in (first, second):
            view = kiosk.until(lambda view: time_passes(core) and view["staff_hint"])
            assert view["staff_hint"] == STAFF_CAUSES["twins"] and view["screen"] == "idle"
            assert "Mã thiết bị" in [row.label for row in kiosk.kiosk._describe_status()]
        login_as(client, "admin")
        assert "Hai máy cùng dùng một mã" in client.get("/staff/devices").text
    finally:
        second.stop()
    assert open_loans() == {books[0]: core.world.readers[AN], books[1]: core.world.readers[BINH]}
    assert Loan.select().count() == 2


# ---------------------------------------------------------------- old data, a broken file


def test_a_snapshot_a_week_old(core: Core, start_kiosk: Start) -> None:
    [out, in_] = core.world.add_title("Một", 2)
    check_out(out, reader_card=core.card(BINH), actor=SYSTEM, channel="staff")
    kiosk = ready(start_kiosk(receipts="never", printer={"driver": "none"}))
    core.proxy.dead = True
    kiosk.until(lambda view: not view["online"])
    made = json.dumps(instant_text(now() - timedelta(days=8)))
    with closing(sqlite3.connect(kiosk.config.state_dir / "snapshot.db", isolation_level=None)) as store:
        store.execute("UPDATE fact SET value = ? WHERE name = 'generated_at'", (made,))
    kiosk.scan(core.card(AN))
    assert HELP in kiosk.until(lambda view: view["notice"])["notice"]["text"]
    kiosk.press("close")
    kiosk.scan(out)
    kiosk.until(lambda view: view["screen"] == "returning" and view["books"])
    rows = {row.label: row for row in kiosk.kiosk._describe_status()}
    assert rows["Dữ liệu"].said == "cập nhật 8 ngày trước" and rows["Dữ liệu"].good is False
    core.proxy.dead = False
    settled(kiosk)
    kiosk.until(lambda _: kiosk.kiosk.report()["snapshot_age_seconds"] < 3600)
    assert open_loans() == {} and ask_for(kiosk, core.card(AN), in_) == (True, "")


def test_a_damaged_journal_is_said_on_the_page_of_devices(
    core: Core, start_kiosk: Start, tmp_path: Path, client: FlaskClient, login_as: Any
) -> None:
    state = tmp_path / "state"
    state.mkdir()
    (state / "journal.db").write_bytes(b"SQLite format 3\0" + b"\xa5" * 9000)
    kiosk = ready(start_kiosk(receipts="never", printer={"driver": "none"}))
    [book] = core.world.add_title("Một")
    assert ask_for(kiosk, core.card(AN), book) == (True, "")
    assert [one.read_bytes()[16:] for one in state.glob("journal.db.hong-*")] == [b"\xa5" * 9000]
    rows = {row.label: row.said for row in kiosk.kiosk._describe_status()}
    assert "có thể còn việc bị mất" in rows["Sổ nhật ký"]
    [said] = [one for one in check_all(kiosk.kiosk.config) if one.part == "journal"]
    assert not said.ok and "có thể còn việc bị mất" in said.said and "Đã xem" in said.said
    token = login_as(client, "admin")
    kiosk.until(lambda _: "0 việc cứu được, có thể còn việc bị mất" in client.get("/staff/devices").text)
    page = client.get("/staff/devices/1").text
    file = re.search(r'name="file" value="([^"]+)"', page)
    assert file is not None, "the page of the kiosk has the button"
    form = {"csrf_token": token, "name": "Quầy sảnh", "file": file[1]}
    assert client.post("/staff/devices/damage-seen", data=form).status_code == 303
    assert "từng bị hỏng" not in client.get("/staff/devices").text
    kiosk.until(lambda _: kiosk.kiosk.report()["journal_damage"] is None)
    [said] = [one for one in check_all(kiosk.kiosk.config) if one.part == "journal"]
    assert said.ok and "hỏng" not in said.said and (state / file[1]).exists()


def test_acts_of_a_broken_journal_still_reach_the_core(core: Core, start_kiosk: Start, tmp_path: Path) -> None:
    """Two acts without network, the kiosk stopped, the head of the file overwritten, the kiosk started again."""
    books = [core.world.add_title(title)[0] for title in ("Một", "Hai")]
    kiosk = ready(start_kiosk(receipts="never", printer={"driver": "none"}))
    core.proxy.dead = True
    for book in books:
        assert ask_for(kiosk, core.card(AN), book) == (True, "")
    kiosk.stop()
    path = tmp_path / "state" / "journal.db"
    path.write_bytes(b"\xff" * 32 + path.read_bytes()[32:])
    core.proxy.dead = False
    again = start_kiosk(receipts="never", printer={"driver": "none"})
    again.until(lambda _: len(open_loans()) == 2)
    damage = again.kiosk.report()["journal_damage"]
    assert (damage["saved"], damage["waiting"], damage["lost"]) == (2, 2, False)


# ---------------------------------------------------------------- a full disk


def has_snapshot(state: Path) -> bool:
    try:
        with closing(sqlite3.connect(f"file:{state / 'snapshot.db'}?mode=ro", uri=True)) as found:
            return found.execute("SELECT COUNT(*) FROM copy").fetchone()[0] > 0
    except sqlite3.Error:
        return False


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="Linux only")
def test_a_full_disk(core: Core, tmp_path: Path, client: FlaskClient, login_as: Any) -> None:
    """The whole program; its files may not grow from one moment to the next, and may again later."""
    online, offline, later = core.world.add_title("Một", 3)
    program = KioskProgram(core, tmp_path)
    try:
        program.until(lambda view: view["school"] and has_snapshot(tmp_path / "state"))
        resource.prlimit(program.process.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        program.borrow(core.card(AN), online, lambda view: view["books"])  # the core has it, durably
        core.proxy.dead = True
        view = program.borrow(core.card(BINH), offline, lambda view: (view["notice"] or {}).get("tone") == "no")
        assert view["notice"]["code"] == "journal_full" and HELP in view["notice"]["text"] and not view["books"]
        program.press("close")
        program.press("done")
        assert program.until(lambda view: view["staff_hint"])["staff_hint"] == STAFF_CAUSES["journal"]
        core.proxy.dead = False
        login_as(client, "admin")
        program.until(lambda _: "Quầy không ghi được vào thẻ nhớ" in client.get("/staff/devices").text, seconds=90)
        resource.prlimit(program.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        core.proxy.dead = True
        program.borrow(core.card(CHI), later, lambda view: view["books"])
        program.press("done")
        program.until(lambda view: view["screen"] == "idle" and not view["staff_hint"])
    finally:
        core.proxy.dead = False
        program.close()
    again = RunningKiosk(core, tmp_path, receipts="never", printer={"driver": "none"})
    try:
        settled(again)
    finally:
        again.stop()
    assert open_loans() == {online: core.world.readers[AN], later: core.world.readers[CHI]}
    # Staff hear of the book that nobody could write down.
    assert [(one.kind, one.code, one.payload["copy_barcode"]) for one in KioskConflict.select()] == [
        ("unwritten", "scan_unwritten", offline)
    ]
