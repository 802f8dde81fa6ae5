"""`kesach notices`: reminders to homeroom teachers from cron or the Task Scheduler (docs/lending-rules.md L232)."""

from __future__ import annotations

import click

from library.commands.common import SOME_REFUSED, in_words, json_option, open_school, say, show_json
from library.foundation.audit import SYSTEM

KINDS = ("overdue", "recalled", "leaving")


@click.group()
def notices() -> None:
    """Thư nhắc trả sách."""


@notices.command()
@click.option("--of", "of", type=click.Choice(KINDS), default="overdue", show_default=True, help="Nhắc về việc gì.")
@click.option(
    "--every", "every_days", type=click.IntRange(1, 90), default=7, show_default=True,
    help="Lớp đã được báo trong chừng ấy ngày thì chưa báo lại.",
)  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Chỉ đếm, không viết và không gửi gì.")
@json_option
def send(of: str, every_days: int, dry_run: bool, as_json: bool) -> None:
    """Gửi danh sách cho giáo viên chủ nhiệm; chạy lại không gửi thư thứ hai."""
    with in_words():
        settings = open_school()
        from library.foundation.preferences import get_preference
        from library.notices.outbox import queue_class_mails, require_mail, send_due
        from library.notices.queries import list_notices
        from library.notices.smtp import make_deliver

        require_mail(settings)
        done = queue_class_mails(of, list_notices(of), SYSTEM, every_days=every_days, dry_run=dry_run)
        sent = failed = 0
        if not dry_run:
            sent, failed = send_due(make_deliver(settings, get_preference("school_name")))
    verb = "Sẽ viết" if dry_run else "Đã viết"
    said = [f"{verb} {done.written} thư."]
    if done.told:
        said.append(f"{done.told} lớp đã được báo trong {every_days} ngày qua.")
    if done.unreachable:
        said.append(f"{done.unreachable} lớp chưa có giáo viên chủ nhiệm kèm địa chỉ thư.")
    if not dry_run:
        said.append(f"Đã gửi {sent} thư.")
    if failed:
        said.append(f"{failed} thư chưa gửi được, vẫn nằm trong hộp chờ: xem Nhắc trả sách › Thư đã viết.")
    say(" ".join(said))
    if as_json:
        show_json(
            {"of": of, "dry_run": dry_run, "written": done.written, "told": done.told,
             "unreachable": done.unreachable, "sent": sent, "failed": failed}
        )  # fmt: skip
    if failed:
        raise SystemExit(SOME_REFUSED)
