"""A kiosk does what is on its list, once, and nothing else; message and restart in the running program."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from kiosk_world import RunningKiosk
from PIL import Image

from kiosk.clock import KioskClock
from kiosk.journal import ActJournal, JournalUnavailable
from kiosk.orders import Orders
from library.fleet import queries, receipts, service
from library.foundation import clock
from library.foundation.audit import SYSTEM

NOON = datetime(2026, 11, 26, 5, tzinfo=UTC)


class Shelf:
    """Orders over a real journal, with a clock that the test moves."""

    def __init__(self, path: Path) -> None:
        self.path, self.moment, self.calls = path, NOON, []
        self.open()

    def open(self) -> None:
        self.journal = ActJournal(self.path)
        kept = KioskClock(wall=lambda: self.moment.timestamp(), keeps_time=lambda: True)
        do = {kind: lambda kind=kind: self.calls.append(kind) for kind in ("restart_program", "restart_screen")}
        self.orders = Orders(self.journal, kept, do)

    def again(self) -> None:
        """The program is started anew."""
        self.journal.close()
        self.open()


@pytest.fixture
def shelf(tmp_path: Path):
    made = Shelf(tmp_path / "journal.db")
    yield made
    made.journal.close()


def order(key: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"orders": [{"key": key, "kind": kind, **more}]}


MESSAGE = order("m", "message", text="Máy in hết giấy", until="2026-11-26T10:00:00Z")


def test_each_order_is_done_once_even_across_a_restart(shelf: Shelf) -> None:
    for _ in range(2):
        assert shelf.orders.heed(order("r", "restart_program"))
    shelf.again()
    assert shelf.orders.report() == [{"key": "r", "outcome": "done"}], "told after the restart it asked for"
    shelf.orders.heed(order("r", "restart_program"))
    assert shelf.calls == ["restart_program"]
    shelf.orders.told(shelf.orders.report())
    shelf.again()
    assert shelf.orders.report() == []


def test_a_message_stands_until_its_time_and_survives_a_restart(shelf: Shelf) -> None:
    shelf.orders.heed(MESSAGE)
    shelf.again()
    assert shelf.orders.message() == "Máy in hết giấy"
    shelf.moment = NOON + timedelta(hours=5, seconds=1)
    assert shelf.orders.message() == ""
    shelf.moment = NOON
    shelf.orders.heed(order("c", "clear_message"))
    assert shelf.orders.message() == ""


@pytest.mark.parametrize(
    "asked",
    [order("x", "run_shell", text="rm -rf /"), order("x", ""), order("x", "message", text="không có hạn"),
     order("x", "message", text=" ", until="2026-11-26T10:00:00Z"), order("x", "message", text="a", until="mai"),
     order("x", "message", text="a", until="2026-11-26T10:00:00")],
)  # fmt: skip
def test_what_is_not_on_the_list_is_not_done_and_says_so(shelf: Shelf, asked: dict[str, Any]) -> None:
    assert shelf.orders.heed(asked)
    assert shelf.orders.report() == [{"key": "x", "outcome": "unknown"}]
    assert shelf.calls == [] and shelf.orders.message() == ""


@pytest.mark.parametrize(
    "answer", [{}, {"orders": None}, {"orders": "x"}, {"orders": [None, 3, {}, {"key": 1, "kind": "message"}]}]
)
def test_a_core_may_answer_anything(shelf: Shelf, answer: dict[str, Any]) -> None:
    assert not shelf.orders.heed(answer)
    assert shelf.orders.report() == []
    assert shelf.orders.heed({"orders": [{"key": 5}, *MESSAGE["orders"], {"new": True}]}), "the rest is not lost"


def test_nothing_is_done_that_cannot_be_written_down(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(name: str, value: str) -> None:
        raise JournalUnavailable("database or disk is full")

    monkeypatch.setattr(shelf.journal, "remember", full)
    assert not shelf.orders.heed(order("r", "restart_program"))
    assert not shelf.orders.heed(MESSAGE)
    assert shelf.calls == [] and shelf.orders.message() == "" and shelf.orders.report() == []
    monkeypatch.undo()
    assert shelf.orders.heed(order("r", "restart_program")) and shelf.calls == ["restart_program"]


def test_damaged_memory_is_begun_anew(shelf: Shelf) -> None:
    for damaged in ("{", '{"done": [1]}', '{"message": [1]}', '{"message": ["a", "b"]}', "[]"):
        shelf.journal.remember("orders", damaged)
        shelf.again()
        assert shelf.orders.message() == ""
    assert shelf.orders.heed(MESSAGE)


def test_a_message_comes_and_goes_on_the_screen_and_never_over_a_child(
    start_kiosk: Callable[..., RunningKiosk], core: Any
) -> None:
    one = start_kiosk()
    one.until(lambda view: view["screen"] == "idle" and one.is_ready)
    service.send_message("Máy in hết giấy", clock.now() + timedelta(hours=1), SYSTEM)
    one.until(lambda view: view["message"] == "Máy in hết giấy")
    one.scan(core.card("Nguyễn Văn Dũng"))
    assert one.until(lambda view: view["screen"] == "open")["message"] == ""
    one.press("done")
    one.until(lambda view: view["message"] == "Máy in hết giấy")
    [sent] = queries.list_messages()
    service.withdraw_message(sent.key, SYSTEM)
    one.until(lambda view: view["message"] == "" and view["screen"] == "idle")


def test_a_restart_waits_for_the_child(start_kiosk: Callable[..., RunningKiosk], core: Any) -> None:
    one = start_kiosk()
    before = one.until(lambda view: view["screen"] == "idle" and one.is_ready)["page"]
    one.scan(core.card("Nguyễn Văn Dũng"))
    one.until(lambda view: view["screen"] == "open")
    service.order_restart("Quầy sảnh", "restart_screen", SYSTEM)
    service.order_restart("Quầy sảnh", "restart_program", SYSTEM)
    shown = one.until(lambda view: view["page"] != before)
    one.until(lambda view: one.kiosk.restart_wanted)
    assert shown["screen"] == "open" and not one.kiosk.wait(0)
    one.press("done")
    assert one.kiosk.wait(20), "it ends once nobody is there; its unit or the command starts it again"


def test_the_school_s_receipts_reach_the_paper(start_kiosk: Callable[..., RunningKiosk], core: Any) -> None:
    books = core.world.add_title("Dế Mèn phiêu lưu ký", copies=2)
    one = start_kiosk(receipts="always")
    one.until(lambda view: view["screen"] == "idle" and one.is_ready)
    for number, book in enumerate(books, 1):
        one.scan(core.card("Trần Minh An" if number == 1 else "Lê Thanh Bình"))
        one.until(lambda view: view["screen"] == "open")
        one.scan(book)
        one.until(lambda view: view["books"])
        one.press("done")
        one.until(lambda view: view["receipt"] == "Em nhớ lấy phiếu nhé.")
        receipts.save_texts({"closing_loan": "Mở cửa 7 giờ. " * 8, "show_qr": True, "show_class": True}, SYSTEM)
        one.until(lambda view: view["screen"] == "idle" and one.kiosk.templates.version == 1)
    built_in, own = (Image.open(path) for path in one.receipts)
    assert own.height > built_in.height + 3 * 24, "three lines more at the end"
