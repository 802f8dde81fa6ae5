"""`kesach anonymise`: forget by name what is older than the school keeps (docs/lending-rules.md L150–L153)."""

from __future__ import annotations

import click

from library.commands.common import in_words, json_option, open_school, say, show_json
from library.foundation.audit import SYSTEM


@click.command()
@click.option("--dry-run", is_flag=True, help="Chỉ đếm, không thay đổi gì.")
@json_option
def anonymise(dry_run: bool, as_json: bool) -> None:
    """Bỏ tên khỏi lịch sử mượn đã quá hạn lưu; số liệu vẫn còn."""
    with in_words():
        settings = open_school()
        from library.privacy.anonymising import anonymise_history, count_due, history_cut

        cut = history_cut()
        if dry_run:
            due = count_due()
        else:
            done = anonymise_history(SYSTEM, files_dir=settings.files_dir)
    before = f"trước ngày {cut:%d/%m/%Y}"
    if dry_run:
        say(f"{due} lượt mượn, lượt đến và lượt đặt kết thúc {before} sẽ được ẩn danh.")
        if as_json:
            show_json({"before_day": cut.isoformat(), "dry_run": True, "due": due})
        return
    say(f"Đã ẩn danh {done.loans} lượt mượn, {done.visits} lượt đến, {done.readers} bạn đọc đã rời trường ({before}).")
    if as_json:
        show_json({"before_day": cut.isoformat(), "dry_run": False, **done.as_json()})
