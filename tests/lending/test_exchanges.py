"""Two corners exchange books both ways in one act, by scanning what lies in the boxes: L202."""

from __future__ import annotations

import re
import uuid

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lending_world import STAFF, TODAY, World, open_school

from library.cataloguing.tables import Copy
from library.contract.codes import word
from library.foundation.errors import InvalidInput, NotFound, Refused
from library.foundation.tables import AuditEntry
from library.lending.tables import HandOver, Loan
from library.lending.units.class_corners import open_corner
from library.lending.units.corner_loans import lend_inside
from library.lending.units.exchanges import exchange_both, find_twin
from library.lending.units.queries import get_document, list_unit_copies
from library.lending.units.service import close_unit, exchange, hand_over, take_back
from library.lending.units.set_steps import SetRefused
from tests.staff_browser import scan, staff_browser
from tests.staff_client import plain

AN, DUNG = "Trần Minh An", "Nguyễn Văn Dũng"


def furnish(school: World, capacity: int = 10) -> tuple[int, int, list[str], list[str]]:
    """The corners of 6A1 and 6A2 with four books each."""
    units, sets = [], []
    for name in ("6A1", "6A2"):
        unit = open_corner(school.add_class(name), school.readers[DUNG], actor=STAFF, capacity=capacity)
        books = [code for n in range(4) for code in school.add_title(f"Truyện {name} cuốn {n}")]
        hand_over(unit, books, actor=STAFF)
        units.append(unit)
        sets.append(books)
    return units[0], units[1], sets[0], sets[1]


def inside(unit: int) -> set[str]:
    return {copy.barcode for copy in list_unit_copies(unit)}


def test_l202_both_ways_in_one_act(school: World) -> None:
    first, second, ours, theirs = furnish(school)
    lent = Copy.get(Copy.barcode == ours[0]).id
    lend_inside(first, lent, school.readers[AN], actor=STAFF)
    # Scanned as they lie there, one twice; two of the four each way.
    done = exchange_both(first, second, [theirs[0], ours[0], ours[1], theirs[1], theirs[0]], actor=STAFF)
    assert (done.moved, done.repeated, done.left_out) == ((2, 2), (theirs[0],), ())
    assert inside(first) == {*theirs[:2], *ours[2:]} and inside(second) == {*ours[:2], *theirs[2:]}
    there, back = (get_document(one) for one in done.document_ids)
    assert [copy.barcode for copy in there.copies] == ours[:2] and there.unit.unit_id == second
    assert [copy.barcode for copy in back.copies] == theirs[:2] and back.unit.unit_id == first
    assert (there.number[:8], int(back.number[-3:]) - int(there.number[-3:])) == ("GN-2026/", 1)
    assert find_twin(there.hand_over_id) == back.hand_over_id and find_twin(back.hand_over_id) == there.hand_over_id
    assert Loan.get().ended_as == "returned"  # L139: it lay in the box
    assert AuditEntry.select().where(AuditEntry.action == "unit.exchange").count() == 2
    # The same books scanned again take it back.
    assert exchange_both(first, second, [*ours[:2], *theirs[:2]], actor=STAFF).moved == (2, 2)
    assert (inside(first), inside(second)) == (set(ours), set(theirs))


def test_l202_nothing_moves_until_every_strange_copy_is_named_and_left_out(school: World) -> None:
    first, second, ours, theirs = furnish(school)
    third = open_corner(school.add_class("6A3"), school.readers[DUNG], actor=STAFF)
    (elsewhere,) = school.add_title("Ở lớp khác")
    (shelved,) = school.add_title("Trên kệ")
    hand_over(third, [elsewhere], actor=STAFF)
    box = [ours[0], elsewhere, "KHONG.CO", theirs[0], shelved]
    with pytest.raises(SetRefused) as caught:
        exchange_both(first, second, box, actor=STAFF)
    assert [problem.barcode for problem in caught.value.problems] == [elsewhere, "KHONG.CO", shelved]
    said = [word(problem.reason.code, problem.reason.params) for problem in caught.value.problems]
    assert "góc lớp 6A3" in said[0] and "kho thư viện" in said[2]
    assert (inside(first), inside(second), inside(third)) == (set(ours), set(theirs), {elsewhere})
    done = exchange_both(first, second, box, actor=STAFF, skip_problems=True)
    assert done.moved == (1, 1) and len(done.left_out) == 3 and inside(third) == {elsewhere}
    with pytest.raises(SetRefused):  # nothing is left to exchange
        exchange_both(first, second, ["KHONG.CO"], actor=STAFF, skip_problems=True)


def test_l202_room_is_looked_at_after_the_exchange(school: World) -> None:
    first, second, ours, theirs = furnish(school, capacity=4)
    assert exchange_both(first, second, [*ours, *theirs], actor=STAFF).moved == (4, 4)  # both are full all the time
    with pytest.raises(Refused) as caught:
        exchange_both(first, second, [theirs[0], theirs[1], ours[0]], actor=STAFF)
    assert [(reason.code, reason.params["over"]) for reason in caught.value.reasons] == [("unit_full", 1)]
    assert (inside(first), inside(second)) == (set(theirs), set(ours))
    assert HandOver.select().where(HandOver.kind == "exchange").count() == 2


