"""The helper's side of `worker_process.py`: one JSON object a line from and to the kiosk, and words for its log.

Few imports: whatever is loaded here is loaded once for each helper (tests/kiosk/test_kiosk_memory.py).
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from typing import Any


def read_messages() -> Iterator[dict[str, Any]]:
    """JSON objects from standard input, until it ends."""
    for line in sys.stdin:
        yield json.loads(line)


def say(message: dict[str, Any]) -> None:
    """One JSON object to the kiosk."""
    sys.stdout.write(json.dumps(message, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def complain(sentence: str, level: str = "ERROR") -> None:
    """One line to the log (the kiosk's standard error is ours too), with time and name as the kiosk's own lines."""
    name = sys.argv[1] if len(sys.argv) == 2 else "kiosk"  # helper.py: the worker's module
    print(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {level} {name}: {sentence}", file=sys.stderr, flush=True)
