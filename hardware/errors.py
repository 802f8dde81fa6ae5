"""The one error family of the hardware package.

Here: `HardwareError`, raised only for what a person has to put right (a wrong setting, two
scanners that cannot be told apart, a missing driver package). Devices that vanish and printers
that fail are *not* errors: they are values (`Scan.problem`, `PrintResult`), because hardware may
go away at any moment. Next: `scan.py`, `printer.py`.
"""

from __future__ import annotations


class HardwareError(Exception):
    """Something a person must change before this device can be used.

    `code` is stable and meant for programs; `str(error)` is a Vietnamese sentence that says what
    happened and what to do next, meant for the teacher who sets the kiosk up.
    """

    def __init__(self, code: str, message: str, **params: object) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.params = params
