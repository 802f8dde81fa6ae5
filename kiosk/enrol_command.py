"""`kesach-kiosk enrol`: the arguments and what is said. The exchange itself: `enrolment.py`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any


def add_command(commands: Any) -> None:
    """Hook for cli.py: the command runs before any kiosk.toml is read, for there may be none."""
    words = "nhận mã thiết bị bằng mã cài đặt một lần"
    parser: argparse.ArgumentParser = commands.add_parser("enrol", help=words, description=words)
    parser.add_argument("url", metavar="ĐỊA_CHỈ", help="địa chỉ máy chủ, ví dụ http://192.168.1.10:8000")
    parser.add_argument("code", metavar="MÃ", help="mã cài đặt ở trang Thiết bị, ví dụ K7QM-3XNA")
    parser.add_argument("--config", default="kiosk.toml", metavar="TỆP", help="tệp cài đặt (kiosk.toml)")
    parser.add_argument("--ca", default="", metavar="TỆP", help="chứng chỉ gốc phải tin, khi máy chủ dùng https")
    parser.add_argument("--state-dir", default="kiosk-state", metavar="THƯ_MỤC", help="nơi giữ sổ nhật ký")
    parser.set_defaults(without_config=_run)


def _run(options: argparse.Namespace) -> int:
    from kiosk.enrolment import EnrolmentFailed, enrol, find_kept  # drags in what a running kiosk never needs

    try:
        name = enrol(options.url, options.code, Path(options.config), ca=options.ca, state_dir=options.state_dir)
    except EnrolmentFailed as error:
        kept = find_kept(options.url, Path(options.config)) if error.code_refused else None
        if kept is not None:
            said = (
                "Mã cài đặt này không dùng được (sai, đã dùng, hay quá một giờ), nhưng quầy đã nối vào thư viện với"
                f" tên “{kept}”: giữ mã thiết bị và cài đặt đang có. Muốn đổi thì lấy mã mới ở trang Thiết bị"
                " (nút Cài lại)."
            )
            print(said, file=sys.stderr)
            return 0
        print(error, file=sys.stderr)
        return 1
    print(f"Quầy này là “{name}”. Kiểm tra: kesach-kiosk check --config {options.config}", file=sys.stderr)
    return 0
