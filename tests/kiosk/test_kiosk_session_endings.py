"""How a session ends: by itself, by a late answer, over a slow or broken printer, out of order. Driven as the runner
does; the way there: test_kiosk_session.py."""

from __future__ import annotations

from kiosk_session_driver import AN, BINH, Driver

from kiosk.session_events import (
    ActAnswer,
    BackInOrder,
    OutOfOrder,
    PrinterHealth,
    PrinterOutcome,
    Refusal,
)
from kiosk.session_model import AskReader, Phase
from kiosk.session_rules import Rules


def test_idle_child_sees_a_countdown_and_then_nothing() -> None:
    kiosk = Driver(Rules(idle_seconds=20, receipts="never"))
    kiosk.open_session()
    assert kiosk.screen["countdown"] is None
    kiosk.wait(11)
    assert kiosk.screen["countdown"] == 9
    kiosk.wait(9)
    assert kiosk.state.phase is Phase.IDLE and kiosk.screen["reader"] is None


def test_late_tap_does_not_reach_the_next_child() -> None:
    kiosk = Driver()
    kiosk.open_session(AN, "An")
    before = kiosk.state.session
    kiosk.scan(BINH)
    kiosk.answer_reader("Bình")
    kiosk.press("done", session=before)
    assert kiosk.state.phase is Phase.OPEN and kiosk.screen["reader"]["name"] == "Bình"


def test_answer_that_never_comes_frees_the_screen_and_a_late_yes_is_kept() -> None:
    kiosk = Driver()
    kiosk.open_session()
    kiosk.scan("TN-00012")
    asked = kiosk.take_asked()
    kiosk.wait(60)
    assert kiosk.notice == "scan_again" and kiosk.state.asking is None
    kiosk.wait(120)
    kiosk.open_session(BINH, "Bình")
    kiosk.feed(ActAnswer(asked.request, "Sách của An", "2026-12-07", 2))
    # Staff were told meanwhile, under the same key: whichever is sent, the core knows that it has the act.
    assert [(one.kind, one.key) for one in kiosk.journal] == [("unwritten", asked.key), ("checkout", asked.key)]
    kiosk.write()
    kiosk.write()
    assert "Sách của An" not in str(kiosk.screen) and kiosk.screen["reader"]["name"] == "Bình"


def test_late_refusal_changes_nothing() -> None:
    kiosk = Driver()
    kiosk.open_session()
    kiosk.scan("TN-00012")
    asked = kiosk.take_asked()
    kiosk.wait(60)
    before = kiosk.state.phase
    kiosk.feed(Refusal(asked.request, "copy_lost"))
    assert kiosk.state.phase is before and kiosk.state.unclear == ()


def test_broken_printer_is_not_offered_and_shows_the_day_instead() -> None:
    kiosk = Driver(Rules(receipts="ask"))
    kiosk.feed(PrinterHealth("paper_out"))
    kiosk.open_session()
    kiosk.scan("TN-00012")
    kiosk.grant()
    kiosk.press("done")
    assert kiosk.screen["screen"] == "goodbye" and kiosk.screen["due"] == "thứ Hai, 07/12" and not kiosk.prints


def test_failed_receipt_is_said_to_the_child_it_belongs_to_only() -> None:
    kiosk = Driver(Rules(receipts="always"))
    kiosk.open_session()
    kiosk.scan("TN-00012")
    kiosk.grant()
    kiosk.press("done")
    session = kiosk.state.session
    kiosk.feed(PrinterOutcome(session, "not_printed", "paper_out"))
    assert kiosk.screen["receipt"].startswith("Máy in đang nghỉ")
    kiosk.open_session(BINH, "Bình")
    kiosk.feed(PrinterOutcome(session, "not_printed", "paper_out"))
    assert kiosk.screen["receipt"] == "" and kiosk.screen["books"] == []


def goodbye_to_an() -> Driver:
    kiosk = Driver(Rules(receipts="always"))
    kiosk.open_session()
    kiosk.scan("TN-1")
    kiosk.grant()
    kiosk.press("done")
    kiosk.wait(kiosk.rules.notice_seconds)
    return kiosk


def test_the_goodbye_waits_for_a_slow_receipt_and_then_for_the_child_to_read() -> None:
    kiosk = goodbye_to_an()
    kiosk.wait(20)
    assert kiosk.screen["receipt"] == "Phiếu đang in, em đợi một chút nhé."
    kiosk.feed(PrinterOutcome(kiosk.state.session, "printed"))
    kiosk.wait(kiosk.rules.goodbye_seconds - 0.1)
    assert kiosk.screen["receipt"] == "Em nhớ lấy phiếu nhé."
    kiosk.wait(0.1)
    assert kiosk.screen["screen"] == "idle"


def test_the_goodbye_does_not_wait_for_a_printer_that_never_says_anything() -> None:
    kiosk = goodbye_to_an()
    kiosk.wait(kiosk.rules.printing_seconds)
    assert kiosk.screen["screen"] == "idle"


def test_whoever_comes_next_does_not_wait_for_the_receipt_before() -> None:
    kiosk = goodbye_to_an()
    kiosk.scan(BINH)
    kiosk.answer_reader("Bình")
    assert kiosk.screen["title"] == "Chào Bình!"
    kiosk.feed(PrinterOutcome(kiosk.state.session - 1, "printed"))
    assert kiosk.screen["receipt"] == ""
    kiosk = goodbye_to_an()
    kiosk.scan("TN-2")
    kiosk.grant(due_on=None)
    assert [line.barcode for line in kiosk.state.lines] == ["TN-2"] and kiosk.state.phase is Phase.RETURNING


def test_out_of_order_is_said_at_the_idle_screen_and_ends() -> None:
    kiosk = Driver()
    kiosk.feed(OutOfOrder("scanner"))
    assert kiosk.screen["screen"] == "out_of_order" and "Không thấy máy quét" in kiosk.screen["staff_hint"]
    kiosk.scan(AN)
    assert not kiosk.asked
    kiosk.feed(BackInOrder("scanner"))
    kiosk.scan(AN)
    assert isinstance(kiosk.asked[0], AskReader)
