"""B1–B8, B12 of field.md §4: who may borrow what. G/W/T = given, when, then, over the real HTTP app."""

from __future__ import annotations

import threading

import pytest
from lending_front import Browser, Front, codes
from lending_world import STAFF, prefer

from library.access.service import authenticate, create_staff
from library.cataloguing.tables import Copy
from library.foundation.audit import SYSTEM
from library.foundation.database import database
from library.lending.holds import place_hold
from library.lending.model import PolicyRow
from library.lending.policies import save_policy
from library.lending.service import check_out
from library.lending.tables import Hold, Loan
from library.web.access import STAFF_COOKIE

AN, BINH, CHI, DUNG = "Trần Minh An", "Lê Thanh Bình", "Phạm Chi", "Nguyễn Văn Dũng"


def open_loans() -> list[Loan]:
    return list(Loan.select().where(Loan.returned_at.is_null()).order_by(Loan.id))


def test_b1_double_checkout_by_the_same_pupil(front: Front) -> None:
    """B1 G An has X. W An scans X again at the kiosk. T "em đang mượn cuốn này rồi", never a second loan."""
    card, (book,) = front.school.cards[AN], front.school.add_title("X")
    assert front.kiosk.borrow(card, book).status_code == 201
    again = front.kiosk.borrow(card, book)
    assert again.status_code == 409 and codes(again) == ["copy_on_loan_same_reader"]
    assert again.json["detail"] == "Em đang mượn cuốn này rồi. Em chọn cuốn khác nhé."
    assert [loan.renewals for loan in open_loans()] == [0]


def test_b2_a_copy_on_loan_to_another(front: Front) -> None:
    """B2 G Bình has X. W An scans X. T refused with a coded reason; Bình's loan unchanged."""
    (book,) = front.school.add_title("X")
    front.kiosk.borrow(front.school.cards[BINH], book)
    before = Loan.select().dicts().get()
    refusal = front.kiosk.borrow(front.school.cards[AN], book)
    assert refusal.status_code == 409 and codes(refusal) == ["copy_on_loan"]
    assert Loan.select().dicts().get() == before


def test_b3_two_terminals_at_once(front: Front) -> None:
    """B3 G limit 1 and An at desk and kiosk. W both check out together. T one loan, one refused for the limit."""
    prefer(max_loans_pupil=1)
    card, reader_id = front.school.cards[AN], front.school.readers[AN]
    for round_number in range(5):
        books = [front.school.add_title(f"Truyện {round_number} {n}")[0] for n in range(2)]
        start = threading.Barrier(2)
        said: dict[str, list[str]] = {}

        def at_kiosk(code: str = books[0], start: threading.Barrier = start, said: dict = said) -> None:
            start.wait()
            answer = front.kiosk.borrow(card, code)
            said["kiosk"] = ["lent"] if answer.status_code == 201 else codes(answer)
            database.close()

        def at_desk(code: str = books[1], start: threading.Barrier = start, said: dict = said) -> None:
            start.wait()
            answer = front.desk.scan(code, reader_id)
            said["desk"] = ["lent"] if answer["outcome"] == "lent" else [answer["outcome"], answer["sentence"]]
            database.close()

        threads = [threading.Thread(target=at_kiosk), threading.Thread(target=at_desk)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=30)
        (loan,) = open_loans()
        if said["kiosk"] == ["lent"]:
            assert said["desk"] == ["refused", f"{AN} đang mượn 1/1 cuốn được phép (mức chung)."]
        else:
            assert (said["kiosk"], said["desk"]) == (["loan_limit"], ["lent"])
        front.kiosk.bring(loan.copy.barcode)


def test_b4_all_reasons_at_once(front: Front) -> None:
    """B4 G an unknown card and a copy already out. W checkout. T every error is listed, not only the first."""
    (book,) = front.school.add_title("X")
    front.kiosk.borrow(front.school.cards[BINH], book)
    refusal = front.kiosk.borrow("TV99999999", book)
    assert refusal.status_code == 404 and codes(refusal) == ["reader_unknown", "copy_on_loan"]
    assert codes(front.kiosk.borrow("TV99999999", "STN.999999")) == ["reader_unknown", "copy_unknown"]


def test_b5_limits(front: Front) -> None:
    """B5 G no rule / rule 0 / rule 1 with 1 loan. T allowed / refused 0 of 0 / refused 1 of 1; what is read here
    counts apart unless configured; a full limit on one type leaves other types open."""
    school, card = front.school, front.school.cards[AN]
    prefer(max_loans_pupil=50)
    books = [school.add_title(f"Truyện {n}")[0] for n in range(4)]
    assert front.kiosk.borrow(card, books[0]).status_code == 201  # no rule
    disc, other_disc = (school.add_title(name, material="disc")[0] for name in ("Đĩa 1", "Đĩa 2"))
    rule = save_policy(PolicyRow(material="disc", max_loans=0), actor=STAFF)
    refusal = front.kiosk.borrow(card, disc)
    assert codes(refusal) == ["loan_limit"]
    assert (refusal.json["reasons"][0]["params"]["count"], refusal.json["reasons"][0]["params"]["limit"]) == (0, 0)
    save_policy(PolicyRow(id=rule, material="disc", max_loans=1), actor=STAFF)
    assert front.kiosk.borrow(card, disc).status_code == 201
    refusal = front.kiosk.borrow(card, other_disc)
    assert (refusal.json["reasons"][0]["params"]["count"], refusal.json["reasons"][0]["params"]["limit"]) == (1, 1)
    assert front.kiosk.borrow(card, books[1]).status_code == 201  # another type is open
    prefer(max_loans_pupil=4)
    assert front.desk.scan(books[2], school.readers[AN], mode="in_library")["outcome"] == "lent"
    assert front.kiosk.borrow(card, books[3]).status_code == 201  # three at home, one read here: room for a fourth
    front.kiosk.bring(books[3])
    prefer(in_library_counts=True)  # L28
    assert codes(front.kiosk.borrow(card, books[3])) == ["loan_limit"]


