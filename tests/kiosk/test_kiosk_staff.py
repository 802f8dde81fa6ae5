"""The staff menu: card and PIN, what it opens, and that it leaves nothing (L180–L182)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from kiosk_session_driver import AN, BINH, STAFF, Driver
from kiosk_world import Core, RunningKiosk

from kiosk.session_events import ActAnswer, PrinterOutcome, Scan
from kiosk.session_model import STAFF_MENU, Phase
from kiosk.session_rules import Rules
from kiosk.staff_lock import pause_after
from kiosk.staff_model import CheckPin, PrintTest, Reprint, Restart, SetVolume, StaffKnown, StaffUnknown
from kiosk.view import describe
from library.access import service
from library.access.kiosk_pins import set_pin
from library.contract.codes import REASONS
from library.contract.staff_pin import check_verifier, is_weak_pin, make_staff_card, make_verifier
from library.foundation.audit import SYSTEM
from library.foundation.tables import AuditEntry
from library.lending.tables import KioskConflict, Loan

PIN, PASSWORD = "271828", "hoa-phượng-đỏ-7"
MENU = ("staff_override", "staff_reprint", "staff_test", "staff_status", "staff_volume", "staff_restart")


def type_pin(kiosk: Driver, pin: str = PIN) -> CheckPin:
    for digit in pin:
        kiosk.press(f"pin_{digit}")
    asked = kiosk.take_asked()
    assert isinstance(asked, CheckPin)
    return asked


def open_menu(kiosk: Driver) -> None:
    kiosk.scan(STAFF)
    kiosk.feed(StaffKnown(type_pin(kiosk).request, 7, "Lan"))


def refused_session(code: str = "loan_limit") -> Driver:
    kiosk = Driver(Rules())
    kiosk.open_session(remaining=0)
    kiosk.scan("S9")
    kiosk.refuse(code, limit=3, count=3)
    return kiosk


# ---------------------------------------------------------------- pure


def test_l180_a_card_alone_opens_nothing() -> None:
    kiosk = refused_session()
    kiosk.scan(STAFF)
    assert kiosk.screen["staff"]["stage"] == "pin" and kiosk.screen["staff"]["buttons"] == []
    for name in MENU:
        kiosk.press(name)
    assert kiosk.asked == [] and kiosk.screen["staff"]["stage"] == "pin"
    # Nor does a card that is not one, and the digits are counted, never shown.
    kiosk.press("pin_2")
    assert kiosk.screen["staff"]["dots"] == 1 and STAFF not in json.dumps(kiosk.screen)


def test_l180_only_the_check_that_is_awaited_opens() -> None:
    kiosk = Driver()
    kiosk.scan(STAFF)
    kiosk.feed(StaffKnown(0, 7, "Lan"))
    first = type_pin(kiosk)
    assert (first.card, first.pin) == (STAFF, PIN)
    kiosk.press("staff_close")
    kiosk.scan(STAFF)
    kiosk.feed(StaffKnown(first.request, 7, "Lan"))
    assert kiosk.screen["staff"]["stage"] == "pin"


def test_l181_a_refused_loan_is_made_and_journalled_under_the_librarian() -> None:
    kiosk = refused_session()
    open_menu(kiosk)
    assert "3/3" in kiosk.screen["staff"]["hint"]
    kiosk.press("staff_override")
    asked = kiosk.asked[0]
    assert (asked.barcode, asked.card, asked.staff_id, asked.overrides) == ("S9", AN, 7, ("loan_limit",))
    kiosk.feed(ActAnswer(kiosk.take_asked().request, "Đất rừng phương Nam", "2026-12-07", 0))
    assert (kiosk.journal[0].staff_id, kiosk.journal[0].overrides) == (7, ("loan_limit",))
    kiosk.write()
    assert [book["title"] for book in kiosk.screen["books"]] == ["Đất rừng phương Nam"]
    # It was for that one refusal: the menu has nothing to set aside any more.
    open_menu(kiosk)
    assert "staff_override" not in [one["name"] for one in kiosk.screen["staff"]["buttons"]]


@pytest.mark.parametrize("code", ["loan_limit", "copy_lost"])
def test_the_menu_names_the_book_that_was_refused(code: str) -> None:
    kiosk = Driver(Rules())
    kiosk.open_session(remaining=0)
    kiosk.feed(Scan("S9", kiosk.state.now + 3, "key-s9", title="Mắt biếc"))
    kiosk.refuse(code, limit=3, count=3)
    open_menu(kiosk)
    assert kiosk.screen["staff"]["hint"].startswith("Vừa từ chối “Mắt biếc”")


@pytest.mark.parametrize("code", sorted(code for code, words in REASONS.items() if not words.overridable))
def test_l181_what_may_not_be_set_aside_is_not_offered(code: str) -> None:
    kiosk = refused_session(code)
    open_menu(kiosk)
    kiosk.press("staff_override")
    assert kiosk.asked == [] and kiosk.screen["staff"]["stage"] == "menu"


def test_l181_not_for_the_next_child() -> None:
    kiosk = refused_session()
    kiosk.scan(BINH)
    kiosk.answer_reader("Bình")
    open_menu(kiosk)
    kiosk.press("staff_override")
    assert kiosk.asked == []


def test_the_childs_session_waits_beneath_and_goes_on() -> None:
    kiosk = Driver()
    kiosk.open_session()
    kiosk.scan("S1")
    kiosk.grant()
    open_menu(kiosk)
    kiosk.wait(50)
    kiosk.press("staff_status")
    kiosk.wait(50)
    assert kiosk.state.phase is Phase.OPEN and len(kiosk.screen["books"]) == 1
    kiosk.press("staff_close")
    assert kiosk.screen["staff"] is None and kiosk.state.phase is Phase.OPEN
    kiosk.wait(29)
    assert kiosk.state.phase is Phase.OPEN


def test_no_countdown_stands_beneath_the_menu() -> None:
    kiosk = refused_session()
    kiosk.wait(25)
    assert kiosk.screen["countdown"] == 5
    open_menu(kiosk)
    for _ in range(4):
        kiosk.wait(5)
        assert kiosk.screen["countdown"] is None and kiosk.state.phase is Phase.OPEN
    kiosk.press("staff_close")
    assert kiosk.screen["countdown"] is None, "the child's time begins anew"


def test_the_menu_closes_by_itself_and_at_the_next_childs_scan() -> None:
    kiosk = Driver()
    open_menu(kiosk)
    kiosk.wait(61)
    assert kiosk.screen["staff"] is None
    open_menu(kiosk)
    kiosk.scan(AN)
    assert kiosk.screen["staff"] is None and kiosk.screen["screen"] == "opening"
    assert "Lan" not in json.dumps(kiosk.screen)


def test_l182_wrong_pins_close_the_pad() -> None:
    kiosk = Driver()
    kiosk.scan(STAFF)
    asked = type_pin(kiosk, "135246")
    kiosk.feed(StaffUnknown(asked.request, pause_after(1)))
    assert kiosk.screen["staff"]["locked"] and kiosk.screen["staff"]["said"]
    for digit in PIN:
        kiosk.press(f"pin_{digit}")
    kiosk.press("staff_close")
    kiosk.scan(STAFF)
    for digit in PIN:
        kiosk.press(f"pin_{digit}")
    assert kiosk.asked == [], "another scan of a card opens the pad no sooner"
    kiosk.wait(2.1)
    assert type_pin(kiosk).pin == PIN


def test_l182_pauses_grow() -> None:
    pauses = [pause_after(count) for count in range(12)]
    assert pauses == sorted(pauses) and pauses[:6] == [0, 2, 4, 8, 15, 900] and pauses[-1] == 4 * 3600


def test_the_rest_of_the_menu() -> None:
    kiosk = Driver()
    open_menu(kiosk)
    kiosk.press("staff_test")
    kiosk.press("staff_volume")
    kiosk.press("volume_50")
    kiosk.press("volume_51")
    assert kiosk.screen["volume"] == 50
    kiosk.press("staff_back")
    kiosk.press("reprint_1")  # not offered
    kiosk.press("staff_restart_now")  # not asked yet
    kiosk.press("staff_restart")
    assert kiosk.screen["staff"]["title"] == "Khởi động lại quầy?" and Restart() not in kiosk.asked
    kiosk.press("staff_back")
    kiosk.press("staff_restart")
    kiosk.press("staff_restart_now")
    assert kiosk.asked == [PrintTest(), SetVolume(50), Restart()] and kiosk.screen["staff"] is None
    assert not any(isinstance(one, Reprint) for one in kiosk.asked)


@pytest.mark.parametrize(
    ("about", "outcome", "reason", "said"),
    [
        ("paper_test", "printed", None, "Hai mép thấy vạch"),
        ("acts", "printed", None, "BẢN IN LẠI"),
        ("holdings", "printed", None, "BẢN IN LẠI"),
        ("paper_test", "not_printed", "paper_out", "Chưa in: máy in hết giấy"),
        ("acts", "not_printed", "offline", "Chưa in: máy in không trả lời"),
        ("acts", "not_printed", "something", "Chưa in được"),
        ("acts", "partial", "stalled", "In dở dang"),
        ("acts", "unknown", "connection_lost", "Không rõ đã in chưa"),
    ],
)
def test_the_menu_says_what_became_of_the_paper(about: str, outcome: str, reason: str | None, said: str) -> None:
    kiosk = Driver()
    kiosk.feed(PrinterOutcome(STAFF_MENU, outcome, reason, about))  # nobody is there any more
    assert kiosk.screen["staff"] is None
    open_menu(kiosk)
    kiosk.press("staff_test")
    assert kiosk.screen["staff"]["said"] == "Đang in thử…"
    kiosk.wait(59)
    kiosk.feed(PrinterOutcome(STAFF_MENU, outcome, reason, about))
    assert said in kiosk.screen["staff"]["said"]
    kiosk.wait(10)
    assert said in kiosk.screen["staff"]["said"], "there is time to read it"


def test_verifiers() -> None:
    card = make_staff_card()
    made = make_verifier(card, PIN)
    assert check_verifier(made, card, PIN) and card not in made and PIN not in made
    assert not check_verifier(made, card, "271829") and not check_verifier(made, make_staff_card(), PIN)
    for odd in ("", "scrypt$1", "scrypt$1048576$8$00$00", "scrypt$x$8$zz$00", "plain$8$8$00$00", "scrypt$3$8$00$00"):
        assert not check_verifier(odd, card, PIN)
    weak = ["", "12345", "1234567", "123456", "654321", "000000", "121212", "123123", "١٢٣٤٥٦", "12345a"]
    assert all(map(is_weak_pin, weak)) and not is_weak_pin(PIN)


# ---------------------------------------------------------------- with the real core


@pytest.fixture
def lan(core: Core) -> str:
    """A librarian's card."""
    staff = service.create_staff("lan", "Nguyễn Thị Lan", "librarian", PASSWORD, SYSTEM)
    number = set_pin(staff.id, PASSWORD, PIN).number
    assert number is not None
    return number


