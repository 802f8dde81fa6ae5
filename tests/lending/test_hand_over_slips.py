"""The slip of a hand-over document as the librarian asks for it, on both databases and over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from lending_front import Front
from lending_world import STAFF, World

from library.access.devices import add_device, find_device
from library.access.model import DeviceInfo
from library.fleet import service, slips
from library.foundation.audit import SYSTEM
from library.foundation.clock import clock_at, now
from library.foundation.errors import InvalidInput, NotFound
from library.foundation.tables import AuditEntry
from library.lending.units.class_corners import open_corner
from library.lending.units.mobile_shelves import open_shelf
from library.lending.units.service import hand_over, settle_missing


def make_document(school: World, copies: int = 2) -> tuple[int, int]:
    """(unit, document) of the corner of 6A1."""
    unit = open_corner(school.classes["6A1"], school.readers["Nguyễn Văn Dũng"], actor=STAFF)
    return unit, hand_over(unit, school.add_title("Dế Mèn phiêu lưu ký", copies), actor=STAFF).hand_over_id


def add_kiosk(name: str) -> DeviceInfo:
    device = find_device(add_device(name, "kiosk", SYSTEM))
    assert device is not None
    return device


def report(device: DeviceInfo, **status: Any) -> list[Any]:
    return service.receive_status(device, status, "192.168.1.21")


def say(device: DeviceInfo, key: str, outcome: Any) -> None:
    report(device, orders_done=[{"key": key, "outcome": outcome}])


def state(document: int) -> str:
    return slips.order_state(slips.list_slip_orders(document)[0])[1]


def test_one_slip_at_a_time_and_the_second_print_says_so(school: World) -> None:
    _, document = make_document(school)
    first, second = add_kiosk("Quầy A"), add_kiosk("Quầy B")
    service.order_slip(document, "Quầy A", STAFF)
    service.order_slip(document, "Quầy A", STAFF)
    with pytest.raises(InvalidInput) as refused:
        service.order_slip(document, "Quầy B", STAFF)
    assert refused.value.code == "slip_waiting" and refused.value.params["device"] == "Quầy A"
    assert report(second) == []
    [sent] = report(first)
    assert sent.kind == "print_slip" and sent.slip.total == 2 and not sent.slip.reprint
    assert sent.slip.place == "Góc lớp 6A1" and sent.slip.received_by == "Nguyễn Văn Dũng"
    say(first, sent.key, "printed")
    service.order_slip(document, "Quầy B", STAFF)
    [again] = report(second)
    assert again.slip.reprint and again.slip.lines == sent.slip.lines
    actions = [entry.action for entry in AuditEntry.select().order_by(AuditEntry.id)]
    assert actions.count("device.print_slip") == 2


@pytest.mark.parametrize(
    ("said", "words", "reprint"),
    [
        ("printed", "Đã in lúc", True), ("partial", "In dở dang", True), ("unclear", "Không rõ đã in chưa", True),
        ("not_printed:paper_out", "Chưa in: máy in hết giấy", False), ("not_printed:<b>", "Chưa in được", False),
        ("unknown", "Quầy không hiểu: bản đang chạy đã cũ", False), ([], "Quầy không hiểu", False),
    ],
)  # fmt: skip
def test_what_a_kiosk_says_of_a_slip(sqlite_school: World, said: Any, words: str, reprint: bool) -> None:
    _, document = make_document(sqlite_school)
    kiosk = add_kiosk("Quầy A")
    service.order_slip(document, "Quầy A", STAFF)
    [sent] = report(kiosk)
    say(kiosk, sent.key, said)
    assert state(document).startswith(words)
    service.order_slip(document, "Quầy A", STAFF)
    assert report(kiosk)[0].slip.reprint is reprint


def test_a_slip_called_off_before_it_went_out_is_gone(sqlite_school: World) -> None:
    _, document = make_document(sqlite_school)
    kiosk = add_kiosk("Quầy A")
    service.order_slip(document, "Quầy A", STAFF)
    service.withdraw_slip(document, STAFF)
    assert report(kiosk) == [] and state(document) == "Đã thôi"
    service.withdraw_slip(document, STAFF)
    service.order_slip(document, "Quầy A", STAFF)
    assert not report(kiosk)[0].slip.reprint


def test_a_kiosk_that_goes_silent_leaves_a_doubt(sqlite_school: World) -> None:
    _, document = make_document(sqlite_school)
    kiosk = add_kiosk("Quầy A")
    service.order_slip(document, "Quầy A", STAFF)
    with clock_at(now() + timedelta(minutes=31)):
        assert state(document) == "Quá hạn, quầy chưa nhận"
    report(kiosk)
    with clock_at(now() + timedelta(minutes=31)):
        assert report(kiosk) == [] and state(document).startswith("Quá hạn, quầy chưa báo lại")
        service.order_slip(document, "Quầy A", STAFF)
        assert report(kiosk)[0].slip.reprint


def test_only_documents_by_which_books_change_hands(sqlite_school: World) -> None:
    unit, document = make_document(sqlite_school)
    add_kiosk("Quầy A")
    settle_missing(unit, {"STN.000001": "missing"}, actor=STAFF)
    with pytest.raises(InvalidInput, match="slip_kind"):
        service.order_slip(document + 1, "Quầy A", STAFF)
    with pytest.raises(NotFound, match="document_unknown"):
        service.order_slip(9_999, "Quầy A", STAFF)
    with pytest.raises(NotFound, match="device_unknown"):
        service.order_slip(document, "Quầy C", STAFF)


def test_a_mobile_shelf_has_slips_too(sqlite_school: World) -> None:
    shelf = open_shelf("Tủ Ấp 4", actor=STAFF)
    done = hand_over(shelf, sqlite_school.add_title("Mắt biếc"), actor=STAFF)
    kiosk = add_kiosk("Quầy A")
    service.order_slip(done.hand_over_id, "Quầy A", STAFF)
    assert report(kiosk)[0].slip.title == "Giao sách tủ lưu động"


def test_the_page_offers_kiosks_that_print(front: Front) -> None:
    _, document = make_document(front.school)
    path = f"/staff/hand-overs/{document}"
    assert "Phiếu nhỏ ở quầy" not in front.desk.get(path), "no kiosk was ever heard of"
    front.kiosk.post("status", {"printer": "ok"})
    assert "In phiếu ở Quầy cửa chính" in front.desk.get(path)
    screenless = add_kiosk("Quầy không máy in")
    report(screenless, printer="none")
    upstairs = add_kiosk("Quầy lầu một")
    report(upstairs, printer="paper_out")
    page = front.desk.get(path)
    assert "Quầy lầu một (máy in: hết giấy)" in page and "Quầy không máy in" not in page
    front.desk.post(f"{path}/print", device="Quầy cửa chính", status=303)
    answer = front.kiosk.post("status", {"printer": "ok"}).json
    [order] = answer["orders"]
    assert order["slip"]["lines"][0]["title"] == "Dế Mèn phiêu lưu ký"
    page = front.desk.get(path)
    assert "Quầy đã nhận, in khi không có em nào đứng đó" in page and "Thôi in" in page
    front.kiosk.post("status", {"orders_done": [{"key": order["key"], "outcome": "printed"}]})
    page = front.desk.get(path)
    assert "Đã in lúc 09:00 23/11" in page and "Thôi in" not in page
    assert "In phiếu giao nhận Xem phiếu" in front.desk.get(f"/staff/devices/{front.device_id}")


def test_an_old_core_s_answer_and_an_old_kiosk_s_report_still_fit(front: Front) -> None:
    _, document = make_document(front.school)
    front.kiosk.post("status", {"printer": "ok"})
    service.order_slip(document, "Quầy cửa chính", STAFF)
    [order] = front.kiosk.post("status", {}).json["orders"]
    old = {name: order[name] for name in ("key", "kind", "text", "until", "expires_at")}
    assert old["text"] == str(document) and old["until"] is None
    front.kiosk.post("status", {"orders_done": [{"key": order["key"], "outcome": "unknown"}]})
    assert state(document) == "Quầy không hiểu: bản đang chạy đã cũ"
