"""`kesach-kiosk run`: the kiosk itself, until somebody asks it to stop.

Apart from `commands.py`: as its unit starts it (`run --config FILE`) it runs for weeks, and the parser of all the
commands is not taken along (1 MB).
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kiosk.cause_words import say_cause
from kiosk.config import BadConfig, Config, load_config
from kiosk.journal import JournalUnavailable


def run_file(path: str) -> int:
    """Run with the settings of this file. The exit code of the command."""
    return with_words(lambda: run(load_config(Path(path))))


def with_words(work: Callable[[], int]) -> int:
    """What `work` returns; 2 or 3 where it fails as commands.py says, with the reason on stderr."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    try:
        return work()
    except BadConfig as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
        return 2
    except JournalUnavailable as error:
        said = f"Không mở được sổ nhật ký của quầy: {say_cause(error)}. Kiểm tra quyền ghi và chỗ trống."
        print(said, file=sys.stderr)
        return 3
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        print(f"Không chạy được: {say_cause(error)}{where}.", file=sys.stderr)
        return 3


def run(config: Config) -> int:
    """Returns when the kiosk has stopped; where its restart was asked for and no unit would see to it, never."""
    from kiosk.runner import Kiosk
    from kiosk.watchdog import Watchdog, notify

    kiosk = Kiosk(config)
    stopping = threading.Event()

    def end(number: int, frame: Any) -> None:
        stopping.set()
        kiosk.request_stop()

    for name in ("SIGTERM", "SIGINT"):
        signal.signal(getattr(signal, name), end)
    kiosk.start()
    print(f"Màn hình quầy: {kiosk.address}", file=sys.stderr)
    if config.is_simulator:
        print(f"Quầy giả lập:  {kiosk.address}sim", file=sys.stderr)
    # Waiting in pieces lets a signal be noticed on every system.
    watchdog = Watchdog()
    while not kiosk.wait(1.0 if watchdog.is_ready else 0.1):
        watchdog.feed(kiosk)
    notify("STOPPING=1")
    kiosk.stop()
    if kiosk.restart_wanted and not stopping.is_set() and "INVOCATION_ID" not in os.environ:
        # Under systemd its unit starts the program again; elsewhere nobody would.
        os.execv(sys.executable, [sys.executable, "-m", "kiosk.cli", *sys.argv[1:]])
    return 0