def test_b6_a_second_copy_of_the_same_title(front: Front) -> None:
    """B6 G setting off, An has copy 1. W copy 2. T staff are asked, the kiosk refuses; on, or a serial: lent."""
    school, card = front.school, front.school.cards[AN]
    first, second, third = school.add_title("X", 3)
    front.kiosk.borrow(card, first)
    assert codes(front.kiosk.borrow(card, second)) == ["same_title"]
    asked = front.desk.scan(second, school.readers[AN])
    assert asked["outcome"] == "refused" and "data-desk-override" in asked["result_html"]
    lent = front.desk.scan(second, school.readers[AN], overrides="same_title", comment="làm việc nhóm")
    assert lent["outcome"] == "lent"
    papers = school.add_title("Báo Nhi đồng", 2, material="periodical")
    prefer(max_loans_pupil=10)
    assert [front.kiosk.borrow(card, paper).status_code for paper in papers] == [201, 201]
    prefer(same_title_twice=True)
    assert front.kiosk.borrow(card, third).status_code == 201


@pytest.mark.parametrize("garbage", ["\x00\x1b[A", "]C1~~~", "🙂" * 40, "'; DROP TABLE loan; --", " ", "9" * 5_000])
def test_b7_garbage_at_the_kiosk(front: Front, garbage: str) -> None:
    """B7 G an open session. W garbage is scanned, as a book or as a card. T a plain message, no crash, and the next
    scan works."""
    card, (book,) = front.school.cards[AN], front.school.add_title("X")
    for answer in (front.kiosk.borrow(card, garbage), front.kiosk.borrow(garbage, book), front.kiosk.bring(garbage)):
        assert answer.status_code in (404, 409, 422), answer.text
        assert answer.json["detail"].endswith(".") and "…" not in answer.json["detail"]
    assert front.desk.scan(garbage)["tone"] in ("no", "attention")
    assert front.kiosk.borrow(card, book).status_code == 201


def test_b8_barcode_noise(front: Front) -> None:
    """B8 G codes `barcode4test` and `+123+`. W ` barcode 4 test ` and `+123+` are scanned. T the same copies."""
    card = front.school.cards[AN]
    for code, scanned in (("BARCODE4TEST", " barcode 4 test "), ("+123+", "+123+")):
        (book,) = front.school.add_title(f"Sách {code}")
        Copy.update(barcode=code).where(Copy.barcode == book).execute()
        lent = front.kiosk.borrow(card, scanned)
        assert lent.status_code == 201 and lent.json["loan"]["copy_barcode"] == code
        assert front.desk.scan(scanned, mode="return")["outcome"] == "returned"


def test_b12_more_requests_than_copies(front: Front) -> None:
    """B12 G two requests, one free copy. W a third pupil borrows at the kiosk. T refused; with an own request and
    not overbooked: lent."""
    school = front.school
    school.add_reader("Võ Thị Em")
    books = school.add_title("X", 2)
    check_out(books[0], reader_id=school.readers[DUNG], actor=STAFF, channel="desk")
    for who in (BINH, CHI):
        place_hold(school.readers[who], school.records["X"], actor=STAFF)
    refusal = front.kiosk.borrow(school.cards["Võ Thị Em"], books[1])
    assert codes(refusal) == ["held_for_other"]
    assert codes(front.kiosk.borrow(school.cards[CHI], books[1])) == ["held_for_other"]  # Bình comes first
    assert front.kiosk.borrow(school.cards[BINH], books[1]).status_code == 201
    assert sorted(hold.status for hold in Hold.select()) == ["filled", "waiting"]


def test_three_desks_at_once_each_scan_is_one_act(front: Front, app) -> None:
    """Three librarians, three pupils, sixty scans at the same time: sixty loans, each to the right pupil."""
    prefer(max_loans_pupil=20)
    school = front.school
    books = [school.add_title(f"Truyện {n}")[0] for n in range(60)]
    whose: dict[str, int] = {}

    def desk(number: int, who: str) -> None:
        password = "mot-mat-khau-du-dai-2026"
        create_staff(f"ban-{number}", f"Bàn {number}", "assistant", password, SYSTEM)
        token, _ = authenticate(f"ban-{number}", password, "pytest")
        client = app.test_client()
        client.set_cookie(STAFF_COOKIE, token)
        page = client.get("/staff/desk").text
        browser = Browser(client, page.split('name="csrf_token" value="')[1].split('"')[0])
        for book in books[number::3]:
            answer = browser.scan(book, school.readers[who])
            assert answer["outcome"] == "lent", answer
            whose[book] = school.readers[who]
        database.close()

    threads = [threading.Thread(target=desk, args=(n, who)) for n, who in enumerate((AN, BINH, CHI))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert {loan.copy.barcode: loan.reader_id for loan in open_loans()} == whose
    assert len(whose) == 60
