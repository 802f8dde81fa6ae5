"""The printer's own process: draws receipts and talks to the head, however long that takes.

Small while nobody is there: drawing is loaded when a card was scanned ({"warm": true}), and the process is
replaced by a fresh one after some quiet minutes (printing.py).
First line in: {"printer": {…}, "receipts_dir": "…", "piece": true where one hangs in the head, maybe}.
Lines in: {"job": 7, "receipt": "<json of ReceiptContent>", "template": {…} or null}, {"status": true},
{"warm": true} or {"beep": [1, 6], "until": <monotonic time after which it says nothing any more>}.
Lines out: {"ready": true} once, {"busy": true} every few seconds while bytes move, {"job": 7, "outcome": "printed",
"reason": null}, {"status": "ok", "unclean": false} and {"beeped": true}. Unclean: a broken job still hangs in the head;
asked how it is, a head that is fit again is tidied first.
"""

from __future__ import annotations

import time
from types import ModuleType
from typing import Any

from hardware.errors import HardwareError
from kiosk.device_config import PrinterConfig
from kiosk.devices import open_printer
from kiosk.late import postpone_drawing
from kiosk.worker_messages import complain, read_messages, say


def main() -> int:
    messages = read_messages()
    settings: dict[str, Any] = next(messages)
    config = PrinterConfig(**settings["printer"])
    try:
        printer = open_printer(config, settings["receipts_dir"])
    except HardwareError as error:
        complain(error.message)
        return 3
    if (on_progress := getattr(printer, "on_progress", None)) is not None:  # heads on a line; a PNG file has none
        on_progress(lambda: say({"busy": True}))
    beep = getattr(printer, "beep", lambda times, length: False)
    tidy = getattr(printer, "tidy", lambda: True)
    if settings.get("piece") and (expect_piece := getattr(printer, "expect_piece", None)) is not None:
        expect_piece()
    say({"ready": True})
    for message in messages:
        if "status" in message:
            clean = tidy()
            say({"status": str(printer.status()), "unclean": not clean})
        elif "beep" in message:
            if time.monotonic() < message["until"]:
                say({"beeped": beep(*message["beep"])})
        elif "warm" in message:
            _drawing().warm_up(config.width_dots)
        elif "job" in message:
            from kiosk.receipt_content import ReceiptContent

            content = ReceiptContent.from_json(message["receipt"])
            outcome, reason = _drawing().print_receipt(
                printer, content, config.width_dots, config.cut, message.get("template")
            )
            say({"job": message["job"], "outcome": outcome, "reason": reason})
    printer.close()
    return 0


def _drawing() -> ModuleType:
    """What makes this process large, loaded when first asked for."""
    postpone_drawing()
    from kiosk import printer_drawing

    return printer_drawing