def enter(one: RunningKiosk, card: str, pin: str = PIN) -> None:
    one.scan(card)
    one.until(lambda view: view["staff"] and view["staff"]["stage"] == "pin")
    for digit in pin:
        one.press(f"pin_{digit}")


@pytest.mark.parametrize("online", [True, False])
def test_l181_from_card_to_audit(core: Core, start_kiosk: Callable[..., RunningKiosk], lan: str, online: bool) -> None:
    books = [core.world.add_title(f"Cuốn {number}")[0] for number in range(4)]
    one = start_kiosk(mode="mobile_desk")  # no limit of its own offline: the school's own limit is what refuses
    one.until(lambda view: one.is_ready and one.kiosk.snapshot.staff)
    core.proxy.dead = not online
    one.scan(core.card("Trần Minh An"))
    one.until(lambda view: view["screen"] == "open")
    for number, book in enumerate(books[:3]):
        one.scan(book)
        one.until(lambda view, count=number: len(view["books"]) == count + 1)
    one.scan(books[3])
    one.until(lambda view: view["notice"] and view["notice"]["code"] == "loan_limit")
    enter(one, lan)
    one.until(lambda view: view["staff"] and view["staff"]["stage"] == "menu")
    one.press("staff_override")
    one.until(lambda view: len(view["books"]) == 4)
    core.proxy.dead = False
    one.until(lambda view: one.kiosk.journal.count_pending() == 0)
    loan = Loan.get(Loan.act_key == one.kiosk.journal.list_acts()[-1].key)
    assert loan.copy.barcode == books[3] and loan.staff_name == "Nguyễn Thị Lan"
    assert loan.overrides == ["loan_limit"] and "Quầy sảnh" in loan.comment
    entry = AuditEntry.get((AuditEntry.action == "loan.check_out") & (AuditEntry.subject_id == str(loan.id)))
    assert (entry.actor_kind, entry.actor_name) == ("staff", "Nguyễn Thị Lan")
    assert KioskConflict.select().count() == 0
    # Beside it: the child's own loans are the kiosk's.
    assert Loan.select().where(Loan.staff_name.is_null()).count() == 3


