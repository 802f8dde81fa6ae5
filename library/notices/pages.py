"""Notices by class: the homeroom teacher's sheet, slips to cut, the workbook, mails and what became of them.

Parses, calls services, renders; no rules. Never public: names of children are for signed-in staff only.
Next: queries.py, letters.py, outbox.py.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from library.access.service import as_actor
from library.contract.codes import word
from library.foundation import clock
from library.foundation.audit import Actor
from library.foundation.errors import KesachError
from library.foundation.preferences import get_preference
from library.foundation.vietnamese import fold
from library.notices import letters, outbox, queries
from library.notices.model import FILE_WORDS, NOTICE_LABELS, SHEET_TITLES, ClassNotice, NoticeOf
from library.notices.sheets import render_notices
from library.settings import Settings
from library.web.access import current_staff, staff_page

blueprint = Blueprint("notices", __name__, template_folder="templates")
SLIPS_PER_PAGE = 8


def _actor() -> Actor:
    return as_actor(current_staff())


def _settings() -> Settings:
    return current_app.config["KESACH_SETTINGS"]


def _reader_url(reader_id: int) -> str:
    return url_for("readers.reader", reader_id=reader_id)


def _read() -> tuple[str, str, list[ClassNotice]]:
    of = request.values.get("of", "")
    of = of if of in NOTICE_LABELS else NoticeOf.OVERDUE.value
    class_name = request.values.get("class", "")[:20]
    return of, class_name, queries.list_notices(of, class_name)


@staff_page(blueprint, "/staff/notices", role="assistant")
def notices() -> str:
    """Who has what, by class; each class is a sheet of its own when printed."""
    of, class_name, found = _read()
    everyone = queries.list_notices(of) if class_name else found
    return render_template(
        "notices/notices.html",
        of=of, labels=NOTICE_LABELS, title=SHEET_TITLES[of], found=found, class_name=class_name,
        class_names=[(one.name, one.name) for one in everyone if one.name],
        people=sum(len(one.people) for one in found), loans=sum(one.loans for one in found),
        request_of=partial(letters.sheet_request, of, summer_day=queries.next_summer_day()),
        can_mail=_settings().can_mail, with_address=sum(bool(one.homeroom_email) for one in found),
        failed=outbox.count_failed(), reader_url=_reader_url,
    )  # fmt: skip


@staff_page(blueprint, "/staff/notices/slips", role="assistant")
def slips() -> str:
    """A slip for each pupil, eight on a page, to cut."""
    of, class_name, found = _read()
    people = [(one, person) for one in found for person in one.people]
    return render_template(
        "notices/slips.html",
        of=of, class_name=class_name, label=NOTICE_LABELS[of],
        pages=[people[start : start + SLIPS_PER_PAGE] for start in range(0, len(people), SLIPS_PER_PAGE)],
        opening=letters.slip_opening(of), closing=letters.slip_closing(of), count=len(people),
    )  # fmt: skip


@staff_page(blueprint, "/staff/notices/list.xlsx", role="assistant")
def workbook() -> Response:
    """The same as a workbook, one sheet a class."""
    of, class_name, found = _read()
    today = clock.today()
    content = render_notices(
        found, of, school=get_preference("school_name"), on=today, summer_day=queries.next_summer_day()
    )
    place = "-" + "".join(char if char.isalnum() else "-" for char in fold(class_name)) if class_name else ""
    return Response(
        content,
        mimetype="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers={"Content-Disposition": f'attachment; filename="sach-{FILE_WORDS[of]}{place}-{today:%Y%m%d}.xlsx"'},
    )


@staff_page(blueprint, "/staff/notices/mail", role="librarian", methods=("POST",))
def mail() -> AnyResponse:
    """Write a mail to the homeroom teacher of each class that has one with an address."""
    of, class_name, found = _read()
    back = redirect(url_for("notices.mails"), 303)
    try:
        outbox.require_mail(_settings())
    except KesachError as error:
        flash(word(error.code, error.params), "bad")
        return redirect(f"{url_for('notices.notices', of=of)}&{urlencode({'class': class_name})}", 303)
    done = outbox.queue_class_mails(of, found, _actor())
    said = f"Đã viết {done.written} thư, gửi trong ít phút."
    if done.told:
        said += f" {done.told} lớp đã báo trong hôm nay nên không gửi lại."
    if not done.written + done.told:
        said = "Chưa lớp nào có giáo viên chủ nhiệm kèm địa chỉ thư."
    flash(said, "good" if done.written else "notice")
    return back


# ---------------------------------------------------------------- mails


@staff_page(blueprint, "/staff/mails", role="librarian")
def mails() -> str:
    """Mails waiting, sent and failed."""
    lines = outbox.list_mails()
    return render_template(
        "notices/mails.html", mails=lines, can_mail=_settings().can_mail, reader_url=_reader_url,
        states=Counter(line.state for line in lines),
    )  # fmt: skip


def _with_mail(act: Any, mail_id: int, done: str) -> AnyResponse:
    try:
        act(mail_id, _actor())
    except KesachError as error:
        flash(word(error.code, error.params), "bad")
    else:
        flash(done, "good")
    return redirect(url_for("notices.mails"), 303)


@staff_page(blueprint, "/staff/mails/<int:mail_id>/retry", role="librarian", methods=("POST",))
def retry(mail_id: int) -> AnyResponse:
    """Try again at once."""
    return _with_mail(outbox.retry_mail, mail_id, "Thư sẽ được gửi lại trong ít phút.")


@staff_page(blueprint, "/staff/mails/<int:mail_id>/cancel", role="librarian", methods=("POST",))
def cancel(mail_id: int) -> AnyResponse:
    """Never send it."""
    return _with_mail(outbox.cancel_mail, mail_id, "Đã huỷ thư.")
