"""Key events to scans: whole codes only, whatever the kernel, the layout keys or the child does."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scanner_typing import ALT, CAPS, CTRL, ENTER, F2, KPENTER, SHIFT, TAB, TYPEABLE, Typist

from hardware.keyboard_decoder import EV_KEY, EV_SYN, SYN_DROPPED, KeyboardDecoder, KeyEvent
from hardware.scan import MAX_CHARACTERS, Scan, ScanProblem

CODES = st.text(TYPEABLE, min_size=1, max_size=40)


def feed(decoder: KeyboardDecoder, events: Iterable[KeyEvent]) -> list[Scan]:
    return [scan for event in events for scan in decoder.feed(event)]


def texts(scans: list[Scan]) -> list[str | ScanProblem]:
    return [scan.problem or scan.text for scan in scans]


@settings(max_examples=60, deadline=None)
@given(st.lists(CODES, min_size=1, max_size=5), st.sampled_from([ENTER, KPENTER, TAB]), st.booleans())
def test_every_typeable_code_arrives_whole_and_in_order(codes: list[str], end: int, caps: bool) -> None:
    typist, decoder = Typist(), KeyboardDecoder("test")
    events = list(typist.toggle_caps()) if caps else []
    for code in codes:
        events += typist.line(code, end)
    assert texts(feed(decoder, events)) == codes


@settings(max_examples=60, deadline=None)
@given(st.text("0123456789.", min_size=1, max_size=20), st.text(TYPEABLE, min_size=1, max_size=20))
def test_keypad_and_alt_numpad_type_the_same_as_keys(digits: str, text: str) -> None:
    typist, decoder = Typist(), KeyboardDecoder("test")
    events = [*typist.keypad(digits), *typist.press(KPENTER)]
    events += [event for c in text for event in typist.alt_code(str(ord(c)))]
    events += typist.alt_code("13")
    events += [event for c in text for event in typist.alt_code(f"0{ord(c):03d}")]
    events += typist.press(ENTER)
    assert texts(feed(decoder, events)) == [digits, text, text]


@settings(max_examples=60, deadline=None)
@given(st.lists(CODES, min_size=2, max_size=4), st.data())
def test_lost_events_never_make_a_wrong_code(codes: list[str], data: st.DataObject) -> None:
    """The kernel throws away any stretch of events: what is delivered was truly scanned."""
    typist, decoder = Typist(), KeyboardDecoder("test")
    events = [event for code in codes for event in typist.line(code)]
    start = data.draw(st.integers(0, len(events) - 1))
    stop = data.draw(st.integers(start + 1, len(events)))
    at = events[stop - 1].at
    scans = feed(decoder, [*events[:start], KeyEvent(EV_SYN, SYN_DROPPED, 0, at), *events[stop:]])
    scans += decoder.pause(typist.at + 1)
    delivered = [scan.text for scan in scans if scan.problem is None]
    # In order, each at most once, nothing invented.
    rest = iter(codes)
    assert all(code in rest for code in delivered)
    assert any(scan.problem is ScanProblem.OVERRUN for scan in scans)
    # And the next code is read as if nothing had happened.
    typist.wait(1)
    assert texts(feed(decoder, typist.line("HS-2024/0153"))) == ["HS-2024/0153"]


def test_the_tail_after_an_overrun_is_poisoned_until_enter() -> None:
    """Measured: a naive reader delivered 5086858123 for 89350868581238935086858123."""
    typist, decoder = Typist(), KeyboardDecoder("test")
    events = [*typist.text("89350868581238"), typist.dropped(), *typist.line("935086858123")]
    assert texts(feed(decoder, events)) == [ScanProblem.OVERRUN]
    assert texts(feed(decoder, typist.line("8935086858123"))) == ["8935086858123"]


def test_a_pause_ends_the_poison_too() -> None:
    typist, decoder = Typist(), KeyboardDecoder("test")
    feed(decoder, [*typist.text("893508"), typist.dropped(), typist.report()])
    typist.wait(0.2)
    assert texts(feed(decoder, typist.line("8935086858123"))) == [ScanProblem.OVERRUN, "8935086858123"]


def test_shift_lost_in_an_overrun_is_not_held_for_ever() -> None:
    typist, decoder = Typist(), KeyboardDecoder("test")
    feed(decoder, [*typist.down(SHIFT), typist.dropped(), typist.report(), *typist.press(ENTER)])
    assert texts(feed(decoder, typist.line("abc1"))) == ["abc1"]


@settings(max_examples=60, deadline=None)
@given(CODES, st.data())
def test_a_code_that_stops_is_partial_and_not_glued_to_the_next(code: str, data: st.DataObject) -> None:
    typist, decoder = Typist(), KeyboardDecoder("test")
    kept = data.draw(st.integers(1, len(code)))
    scans = feed(decoder, typist.text(code[:kept]))
    typist.wait(0.151)
    scans += feed(decoder, typist.line("SACH-000123"))
    assert texts(scans) == [ScanProblem.PARTIAL, "SACH-000123"]
    assert scans[0].received == kept


def test_silence_without_another_scan_also_ends_a_partial_code() -> None:
    typist, decoder = Typist(), KeyboardDecoder("test")
    feed(decoder, typist.text("8935"))
    deadline = decoder.deadline
    assert deadline is not None
    assert decoder.pause(deadline - 0.01) == []
    assert texts(decoder.pause(deadline + 0.01)) == [ScanProblem.PARTIAL]
    assert decoder.pause(deadline + 9) == []
    assert decoder.deadline is None


def test_unplug_in_the_middle_is_told_and_forgets_everything_held() -> None:
    typist, decoder = Typist(), KeyboardDecoder("test")
    feed(decoder, [*typist.down(SHIFT), *typist.press(CAPS), *typist.text("89")])
    assert texts(decoder.unplug(typist.at)) == [ScanProblem.UNPLUGGED]
    assert decoder.unplug(typist.at) == []
    typist.caps = False
    assert texts(feed(decoder, typist.line("ab12"))) == ["ab12"]


def test_128_characters_pass_and_129_do_not() -> None:
    typist, decoder = Typist(), KeyboardDecoder("test")
    longest = "7" * MAX_CHARACTERS
    scans = feed(decoder, [*typist.line(longest), *typist.line(longest + "7"), *typist.line("1")])
    assert texts(scans) == [longest, ScanProblem.TOO_LONG, "1"]


@pytest.mark.parametrize("code", [F2, 105, 183, 240, 767])
def test_a_key_no_code_has_spoils_the_scan(code: int) -> None:
    typist, decoder = Typist(), KeyboardDecoder("test")
    scans = feed(decoder, [*typist.text("12"), *typist.press(code), *typist.line("34")])
    assert texts(scans) == [ScanProblem.UNKNOWN_KEY]


@pytest.mark.parametrize("number", ["7", "127", "200", "08364", "99999999"])
def test_alt_codes_outside_ascii_spoil_the_scan(number: str) -> None:
    typist, decoder = Typist(), KeyboardDecoder("test")
    scans = feed(decoder, [*typist.text("12"), *typist.alt_code(number), *typist.line("34")])
    assert texts(scans) == [ScanProblem.UNKNOWN_KEY]


def test_control_keys_type_nothing() -> None:
    """Ctrl+] is a GS1 separator, Ctrl+Alt+F2 an attack by barcode."""
    typist, decoder = Typist(), KeyboardDecoder("test")
    attack = [*typist.down(CTRL), *typist.down(ALT), *typist.press(F2), *typist.up(ALT), *typist.up(CTRL)]
    separator = [*typist.down(CTRL), *typist.press(27), *typist.up(CTRL)]
    assert feed(decoder, attack) == []
    scans = feed(decoder, [*typist.text("01"), *separator, *typist.line("10")])
    assert texts(scans) == ["0110"]


def test_autorepeat_and_empty_lines_are_nothing() -> None:
    typist, decoder = Typist(), KeyboardDecoder("test")
    repeats = [typist.event(EV_KEY, 2, 2) for _ in range(5)]
    events = [*typist.press(ENTER), *typist.text("1"), *repeats, *typist.press(ENTER), *typist.press(TAB)]
    assert texts(feed(decoder, events)) == ["1"]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([0, 1, 1, 1, 4]),
            st.one_of(st.integers(0, 130), st.integers(0, 767)),
            st.sampled_from([0, 1, 1, 2, 7]),
            st.sampled_from([0.0, 0.001, 0.2, -5.0]),
        ),
        max_size=200,
    )
)
def test_any_events_at_all_give_only_short_printable_text(
    raw: list[tuple[int, int, int, float]],
) -> None:
    decoder, at, scans = KeyboardDecoder("test"), 100.0, []
    for type_, code, value, step in raw:
        at += step
        scans += decoder.feed(KeyEvent(type_, code, value, at))
    scans += decoder.unplug(at)
    for scan in scans:
        assert scan.problem or (scan.text.isascii() and scan.text.isprintable() and scan.text)
        assert len(scan.text) <= MAX_CHARACTERS
    typist = Typist(at)
    assert texts(feed(decoder, typist.line("ok-1"))) == ["ok-1"]


def test_a_scan_with_a_problem_cannot_carry_text() -> None:
    with pytest.raises(ValueError, match="no text"):
        Scan("8935", 1.0, "test", ScanProblem.PARTIAL)