def test_l202_one_way_is_one_document_without_a_twin(school: World) -> None:
    first, second, ours, _ = furnish(school)
    done = exchange_both(first, second, ours[:1], actor=STAFF)
    assert done.moved == (1, 0) and [find_twin(one) for one in done.document_ids] == [None]
    school.clock.set_day(TODAY, 10)
    assert find_twin(exchange(second, first, ours[:1], actor=STAFF).hand_over_id) is None
    with pytest.raises(InvalidInput, match="unit_same"):
        exchange_both(first, first, ours, actor=STAFF)
    take_back(second, sorted(inside(second)), actor=STAFF)
    close_unit(second, actor=STAFF)
    with pytest.raises(NotFound, match="unit_unknown"):
        exchange_both(first, second, ours, actor=STAFF)


def test_a_form_sent_twice_carries_nothing_back(school: World) -> None:
    first, second, ours, theirs = furnish(school)
    key = str(uuid.uuid4())
    done, again = (exchange_both(first, second, [*ours, *theirs], actor=STAFF, act_key=key) for _ in range(2))
    assert done.document_ids == again.document_ids and done.moved == again.moved == (4, 4)
    assert (inside(first), inside(second)) == (set(theirs), set(ours))


# --- the page -------------------------------------------------------------------------------------


def test_the_page_names_what_is_strange_keeps_what_was_scanned_and_prints_both_ways(
    app: Flask, client: FlaskClient, login_as
) -> None:
    token = login_as(client, "assistant")
    with open_school() as school:
        first, second, ours, theirs = furnish(school)
        assert "Đổi sách hai lớp" in plain(client.get("/staff/corners").text)
        chooser = client.get(f"/staff/corners/exchange?first={first}").text
        assert re.search(rf'<option value="{first}" selected>Góc lớp 6A1', chooser)
        assert "Chọn hai nơi khác nhau." in client.get(f"/staff/corners/exchange?first={first}&second={first}").text
        page = client.get(f"/staff/corners/exchange?first={first}&second={second}").text
        key = re.search(r'name="key" value="([0-9a-f-]+)"', page)
        assert key is not None and page.count("data-goes=") == 8
        form = {"csrf_token": token, "key": key[1], "first": first, "second": second,
                "barcodes": "\r\n".join([ours[0], "KHONG.CO", theirs[0], theirs[1]])}  # fmt: skip
        refused = client.post("/staff/corners/exchange", data=form)
        assert refused.status_code == 409 and "Chưa đổi cuốn nào: 1 mã" in plain(refused.text)
        assert f"{ours[0]}\r\nKHONG.CO" in refused.text and key[1] in refused.text
        done = client.post("/staff/corners/exchange", data={**form, "skip": "1"})
        assert done.status_code == 303
        sheet = plain(client.get(done.location).text)
        assert "Đã đổi: 1 cuốn đi, 2 cuốn về." in sheet and "KHONG.CO" in sheet
        assert "Góc lớp 6A1 → Góc lớp 6A2: 1 cuốn" in sheet and "Góc lớp 6A2 → Góc lớp 6A1: 2 cuốn" in sheet
        assert "Phiếu cả hai chiều" in client.get(done.location.removesuffix("/both")).text
        assert client.post("/staff/corners/exchange", data={**form, "skip": "1"}).location == done.location
        assert inside(first) == {*ours[1:], *theirs[:2]}
        school.clock.set_day(TODAY, 10)
        alone = exchange_both(first, second, [ours[3]], actor=STAFF).document_ids[0]
        assert client.get(f"/staff/hand-overs/{alone}/both").status_code == 404


@pytest.mark.browser
@pytest.mark.slow
def test_by_scanner_and_keyboard(app: Flask, chromium_path: str) -> None:
    with open_school() as school, staff_browser(app, chromium_path, threads=4) as new_page:
        first, second, ours, theirs = furnish(school)
        page = new_page("lan")
        page.goto(f"/staff/corners/exchange?first={first}&second={second}")
        for code in (theirs[0], ours[0], theirs[1].lower(), ours[0], "TV00000017"):
            scan(page, code)
        page.wait_for_function("() => document.querySelectorAll('tr[data-ticked]').length === 3")
        said = page.locator("[data-set-count]").inner_text()
        assert "4 mã" in said and "2 sang Góc lớp 6A1" in said and "1 sang Góc lớp 6A2" in said
        assert f"Quét hai lần, tính một: {ours[0]}" in said and "Không ở hai nơi này: TV00000017" in said
        page.keyboard.press("Control+Enter")
        page.wait_for_selector(".set-problems")
        assert page.evaluate("document.activeElement.id") == "f-swap"  # the next scan goes on there
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Control+Enter")
        page.wait_for_selector("h1:has-text('Phiếu đổi sách')")
        assert inside(first) == {*ours[1:], *theirs[:2]}
