"""What the printer's own process says in the kiosk's log."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from kiosk.config import make_config
from kiosk.receipt_content import ReceiptContent

REPOSITORY = Path(__file__).resolve().parents[2]


def test_a_line_of_the_printer_says_when_and_who(tmp_path: Path) -> None:
    config = make_config(
        {"server": {"url": "http://127.0.0.1:9", "token": "x" * 43}, "printer": {"driver": "png"}}, tmp_path
    )
    settings = {"printer": asdict(config.printer), "receipts_dir": str(tmp_path), "piece": False}
    job = {"job": 1, "receipt": ReceiptContent("paper_test", "QUAY-00001", "", None).to_json(), "template": [7]}
    done = subprocess.run(
        [sys.executable, "-m", "kiosk.helper", "kiosk.printer_worker"], cwd=REPOSITORY, encoding="utf-8", timeout=60,
        input=f"{json.dumps(settings)}\n{json.dumps(job)}\n", capture_output=True, check=True,
    )  # fmt: skip
    assert '"outcome": "printed"' in done.stdout
    [line] = done.stderr.splitlines()
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ERROR kiosk\.printer_worker: the school's receipt template is not used: .+", line
    )
