"""B25, B26, B29, B30 of field.md §4: the kiosk's journal, its rights and its idle screen, class sets, the monthly
report. B28 (stock-take) is left out: the tree has no stock-take yet, and a test of nothing would prove nothing."""

from __future__ import annotations

import uuid
from datetime import date

import pytest
from kiosk_session_driver import AN as KIOSK_CARD
from kiosk_session_driver import Driver
from lending_front import Front, codes
from lending_world import STAFF, TODAY, World, prefer

from kiosk.session_rules import Rules
from library.access.devices import revoke_device
from library.cataloguing.tables import Copy
from library.foundation.audit import SYSTEM
from library.foundation.clock import at_local, iso_instant
from library.foundation.errors import Refused
from library.lending.copy_troubles import declare_lost
from library.lending.holds import place_hold
from library.lending.service import check_in, check_out, renew
from library.lending.tables import Hold, KioskConflict, Loan
from library.lending.units.class_corners import open_corner
from library.lending.units.corner_loans import lend_inside
from library.lending.units.queries import list_copy_places, list_unit_copies
from library.lending.units.service import hand_over, take_back
from library.promotion.queries import missing_slots
from library.promotion.tables import PromotionSession
from library.reporting import service as reports

AN, BINH, CHI, DUNG = "Trần Minh An", "Lê Thanh Bình", "Phạm Chi", "Nguyễn Văn Dũng"


def entry(kind: str, at: str, **fields: object) -> dict[str, object]:
    return {"key": str(uuid.uuid4()), "kind": kind, "occurred_at": at, **fields}


def test_b25_offline_upload(front: Front) -> None:
    """B25 G ten kiosk acts queued. W the network is back. T original times kept, other pupils' holds kept, conflicts
    in the librarian's list, each with its code; the same file twice changes nothing."""
    school = front.school
    free = [school.add_title(f"Truyện {n}")[0] for n in range(4)]
    taken, gone, renewed_out = (school.add_title(name)[0] for name in ("Đang mượn", "Đã mất", "Hết lượt"))
    held, second = school.add_title("Có người đợi", 2)
    check_out(taken, reader_id=school.readers[AN], actor=STAFF, channel="desk", occurred_at=at_local(TODAY, 7))
    declare_lost(gone, actor=STAFF)
    check_out(renewed_out, reader_id=school.readers[CHI], actor=STAFF, channel="desk")
    renew(renewed_out, reader_id=school.readers[CHI], actor=STAFF)
    check_out(second, reader_id=school.readers[DUNG], actor=STAFF, channel="desk")
    hold = place_hold(school.readers[CHI], school.records["Có người đợi"], actor=STAFF)
    times = [iso_instant(at_local(TODAY, 8, n)) for n in range(12)]
    an, binh, chi = (school.cards[who] for who in (AN, BINH, CHI))
    entries = [
        *(entry("checkout", times[n], reader_card=binh, copy_barcode=free[n]) for n in range(3)),
        entry("return", times[3], copy_barcode=free[0]),
        entry("checkout", times[4], reader_card=an, copy_barcode=taken),  # he has it already
        entry("checkout", times[5], reader_card=an, copy_barcode=gone),
        entry("checkout", times[6], reader_card="TV99999999", copy_barcode=free[3]),
        entry("checkout", times[7], reader_card=an, copy_barcode="KHONG.CO"),
        entry("renewal", times[8], reader_card=chi, copy_barcode=renewed_out),
        entry("checkout", times[9], reader_card=binh, copy_barcode=held),  # Chi waits for the title
    ]
    answer = front.kiosk.post("journal", {"entries": entries})
    assert answer.status_code == 200
    results = {row["key"]: (row["status"], row["code"]) for row in answer.json["results"]}
    assert [results[row["key"]] for row in entries] == [
        ("applied", None), ("applied", None), ("applied", None), ("applied", None),
        ("conflict", "copy_on_loan_same_reader"), ("conflict", "copy_lost"), ("conflict", "reader_unknown"),
        ("conflict", "copy_unknown"), ("conflict", "renewal_limit"), ("applied", "held_for_other"),
    ]  # fmt: skip
    loan = Loan.get(Loan.act_key == entries[1]["key"])
    assert iso_instant(loan.loaned_at) == times[1] and loan.device_id == front.device_id
    assert iso_instant(Loan.get(Loan.act_key == entries[0]["key"]).returned_at) == times[3]
    assert Hold.get_by_id(hold).status == "waiting"
    assert KioskConflict.select().count() == 5
    before = (Loan.select().count(), KioskConflict.select().count(), list(Hold.select().dicts()))
    again = front.kiosk.post("journal", {"entries": entries})
    assert {row["status"] for row in again.json["results"]} == {"repeated", "conflict"}
    assert (Loan.select().count(), KioskConflict.select().count(), list(Hold.select().dicts())) == before


