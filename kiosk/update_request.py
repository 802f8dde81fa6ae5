"""The unprivileged half of an update: hears of an offer, and wakes the half that may install (updating.py).

It can do no more than touch a file that kesach-update.path watches. Asked only when no child is there and every act
has reached the core.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from kiosk.update_result import read_result
from library.contract.kiosk_api import ReleaseOffered
from library.version import VERSION

_log = logging.getLogger(__name__)
WANTED = "update-wanted"


class UpdateRequest:
    """`is_free`: no child there, nothing pending. `base`: where releases lie; by default found from the program that
    runs (/opt/kesach/releases/VERSION/bin/python), None for one that was not installed by the installer."""

    def __init__(self, is_free: Callable[[], bool], base: Path | None = None, runtime: Path | None = None) -> None:
        self._is_free = is_free
        self._base = base or _base_of(Path(sys.prefix))
        self._runtime = runtime or runtime_folder()

    def report(self) -> dict[str, Any]:
        """How the last update went, for the next status."""
        return read_result(self._base) if self._base is not None else {}

    def heed(self, answer: Mapping[str, Any]) -> bool:
        """True when the installing half was woken."""
        if self._base is None or self._runtime is None or answer.get("release") is None:
            return False
        try:
            offer = ReleaseOffered.from_json(answer["release"])
        except ValueError as error:
            _log.warning("offer not understood: %s", error)
            return False
        if offer.version == VERSION or offer.serial <= self.report().get("serial", 0) or not self._is_free():
            return False
        try:
            (self._runtime / WANTED).write_text(offer.version, encoding="utf-8")
        except OSError as error:
            _log.error("update not asked for: %s", error)
            return False
        _log.info("release %s asked for", offer.version)
        return True


def _base_of(prefix: Path) -> Path | None:
    return prefix.parents[1] if prefix.parent.name == "releases" and (prefix / ".complete").exists() else None


def runtime_folder() -> Path | None:
    """Where a file wakes a unit of systemd that watches it; None without systemd."""
    given = os.environ.get("RUNTIME_DIRECTORY", "").split(":")[0]
    return Path(given) if given else None
