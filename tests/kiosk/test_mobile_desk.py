"""A day at a satellite campus without a network, and home again: everything settled (L184, L185)."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from kiosk_world import Core, RunningKiosk

from kiosk.api_client import ApiClient
from kiosk.session_events import UndoAsked
from library.foundation.audit import SYSTEM
from library.lending.tables import KioskConflict, Loan
from library.lending.units.mobile_shelves import open_shelf
from library.lending.units.service import hand_over

SHELF, OTHER = "Tủ Ấp 4", "Tủ Ấp 7"


class Desk:
    """The page of the person at the desk, over HTTP."""

    def __init__(self, one: RunningKiosk) -> None:
        self.one = one

    def read(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.one.kiosk.address}desk/data.json", timeout=30) as answer:
            return json.load(answer)

    def post(self, act: str, **body: Any) -> dict[str, Any]:
        asked = urllib.request.Request(
            f"{self.one.kiosk.address}desk/{act}", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return json.load(answer)

    def until(self, wanted: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        self.one.until(lambda view: wanted(self.read()))
        return self.read()


@pytest.fixture
def shelves(core: Core) -> dict[str, list[str]]:
    """Copies on this desk's shelf, on another one, and in the library."""
    world = core.world
    found = {
        SHELF: [world.add_title(f"Sách tủ {number}")[0] for number in range(4)],
        OTHER: world.add_title("Sách tủ khác"),
        "library": [world.add_title(f"Sách thư viện {number}")[0] for number in range(3)],
    }
    for name in (SHELF, OTHER):
        hand_over(open_shelf(name, actor=SYSTEM), found[name], actor=SYSTEM)
    return found


def lend(one: RunningKiosk, card: str, *books: str) -> None:
    one.scan(card)
    one.until(lambda view: view["screen"] == "open")
    for count, book in enumerate(books, 1):
        one.scan(book)
        one.until(lambda view, count=count: len(view["books"]) == count)
    one.press("done")
    one.until(lambda view: view["screen"] in ("goodbye", "idle"))


def test_a_day_away(core: Core, start_kiosk: Callable[..., RunningKiosk], shelves: dict[str, list[str]]) -> None:
    an, binh, chi = (core.card(name) for name in ("Trần Minh An", "Lê Thanh Bình", "Phạm Chi"))
    at_school = ApiClient(core.proxy.url, core.token)
    at_school.check_out(str(uuid.uuid4()), chi, shelves["library"][0])
    # Morning, in the school's network: data and shelf.
    one = start_kiosk(mode="mobile_desk", receipts="never")
    desk = Desk(one)
    one.until(lambda view: one.kiosk.snapshot.version is not None)
    assert {"name": SHELF, "count": 4} in desk.read()["units"]
    assert desk.post("unit", name="Tủ không có")["status"] == "no"
    assert desk.post("unit", name=SHELF)["status"] == "ok"
    desk.post("fetch")
    ready = desk.until(lambda view: view["unit"] == SHELF and view["data"]["fresh"])
    assert ready["data"]["readers"] == 4 and ready["data"]["copies"] == 8 and ready["data"]["clock_ok"]

    core.proxy.dead = True
    lend(one, an, *shelves[SHELF][:3])  # more than a kiosk's offline limit of 2
    # Another shelf's book is not this desk's to lend.
    one.scan(binh)
    one.until(lambda view: view["screen"] == "open")
    one.scan(shelves[OTHER][0])
    one.until(lambda view: view["notice"] and view["notice"]["code"] == "copy_on_mobile_shelf")
    one.scan(shelves[SHELF][3])
    one.until(lambda view: len(view["books"]) == 1)
    one.press("done")
    one.until(lambda view: view["screen"] in ("goodbye", "idle"))
    # Bình changed his mind: the newest act is taken back, once, and the copy is free again.
    acts = desk.read()
    assert (acts["lent"], acts["acts"][0]["name"], acts["acts"][0]["title"]) == (4, "Bình", "Sách tủ 3")
    assert desk.post("undo", key=acts["acts"][-1]["key"])["status"] == "no", "only the newest"
    assert desk.post("undo", key=acts["undo"])["status"] == "ok"
    desk.until(lambda view: view["lent"] == 3 and view["acts"][0]["undone"])
    # Chi brings a library book back, and a book goes out that somebody at school has borrowed meanwhile.
    one.scan(shelves["library"][0])
    one.until(lambda view: view["screen"] == "returning" and view["books"])
    core.proxy.dead = False
    core.proxy.lose_request = 1.0  # the desk stays away, the school goes on
    direct = ApiClient(f"http://127.0.0.1:{core.port}", core.token)
    direct.check_out(str(uuid.uuid4()), chi, shelves["library"][1])
    lend(one, binh, shelves["library"][1])
    away = desk.read()
    assert (away["online"], away["returned"], away["waiting"]) == (False, 1, 7 - 0)
    assert {act["name"] for act in away["acts"]} == {"An", "Bình", "Chi"}
    assert not any(card in json.dumps(away) for card in (an, binh, chi))

    # Home.
    core.proxy.lose_request = 0.0
    desk.post("settle")
    home = desk.until(lambda view: view["waiting"] == 0)
    assert [one_["title"] for one_ in home["settlement"]["conflicts"]] == ["Sách thư viện 1"]
    loans = {loan.copy.barcode: loan for loan in Loan.select().where(Loan.returned_at.is_null())}
    assert set(loans) == {*shelves[SHELF][:3], shelves["library"][1]}
    assert all(loans[book].unit.name == SHELF for book in shelves[SHELF][:3])
    assert loans[shelves["library"][1]].reader.full_name == "Lê Thanh Bình"
    assert Loan.get(Loan.ended_as == "corrected").copy.barcode == shelves[SHELF][3]
    assert KioskConflict.select().count() == 1
    # The next morning's data know all of it.
    one.until(lambda view: (copy := one.kiosk.snapshot.find_copy(shelves[SHELF][0])) and copy.open_loan)


