"""`kesach-kiosk run | check | journal list | journal export`: thin commands.

Exit codes: 0 done; 1 done, but something needs a look; 2 unusable arguments or settings; 3 the
surroundings failed (disk, port in use). Words go to stderr, `--json` prints one object on stdout.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from kiosk.clock import SCHOOL_ZONE_HOURS
from kiosk.config import BadConfig, Config, load_config
from kiosk.enrol_command import add_command as add_enrol_command
from kiosk.journal import Act, ActJournal
from kiosk.print_command import add_command as add_print_command
from kiosk.run_command import run, with_words
from kiosk.update_command import add_command as add_update_command

_PART_WORDS = {
    "server": "Máy chủ", "clock": "Giờ", "journal": "Sổ nhật ký", "scanner": "Máy quét", "printer": "Máy in",
    "units": "Dịch vụ",
}  # fmt: skip
_STATUS_WORDS = {"pending": "đợi gửi", "applied": "đã ghi", "repeated": "đã ghi", "conflict": "cần xem lại"}
_CODE_WORDS = {
    "copy_on_loan": "lúc đó sách còn ghi cho bạn đọc khác", "copy_on_loan_same_reader": "bạn đọc đã mượn sẵn cuốn này",
    "reader_unknown": "không có thẻ này", "copy_unknown": "không có sách mã này", "copy_lost": "sách ghi là đã mất",
    "copy_withdrawn": "sách đã thanh lý", "copy_in_class_corner": "sách của góc lớp", "not_on_loan": "không ai mượn",
    "copy_on_mobile_shelf": "sách của tủ lưu động", "return_older": "sách đã được mượn lại sau đó",
    "checkout_older": "sách đã được mượn lại sau đó", "undo_nothing": "không có gì để hoàn tác",
    "undo_too_late": "sách đã có bước khác", "act_malformed": "máy chủ không đọc được",
    "loan_limit": "quá số cuốn", "has_overdues": "đang có sách quá hạn",
}  # fmt: skip
_KIND_WORDS = {"checkout": "mượn", "return": "trả", "renewal": "gia hạn", "visit": "lượt vào", "undo": "hoàn tác"}


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    if "without_config" in options:
        return with_words(lambda: int(options.without_config(options)))
    return with_words(lambda: int(options.command(load_config(Path(options.config)), options)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kesach-kiosk", description="Quầy tự mượn trả của Kệ Sách.")
    commands = parser.add_subparsers(required=True, metavar="LỆNH")

    def add(group: Any, name: str, words: str, command: Any) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = group.add_parser(name, help=words, description=words)
        made.add_argument("--config", default="kiosk.toml", metavar="TỆP", help="tệp cài đặt (kiosk.toml)")
        made.set_defaults(command=command)
        return made

    add(commands, "run", "chạy quầy", lambda config, options: run(config))
    check = add(commands, "check", "kiểm tra máy quét, máy in, máy chủ, giờ, sổ nhật ký", _check)
    check.add_argument("--json", action="store_true", help="in một đối tượng JSON")
    journal = commands.add_parser("journal", help="sổ nhật ký của quầy").add_subparsers(
        required=True, metavar="LỆNH"
    )
    listing = add(journal, "list", "liệt kê các việc đã làm ở quầy", _journal_list)
    listing.add_argument("--pending", action="store_true", help="chỉ những việc chưa gửi")
    listing.add_argument("--json", action="store_true", help="in một đối tượng JSON")
    export = add(journal, "export", "ghi toàn bộ sổ ra tệp JSON", _journal_export)
    export.add_argument("file", metavar="TỆP_RA")
    add_enrol_command(commands)
    add_update_command(commands)
    add_print_command(commands)
    return parser


def _check(config: Config, options: argparse.Namespace) -> int:
    from kiosk.check import check_all, to_json

    findings = check_all(config)
    if options.json:
        print(json.dumps(to_json(findings), ensure_ascii=False))
    else:
        for one in findings:
            print(f"{'✓' if one.ok else '✗'} {_PART_WORDS[one.part]:10}  {one.said}")
    return 0 if all(one.ok for one in findings) else 1


def _open_journal(config: Config) -> ActJournal:
    path = config.state_dir / "journal.db"
    if not path.exists():
        raise BadConfig([f"Chưa có sổ nhật ký ở {path}. Quầy này chưa chạy lần nào."])
    return ActJournal(path, owner=False)


def _list_acts(config: Config, *, pending_only: bool) -> list[Act]:
    journal = _open_journal(config)
    try:
        return [act for act in journal.list_acts() if act.status == "pending" or not pending_only]
    finally:
        journal.close()


def _journal_list(config: Config, options: argparse.Namespace) -> int:
    acts = _list_acts(config, pending_only=options.pending)
    if options.json:
        print(json.dumps({"acts": [asdict(act) for act in acts]}, ensure_ascii=False))
        return 0
    for act in acts:
        words = [
            _local(act.occurred_at), _KIND_WORDS.get(act.kind, act.kind), act.barcode, act.title,
            _STATUS_WORDS.get(act.status, act.status), _why(act),
        ]  # fmt: skip
        print("  ".join(word for word in words if word))
    waiting = sum(act.status == "pending" for act in acts)
    odd = sum(act.status == "conflict" for act in acts)
    print(f"{len(acts)} việc, {waiting} đợi gửi, {odd} cần xem lại.", file=sys.stderr)
    return 0


def _local(instant: str) -> str:
    """As the clock on the wall: 14:05 26/11/2026."""
    try:
        at = datetime.fromisoformat(instant).astimezone(UTC) + timedelta(hours=SCHOOL_ZONE_HOURS)
    except ValueError:
        return instant
    return f"{at:%H:%M %d/%m/%Y}"


def _why(act: Act) -> str:
    """What the core found odd, in a few words; the whole of it is on the staff page."""
    return _CODE_WORDS.get(act.code, "xem trang Việc từ quầy tự phục vụ") if act.code else ""


def _journal_export(config: Config, options: argparse.Namespace) -> int:
    acts = _list_acts(config, pending_only=False)
    target = Path(options.file)
    text = json.dumps({"acts": [asdict(act) for act in acts]}, ensure_ascii=False, indent=1)
    target.write_text(text + "\n", encoding="utf-8")
    print(f"Đã ghi {len(acts)} việc vào {target}.", file=sys.stderr)
    return 0

