"""What a running server does by itself, without cron: forget old history once a day, send the mails that wait.

A thread of its own beside the requests; a step that fails is logged and tried again at its next time, and the
desk never waits for it. Next: serving.py (starts it), library/privacy/anonymising.py, library/notices/outbox.py.
"""

from __future__ import annotations

import logging
import threading
from datetime import date

from library.foundation import clock, database
from library.foundation.audit import SYSTEM
from library.foundation.preferences import get_preference
from library.notices.outbox import send_due
from library.notices.smtp import make_deliver
from library.privacy.anonymising import anonymise_history
from library.settings import Settings

log = logging.getLogger(__name__)
LOOK_SECONDS = 60


class Housekeeper:
    """`start()` at server start; `stop()` waits for the step in hand."""

    def __init__(self, settings: Settings, look_seconds: float = LOOK_SECONDS) -> None:
        self._settings = settings
        self._look_seconds = look_seconds
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)
        self._tidied_on: date | None = None

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(timeout=30)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self.look_round()
            self._stopping.wait(self._look_seconds)

    def look_round(self) -> None:
        """Everything that is due now; never raises."""
        try:
            database.refresh_connection()
            self._daily()
            if self._settings.can_mail:
                send_due(make_deliver(self._settings, get_preference("school_name")))
        except Exception:  # whatever it was: the server goes on, the next look tries again
            log.exception("housekeeping")
        finally:
            if not database.database.is_closed():
                database.database.close()

    def _daily(self) -> None:
        day = clock.today()
        if self._tidied_on == day:
            return
        done = anonymise_history(SYSTEM, files_dir=self._settings.files_dir)
        self._tidied_on = day
        if done.total:
            log.info("history made anonymous: %s", done.as_json())
