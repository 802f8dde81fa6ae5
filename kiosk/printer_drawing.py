"""From a receipt's content to paper: what makes the printer's process large (drawing, fonts, encoder).

Imported by printer_worker.py when a card has been scanned, not before.
"""

from __future__ import annotations

from typing import Any

from hardware.escpos_encoder import Cut, encode_job
from hardware.printer import Printer
from hardware.receipt_layout import Paper, render_receipt
from kiosk.receipt_content import ReceiptContent
from kiosk.receipts import compose_receipt
from kiosk.worker_messages import complain
from library.contract.receipt_template import BUILT_IN, template_from_json


def print_receipt(
    printer: Printer, content: ReceiptContent, width_dots: int, cut: str, template: Any = None
) -> tuple[str, str | None]:
    """(outcome, reason) of printing one receipt. `template`: the school's, as JSON; damaged: the built-in one."""
    try:
        blocks = compose_receipt(content, template_from_json(template) if template else BUILT_IN)
    except ValueError as error:
        complain(f"the school's receipt template is not used: {error}")
        blocks = compose_receipt(content)
    image = render_receipt(blocks, Paper(width_dots))
    result = printer.print_job(encode_job(image, cut=Cut(cut)))
    if result.detail:
        complain(f"{result.reason} {result.detail}", "WARNING")
    return str(result.outcome), str(result.reason) if result.reason else None


def warm_up(width_dots: int) -> None:
    """Fonts and encoder read and ready: the first receipt then takes no longer than the next."""
    content = ReceiptContent("paper_test", "QUAY-00000", "", None, width_dots=width_dots)
    encode_job(render_receipt(compose_receipt(content), Paper(width_dots)), cut=Cut.PARTIAL)