def test_b26_kiosk_idle_shows_nothing_of_the_child_before() -> None:
    """B26 G An has opened the kiosk. W no input. T a countdown (here 10 s of 40) before the session ends; the next
    child sees nothing of An."""
    kiosk = Driver(Rules(idle_seconds=40, receipts="never"))
    kiosk.open_session(KIOSK_CARD, "An")
    kiosk.scan("STN.000001")
    kiosk.grant("Dế Mèn phiêu lưu ký")
    assert "Dế Mèn" in str(kiosk.screen) and kiosk.screen["countdown"] is None
    kiosk.wait(31)
    assert kiosk.screen["countdown"] == 9 and kiosk.screen["reader"]["name"] == "An"
    kiosk.wait(9)
    kiosk.wait(15)  # goodbye
    assert kiosk.screen["screen"] == "idle" and kiosk.screen["reader"] is None and "Dế Mèn" not in str(kiosk.screen)


def test_b26_rights_of_a_terminal(front: Front) -> None:
    """B26 W the feature is off. T 403. W nobody (or a revoked device) asks. T 401. The terminal stands on each loan."""
    school, (book,) = front.school, front.school.add_title("X")
    card = school.cards[AN]
    prefer(kiosk_mode="return")
    refusal = front.kiosk.borrow(card, book)
    assert refusal.status_code == 403 and refusal.json["code"] == "mode_return_only"
    prefer(kiosk_mode="borrow_and_return")
    assert front.kiosk.borrow(card, book).status_code == 201
    assert (Loan.get().device_id, Loan.get().channel) == (front.device_id, "kiosk")
    front.kiosk.bring(book)
    assert Loan.get().return_device_id == front.device_id
    anonymous = front.kiosk.client.post("/api/v1/kiosk/checkouts", json={})
    assert anonymous.status_code == 401
    revoke_device("Quầy cửa chính", SYSTEM)
    assert front.kiosk.borrow(card, book).status_code == 401


def test_b29_class_set(front: Front) -> None:
    """B29 G góc lớp 6A1 of 30. W 28 are scanned back. T the set stays open with 2 named copies; another class cannot
    lend from it; the kiosk says "thuộc góc lớp 6A1"; each move is in the copy's history."""
    school = front.school
    school.add_reader("Cao Bảo", "6A2")
    books = [school.add_title(f"Truyện {n:02}")[0] for n in range(30)]
    corner = open_corner(school.classes["6A1"], school.readers[DUNG], actor=STAFF)
    hand_over(corner, books, actor=STAFF)
    taken = take_back(corner, books[:28], actor=STAFF)
    assert taken.remaining == 2
    assert [copy.title for copy in list_unit_copies(corner)] == ["Truyện 28", "Truyện 29"]
    page = front.desk.get(f"/staff/units/{corner}")
    assert "Truyện 28" in page and "Truyện 29" in page and "Truyện 27" not in page
    copy_id = Copy.get(Copy.barcode == books[28]).id
    with pytest.raises(Refused) as caught:
        lend_inside(corner, copy_id, school.readers["Cao Bảo"], actor=STAFF)
    assert "not_of_class" in [reason.code for reason in caught.value.reasons]
    refusal = front.kiosk.borrow(school.cards[AN], books[28])
    assert codes(refusal) == ["copy_in_class_corner"] and "thuộc góc lớp 6A1" in refusal.json["detail"]
    moves = list_copy_places(Copy.get(Copy.barcode == books[0]).id)
    assert len(moves) == 1 and moves[0].removed_at is not None
    still = list_copy_places(copy_id)
    assert len(still) == 1 and still[0].removed_at is None


def test_b30_a_month_with_one_session_is_red_before_it_ends(school: World) -> None:
    """B30 G May with one of two sessions logged. W before the month's end. T the home page still asks for the other."""
    school.clock.set_day(date(2027, 5, 20))
    asked = missing_slots(date(2027, 5, 20))
    assert len(asked) == 2
    PromotionSession.create(
        held_on=date(2027, 5, 6), slot=asked[0].value, title="Sách về Bác Hồ", status="held", form="flag_salute",
        created_at=school.clock.at, updated_at=school.clock.at,
    )  # fmt: skip
    assert missing_slots(date(2027, 5, 20)) == asked[1:]


def test_b30_the_sent_report_stays_and_a_revision_shows_the_difference(school: World) -> None:
    """B30 W a May loan is corrected in June. T the sent version is unchanged, a revision shows the difference, each
    figure opens its rows."""
    school.clock.set_day(date(2027, 5, 10))
    for who in (AN, BINH):
        (book,) = school.add_title(f"Sách của {who}")
        check_out(book, reader_card=school.cards[who], actor=STAFF, channel="desk")
        check_in(book, actor=STAFF, channel="desk")
    school.clock.set_day(date(2027, 6, 1))
    reports.send_report(2027, 5, STAFF)
    sent = reports.get_report(2027, 5)
    assert sent.figures.readers_total.home == 2
    Loan.update(ended_as="corrected").where(Loan.reader == school.readers[BINH]).execute()
    assert reports.get_report(2027, 5).figures == sent.figures
    reports.start_correction(2027, 5, STAFF)
    revision = reports.get_report(2027, 5)
    differences = {row.figure_id: (row.before, row.after) for row in reports.compare(sent.figures, revision.figures)}
    assert differences["readers.pupil_6.home"] == (2, 1)
    assert reports.get_report(2027, 5, 1).figures == sent.figures
    rows = reports.rows_behind("readers.pupil_6.home", 2027, 5)
    assert rows.total == 1
