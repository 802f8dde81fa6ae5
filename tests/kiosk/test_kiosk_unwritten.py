"""No scanned book ends without a word, whatever comes when: on the screen long enough, and for staff where it must."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kiosk_session_driver import AN, BINH, Driver

from kiosk.session_events import ActAnswer, Event, JournalFailed, Refusal, Scan, Tick
from kiosk.session_model import AskReader, Checkout, Journal, Notice, Phase, Question, Return, State
from kiosk.session_rules import Rules
from kiosk.session_unwritten import NOTE_AFTER, is_book


def test_a_refusal_is_read_before_the_next_book_takes_its_place() -> None:
    kiosk = Driver()
    kiosk.open_session()
    kiosk.scan("S1")
    kiosk.scan("S2", hurried=True)
    kiosk.refuse("copy_lost")
    assert kiosk.notice == "copy_lost" and not kiosk.asked
    kiosk.wait(1)
    assert kiosk.notice == "copy_lost" and not kiosk.asked
    kiosk.wait(1)
    assert kiosk.take_asked().barcode == "S2"


def test_a_tap_says_that_it_was_read() -> None:
    kiosk = Driver()
    kiosk.open_session()
    kiosk.scan("S1")
    kiosk.scan("S2", hurried=True)
    kiosk.refuse("copy_lost")
    kiosk.press("close")
    assert kiosk.take_asked().barcode == "S2"


def test_the_last_refusal_is_read_before_the_goodbye() -> None:
    kiosk = Driver(Rules(receipts="never"))
    kiosk.open_session()
    kiosk.scan("S1")
    kiosk.press("done")
    kiosk.refuse("copy_lost")
    assert kiosk.notice == "copy_lost" and kiosk.state.phase is Phase.OPEN
    kiosk.wait(2)
    assert kiosk.state.phase is Phase.IDLE


def test_a_scan_that_nobody_answers_is_asked_for_again_and_its_second_time_settles_it() -> None:
    kiosk = Driver()
    kiosk.open_session()
    kiosk.scan("S1")
    kiosk.scan("S2", hurried=True)
    kiosk.take_asked()
    kiosk.wait(12)
    assert kiosk.screen["notice"]["text"].startswith("Máy chưa ghi được. Em quét lại cuốn này")
    kiosk.wait(2)
    kiosk.grant("Hai")  # the one that waited behind it
    kiosk.scan("S1", hurried=True)
    kiosk.grant("Một")
    kiosk.press("done")
    kiosk.wait(NOTE_AFTER + 60)
    assert sorted(kiosk.journaled) == ["key-3", "key-4"] and kiosk.state.unwritten == () and not kiosk.journal


def test_a_child_who_left_is_noted_for_staff_until_the_journal_has_it() -> None:
    kiosk = Driver(Rules(receipts="never"))
    kiosk.open_session()
    kiosk.scan("S1")
    request = kiosk.take_asked().request
    kiosk.feed(Refusal(request, "no_answer"))  # sent, not answered, and refused by our own rules
    kiosk.wait(31)
    assert kiosk.state.phase is Phase.IDLE and not kiosk.journal
    kiosk.wait(NOTE_AFTER)
    [note] = kiosk.journal
    assert (note.kind, note.key, note.card, note.barcode, note.pending) == ("unwritten", "key-2", AN, "S1", True)
    kiosk.write(fails=True)  # the disk is full
    kiosk.wait(NOTE_AFTER)
    [note] = kiosk.journal
    kiosk.write()
    kiosk.wait(NOTE_AFTER)
    assert not kiosk.journal and kiosk.state.unwritten == ()


def test_a_late_yes_is_written_down_and_nobody_is_troubled() -> None:
    kiosk = Driver(Rules(receipts="never"))
    kiosk.open_session()
    kiosk.scan("S1")
    request = kiosk.take_asked().request
    kiosk.feed(Refusal(request, "no_answer"))
    kiosk.feed(ActAnswer(request, "Một", "2026-12-07", 1))
    kiosk.write()
    assert [book["title"] for book in kiosk.screen["books"]] == ["Một"]
    kiosk.wait(31)
    kiosk.wait(NOTE_AFTER)
    assert [entry.kind for entry in kiosk.journal] == []


def test_books_behind_a_card_nobody_answers_for_are_counted_and_noted() -> None:
    kiosk = Driver()
    kiosk.scan(AN)
    kiosk.scan("S1", hurried=True)
    kiosk.scan("S2", hurried=True)
    kiosk.wait(12)
    assert kiosk.screen["notice"]["text"].endswith("2 cuốn em vừa quét chưa được ghi.")
    kiosk.scan("S3", hurried=True)  # before it could be read: meant for that card too, and never a return
    assert kiosk.screen["notice"]["text"].endswith("3 cuốn em vừa quét chưa được ghi.")
    assert kiosk.state.phase is Phase.IDLE
    kiosk.wait(NOTE_AFTER)
    assert [(note.barcode, note.card) for note in kiosk.journal] == [("S1", AN), ("S2", AN)]


def test_books_behind_a_card_that_was_read_badly_are_lent_to_nobody() -> None:
    kiosk = Driver()
    kiosk.open_session()
    kiosk.scan("S1")
    kiosk.scan(BINH[:-1], hurried=True)
    kiosk.scan("S2", hurried=True)
    kiosk.grant()
    kiosk.scan("S3", hurried=True)
    assert kiosk.screen["notice"]["text"].endswith("2 cuốn em vừa quét chưa được ghi.") and not kiosk.asked
    kiosk.wait(5)
    assert not kiosk.asked and [line.barcode for line in kiosk.state.lines] == ["S1"]


def test_a_scanner_gone_mad_is_told_and_the_queue_stays_small() -> None:
    kiosk = Driver()
    kiosk.open_session()
    for number in range(70):
        kiosk.scan(f"S{number}", hurried=True)
    assert len(kiosk.state.queue) == 60 and kiosk.notice == "scan_again" and len(kiosk.state.unwritten) == 9


@pytest.mark.parametrize("unread", [[f"@@@{number}" for number in range(5)], [BINH[:-1]] * 5], ids=["codes", "cards"])
def test_a_run_of_unreadable_scans_is_one_word_and_delays_no_good_one(unread: list[str]) -> None:
    kiosk = Driver()
    kiosk.open_session()
    kiosk.wait(3)
    first = kiosk.state.now
    for text in unread:
        kiosk.scan(text, hurried=True)
        assert kiosk.notice == "scan_unreadable" and kiosk.state.queue == ()
        kiosk.wait(0.4)
    assert kiosk.sounds[-5:] == ["attention"] * 5, "each of them is heard"
    kiosk.scan(AN, hurried=True)
    kiosk.scan("S1", hurried=True)
    scanned = kiosk.state.now
    while not any(isinstance(one, Checkout) for one in kiosk.asked):
        kiosk.wait(0.1)
        assert kiosk.state.now - scanned <= 2.5
    assert kiosk.state.now - first >= 2


@pytest.mark.parametrize("count", [1, 5, 9, 14])
def test_a_good_book_behind_any_number_of_unreadable_scans_waits_for_one_sentence(count: int) -> None:
    kiosk = Driver()
    kiosk.open_session()
    first = kiosk.state.now
    for number in range(count):
        kiosk.scan(f"@@@{number}", hurried=True)
        kiosk.wait(0.4)
    kiosk.scan("S1", hurried=True)
    assert bool(kiosk.asked) == (kiosk.state.now - first >= 2), "read once, the sentence holds nothing up"
    kiosk.wait(2)
    assert kiosk.take_asked().barcode == "S1"


def test_unreadable_scans_behind_a_book_in_the_air_are_one_word_too() -> None:
    kiosk = Driver()
    kiosk.open_session()
    kiosk.scan("S1")
    for number in range(5):
        kiosk.scan(f"@@@{number}", hurried=True)
    kiosk.scan("S2", hurried=True)
    kiosk.grant()
    assert kiosk.notice == "scan_unreadable"
    kiosk.wait(2)
    assert kiosk.take_asked().barcode == "S2"


def test_two_unknown_books_have_a_word_each_and_the_screen_says_that_one_waits() -> None:
    """L93."""
    kiosk = Driver()
    kiosk.open_session()
    kiosk.scan("S1")
    assert kiosk.screen["waiting_for"] == "Máy đang ghi…" and kiosk.screen["next"] == ""
    kiosk.refuse("copy_unknown")
    assert kiosk.notice == "copy_unknown" and kiosk.screen["next"] == ""
    kiosk.scan("S2", hurried=True)
    assert kiosk.notice == "copy_unknown" and kiosk.screen["next"] == "Đang xem mã tiếp theo…"
    kiosk.wait(2)
    assert kiosk.asked[0].barcode == "S2" and kiosk.notice is None and kiosk.screen["next"] == ""
    kiosk.refuse("copy_unknown")
    assert kiosk.notice == "copy_unknown"


# ---------------------------------------------------------------- any timing

BOOKS = [f"S{number}" for number in range(6)]
LETTERED = "TV0000O042"
"""A card with a letter in it: asked for as a book, and counted as none."""
hurry = st.sampled_from([0.0, 0.0, 0.1, 0.5, 1.9, 2.0, 3.0, 7.5, 12.0, 31.0])
plans = st.lists(
    st.tuples(
        hurry,
        st.one_of(
            st.tuples(st.just("scan"), st.sampled_from([*BOOKS, AN, BINH, AN[:-1], "@@@1", "@@@2", LETTERED])),
            st.tuples(st.just("answer"), st.sampled_from(["yes", "offline", "no", "no_answer", "never", "late"])),
            st.tuples(st.just("write"), st.booleans()),
            st.tuples(st.just("press"), st.sampled_from(["done", "close", "return"])),
        ),
    ),
    max_size=60,
)  # fmt: skip
chosen_rules = st.builds(
    Rules,
    mode=st.sampled_from(["borrow_and_return", "borrow_only", "return_only"]),
    receipts=st.sampled_from(["always", "ask", "never"]),
    confirm_returns=st.booleans(),
)


class Accounted(Driver):
    """Knows of every scanned book where it is, and of every sentence since when it is on the screen."""

    def __init__(self, rules: Rules) -> None:
        super().__init__(rules)
        self.given_up: list[Any] = []

    def feed(self, event: Event) -> tuple[Any, ...]:
        before = self.state
        effects = super().feed(event)
        self.check_words(before, event)
        self.check_scans(before, event, effects)
        return effects

    def check_words(self, before: State, event: Event) -> None:
        """A no, an advice or a question stands its time, unless somebody taps."""
        for stood in (before.notice, before.question):
            if stood is None or isinstance(event, Scan | Tick) and self.state.now >= before.unseen_until:
                continue
            now = self.state.notice if isinstance(stood, Notice) else self.state.question
            tapped = not isinstance(event, Scan | Tick | ActAnswer | Refusal | JournalFailed)
            if isinstance(stood, Question) or stood.tone != "ok":
                same = now is not None and (now == stood or getattr(now, "code", 0) == getattr(stood, "code", 1))
                assert same or tapped or isinstance(event, ActAnswer) or self.state.now >= before.unseen_until, (
                    stood, event, now,
                )  # fmt: skip

    def check_scans(self, before: State, event: Event, effects: tuple[Any, ...]) -> None:
        """Each book that was with us is still asked about, waits, is written down, or the screen just said a word."""
        had = {scan.key for scan in before.queue if is_book(scan)}
        if isinstance(event, Scan) and is_book(event):
            had.add(event.key)
        if before.asking is not None and before.asking.kind != "reader" and before.asking.barcode != LETTERED:
            had.add(before.asking.key)
        state = self.state
        has = {scan.key for scan in state.queue} | {one.key for one in effects if isinstance(one, Journal)}
        has |= {line.key for line in state.lines}
        if state.asking is not None:
            has.add(state.asking.key)
        gone = had - has
        if not gone:
            return
        new_word = state.notice if state.notice is not before.notice else None
        if state.question is not None and state.question is not before.question:
            assert len(gone) == 1
            return
        assert new_word is not None, (gone, event)
        counted_before = before.notice.unwritten if before.notice is not None and before.notice.about_card else 0
        behind = new_word.unwritten - (counted_before if isinstance(event, Scan) else 0)
        assert len(gone) <= max(behind, 1), (gone, new_word)

    def play(self, seconds: float, move: tuple[Any, ...]) -> None:
        if seconds:
            self.wait(seconds)
        match move:
            case ("scan", text):
                self.scan(text, hurried=True)
            case ("press", name):
                self.press(name)
            case ("write", fails) if self.journal:
                self.write(fails=fails)
            case ("answer", "never") if self.asked:
                self.given_up.append(self.take_asked())
            case ("answer", "late") if self.given_up:
                self.answer(self.given_up.pop(0), "yes")
            case ("answer", how) if self.asked:
                self.answer(self.take_asked(), how)

    def answer(self, asked: Any, how: str) -> None:
        if how in ("no", "no_answer"):
            no = "copy_unknown" if getattr(asked, "barcode", "") == LETTERED else "copy_lost"
            self.feed(Refusal(asked.request, no if how == "no" else "no_answer"))
        elif isinstance(asked, AskReader):
            self.asked.insert(0, asked)
            self.answer_reader("An" if asked.card == AN else "Bình", remaining=20)
        elif isinstance(asked, Checkout | Return):
            self.feed(ActAnswer(asked.request, asked.barcode, "2026-12-07", 9, offline=how == "offline"))


@settings(max_examples=150, deadline=None)
@given(chosen_rules, plans)
def test_every_scanned_book_ends_with_a_word(chosen: Rules, plan: list[tuple[float, tuple[Any, ...]]]) -> None:
    kiosk = Accounted(chosen)
    for seconds, move in plan:
        kiosk.play(seconds, move)
    # Everybody leaves. What nobody settled is with staff in the end, and nothing else is kept.
    for _ in range(300):
        while kiosk.journal:
            kiosk.write()
        kiosk.wait(1.0)
    assert kiosk.state.phase is Phase.IDLE and not kiosk.state.queue and kiosk.state.asking is None
    assert kiosk.state.unwritten == () and not kiosk.journal


@pytest.mark.parametrize("screen", [True, False])
def test_without_a_screen_every_no_comes_out_on_paper(screen: bool) -> None:
    rules = Rules() if screen else Rules().without_screen
    kiosk = Driver(rules)
    kiosk.open_session()
    for book in ("S1", "S2"):
        kiosk.scan(book, hurried=True)
    kiosk.refuse("copy_lost")
    kiosk.wait(2)
    kiosk.refuse("teachers_only")
    told = [one.receipt.refused.code for one in kiosk.prints if one.receipt.refused is not None]
    assert told == ([] if screen else ["copy_lost", "teachers_only"])