def test_a_return_undone_goes_back_to_whom_it_was_lent(core: Core, start_kiosk: Callable[..., RunningKiosk]) -> None:
    [book] = core.world.add_title("Dế Mèn phiêu lưu ký")
    ApiClient(core.proxy.url, core.token).check_out(str(uuid.uuid4()), core.card("Phạm Chi"), book)
    one = start_kiosk(mode="mobile_desk", receipts="never")
    desk = Desk(one)
    one.until(lambda view: (copy := one.kiosk.snapshot.find_copy(book)) and copy.open_loan)
    core.proxy.dead = True
    one.scan(book)
    one.until(lambda view: view["screen"] == "returning" and view["books"])
    undo = UndoAsked(desk.read()["undo"], str(uuid.uuid4()), book, card=core.card("Phạm Chi"), due_on="2026-12-07")
    for key in ("first-tap", "second-tap"):  # before the page knows: the second would take the loan itself back
        one.kiosk.tell(replace(undo, key=key))
    view = one.until(lambda view: not view["books"])
    assert view["screen"] == "returning"
    held = one.kiosk.snapshot.find_copy(book)
    assert held and held.open_loan and held.open_loan.reader_card == core.card("Phạm Chi")
    core.proxy.dead = False
    desk.post("settle")
    desk.until(lambda view: view["waiting"] == 0)
    loan = Loan.get()
    assert loan.returned_at is None and loan.reader.full_name == "Phạm Chi" and KioskConflict.select().count() == 0
    assert [act["word"] for act in desk.read()["acts"]] == ["Trả"] and desk.read()["acts"][0]["undone"]


def test_an_undo_that_cannot_be_written_is_said_and_works_once_it_can(
    core: Core, start_kiosk: Callable[..., RunningKiosk], shelves: dict[str, list[str]]
) -> None:
    one = start_kiosk(mode="mobile_desk", receipts="never")
    desk = Desk(one)
    one.until(lambda view: one.kiosk.snapshot.version is not None)
    core.proxy.dead = True
    lend(one, core.card("Trần Minh An"), shelves["library"][0])
    disk = one.kiosk.journal._connection
    disk.execute("PRAGMA query_only = ON")  # SQLite takes nothing
    desk.post("undo", key=desk.read()["undo"])
    desk.until(lambda view: view["settlement"]["said"] == "Không ghi được sổ của máy. Xem chỗ trống trên đĩa.")
    assert not desk.read()["acts"][0]["undone"]
    disk.execute("PRAGMA query_only = OFF")
    desk.post("undo", key=desk.read()["undo"])
    done = desk.until(lambda view: view["acts"][0]["undone"])
    assert done["settlement"]["said"] == "" and done["undo"] == ""


def test_what_stopped_sending_is_not_said_once_all_went_home_by_itself(
    core: Core, start_kiosk: Callable[..., RunningKiosk], shelves: dict[str, list[str]]
) -> None:
    one = start_kiosk(mode="mobile_desk", receipts="never")
    desk = Desk(one)
    one.until(lambda view: one.kiosk.snapshot.version is not None)
    core.proxy.dead = True
    lend(one, core.card("Trần Minh An"), *shelves["library"][:2])
    desk.post("settle")
    assert "Chưa gửi hết" in desk.read()["settlement"]["said"]
    core.proxy.dead = False  # nobody presses again
    home = desk.until(lambda view: view["waiting"] == 0 and view["online"])
    assert home["settlement"]["said"] == "" and home["settlement"]["done"] == 2
    assert {act["state"] for act in home["acts"]} == {"đã về máy chủ"}
    # Away again: it was said of acts that are home, not of this one.
    core.proxy.dead = True
    lend(one, core.card("Lê Thanh Bình"), shelves["library"][2])
    away = desk.until(lambda view: view["waiting"] == 1)
    assert away["settlement"]["said"] == ""


def test_an_ordinary_kiosk_has_no_desk_page(core: Core, start_kiosk: Callable[..., RunningKiosk]) -> None:
    one = start_kiosk()
    for path in ("desk", "desk/data.json"):
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"{one.kiosk.address}{path}", timeout=10)
        assert caught.value.code == 404
    with pytest.raises(urllib.error.HTTPError):
        Desk(one).post("settle")
