"""The printer's own process: draws receipts and talks to the head, however long that takes.

Lines in: {"job": 7, "receipt": "<json of ReceiptContent>", "template": {…} or null} or {"status": true}.
Lines out: {"ready": true} once, {"job": 7, "outcome": "printed", "reason": null} and {"status": "ok"}.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Any

from hardware.errors import HardwareError
from hardware.escpos_encoder import Cut, encode_job
from hardware.printer import Printer
from hardware.receipt_layout import Paper, render_receipt
from kiosk.config import PrinterConfig
from kiosk.devices import open_printer
from kiosk.receipt_content import ReceiptContent
from kiosk.receipts import compose_receipt
from kiosk.worker_process import read_messages, say
from library.contract.receipt_template import BUILT_IN, template_from_json


def print_receipt(
    printer: Printer, content: ReceiptContent, width_dots: int, cut: str, template: Any = None
) -> tuple[str, str | None]:
    """(outcome, reason) of printing one receipt. `template`: the school's, as JSON; damaged: the built-in one."""
    try:
        blocks = compose_receipt(content, template_from_json(template) if template else BUILT_IN)
    except ValueError as error:
        logging.error("the school's receipt template is not used: %s", error)
        blocks = compose_receipt(content)
    image = render_receipt(blocks, Paper(width_dots))
    result = printer.print_job(encode_job(image, cut=Cut(cut)))
    if result.detail:
        logging.warning("printer: %s %s", result.reason, result.detail)
    return str(result.outcome), str(result.reason) if result.reason else None


def main() -> int:
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(message)s")
    messages = read_messages()
    settings: dict[str, Any] = next(messages)
    config = PrinterConfig(**settings["printer"])
    try:
        printer = open_printer(config, Path(settings["receipts_dir"]))
    except HardwareError as error:
        logging.error("%s", error.message)
        return 3
    say({"ready": True})
    for message in messages:
        if "status" in message:
            say({"status": str(printer.status())})
        elif "job" in message:
            content = ReceiptContent.from_json(message["receipt"])
            outcome, reason = print_receipt(
                printer, content, config.width_dots, config.cut, message.get("template")
            )
            say({"job": message["job"], "outcome": outcome, "reason": reason})
    printer.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
