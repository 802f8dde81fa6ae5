"""`kesach-kiosk update`: the arguments and what is said. The installing itself: `updating.py`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from kiosk.config import load_config
from kiosk.update_result import KEY_FILE


def add_command(commands: Any) -> None:
    """Hook for cli.py."""
    words = "cài bản mà máy chủ đưa (chạy bởi kesach-update.service)"
    parser: argparse.ArgumentParser = commands.add_parser("update", help=words, description=words)
    parser.add_argument("--config", default="/etc/kesach/kiosk.toml", metavar="TỆP", help="tệp cài đặt (kiosk.toml)")
    parser.add_argument("--root", default="", metavar="THƯ_MỤC", help="thay cho / (để thử)")
    parser.set_defaults(without_config=_run)


def _run(options: argparse.Namespace) -> int:
    from kiosk.updating import update  # drags in what a running kiosk never needs

    path = Path(options.config)
    said = update(load_config(path), path.resolve().parent / KEY_FILE, Path(options.root or "/") / "opt/kesach")
    print(said, file=sys.stderr)
    return 0
