"""One of several processes that act at once: python lending_racer.py DATABASE NAME

Each line on stdin is [time, acts] (lending_racing.py); each line on stdout what every act gave.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))


def main() -> None:
    url, name = sys.argv[1:]
    from lending_racing import perform

    from library.foundation.clock import clock_at
    from library.foundation.database import connect

    connect(url)
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        at, acts = json.loads(line)
        moment = datetime.fromisoformat(at)
        with clock_at(lambda moment=moment: moment):
            print(json.dumps([perform(act, name) for act in acts]), flush=True)


if __name__ == "__main__":
    main()
