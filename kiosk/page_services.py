"""What the page of a kiosk may ask of it, and how its browser is started anew. Next: `screen_server.py`."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from kiosk.screen_server import ScreenServices
from kiosk.update_request import runtime_folder

if TYPE_CHECKING:
    from kiosk.desk_page import DeskPage
    from kiosk.runner import Kiosk

_log = logging.getLogger(__name__)
SCREEN_RESTART = "restart-screen"
"""File in the runtime directory that kesach-screen-restart.path watches."""


def make_services(kiosk: Kiosk) -> ScreenServices:
    """The keypad and the receipts' pictures in a simulator only, the desk's page at a mobile desk only."""
    simulator = kiosk.config.is_simulator
    return ScreenServices(
        state=kiosk.screen,
        press=kiosk.press,
        find_cover=kiosk.covers.find,
        scan=kiosk.scans.type if simulator else None,
        receipts_dir=kiosk.config.state_dir / "receipts",
        list_samples=(lambda: _list_samples(kiosk)) if simulator else None,
        report=kiosk.report,
        desk=_make_desk(kiosk) if kiosk.is_mobile else None,
    )


def ask_for_new_browser() -> None:
    """Through systemd (kesach-screen-restart.path): for a browser in which no page lives any more."""
    if (folder := runtime_folder()) is not None:
        try:
            (folder / SCREEN_RESTART).touch()
        except OSError as error:
            _log.error("screen cannot be started anew: %s", error)


def _list_samples(kiosk: Kiosk) -> dict[str, Any]:
    from kiosk.simulator import list_samples

    return list_samples(kiosk.snapshot)


def _make_desk(kiosk: Kiosk) -> DeskPage:
    from kiosk.desk_page import DeskPage

    return DeskPage(kiosk)
