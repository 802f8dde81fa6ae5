"""The whole kiosk against the real core over HTTP: borrow, return, receipt, network away and back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from kiosk_world import Core, RunningKiosk

from library.cataloguing.tables import Copy
from library.lending.tables import KioskConflict, Loan
from library.readers.tables import Card

AN, BINH, CHI = "Trần Minh An", "Lê Thanh Bình", "Phạm Chi"
Start = Callable[..., RunningKiosk]


def ready(kiosk: RunningKiosk) -> RunningKiosk:
    kiosk.until(lambda view: view["online"] and view["screen"] == "idle" and kiosk.is_ready)
    return kiosk


def open_loans(barcode: str) -> list[int]:
    return [loan.reader_id for loan in Loan.select().where(Loan.returned_at.is_null()) if loan.copy.barcode == barcode]


def test_a_child_borrows_and_gets_a_receipt(core: Core, start_kiosk: Start) -> None:
    [book] = core.world.add_title("Dế Mèn phiêu lưu ký")
    kiosk = ready(start_kiosk(receipts="always"))
    kiosk.scan(core.card(AN))
    view = kiosk.until(lambda view: view["screen"] == "open")
    assert "An" in view["title"] and "Trần" not in str(view) and view["reader"]["class"] == "Lớp 6A1"
    kiosk.scan(book)
    view = kiosk.until(lambda view: view["books"])
    assert view["books"][0]["title"] == "Dế Mèn phiêu lưu ký" and view["books"][0]["due"] == "thứ Hai, 07/12"
    assert open_loans(book) == [core.world.readers[AN]]
    kiosk.press("done")
    kiosk.until(lambda view: view["receipt"] == "Em nhớ lấy phiếu nhé.")
    assert len(kiosk.receipts) == 1
    kiosk.stop()


def test_l218_a_letter_in_a_card_is_a_card_and_a_label_like_one_a_book(core: Core, start_kiosk: Start) -> None:
    book, other = core.world.add_title("Dế Mèn phiêu lưu ký", copies=2)
    Copy.update(barcode="TVTH00042").where(Copy.barcode == book).execute()
    book = "TVTH00042"
    kiosk = ready(start_kiosk(receipts="never"))
    kiosk.scan(core.card(AN))
    kiosk.until(lambda view: view["screen"] == "open")
    kiosk.scan(book)
    kiosk.until(lambda view: view["books"])
    kiosk.scan(core.card(BINH)[:5] + "O" + core.card(BINH)[6:])
    view = kiosk.until(lambda view: view["notice"] and view["notice"]["code"] == "scan_unreadable")
    assert "đọc" in view["notice"]["text"] and not view["waiting"]
    kiosk.scan(other)  # Bình's, who has not seen that his card was not read
    kiosk.until(lambda view: view["notice"] and view["notice"]["text"].endswith("Cuốn em vừa quét chưa được ghi."))
    assert open_loans(other) == [] and open_loans(book) == [core.world.readers[AN]]
    kiosk.stop()


def test_a_book_comes_back_at_the_idle_screen(core: Core, start_kiosk: Start) -> None:
    [book] = core.world.add_title("Dế Mèn phiêu lưu ký")
    kiosk = ready(start_kiosk(receipts="never"))
    kiosk.scan(core.card(AN))
    kiosk.until(lambda view: view["screen"] == "open")
    kiosk.scan(book)
    kiosk.until(lambda view: view["books"])
    kiosk.press("done")
    kiosk.until(lambda view: view["screen"] == "goodbye")
    kiosk.scan(core.card(BINH))
    kiosk.until(lambda view: view["screen"] == "open")
    kiosk.press("done")
    kiosk.until(lambda view: view["screen"] == "idle")
    assert open_loans(book)
    kiosk.scan(book)
    view = kiosk.until(lambda view: view["screen"] == "returning" and view["books"])
    assert view["notice"]["code"] == "returned"
    assert open_loans(book) == []


def test_refusal_of_the_core_is_said_kindly(core: Core, start_kiosk: Start) -> None:
    books = core.world.add_title("Một", 1) + core.world.add_title("Hai", 1)
    kiosk = ready(start_kiosk())
    kiosk.scan(core.card(AN))
    kiosk.scan(books[0])
    kiosk.until(lambda view: len(view["books"]) == 1)
    kiosk.scan(core.card(BINH))
    kiosk.until(lambda view: view["reader"] and view["reader"]["name"] != "" and not view["books"])
    kiosk.scan(books[0])
    view = kiosk.until(lambda view: view["notice"] and view["notice"]["tone"] == "no")
    assert view["notice"]["code"] == "copy_on_loan"


@pytest.mark.parametrize("online", [True, False])
def test_l187_a_book_for_teachers_is_called_so(core: Core, start_kiosk: Start, online: bool) -> None:
    [book] = core.world.add_title("Sách giáo viên Toán 6", material="teacher")
    kiosk = ready(start_kiosk(receipts="never"))
    core.proxy.dead = not online
    kiosk.scan(core.card(AN))
    kiosk.until(lambda view: view["screen"] == "open" and view["online"] is online)
    kiosk.scan(book)
    view = kiosk.until(lambda view: view["notice"] and view["notice"]["tone"] == "no")
    assert view["notice"]["code"] == "teachers_only"
    assert view["notice"]["text"] == "Cuốn này dành cho thầy cô. Em chọn cuốn khác nhé."


def test_network_away_and_back_settles_everything_once(core: Core, start_kiosk: Start) -> None:
    books = [core.world.add_title(title)[0] for title in ("Một", "Hai", "Ba")]
    kiosk = ready(start_kiosk(receipts="never"))
    core.proxy.dead = True
    kiosk.scan(core.card(AN))
    kiosk.until(lambda view: view["screen"] == "open" and not view["online"])
    kiosk.scan(books[0])
    kiosk.until(lambda view: len(view["books"]) == 1)
    kiosk.scan(books[1])
    kiosk.until(lambda view: len(view["books"]) == 2)
    kiosk.scan(books[2])
    view = kiosk.until(lambda view: view["notice"] and view["notice"]["tone"] == "no")
    assert view["notice"]["code"] == "offline_limit"
    assert open_loans(books[0]) == [] and kiosk.kiosk.journal.count_pending() == 2
    core.proxy.dead = False
    kiosk.until(lambda view: view["online"])
    settled(kiosk)
    assert open_loans(books[0]) == open_loans(books[1]) == [core.world.readers[AN]]
    assert open_loans(books[2]) == [] and KioskConflict.select().count() == 0


def settled(kiosk: RunningKiosk) -> None:
    """Ask housekeeping for rounds until the core has everything."""
    for _ in range(200):
        if not kiosk.kiosk.journal.count_pending():
            return
        kiosk.kiosk.house.go_round()
    raise AssertionError("acts are still pending")


def test_what_was_done_offline_comes_before_what_is_asked_next(core: Core, start_kiosk: Start) -> None:
    [book] = core.world.add_title("Một")
    kiosk = ready(start_kiosk(receipts="never"))
    kiosk.scan(core.card(AN))
    kiosk.scan(book)
    kiosk.until(lambda view: view["books"])
    kiosk.press("done")
    kiosk.until(lambda view: view["screen"] == "goodbye")
    core.proxy.dead = True
    kiosk.scan(core.card(BINH))
    kiosk.until(lambda view: view["screen"] == "open" and not view["online"])
    kiosk.press("done")
    kiosk.until(lambda view: view["screen"] == "idle")
    kiosk.scan(book)  # An's book comes back while the network is away
    kiosk.until(lambda view: view["screen"] == "returning" and view["books"])
    core.proxy.dead = False
    kiosk.scan(core.card(CHI))  # and Chi takes it, perhaps before the journal went out by itself
    kiosk.until(lambda view: view["screen"] == "open")
    kiosk.scan(book)
    kiosk.until(lambda view: view["books"])
    settled(kiosk)
    assert open_loans(book) == [core.world.readers[CHI]]
    assert KioskConflict.select().count() == 0


def test_wrong_token_is_a_sentence_for_the_child_and_a_cause_for_the_staff(core: Core, start_kiosk: Start) -> None:
    core.token = "sai"
    kiosk = start_kiosk()
    view = kiosk.until(lambda view: view["screen"] == "out_of_order")
    assert "Cài lại" in view["staff_hint"]
    kiosk.scan(core.card(AN))
    view = kiosk.until(lambda view: view["notice"])
    assert view["notice"]["code"] == "unauthorised"


def test_restart_in_the_middle_keeps_what_was_confirmed(core: Core, start_kiosk: Start) -> None:
    [book] = core.world.add_title("Một")
    kiosk = ready(start_kiosk(receipts="never"))
    core.proxy.dead = True
    kiosk.scan(core.card(AN))
    kiosk.until(lambda view: view["screen"] == "open")
    kiosk.scan(book)
    kiosk.until(lambda view: view["books"])
    kiosk.stop()
    core.proxy.dead = False
    again = ready(start_kiosk(receipts="never"))
    settled(again)
    assert open_loans(book) == [core.world.readers[AN]]


def test_a_replaced_card_is_told_apart_from_a_strange_one(core: Core, start_kiosk: Start) -> None:
    kiosk = ready(start_kiosk(receipts="never"))
    Card.update(status="replaced").where(Card.number == core.card(AN)).execute()
    kiosk.scan(core.card(AN))
    notice = kiosk.until(lambda view: view["notice"])["notice"]
    assert notice["code"] == "card_replaced" and "thẻ cũ" in notice["text"] and "cô thủ thư" in notice["text"]
    kiosk.scan("TV99999999")
    assert kiosk.until(lambda view: (view["notice"] or {}).get("code") == "reader_unknown")["screen"] == "idle"
