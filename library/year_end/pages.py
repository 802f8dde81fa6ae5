"""The librarian's screens of moving the school up a year: plan, preview, apply, undo. Parses, calls, renders.

No rules here. Next: service.py, rules.py.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from library.access.service import as_actor
from library.contract.codes import word
from library.foundation import clock
from library.foundation.audit import Actor
from library.foundation.errors import KesachError, NotFound
from library.foundation.schoolyear import label_for, year_after
from library.foundation.tables import SchoolYear
from library.readers.forms import parse_id
from library.web.access import current_staff, staff_page
from library.web.acts import act_and_go
from library.web.i18n import format_number, format_school_year
from library.year_end import queries, service, undoing
from library.year_end.model import CHOICES, OUTCOME_LABELS, Choice, ClassFates, MoveView, Outcome

# Before this a school that has just moved up is not asked for the next move.
PLANNING_TIME = timedelta(days=120)
# (tone, icon) of each outcome
OUTCOME_CHIPS = {
    Outcome.PROMOTED: ("good", "arrow-up"),
    Outcome.REPEATED: ("notice", "rotate-ccw"),
    Outcome.TRANSFERRED: ("info", "truck"),
    Outcome.GRADUATED: ("", "graduation-cap"),
    Outcome.LEFT: ("notice", "log-out"),
    Outcome.PLACED: ("good", "circle-check"),
}

blueprint = Blueprint("year_end", __name__, template_folder="templates")


def _actor() -> Actor:
    return as_actor(current_staff())


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {"outcomes": OUTCOME_LABELS, "outcome_chips": OUTCOME_CHIPS, "choices": CHOICES}


@staff_page(blueprint, "/staff/year-end", role="librarian")
def overview() -> str:
    """The plan in hand, a new one, and the moves there have been."""
    moves = queries.list_moves()
    labels = queries.list_year_choices()
    today = label_for(clock.today())
    waiting = [
        (label, f"{format_school_year(label)} → {format_school_year(year_after(label))}")
        for label in labels
        if label <= today
    ]
    past = [move for move in moves if move.applied_at is not None]
    opened = next((move for move in moves if move.applied_at is None), None)
    chosen = _likely_year([label for label, _ in waiting])
    moved_into = past[0].to_year.label if past and past[0].undone_at is None else ""
    early = bool(chosen) and clock.today() < queries.starts_on(year_after(chosen)) - PLANNING_TIME
    return render_template(
        "year_end/overview.html",
        open_plan=opened, open_to=queries.next_label(opened) if opened else "", waiting=waiting, chosen=chosen,
        settled=early and moved_into == chosen, past=past,
        leavers={move.id: len(queries.list_leavers(move)) for move in past if move.undone_at is None},
    )  # fmt: skip


def _likely_year(labels: list[str]) -> str:
    """The oldest year that still has pupils without a class in the next one; they are the ones to move."""
    for label in reversed(labels):
        year = SchoolYear.get_or_none(SchoolYear.label == label)
        if year is not None and queries.count_without_next(year, year_after(label)):
            return label
    return labels[0] if labels else ""


@staff_page(blueprint, "/staff/year-end", role="librarian", methods=("POST",), endpoint="start")
def start() -> Response:
    """A plan from the chosen year into the next."""
    try:
        move_id = service.start_plan(request.form.get("from_year", ""), _actor())
    except KesachError as error:
        flash(word(error.code, error.params), "bad")
        return redirect(url_for("year_end.overview"), 303)
    return redirect(url_for("year_end.plan", move_id=move_id), 303)


@staff_page(blueprint, "/staff/year-end/<int:move_id>", role="librarian")
def plan(move_id: int) -> str:
    """The whole school in one preview, or what an applied move did."""
    row = queries.get_move(move_id)
    if row.applied_at is None:
        shown = queries.make_plan(row)
        return render_template("year_end/plan.html", plan=shown, can_apply=shown.opens_on <= clock.today())
    if row.undone_at is not None:
        return render_template("year_end/undone.html", move=row, counts=row.counts or {})
    return render_template(
        "year_end/applied.html",
        move=row, result=queries.make_result(row), counts=row.counts or {}, dependents=undoing.list_dependents(row),
    )  # fmt: skip


@staff_page(blueprint, "/staff/year-end/<int:move_id>/map", role="librarian", methods=("POST",))
def save_map(move_id: int) -> Response:
    """Where the classes go."""
    targets = {
        int(name[6:]): value for name, value in request.form.items() if name[:6] == "class-" and name[6:].isdecimal()
    }

    def act() -> str:
        service.set_class_targets(move_id, targets, _actor())
        return "Đã lưu lớp đến."

    return act_and_go(act, url_for("year_end.plan", move_id=move_id))


@staff_page(blueprint, "/staff/year-end/<int:move_id>/class/<int:class_id>", role="librarian")
def class_pupils(move_id: int, class_id: int) -> ResponseReturnValue:
    """One class, pupil by pupil: to be decided, or as the applied move did it."""
    row = queries.get_move(move_id)
    if row.undone_at is not None:
        return redirect(url_for("year_end.plan", move_id=move_id))
    shown = queries.make_plan(row) if row.applied_at is None else queries.make_result(row)
    one = shown.find_class(class_id)
    if one is None:
        raise NotFound("class_missing")
    names = [fate.pupil.full_name for fate in one.fates]
    return render_template(
        "year_end/class.html" if row.applied_at is None else "year_end/class_applied.html",
        plan=shown, one=one, following=_following(shown, one), targets=_target_names(shown),
        twins={name for name in names if names.count(name) > 1},
    )  # fmt: skip


def _following(shown: MoveView, one: ClassFates) -> ClassFates | None:
    """The class after this one, so that a whole school is walked through without going back."""
    return next(iter(shown.classes[shown.classes.index(one) + 1 :]), None)


def _target_names(shown: MoveView) -> list[str]:
    return list(dict.fromkeys(one.target for one in shown.classes if one.target))


@staff_page(blueprint, "/staff/year-end/<int:move_id>/class/<int:class_id>", role="librarian", methods=("POST",),
            endpoint="save_pupils")  # fmt: skip
def save_pupils(move_id: int, class_id: int) -> Response:
    """Who of a class repeats, leaves, or goes into another class."""
    choices: dict[int, Choice | None] = {}
    for name, outcome in request.form.items():
        reader_id = parse_id(name[8:]) if name.startswith("outcome-") else None
        if reader_id is not None:
            target = request.form.get(f"target-{reader_id}", "")
            choices[reader_id] = Choice(outcome, target) if outcome else None

    def act() -> str:
        changed = service.set_choices(move_id, choices, _actor())
        return f"Đã lưu {changed} em." if changed else "Không có gì thay đổi."

    following = parse_id(request.form.get("then", ""))
    if following is not None:
        return act_and_go(act, url_for("year_end.class_pupils", move_id=move_id, class_id=following))
    return act_and_go(act, url_for("year_end.plan", move_id=move_id))


@staff_page(blueprint, "/staff/year-end/<int:move_id>/apply", role="librarian", methods=("POST",))
def apply(move_id: int) -> Response:
    """Move the whole school."""

    def act() -> str:
        counts = service.apply_move(move_id, _actor())
        said = ", ".join(f"{format_number(count)} em {OUTCOME_LABELS[key].lower()}" for key, count in counts.items())
        return f"Đã áp dụng: {said}."

    return act_and_go(act, url_for("year_end.plan", move_id=move_id))


@staff_page(blueprint, "/staff/year-end/<int:move_id>/undo", role="librarian", methods=("POST",))
def undo(move_id: int) -> Response:
    """Everything as before, unless something depends on it."""
    return act_and_go(
        lambda: f"Đã hoàn tác: {undoing.undo_move(move_id, _actor())} em về như trước. Bản dự kiến mở lại để sửa.",
        url_for("year_end.overview"),
    )


@staff_page(blueprint, "/staff/year-end/<int:move_id>/discard", role="librarian", methods=("POST",))
def discard(move_id: int) -> Response:
    """Forget a plan."""

    def act() -> str:
        service.discard_plan(move_id, _actor())
        return "Đã bỏ bản dự kiến."

    return act_and_go(act, url_for("year_end.overview"))


@staff_page(blueprint, "/staff/year-end/<int:move_id>/leavers", role="librarian", methods=("POST",))
def leavers(move_id: int) -> Response:
    """Close the cards of leavers who have brought everything back."""

    def act() -> str:
        count = service.close_leavers(move_id, _actor())
        return f"Đã đóng thẻ của {format_number(count)} em đã trả đủ." if count else "Chưa em nào trả đủ thêm."

    return act_and_go(act, url_for("year_end.plan", move_id=move_id))