def test_l182_the_count_outlives_a_restart_and_a_right_pin_ends_it(
    core: Core, start_kiosk: Callable[..., RunningKiosk], lan: str
) -> None:
    one = start_kiosk()
    one.until(lambda view: one.is_ready and one.kiosk.snapshot.staff)
    for _ in range(5):
        one.kiosk.staff.check(CheckPin(1, lan, "000001"))
    again = start_kiosk()
    locked = again.until(lambda view: again.kiosk.state.pad_closed_until > 0)
    assert locked["staff"] is None and again.kiosk.staff.failures == 5
    again.scan(lan)
    assert "15 phút" in again.until(lambda view: view["staff"])["staff"]["locked"]
    assert isinstance(again.kiosk.staff.check(CheckPin(2, lan, PIN)), StaffKnown)
    assert again.kiosk.staff.first_pause == 0


def test_reprint_is_marked_and_paper_test_comes_out(
    core: Core, start_kiosk: Callable[..., RunningKiosk], lan: str
) -> None:
    [book] = core.world.add_title("Dế Mèn phiêu lưu ký")
    one = start_kiosk()
    one.until(lambda view: one.is_ready and one.kiosk.snapshot.staff)
    one.scan(core.card("Trần Minh An"))
    one.until(lambda view: view["screen"] == "open")
    one.scan(book)
    one.until(lambda view: view["books"])
    one.press("done")
    one.until(lambda view: view["screen"] == "goodbye" and len(one.receipts) == 1)
    enter(one, lan)
    one.until(lambda view: view["staff"] and view["staff"]["stage"] == "menu")
    one.press("staff_reprint")
    view = one.until(lambda view: view["staff"] and view["staff"]["stage"] == "receipts" and view["staff"]["buttons"])
    assert "Mượn · An" in view["staff"]["buttons"][0]["label"].replace("\u00a0", " ") and "Trần" not in json.dumps(view)
    one.press(view["staff"]["buttons"][0]["name"])
    one.until(lambda view: len(one.receipts) == 2)
    first, second = (path.stat().st_size for path in one.receipts)
    assert second > first, "the second one says BẢN IN LẠI"
    one.press("staff_test")
    one.until(lambda view: len(one.receipts) == 3 and "Hai mép thấy vạch" in view["staff"]["said"])
    one.press("staff_restart")
    one.press("staff_restart_now")
    assert one.kiosk.wait(20) and one.kiosk.restart_wanted


def test_somebody_who_left_is_let_in_no_more(
    core: Core, start_kiosk: Callable[..., RunningKiosk], lan: str, tmp_path: Path
) -> None:
    one = start_kiosk()
    one.until(lambda view: one.kiosk.snapshot.staff)
    service.create_staff("sep", "Hiệu Trưởng", "admin", PASSWORD, SYSTEM)
    service.disable_staff("lan", SYSTEM)
    one.until(lambda view: not one.kiosk.snapshot.staff)
    enter(one, lan)
    one.until(lambda view: view["staff"] and view["staff"]["said"])
    raw = b"".join(path.read_bytes() for path in one.config.state_dir.glob("snapshot.db*"))
    assert lan.encode() not in raw and PIN.encode() not in raw


def test_screen_without_a_staff_card_says_nothing_of_staff() -> None:
    assert describe(Driver().state, Rules())["staff"] is None
