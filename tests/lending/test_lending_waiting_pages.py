"""What waits, on screen: holds and the pickup shelf, the kiosk's conflicts, visitors at the door."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import pytest
from lending_world import STAFF, World, open_school

from library.access.tables import Device
from library.contract.kiosk_api import JournalEntry
from library.foundation.audit import Actor
from library.foundation.clock import iso_instant, now
from library.foundation.database import transaction
from library.foundation.outbox import enqueue_index
from library.foundation.tables import AuditEntry
from library.lending.holds import place_hold
from library.lending.offline import apply_entry, count_conflicts
from library.lending.service import check_in, check_out
from library.lending.tables import Hold, Loan, Visit
from library.lending.visits import count_visits_on
from tests.staff_client import page

AN, BINH, CHI = "Trần Minh An", "Lê Thanh Bình", "Phạm Chi"


@pytest.fixture
def world(app) -> Iterator[World]:
    with open_school() as made:
        yield made


def lend(world: World, barcode: str, reader: str) -> None:
    check_out(barcode, reader_card=world.cards[reader], actor=STAFF, channel="desk")


# --- holds ------------------------------------------------------------------------------------------


def test_place_a_hold_by_card_and_by_words_of_the_title(client, login_as, world: World) -> None:
    token = login_as(client, "assistant")
    (barcode,) = world.add_title("Dế Mèn phiêu lưu ký")
    with transaction():
        enqueue_index([world.records["Dế Mèn phiêu lưu ký"]])
    lend(world, barcode, AN)
    asked = page(client.get("/staff/holds/new", query_string={"who": world.cards[BINH], "what": "de men"}))
    reader, record = re.findall(r'name="(?:reader|record)" value="(\d+)"', asked)
    assert (int(reader), int(record)) == (world.readers[BINH], world.records["Dế Mèn phiêu lưu ký"])
    form = {"csrf_token": token, "reader": reader, "record": record, "needed_until_on": "2026-12-31"}
    assert client.post("/staff/holds/new", data=form).status_code == 303
    shown = page(client.get("/staff/holds"))
    assert "Lê Thanh Bình" in shown and "Chờ sách được trả" in shown and "cần trước 31/12" in shown
    again = page(client.post("/staff/holds/new", data=form), 422)
    assert "đã đặt mượn nhan đề này" in again and Hold.select().count() == 1


def test_a_hold_refused_says_every_reason(client, login_as, world: World) -> None:
    token = login_as(client)
    (barcode,) = world.add_title("Đất rừng phương Nam")
    lend(world, barcode, AN)
    world.clock.set_day(date(2026, 12, 20))
    token = login_as(client)
    shown = page(client.post("/staff/holds/new", data={
        "csrf_token": token, "reader": world.readers[AN], "record": world.records["Đất rừng phương Nam"]}), 422)  # fmt: skip
    assert "đang giữ 1 cuốn quá hạn" in shown and "đang mượn nhan đề này" in shown


@pytest.mark.parametrize("day", ["31/02/2027", "2026-11-01", "mai"])
def test_a_bad_last_day_is_said_beside_its_field(client, login_as, world: World, day: str) -> None:
    token = login_as(client)
    world.add_title("Búp sen xanh")
    shown = page(client.post("/staff/holds/new", data={
        "csrf_token": token, "reader": world.readers[AN], "record": world.records["Búp sen xanh"],
        "needed_until_on": day}), 422)  # fmt: skip
    assert 'id="e-needed_until_on"' in shown and not Hold.select().exists()


def test_a_fetched_copy_is_kept_for_the_first_in_the_queue_and_gets_a_slip(client, login_as, world: World) -> None:
    token = login_as(client)
    barcode, other = world.add_title("Kính vạn hoa", copies=2)
    place_hold(world.readers[CHI], world.records["Kính vạn hoa"], actor=STAFF)
    place_hold(world.readers[AN], world.records["Kính vạn hoa"], actor=STAFF)
    assert "Có 2 bản trên kệ" in page(client.get("/staff/holds"))
    said = page(client.post("/staff/holds/fetched", data={"csrf_token": token, "barcode": barcode}, follow_redirects=True))
    assert "Giữ “Kính vạn hoa” cho Phạm Chi 6A1 đến" in said
    client.post("/staff/holds/fetched", data={"csrf_token": token, "barcode": other})
    assert Hold.select().where(Hold.status == "ready").count() == 2
    slips = page(client.get("/staff/holds/slips"))
    assert slips.count('class="slip"') == 2 and "Giữ đến hết thứ Năm, 26/11/2026" in slips
    first = Hold.get(Hold.reader == world.readers[CHI])
    assert page(client.get(f"/staff/holds/slips?hold={first.id}")).count('class="slip"') == 1
    said = page(client.post("/staff/holds/fetched", data={"csrf_token": token, "barcode": barcode}, follow_redirects=True))
    assert "Không có ai đang đợi" in said
    said = page(client.post("/staff/holds/fetched", data={"csrf_token": token, "barcode": "?" * 900}, follow_redirects=True))
    assert "Không nhận ra mã" in said


def test_cancelling_passes_the_kept_copy_on(client, login_as, world: World) -> None:
    token = login_as(client)
    (barcode,) = world.add_title("Tuổi thơ dữ dội")
    lend(world, barcode, AN)
    first = place_hold(world.readers[BINH], world.records["Tuổi thơ dữ dội"], actor=STAFF)
    second = place_hold(world.readers[CHI], world.records["Tuổi thơ dữ dội"], actor=STAFF)
    check_in(barcode, actor=STAFF, channel="desk")
    address = f"/staff/holds/{first}/cancel"
    assert "Đã huỷ" in page(client.post(address, data={"csrf_token": token}, follow_redirects=True))
    assert Hold.get_by_id(second).status == "ready"
    assert "không còn nữa" in page(client.post(address, data={"csrf_token": token}, follow_redirects=True))


def test_what_was_not_fetched_is_gone_when_the_page_is_looked_at(client, login_as, world: World) -> None:
    (barcode,) = world.add_title("Kính vạn hoa")
    lend(world, barcode, AN)
    place_hold(world.readers[BINH], world.records["Kính vạn hoa"], actor=STAFF)
    check_in(barcode, actor=STAFF, channel="desk")
    world.clock.set_day(date(2026, 12, 7))
    login_as(client, "viewer")
    assert "Không có cuốn nào đang giữ" in page(client.get("/staff/holds"))
    assert Hold.get().status == "expired"


# --- kiosk conflicts ----------------------------------------------------------------------------------


def journal(world: World, kind: str, reader: str | None, barcode: str, key: str) -> None:
    device, _ = Device.get_or_create(
        name="Quầy 1", defaults={"profile": "kiosk", "token_hash": "x" * 64, "created_at": now(), "created_by": "pytest"}
    )
    raw = {"key": key, "kind": kind, "occurred_at": iso_instant(now()), "copy_barcode": barcode}
    if reader is not None:
        raw["reader_card"] = world.cards.get(reader, reader)
    with transaction():
        apply_entry(JournalEntry.from_json(raw), raw, actor=Actor("device", device.name, device.id))


def test_the_page_names_whom_to_tell_when_two_kiosks_lent_one_copy(client, login_as, world: World) -> None:
    (barcode,) = world.add_title("Kính vạn hoa")
    journal(world, "checkout", AN, barcode, "k1")
    world.clock.set_day(date(2026, 11, 23), hour=10)
    journal(world, "checkout", BINH, barcode, "k2")
    login_as(client)
    shown = page(client.get("/staff/kiosk-conflicts"))
    former = re.search(r"<dt>Bạn đọc cũ</dt><dd><a [^>]*>([^<]*)</a>", shown)
    assert former is not None and AN in former[1] and "6A1" in former[1]
    assert re.search(rf"<dt>Bạn đọc mới</dt><dd><a [^>]*>{BINH}", shown)
    assert f"Báo {AN} (6A1) là không phải trả cuốn này nữa." in shown



def test_a_scan_that_nobody_could_write_down_is_said_in_words(client, login_as, world: World) -> None:
    (barcode,) = world.add_title("Kính vạn hoa")
    journal(world, "unwritten", AN, barcode, "k1")
    login_as(client)
    shown = page(client.get("/staff/kiosk-conflicts"))
    assert "Một lượt quét quầy chưa ghi được" in shown and "Kính vạn hoa" in shown and AN in shown
    assert "được mời quét lại mà chưa quét" in shown and "scan_unwritten" not in shown


def test_a_conflict_says_who_what_why_and_is_worked_off_with_a_note(client, login_as, world: World) -> None:
    token = login_as(client, "assistant")
    assert "Không có việc nào chờ" in page(client.get("/staff/kiosk-conflicts"))
    (barcode,) = world.add_title("Dế Mèn phiêu lưu ký")
    lend(world, barcode, AN)
    journal(world, "checkout", BINH, barcode, "k-1")
    journal(world, "checkout", "TV99999999", barcode, "k-2")
    shown = page(client.get("/staff/kiosk-conflicts"))
    assert "Chờ xử lý (2)" in shown and "Dế Mèn phiêu lưu ký" in shown and "Quầy 1" in shown
    assert "hiện Lê Thanh Bình (6A1) mượn" in shown and f"Báo {AN} (6A1) là không phải trả cuốn này nữa" in shown
    assert "thẻ TV99999999" in shown
    first = re.findall(r"kiosk-conflicts/(\d+)/resolve", shown)[-1]
    empty = page(client.post(f"/staff/kiosk-conflicts/{first}/resolve", data={"csrf_token": token, "resolution": " "}), 422)
    assert "Ghi ngắn gọn đã xử lý thế nào" in empty and count_conflicts() == 2
    answer = {"csrf_token": token, "resolution": "Đã báo em An <b>"}
    client.post(f"/staff/kiosk-conflicts/{first}/resolve", data=answer)
    assert count_conflicts() == 1
    done = page(client.get("/staff/kiosk-conflicts?done=1"))
    assert "Đã báo em An &lt;b&gt;" in done and "Thủ thư assistant" in done
    again = page(client.post(f"/staff/kiosk-conflicts/{first}/resolve", data=answer, follow_redirects=True))
    assert "đã được xử lý" in again


def test_an_unreadable_act_is_shown_as_it_came(client, login_as, world: World) -> None:
    login_as(client)
    device = Device.create(name="Quầy 2", profile="kiosk", token_hash="y" * 64, created_at=now(), created_by="pytest")
    raw = {"key": "k-9", "kind": 7, "reader_card": ["x"], "lạ": "<script>"}
    with transaction():
        entry = JournalEntry(key="k-9", kind="unreadable", occurred_at="")
        apply_entry(entry, raw, actor=Actor("device", device.name, device.id))
    shown = page(client.get("/staff/kiosk-conflicts"))
    assert "không đọc được" in shown and "&lt;script&gt;" in shown and "<script>" not in shown


# --- visits -------------------------------------------------------------------------------------------


def test_scan_after_scan_at_the_door(client, login_as, world: World) -> None:
    token = login_as(client, "assistant")

    def scan(text: str) -> str:
        return page(client.post("/staff/visits/card", data={"csrf_token": token, "card": text}, follow_redirects=True))

    said = scan(world.cards[AN])
    assert "Chào Trần Minh An 6A1" in said and re.search(r'name="card"[^>]*autofocus', said)
    assert "không tính thêm" in scan(world.cards[AN].lower() + " ")
    assert "Chào Lê Thanh Bình" in scan(world.cards[BINH])
    assert "là mã sách, không phải thẻ" in scan("STN.000001")
    assert "Không đọc được mã" in scan("đ" * 1000) and "Không tìm thấy thẻ" in scan("TV00099998")
    assert count_visits_on(date(2026, 11, 23)) == 2


def test_a_class_is_counted_with_period_and_teacher(client, login_as, world: World) -> None:
    token = login_as(client)
    form = {"csrf_token": token, "school_class": world.classes["6A1"], "people": "42", "period": "3",
            "teacher": world.readers["Nguyễn Văn Dũng"], "purpose": "lesson", "visited_on": "2026-11-20"}  # fmt: skip
    done = client.post("/staff/visits/class", data=form)
    assert done.status_code == 303
    shown = page(client.get(done.location))
    assert "Đã ghi lớp đến thư viện: 42 lượt." in shown
    assert "Nguyễn Văn Dũng" in shown and "tiết 3" in shown and "42 lượt" in shown
    assert 'title="thứ Sáu, 20/11: 42 lượt">42' in shown
    visit = Visit.get()
    assert (visit.grade, visit.people, visit.source) == (6, 42, "count")
    client.post(f"/staff/visits/{visit.id}/remove", data={"csrf_token": token, "day": "2026-11-20"})
    assert count_visits_on(date(2026, 11, 20)) == 0
    gone = AuditEntry.get(AuditEntry.action == "visit.delete")
    assert gone.before["people"] == 42


@pytest.mark.parametrize(("changes", "field"), [
    ({"school_class": ""}, "school_class"), ({"people": "đông"}, "people"), ({"people": "0"}, "people"),
    ({"people": "201"}, "people"), ({"period": "tám"}, "period"), ({"period": "13"}, "period"),
    ({"visited_on": "2026-11-24"}, "visited_on"), ({"visited_on": "x"}, "visited_on"), ({"purpose": "sleep"}, "purpose"),
    ({"school_class": "99999"}, "school_class"),
])  # fmt: skip
def test_a_bad_count_is_refused_beside_its_field(client, login_as, world: World, changes, field) -> None:
    token = login_as(client)
    form = {"csrf_token": token, "school_class": world.classes["6A1"], "people": "42", "purpose": "read",
            "note": "Giữ lời ghi"}  # fmt: skip
    shown = page(client.post("/staff/visits/class", data={**form, **changes}), 422)
    assert f'id="e-{field}"' in shown and "Giữ lời ghi" in shown and not Visit.select().exists()


def test_viewers_look_and_change_nothing(client, login_as, world: World) -> None:
    token = login_as(client, "viewer")
    world.add_title("Búp sen xanh")
    for path in ("/staff/holds", "/staff/holds/slips", "/staff/kiosk-conflicts", "/staff/visits", "/staff/visits?month=x",
                 "/staff/visits?month=2026-02", "/staff/visits?day=2099-01-01"):  # fmt: skip
        shown = page(client.get(path))
        assert '<form method="post" action="/staff/holds' not in shown
    for path in ("/staff/holds/new", "/staff/holds/fetched", "/staff/visits/card", "/staff/visits/class",
                 "/staff/kiosk-conflicts/1/resolve"):  # fmt: skip
        assert client.post(path, data={"csrf_token": token}).status_code == 403
    assert not Loan.select().exists() and not Visit.select().exists()
