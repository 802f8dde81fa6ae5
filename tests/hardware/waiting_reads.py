"""A read that waits in one thread while another closes the scanner."""

from __future__ import annotations

import threading

from hardware.scan import Scan, Scanner


def read_while_closed(scanner: Scanner) -> Scan | None:
    """What a read for a minute gave, the scanner closed meanwhile; fails when the read went on waiting."""
    result: list[Scan | None] = []
    reader = threading.Thread(target=lambda: result.append(scanner.read(60)))
    reader.start()
    scanner.close()
    reader.join(10)
    assert result, "the waiting read was not woken"
    return result[0]
