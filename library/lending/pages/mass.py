"""Piles at the desk: the year-end pile of returns, and books for a whole class, scan after scan."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from library.contract.codes import word
from library.contract.scans import CARD_WITHIN_SHAPE, ONE_CARD_SHAPE
from library.foundation.clock import local_time, now
from library.foundation.errors import InvalidInput, KesachError
from library.lending.mass import ListedLoan, lend_list, list_pile, pile_mark
from library.lending.pages import blueprint
from library.lending.pages.forms import staff_actor, words_of
from library.lending.queries import list_open_loans_of
from library.readers.model import ReaderCard
from library.readers.queries import get_class, list_class_members, list_present_classes
from library.web.access import staff_page


@staff_page(blueprint, "/staff/returns", role="assistant")
def mass_return() -> str | Response:
    """A pile comes back: only books are scanned. `from` (seconds) is when this pile began, so that a reload or a
    print shows all of it."""
    began = request.args.get("from", type=int)
    moment = now()
    if began is None:
        return redirect(f"{request.path}?from={int(moment.timestamp())}")
    try:
        since = max(datetime.fromtimestamp(began, UTC), moment - timedelta(days=2))
    except (ValueError, OverflowError, OSError):
        since = moment
    return render_template(
        "lending/mass_return.html", pile=list_pile(staff_actor(), since), since=local_time(since), began=began,
        mark=pile_mark(since),
    )


@staff_page(blueprint, "/staff/class-loans", role="assistant")
def class_loans() -> str:
    """Which class?"""
    return render_template("lending/class_choose.html", classes=list_present_classes())


@staff_page(blueprint, "/staff/class-loans/<int:class_id>", role="assistant")
def class_loan(class_id: int) -> str:
    """The list of a class; scans go to the pupil whose turn it is."""
    return _class_page(class_id)


def _class_page(class_id: int, answers: list[ListedLoan] | None = None, codes: str = "", said: str = "") -> str:
    members = list_class_members(class_id)
    return render_template(
        "lending/class_loan.html", school_class=get_class(class_id), members=members, codes=codes, said=said,
        loans=list_open_loans_of([card.id for card in members]),
        answers=answers, names={card.id: card.full_name for card in members},
        one_card=ONE_CARD_SHAPE, card_within=CARD_WITHIN_SHAPE,
    )  # fmt: skip


@staff_page(blueprint, "/staff/class-loans/<int:class_id>", role="assistant", methods=("POST",))
def lend_class_list(class_id: int) -> str | Response | tuple[str, int]:
    """The whole list at once: one code a line, the first line for the first pupil; an empty line leaves one out."""
    members = list_class_members(class_id)
    codes = request.form.get("barcodes", "")
    try:
        answers = lend_list(_pair(members, codes.splitlines()), actor=staff_actor())
    except KesachError as error:
        return _class_page(class_id, codes=codes, said=words_of(error)), 422
    refused = [answer for answer in answers if answer.loan is None]
    if refused:
        return _class_page(class_id, answers=refused)
    flash(f"Đã cho mượn {len(answers)} cuốn.", "good")
    return redirect(url_for("lending.class_loan", class_id=class_id))


def _pair(members: list[ReaderCard], lines: list[str]) -> list[tuple[int, str]]:
    while lines and not lines[-1].strip():
        lines.pop()
    if len(lines) > len(members):
        raise InvalidInput("class_list_long", field="barcodes", lines=len(lines), members=len(members))
    return [(card.id, line) for card, line in zip(members, lines, strict=False) if line.strip()]


@blueprint.app_template_filter("reasons")
def _reasons(answer: ListedLoan) -> str:
    return " ".join(word(reason.code, reason.params) for reason in answer.reasons)
