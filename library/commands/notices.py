"""`kesach notices`: reminders to homeroom teachers from cron or the Task Scheduler (docs/lending-rules.md L232)."""

from __future__ import annotations

import click

from library.commands.common import SOME_REFUSED, in_words, json_option, open_school, say, show_json
from library.foundation.audit import SYSTEM
from library.settings import Settings

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
@click.option("--dry-run", is_flag=True, help="Chỉ cho xem lớp nào sẽ có thư; không viết, không gửi gì.")
@json_option
def send(of: str, every_days: int, dry_run: bool, as_json: bool) -> None:
    """Gửi danh sách cho giáo viên chủ nhiệm; chạy lại không gửi thư thứ hai.

    \b
    Mã thoát:
      0  xong; với --dry-run: đã cho xem
      1  có thư chưa gửi được, vẫn nằm trong hộp chờ
      2  lệnh hay kesach.toml chưa đúng, hoặc chưa đặt máy chủ gửi thư; chưa viết gì
      3  dữ liệu đang bận, ổ đĩa đầy hoặc không có quyền; chưa viết gì
    """
    with in_words():
        settings = open_school()
        if dry_run:
            show_plan(of, every_days, settings, as_json)
            return
        failed = _send(of, every_days, settings, as_json)
    if failed:
        raise SystemExit(SOME_REFUSED)


def _send(of: str, every_days: int, settings: Settings, as_json: bool) -> int:
    """Write and send; how many mails did not go."""
    from library.foundation.preferences import get_preference
    from library.notices.outbox import queue_class_mails, require_mail, send_due
    from library.notices.queries import list_notices
    from library.notices.smtp import make_deliver

    require_mail(settings)
    done = queue_class_mails(of, list_notices(of), SYSTEM, every_days=every_days)
    sent, failed = send_due(make_deliver(settings, get_preference("school_name")))
    said = [f"Đã viết {done.written} thư."]
    if done.told:
        said.append(f"{done.told} lớp đã được báo trong {every_days} ngày qua.")
    if done.unreachable:
        said.append(f"{done.unreachable} lớp chưa có giáo viên chủ nhiệm kèm địa chỉ thư.")
    said.append(f"Đã gửi {sent} thư.")
    if failed:
        said.append(f"{failed} thư chưa gửi được, vẫn nằm trong hộp chờ: xem Nhắc trả sách › Thư đã viết.")
    say(" ".join(said))
    if as_json:
        show_json(
            {"of": of, "dry_run": False, "written": done.written, "told": done.told,
             "unreachable": done.unreachable, "sent": sent, "failed": failed}
        )  # fmt: skip
    return failed


def show_plan(of: str, every_days: int, settings: Settings, as_json: bool) -> None:
    """Class by class who would be written to. Counts and teachers only: this may stand in a log of the machine."""
    from library.notices.model import Reach
    from library.notices.outbox import count_due, plan_class_mails
    from library.notices.queries import list_notices

    found = list_notices(of)
    plan = plan_class_mails(of, found, every_days)
    writing = sum(reach is Reach.WRITE for _, reach in plan)
    say(f"Sẽ viết {writing} thư. Đây là xem thử: chưa viết, chưa gửi gì.")
    for one, reach in plan:
        fate = {
            Reach.WRITE: f"→ {one.homeroom}",
            Reach.TOLD: f"– đã báo trong {every_days} ngày qua",
            Reach.NO_TEACHER: "– lớp chưa có giáo viên chủ nhiệm",
            Reach.NO_ADDRESS: f"– {one.homeroom} chưa có địa chỉ thư",
        }[reach]
        say(f"  {one.name}: {len(one.people)} em, {one.loans} cuốn {fate}")
    apart = [one for one in found if not one.name]
    people, books = sum(len(one.people) for one in apart), sum(one.loans for one in apart)
    if people:
        say(f"  Không thuộc lớp nào: {people} người, {books} cuốn – không gửi thư.")
    due = count_due()
    if due:
        say(f"{due} thư viết trước đây còn chờ cũng sẽ được gửi.")
    if not settings.can_mail:
        say("Chưa đặt máy chủ gửi thư nên chưa gửi thật được: đặt mail_server và mail_from trong kesach.toml.")
    if as_json:
        show_json(
            {"of": of, "dry_run": True, "can_mail": settings.can_mail, "would_write": writing,
             "would_send": due + writing,
             "classes": [
                 {"class": one.name, "people": len(one.people), "books": one.loans, "reach": reach}
                 for one, reach in plan
             ],
             "without_class": {"people": people, "books": books}}
        )  # fmt: skip
