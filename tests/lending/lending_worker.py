"""A process that takes late books back as fast as it can, in four threads, and says each one when it is done.

Run by test_killed_returns.py, which kills it. Arguments: database, day (ISO), barcodes.
"""

from __future__ import annotations

import sys
import threading
import uuid
from datetime import date

from library.foundation.audit import Actor
from library.foundation.clock import at_local, clock_at
from library.foundation.database import connect, database
from library.lending.idempotency import hash_request, run_keyed
from library.lending.service import check_in

THREADS = 4


def main() -> None:
    connect(sys.argv[1])
    barcodes = sys.argv[3:]
    told = threading.Lock()

    def work(mine: list[str]) -> None:
        for barcode in mine:

            def act(barcode: str = barcode) -> tuple[int, dict[str, object]]:
                return 200, {"late": check_in(barcode, actor=Actor("staff", "Cô Lan", 1), channel="desk").overdue_days}

            run_keyed(str(uuid.uuid4()), "staff:1", hash_request("returns", barcode), act)
            with told:
                sys.stdout.write(f"{barcode}\n")
                sys.stdout.flush()
        database.close()

    with clock_at(at_local(date.fromisoformat(sys.argv[2]), 10)):
        threads = [threading.Thread(target=work, args=(barcodes[n::THREADS],)) for n in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


if __name__ == "__main__":
    main()
