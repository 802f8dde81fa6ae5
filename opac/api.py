"""JSON of the public catalogue under /api/v1, for schools' scripts and for the search box.

Shapes: presenters.py; described to machines in openapi.py. Names no reader.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, request

from library.cataloguing import marc
from library.foundation import clock, outbox, schema
from library.version import VERSION
from library.web.access import public_page
from library.web.openapi import describe_api, register_part
from opac import catalogue, presenters
from opac.asking import read_strict_request
from opac.openapi import PART

blueprint = Blueprint("opac_api", __name__, url_prefix="/api/v1")
register_part(blueprint, PART)
RECORD = "<int(max=2147483647):record_id>"
_XML_HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n'


def _json(body: Any) -> Response:
    return Response(current_app.json.dumps(body), mimetype="application/json")


@public_page(blueprint, "/health")
def health() -> Response:
    """Asks the database, so a dead one shows as 503 here."""
    return _json(
        {
            "status": "ok",
            "version": VERSION,
            "time": clock.iso_instant(clock.now()),
            "index_pending": outbox.count_pending(),
            "school_id": schema.school_uuid(),
        }
    )


@public_page(blueprint, "/search")
def search() -> Response:
    page, hits = catalogue.find_hits(read_strict_request(request.args))
    return _json(presenters.search_json(page, hits, catalogue.collection_names()))


@public_page(blueprint, "/suggest")
def suggest() -> Response:
    found = catalogue.search_index().suggest(request.args.get("q", ""))
    return _json({"suggestions": [presenters.suggestion_json(suggestion) for suggestion in found]})


@public_page(blueprint, f"/records/{RECORD}")
def record(record_id: int) -> Response:
    """A record merged away is 404 here; the page of the catalogue leads on to the kept one."""
    return _json(presenters.details_json(catalogue.get_details(record_id)))


@public_page(blueprint, f"/records/{RECORD}.mrc")
def record_marc(record_id: int) -> Response:
    kept = catalogue.get_marc(record_id)
    # A record too big for ISO 2709 is kept as MARCXML; to_bytes says so (422) rather than cut it.
    data = marc.to_bytes(marc.read_marc(kept)) if kept[:1] == b"<" else kept
    return _download(data, "application/marc", f"{record_id}.mrc")


@public_page(blueprint, f"/records/{RECORD}.xml")
def record_xml(record_id: int) -> Response:
    kept = catalogue.get_marc(record_id)
    data = kept if kept[:1] == b"<" else marc.to_xml(marc.read_marc(kept))
    if not data.startswith(b"<?xml"):
        data = _XML_HEAD + data
    return _download(data, "application/marcxml+xml", f"{record_id}.xml")


@public_page(blueprint, "/openapi.json")
def openapi() -> Response:
    return _json(describe_api(current_app))


def _download(data: bytes, mimetype: str, name: str) -> Response:
    answer = Response(data, mimetype=mimetype)
    answer.headers["Content-Disposition"] = f'attachment; filename="kesach-{name}"'
    return answer
