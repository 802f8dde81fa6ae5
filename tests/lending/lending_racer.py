"""One of several processes that try the same act at once: python lending_racer.py DATABASE NAME CARD,BARCODE…

Prints one JSON line: what each call gave.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))


def main() -> None:
    url, name, *calls = sys.argv[1:]
    from library.foundation.audit import Actor
    from library.foundation.database import connect
    from library.foundation.errors import Refused
    from library.lending.service import check_out

    connect(url)
    print("ready", flush=True)
    sys.stdin.readline()
    results = []
    for call in calls:
        card, barcode = call.split(",")
        try:
            check_out(barcode, reader_card=card, actor=Actor("staff", name, 1), channel="desk")
            results.append("lent")
        except Refused as refusal:
            results.append(refusal.code)
    print(json.dumps(results), flush=True)


if __name__ == "__main__":
    main()
