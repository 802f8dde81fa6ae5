"""What the core hears of scanner and printer: at once when it changes, and no false alarm after a start."""

from __future__ import annotations

from collections.abc import Callable

from kiosk_world import Core, RunningKiosk

from kiosk.clock import KioskClock
from kiosk.device_config import ScannerConfig
from kiosk.housekeeping import Rhythm
from kiosk.scan_intake import STARTING_SECONDS, ScanIntake
from kiosk.session_events import BackInOrder, Event, OutOfOrder
from library.access.tables import Device


def make_clock(start: float = 100.0) -> tuple[KioskClock, list[float]]:
    """A clock, and its hands, which the test moves."""
    hands = [start]
    return KioskClock(monotonic=lambda: hands[0]), hands


def test_a_scanner_that_is_being_looked_for_is_not_pulled_out() -> None:
    told: list[Event] = []
    clock, _ = make_clock()
    intake = ScanIntake(ScannerConfig("evdev", "auto", 9600), clock, told.append)
    assert intake.state == "starting" and told == [OutOfOrder("scanner")]
    intake._heard({"state": "disconnected"})
    assert intake.state == "starting"
    intake._heard({"state": "connected"})
    assert intake.state == "connected" and told[-1] == BackInOrder("scanner")
    intake._heard({"state": "disconnected"})
    assert intake.state == "disconnected", "now it is"


def test_a_scanner_that_is_not_found_in_time_is_missing() -> None:
    clock, hands = make_clock()
    intake = ScanIntake(ScannerConfig("evdev", "auto", 9600), clock, lambda _event: None)
    intake._heard({"state": "disconnected"})
    hands[0] += STARTING_SECONDS
    intake.settle_state()
    assert intake.state == "disconnected"


def test_the_core_hears_of_a_change_before_the_next_minute(core: Core, start_kiosk: Callable[..., RunningKiosk]) -> None:
    kiosk = start_kiosk(rhythm=Rhythm(hello=0.2, retry=0.05, snapshot=0.2, status=3600))

    def said() -> str | None:
        return (Device.get().status or {}).get("scanner")

    kiosk.until(lambda _: said() == "connected")
    kiosk.kiosk.scans._heard({"state": "disconnected"})
    kiosk.until(lambda _: said() == "disconnected")
    kiosk.kiosk.scans._heard({"state": "connected"})
    kiosk.until(lambda _: said() == "connected")
