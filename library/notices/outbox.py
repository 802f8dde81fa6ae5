"""Mails: written down with the act that causes them, sent afterwards, tried again, told once an event (L160–L163).

A mail server that is away loses nothing: the row waits. Two senders never take the same row, because taking it is
a transaction; talking to the server happens outside any transaction. Next: smtp.py.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import peewee as pw

from library.contract.codes import register_errors
from library.foundation.audit import SYSTEM, Actor, record_audit
from library.foundation.clock import local_date, now, today
from library.foundation.database import transaction
from library.foundation.errors import Conflict, NotFound
from library.foundation.preferences import get_preference
from library.notices.letters import mail_body, mail_subject
from library.notices.model import ClassNotice, MailLine, Reach
from library.notices.queries import next_summer_day
from library.notices.tables import MailMessage
from library.settings import Settings

log = logging.getLogger(__name__)
# Minutes until the next try after the first, second… failure; then the mail waits for a person.
BACKOFF_MINUTES = (5, 15, 60, 240, 720)
TAKEN_MINUTES = 10
"""A sender that died in the middle holds a mail this long."""

register_errors(
    {
        "mail_missing": "Không tìm thấy thư này.",
        "mail_done": "Thư này đã gửi hoặc đã huỷ. Tải lại trang.",
        "mail_off": "Chưa đặt máy chủ gửi thư. Người phụ trách máy đặt mail_server và mail_from trong kesach.toml.",
    }
)


class DeliveryFailed(Exception):
    """The mail did not go. `words` for the librarian; `is_final`: trying again is no use."""

    def __init__(self, words: str, *, is_final: bool = False) -> None:
        super().__init__(words)
        self.words, self.is_final = words, is_final


Deliver = Callable[[MailMessage], None]


@dataclass(frozen=True, slots=True)
class Queued:
    """What became of the classes of a list: a mail written, told already, nobody to write to."""

    written: int
    told: int
    unreachable: int


def plan_class_mails(of: str, notices: Sequence[ClassNotice], every_days: int = 1) -> list[tuple[ClassNotice, Reach]]:
    """Each class of the list and whether its homeroom teacher would be written to; changes nothing. People without
    a class are not in it: nobody is written to about them."""
    return [(one, _find_reach(of, one, every_days)) for one in notices if one.name]


def _find_reach(of: str, notice: ClassNotice, every_days: int) -> Reach:
    if not notice.homeroom:
        return Reach.NO_TEACHER
    if not notice.homeroom_email:
        return Reach.NO_ADDRESS
    return Reach.TOLD if was_told(of, notice.name, every_days) else Reach.WRITE


def queue_class_mails(of: str, notices: Sequence[ClassNotice], actor: Actor, *, every_days: int = 1) -> Queued:
    """A mail for each class of the list whose homeroom teacher has an address and was not told of this kind in the
    last `every_days` days (L161, L232). People without a class get none."""
    plan = plan_class_mails(of, notices, every_days)
    last_day = next_summer_day()
    written = sum(
        queue_class_mail(of, one, actor, summer_day=last_day, every_days=every_days)
        for one, reach in plan
        if reach is Reach.WRITE
    )
    unreachable = sum(reach in (Reach.NO_TEACHER, Reach.NO_ADDRESS) for _, reach in plan)
    return Queued(written, len(plan) - written - unreachable, unreachable)


def was_told(of: str, class_name: str, every_days: int) -> bool:
    """The class's teacher was written to about this kind of notice today or in the days before."""
    day = today()
    keys = [f"{of}:{class_name}:{(day - timedelta(days=ago)).isoformat()}" for ago in range(every_days)]
    return bool(MailMessage.select().where(MailMessage.event_key.in_(keys)).exists())


def queue_class_mail(
    of: str, notice: ClassNotice, actor: Actor, *, summer_day: date | None = None, every_days: int = 1
) -> bool:
    """One mail to the homeroom teacher of a class about one kind of notice; False when it was told today (L161), or
    in the last `every_days` days."""
    moment = now()
    day = local_date(moment)
    key = f"{of}:{notice.name}:{day.isoformat()}"
    with transaction():
        if was_told(of, notice.name, every_days):
            return False
        row = MailMessage.create(
            event_key=key, kind=of, reader=notice.homeroom_id, to_name=notice.homeroom[:120],
            to_address=notice.homeroom_email, subject=mail_subject(of, notice)[:200],
            body=mail_body(of, notice, school=get_preference("school_name"), on=day, summer_day=summer_day),
            created_at=moment, created_by=actor.name[:120], next_try_at=moment,
        )  # fmt: skip
        record_audit(
            actor, "mail.queue", "mail", row.id, None,
            {"kind": of, "class": notice.name, "people": len(notice.people)},
        )  # fmt: skip
    return True


