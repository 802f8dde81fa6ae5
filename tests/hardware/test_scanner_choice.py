"""Which keyboard is the scanner: never a guess between two."""

from __future__ import annotations

import pytest

from hardware.errors import HardwareError
from hardware.scanner_choice import AUTO, InputDeviceFacts, choose_scanner

KEYBOARD = InputDeviceFacts("/dev/input/event1", "Logitech K120", 0x046D, 0xC31C)
SCANNER = InputDeviceFacts(
    "/dev/input/event3",
    "Symbol Bar Code Scanner",
    0x05E0,
    0x1200,
    ("/dev/input/by-id/usb-Symbol_S1-event-kbd",),
)
TWIN = InputDeviceFacts("/dev/input/event4", "Symbol Bar Code Scanner", 0x05E0, 0x1200)


def test_auto_takes_the_one_named_like_a_scanner() -> None:
    assert choose_scanner(AUTO, [KEYBOARD, SCANNER]) == SCANNER


def test_auto_takes_a_lone_keyboard_and_waits_for_none() -> None:
    assert choose_scanner(AUTO, [KEYBOARD]) == KEYBOARD
    assert choose_scanner(AUTO, []) is None


@pytest.mark.parametrize(
    "wanted",
    ["/dev/input/by-id/usb-Symbol_S1-event-kbd", "/dev/input/by-id/*-event-kbd", "/dev/input/event3", "05E0:1200"],
)
def test_wanted_by_link_pattern_path_or_numbers(wanted: str) -> None:
    assert choose_scanner(wanted, [KEYBOARD, SCANNER]) == SCANNER
    assert choose_scanner(wanted, [KEYBOARD]) is None


@pytest.mark.parametrize("wanted", [AUTO, "05e0:1200", "/dev/input/event*"])
def test_two_that_fit_are_refused_by_name(wanted: str) -> None:
    with pytest.raises(HardwareError, match="by-id") as refusal:
        choose_scanner(wanted, [SCANNER, TWIN])
    assert refusal.value.code == "scanner_ambiguous"
    assert "/dev/input/event4" in str(refusal.value)
    assert "Symbol" in str(refusal.value)
