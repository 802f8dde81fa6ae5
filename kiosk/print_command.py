"""`kesach-kiosk print ruler | test`: a page to find the head's width by, a page to judge the paper by.

For the day a printer is set up, before the kiosk runs. Next: hardware/receipt_layout.py (render_ruler).
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from kiosk.clock import SCHOOL_ZONE_HOURS
from kiosk.config import load_config

_SAID: dict[str, str] = {
    "printed": "Đã in.",
    "unknown": "Đã gửi hết tới máy in; máy in không xác nhận. Xem tờ giấy.",
    "partial": "Máy in dừng giữa chừng. Xem giấy, nắp và dây.",
    "not_printed": "Chưa in được. Xem giấy, nắp, dây và nguồn. Quầy đang chạy thì dừng nó trước: "
    "sudo systemctl stop kesach-kiosk",
}


def add_command(commands: Any) -> None:
    """Hook for cli.py."""
    words = "in tờ thước (chọn width_dots) hoặc tờ in thử"
    parser: argparse.ArgumentParser = commands.add_parser("print", help=words, description=words)
    parser.add_argument("page", choices=("ruler", "test"), help="ruler: tờ thước; test: tờ in thử")
    parser.add_argument("--config", default="kiosk.toml", metavar="TỆP", help="tệp cài đặt (kiosk.toml)")
    parser.set_defaults(without_config=_run)


def _run(options: argparse.Namespace) -> int:
    from hardware.errors import HardwareError
    from hardware.escpos_encoder import Cut, encode_job
    from hardware.receipt_layout import COMMON_WIDTHS, render_ruler
    from kiosk.device_access import refused_printer
    from kiosk.devices import open_printer
    from kiosk.printer_drawing import print_receipt
    from kiosk.printing import receipt_number
    from kiosk.receipt_content import ReceiptContent
    from kiosk.template_store import TemplateStore

    config = load_config(Path(options.config))
    if config.printer.driver == "none":
        print('Quầy này không dùng máy in: đặt [printer] driver trong kiosk.toml.', file=sys.stderr)
        return 2
    printer_config = config.printer
    if options.page == "ruler" and printer_config.driver == "png":
        printer_config = replace(printer_config, width_dots=max(COMMON_WIDTHS))  # paper wide enough for all of it
    try:
        printer = open_printer(printer_config, config.state_dir / "receipts")
    except HardwareError as error:
        print(error.message, file=sys.stderr)
        return 3
    try:
        if options.page == "ruler":
            outcome = str(printer.print_job(encode_job(render_ruler(), cut=Cut(config.printer.cut))).outcome)
        else:
            local = datetime.now(UTC) + timedelta(hours=SCHOOL_ZONE_HOURS)
            content = ReceiptContent(
                kind="paper_test", number=receipt_number(config.name, 0), school="",
                made_at=local.replace(tzinfo=None).isoformat(timespec="minutes"),
                width_dots=config.printer.width_dots,
            )  # fmt: skip
            template = TemplateStore(config.state_dir / "receipt-template.json").current
            outcome, _ = print_receipt(
                printer, content, config.printer.width_dots, config.printer.cut, template
            )
    finally:
        printer.close()
    refused = refused_printer(config.printer) if outcome == "not_printed" else None
    print(refused or _SAID[outcome], file=sys.stderr)
    return 0 if outcome in ("printed", "unknown") else 1