def send_due(deliver: Deliver) -> tuple[int, int]:
    """Send every mail whose time has come; (sent, failed). Never raises for a mail that does not go."""
    sent = failed = 0
    while (mail := _take_next()) is not None:
        try:
            deliver(mail)
        except DeliveryFailed as failure:
            _note_failure(mail, failure)
            failed += 1
        else:
            with transaction():
                MailMessage.update(sent_at=now(), next_try_at=None, last_error="").where(
                    MailMessage.id == mail.id
                ).execute()
            sent += 1
    return sent, failed


def _take_next() -> MailMessage | None:
    """The next mail that is due, counted as tried: nobody else takes it now."""
    with transaction():
        moment = now()
        mail = (
            MailMessage.select()
            .where(MailMessage.next_try_at <= moment)
            .order_by(MailMessage.next_try_at, MailMessage.id)
            .first()
        )
        if mail is None:
            return None
        mail.attempts += 1
        mail.next_try_at = moment + timedelta(minutes=TAKEN_MINUTES)
        mail.save(only=[MailMessage.attempts, MailMessage.next_try_at])
        return mail


def _note_failure(mail: MailMessage, failure: DeliveryFailed) -> None:
    log.warning("mail %s not sent: %s", mail.id, failure.words)
    gives_up = failure.is_final or mail.attempts > len(BACKOFF_MINUTES)
    next_try = None if gives_up else now() + timedelta(minutes=BACKOFF_MINUTES[mail.attempts - 1])
    with transaction():
        MailMessage.update(last_error=failure.words[:300], next_try_at=next_try).where(
            MailMessage.id == mail.id
        ).execute()


def retry_mail(mail_id: int, actor: Actor) -> None:
    """Try a waiting or failed mail at once, counting tries anew, to the address its reader has now (L163).

    NotFound mail_missing, Conflict mail_done.
    """
    with transaction():
        mail = _get_unsent(mail_id)
        mail.next_try_at, mail.attempts = now(), 0
        if mail.reader is not None and mail.reader.email:
            mail.to_address = mail.reader.email
        mail.save(only=[MailMessage.next_try_at, MailMessage.attempts, MailMessage.to_address])
        record_audit(actor, "mail.retry", "mail", mail_id)


def cancel_mail(mail_id: int, actor: Actor) -> None:
    """Never send it. NotFound mail_missing, Conflict mail_done."""
    with transaction():
        mail = _get_unsent(mail_id)
        mail.next_try_at, mail.cancelled_at = None, now()
        mail.save(only=[MailMessage.next_try_at, MailMessage.cancelled_at])
        record_audit(actor, "mail.cancel", "mail", mail_id)


def _get_unsent(mail_id: int) -> MailMessage:
    mail = MailMessage.get_or_none(MailMessage.id == mail_id)
    if mail is None:
        raise NotFound("mail_missing")
    if mail.sent_at is not None or mail.cancelled_at is not None:
        raise Conflict("mail_done")
    return mail


def require_mail(settings: Settings) -> None:
    """Conflict mail_off when the school has set no mail server."""
    if not settings.can_mail:
        raise Conflict("mail_off")


def list_mails(limit: int = 200) -> list[MailLine]:
    """Those that failed, then those that wait, then all others; of each the newest first."""
    rows = list(MailMessage.select().order_by(MailMessage.id.desc()).limit(limit))
    order = {"failed": 0, "waiting": 1}
    return sorted((_as_line(row) for row in rows), key=lambda line: order.get(line.state, 2))


def _as_line(row: MailMessage) -> MailLine:
    if row.sent_at is not None:
        state, at = "sent", row.sent_at
    elif row.cancelled_at is not None:
        state, at = "cancelled", row.cancelled_at
    elif row.next_try_at is not None:
        state, at = "waiting", row.next_try_at
    else:
        state, at = "failed", None
    return MailLine(
        row.id, row.reader_id, state, row.to_name, row.to_address, row.subject, row.body, local_date(row.created_at),
        "máy chủ, tự gửi theo lịch" if row.created_by == SYSTEM.name else row.created_by, row.attempts,
        row.last_error, at,
    )  # fmt: skip


def count_failed() -> int:
    """Mails that nobody will try again by itself."""
    return _unsent().where(MailMessage.next_try_at.is_null()).count()


def count_retrying() -> int:
    """Mails that were tried in vain and will be tried again."""
    return _unsent().where(MailMessage.next_try_at.is_null(False), MailMessage.last_error != "").count()


def count_due() -> int:
    """Mails written before that `send_due` would send now."""
    return MailMessage.select().where(MailMessage.next_try_at <= now()).count()


def _unsent() -> pw.ModelSelect:
    return MailMessage.select().where(MailMessage.sent_at.is_null(), MailMessage.cancelled_at.is_null())
