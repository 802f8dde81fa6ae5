"""The year's rotation of sets, and what becomes of corners when a new school year begins."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from library.foundation.clock import today
from library.foundation.errors import KesachError
from library.foundation.preferences import get_preference
from library.lending.pages import blueprint
from library.lending.pages.forms import (
    field_errors,
    need_date,
    need_number,
    read_codes,
    staff_actor,
    words_of,
)
from library.lending.units import queries as unit_queries
from library.lending.units.corner_years import CornerChoice, begin_year, list_old_corners
from library.lending.units.rotation_queries import get_plan, list_plans
from library.lending.units.rotations import RoundDone, create_plan, do_round, end_plan, move_round
from library.lending.units.set_steps import SetRefused
from library.readers.queries import list_classes
from library.web.access import staff_page


@staff_page(blueprint, "/staff/corners/rotations")
def rotations() -> str:
    """Plans that go on, and the form for a new one."""
    return _rotations_page({})


def _rotations_page(errors: dict[str, str]) -> str:
    return render_template(
        "lending/rotations.html", plans=list_plans(), ended=list_plans(ended=True)[:5], errors=errors,
        units=unit_queries.list_units(corners=True), weeks=get_preference("unit_weeks"), day=today(),
        form=request.form, chosen=set(request.form.getlist("unit_ids")),
    )  # fmt: skip


@staff_page(blueprint, "/staff/corners/rotations", role="librarian", methods=("POST",))
def plan_rotation() -> Response | tuple[str, int]:
    try:
        unit_ids = [int(value) for value in request.form.getlist("unit_ids") if value.isdecimal()]
        plan_id = create_plan(
            unit_ids, starts_on=need_date("starts_on"), weeks=need_number("weeks"), actor=staff_actor(),
            name=request.form.get("name", ""),
        )  # fmt: skip
    except KesachError as error:
        return _rotations_page(field_errors(error)), 422
    flash("Đã lập lịch luân chuyển. Ngày nghỉ và Tết đã được tránh.", "good")
    return redirect(url_for("lending.rotation", plan_id=plan_id), 303)


@staff_page(blueprint, "/staff/corners/rotations/<int:plan_id>")
def rotation(plan_id: int) -> str:
    """One plan: which set is where in which weeks, and the round to do next."""
    return _rotation_page(plan_id)


def _rotation_page(plan_id: int, *, problem: KesachError | None = None, done: RoundDone | None = None) -> str:
    plan = get_plan(plan_id)
    return render_template(
        "lending/rotation.html", plan=plan, next=next((one for one in plan.rounds if one.next), None), day=today(),
        said=words_of(problem) if problem else "", done=done, codes=request.form.get("barcodes", ""),
        problems=problem.problems if isinstance(problem, SetRefused) else (),
    )  # fmt: skip


@staff_page(
    blueprint, "/staff/corners/rotations/<int:plan_id>/rounds/<int:number>", role="assistant", methods=("POST",)
)
def exchange_round(plan_id: int, number: int) -> str | tuple[str, int]:
    """Do a round: every set one corner on."""
    try:
        done = do_round(plan_id, number, read_codes(), actor=staff_actor())
    except KesachError as error:
        return _rotation_page(plan_id, problem=error), 409
    return _rotation_page(plan_id, done=done)


@staff_page(
    blueprint, "/staff/corners/rotations/<int:plan_id>/rounds/<int:number>/day", role="librarian", methods=("POST",)
)
def change_round_day(plan_id: int, number: int) -> Response:
    try:
        move_round(plan_id, number, need_date("planned_on"), actor=staff_actor())
        flash("Đã dời vòng này; các vòng sau đi theo.", "good")
    except KesachError as error:
        flash(words_of(error), "bad")
    return redirect(url_for("lending.rotation", plan_id=plan_id), 303)


@staff_page(blueprint, "/staff/corners/rotations/<int:plan_id>/end", role="librarian", methods=("POST",))
def end_rotation(plan_id: int) -> Response:
    try:
        end_plan(plan_id, actor=staff_actor())
        flash("Đã kết thúc lịch luân chuyển. Sách ở đâu vẫn ở đó.", "good")
    except KesachError as error:
        flash(words_of(error), "bad")
    return redirect(url_for("lending.rotations"), 303)


# --- a new school year ----------------------------------------------------------------------------


@staff_page(blueprint, "/staff/corners/new-year", role="librarian")
def new_year() -> str:
    """Corners of former years, each with a choice."""
    return _new_year_page()


def _new_year_page(problem: KesachError | None = None) -> str:
    return render_template(
        "lending/new_year.html", corners=list_old_corners(), classes=[(card.id, card.name) for card in list_classes()],
        said=words_of(problem) if problem else "", form=request.form,
    )  # fmt: skip


@staff_page(blueprint, "/staff/corners/new-year", role="librarian", methods=("POST",))
def start_year() -> str | tuple[str, int]:
    """Everything that was chosen, at once; then what happened, with every missing copy by name."""
    choices = []
    for name, act in request.form.items():
        unit_id = name.removeprefix("act-")
        if name.startswith("act-") and unit_id.isdecimal():
            class_id = request.form.get(f"class-{unit_id}", "")
            choices.append(
                CornerChoice(
                    unit_id=int(unit_id), act=act, class_id=int(class_id) if class_id.isdecimal() else None
                )
            )
    try:
        done = begin_year(choices, actor=staff_actor())
    except KesachError as error:
        return _new_year_page(error), 422
    return render_template("lending/new_year_done.html", done=done)
