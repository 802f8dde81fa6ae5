"""The public catalogue: home, results, a title's page, lists by môn and khối, covers. Names no reader.

Facts: catalogue.py; words: presenters.py; JSON of the same: api.py.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, redirect, render_template, request, send_from_directory, url_for
from werkzeug.exceptions import NotFound as PageNotFound
from werkzeug.wrappers import Response as AnyResponse

from library.cataloguing.queries import find_kept_record_id
from library.foundation.errors import NotFound
from library.foundation.vietnamese import nfc, title_sort_key
from library.searching.model import Match, SearchRequest, Sort
from library.web.access import public_page
from library.web.covers import draw_cover
from library.web.pagination import Pagination
from opac import catalogue, presenters
from opac.asking import PAGE_SIZE, read_request

blueprint = Blueprint("opac", __name__, template_folder="templates")
RECORD = "<int(max=2147483647):record_id>"
COVERS_IN_ROW = 12
COVERS_ON_PAGE = 60
SHELF_ROWS = 3
_COVER_SECONDS = 600
_PANEL_FACETS = ("subject", "grade", "material", "shelf", "collection", "language")


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {
        "hit_chip": presenters.hit_chip,
        "state_chip": presenters.state_chip,
        "material_label": presenters.material_label,
        "material_icons": presenters.MATERIAL_ICONS,
        "publication_line": presenters.publication_line,
        "marked": presenters.marked,
    }


@public_page(blueprint, "/")
def home() -> str:
    page, _ = _browse(1)
    collections = catalogue.collection_names()
    shelves = presenters.facet_values("shelf", page.facets.get("shelf", ()), collections)
    rows = [("Mới về", url_for("opac.search", sort="newest"), catalogue.list_covers({}, COVERS_IN_ROW))]
    for value, label, _count in shelves[:SHELF_ROWS]:
        covers = catalogue.list_covers({"shelf": [value]}, COVERS_IN_ROW)
        rows.append((label, url_for("opac.search", shelf=value), covers))
    if not shelves:
        covers = catalogue.list_covers({"material": ["children"]}, COVERS_IN_ROW)
        rows.append(("Sách thiếu nhi", url_for("opac.search", material="children"), covers))
    return render_template(
        "opac/home.html",
        total=page.total,
        rows=[row for row in rows if row[2]],
        subjects=presenters.facet_values("subject", page.facets.get("subject", ()), collections),
        grades=presenters.facet_values("grade", page.facets.get("grade", ()), collections),
        shelves=shelves,
        materials=presenters.facet_values("material", page.facets.get("material", ()), collections),
    )


def _browse(per_page: int) -> tuple[Any, list[Any]]:
    return catalogue.find_hits(SearchRequest("", 1, per_page, Sort.NEWEST))


@public_page(blueprint, "/search")
def search() -> str:
    as_covers = request.args.get("view") == "covers"
    asked = read_request(request.args, COVERS_ON_PAGE if as_covers else PAGE_SIZE)
    page, hits = catalogue.find_hits(asked)
    collections = catalogue.collection_names()
    chosen = [
        (facet, value, presenters.label_of(facet, value, collections))
        for facet in _PANEL_FACETS
        for value in asked.filters.get(facet, ())
    ]
    panel = []
    for facet in _PANEL_FACETS:
        values = presenters.facet_values(facet, page.facets.get(facet, ()), collections)
        picked = set(asked.filters.get(facet, ()))
        if len(values) > 1 or picked:
            panel.append((facet, presenters.FACET_LABELS[facet], values, picked))
    return render_template(
        "opac/search.html",
        asked=asked,
        page=page,
        hits=hits,
        chosen=chosen,
        panel=panel,
        pages=Pagination(page.page, page.per_page, page.total),
        as_covers=as_covers,
        sorts=presenters.SORT_LABELS,
        is_loose=page.match is Match.ALL_BUT_ONE,
        address=_address,
        with_value=lambda facet, value: _address(**{facet: [*request.args.getlist(facet), value]}),
        without=lambda facet, value: _address(
            **{facet: [kept for kept in request.args.getlist(facet) if nfc(kept) != value] or None}
        ),
    )


def _address(**changes: Any) -> str:
    """This search with other parameters; None takes one away, and every change goes back to page 1."""
    args = {key: request.args.getlist(key) for key in request.args if key != "page"}
    for key, value in changes.items():
        if value is None:
            args.pop(key, None)
        else:
            args[key] = value if isinstance(value, list) else [str(value)]
    values: dict[str, Any] = {key: value for key, value in args.items() if any(value)}
    return url_for("opac.search", **values)


@public_page(blueprint, f"/records/{RECORD}")
def record(record_id: int) -> str | AnyResponse:
    try:
        details = catalogue.get_details(record_id)
    except NotFound:
        # Two records of one title were merged: old links and printed codes lead to the one that was kept.
        kept = find_kept_record_id(record_id)
        if kept is None:
            raise
        return redirect(url_for("opac.record", record_id=kept), 301)
    same: list[Any] = []
    title = ""
    if details.card.authors:
        author = details.card.authors[0]
        title, same = f"Cùng tác giả {author}", catalogue.list_covers({}, COVERS_IN_ROW, author, record_id)
    if not same and details.row.subjects and details.row.grades:
        subject, grade = details.row.subjects[0], str(details.row.grades[0])
        title = f"{subject} {grade}"
        same = catalogue.list_covers({"subject": [subject], "grade": [grade]}, COVERS_IN_ROW, "", record_id)
    return render_template(
        "opac/record.html",
        details=details,
        card=details.card,
        row=details.row,
        same=same,
        same_title=title,
        best=presenters.best_place(details.copies),
        language_name=presenters.LANGUAGES.get(details.row.language, details.row.language),
    )


@public_page(blueprint, "/subjects")
def subjects() -> str:
    page, _ = _browse(1)
    grades = [value for value, _, _ in presenters.facet_values("grade", page.facets.get("grade", ()), {})]
    counts = catalogue.count_by_subject_and_grade(grades)
    names = sorted((value.value for value in page.facets.get("subject", ())), key=title_sort_key)
    return render_template(
        "opac/subjects.html",
        grades=grades,
        names=names,
        counts=counts,
        totals={value.value: value.count for value in page.facets.get("subject", ())},
    )


@public_page(blueprint, "/subjects/list")
def subject_list() -> str:
    filters = {}
    for facet in ("subject", "grade"):
        value = nfc(request.args.get(facet, ""))
        if value:
            filters[facet] = [value]
    if not filters:
        raise PageNotFound()
    hits = catalogue.list_titles(filters)
    groups: dict[str, list[catalogue.Hit]] = {}
    for hit in hits:
        groups.setdefault(hit.card.material, []).append(hit)
    order = list(presenters.MATERIAL_ICONS)
    return render_template(
        "opac/subject_list.html",
        subject=filters.get("subject", [""])[0],
        grade=filters.get("grade", [""])[0],
        groups=sorted(groups.items(), key=lambda group: order.index(group[0]) if group[0] in order else 99),
        total=len(hits),
        copies=sum(hit.copies_total for hit in hits),
        is_cut=len(hits) == catalogue.LIST_MOST,
    )


@public_page(blueprint, f"/covers/{RECORD}.svg")
def cover(record_id: int) -> Response:
    """The uploaded cover, or a generated one. Kept by browsers for ten minutes, then asked for again."""
    facts, uploaded = catalogue.get_cover_facts(record_id)
    if uploaded:
        folder = current_app.config["KESACH_SETTINGS"].files_dir / "covers"
        try:
            answer = send_from_directory(folder, uploaded, conditional=True)
        except PageNotFound:
            current_app.logger.warning("cover file %s of record %s is missing", uploaded, record_id)
        else:
            answer.headers["Cache-Control"] = f"public, max-age={_COVER_SECONDS}"
            return answer
    answer = Response(draw_cover(facts), mimetype="image/svg+xml")
    answer.add_etag()
    answer.headers["Cache-Control"] = f"public, max-age={_COVER_SECONDS}"
    return answer.make_conditional(request.environ)  # type: ignore[return-value]  # it is this same Response


