"""A helper process that is kept alive, with one JSON object a line in both directions.

Why processes: drawing a receipt in the process that reads the scanner lost 8 of 40 scans (measured); a
driver that hangs must be killable. The helper ends by itself when its standard input ends, so none
survives its kiosk. The helper's side: `worker_messages.py`. Next: `printer_worker.py`,
`scanner_worker.py`.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

_log = logging.getLogger(__name__)


class WorkerProcess:
    """Runs `python -m kiosk.helper MODULE`, sends it `settings` as the first line, and starts it again when it ends.

    `on_message` and `on_end` are called in this worker's own thread. `restart_after`: seconds between
    an end and the next start.
    """

    def __init__(
        self,
        module: str,
        settings: dict[str, Any],
        on_message: Callable[[dict[str, Any]], None],
        on_end: Callable[[], None],
        *,
        restart_after: float = 1.0,
    ) -> None:
        self._module, self._settings = module, settings
        self._on_message, self._on_end = on_message, on_end
        self._restart_after = restart_after
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._thread = threading.Thread(target=self._keep_running, name=module, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def send(self, message: dict[str, Any]) -> bool:
        """False when there is nobody to take it now."""
        with self._lock:
            process = self._process
            if process is None or process.stdin is None:
                return False
            try:
                process.stdin.write(json.dumps(message, ensure_ascii=False) + "\n")
                process.stdin.flush()
            except (OSError, ValueError):
                return False
            return True

    def renew(self) -> None:
        """A fresh helper for this one, which ends when it has read what it was sent."""
        with self._lock:
            process = self._process
            self._process = None
            if process is not None and process.stdin is not None:
                with suppress(OSError, ValueError):
                    process.stdin.close()

    def kill(self) -> None:
        """The helper hangs: end it; it is started again."""
        with self._lock:
            if self._process is not None:
                self._process.kill()

    def close(self) -> None:
        """End the helper and wait for it, a few seconds at most."""
        self._closing.set()
        with self._lock:
            process = self._process
            if process is not None and process.stdin is not None:
                with suppress(OSError, ValueError):
                    process.stdin.close()
        if process is not None:
            try:
                process.wait(3.0)
            except subprocess.TimeoutExpired:
                process.kill()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(3.0)

    def _keep_running(self) -> None:
        while not self._closing.is_set():
            try:
                self._run_once()
            except OSError as error:
                _log.error("%s could not be started: %s", self._module, error)
            if not self._closing.is_set():
                self._on_end()
            self._closing.wait(self._restart_after)

    def _run_once(self) -> None:
        process = subprocess.Popen(
            [sys.executable, "-m", "kiosk.helper", self._module],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8",
        )  # fmt: skip
        with self._lock:
            self._process = process
        with process:
            self.send(self._settings)
            if self._closing.is_set():
                process.kill()
            assert process.stdout is not None
            for line in process.stdout:
                try:
                    message = json.loads(line)
                except ValueError:
                    _log.warning("%s said something that is not JSON", self._module)
                    continue
                if isinstance(message, dict):
                    self._on_message(message)
            with self._lock:
                self._process = None
