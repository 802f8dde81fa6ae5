"""POST /api/v1/enrol: an installer's one-time code for the kiosk's token.

The only device call without a token: the code takes its place. Decisions: library/access/enrolment.py.
"""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from library.access.enrolment import TooOften
from library.contract.codes import word
from library.fleet.releases import enrol_kiosk
from library.foundation.preferences import get_preference
from library.web.access import device_route
from library.web.errors import problem
from library.web.openapi import TEXT, ApiPart, answer, busy, object_of, ref, register_part
from library.web.openapi import problem as problem_answer

blueprint = Blueprint("kiosk_enrolment", __name__)
PATH = "/api/v1/enrol"
MAX_BODY = 4_096

register_part(
    blueprint,
    ApiPart(
        paths={
            PATH: {
                "post": {
                    "summary": "Đổi mã cài đặt một lần lấy mã thiết bị",
                    "tags": ["kiosk"],
                    "requestBody": {
                        "required": True,
                        "content": {"application/json": {"schema": ref("EnrolRequest")}},
                    },
                    "responses": {
                        "201": answer("Mã thiết bị, chỉ trả lời lần này", ref("EnrolAnswer")),
                        "400": problem_answer("Không phải JSON, hoặc thiếu code"),
                        "403": problem_answer("Mã cài đặt sai, đã dùng hoặc quá một giờ"),
                        "413": problem_answer("Quá lớn"),
                        "429": problem_answer("Nhập sai quá nhiều lần; Retry-After nói đợi bao lâu"),
                        "503": busy(),
                    },
                }
            }
        },
        schemas={
            "EnrolRequest": object_of({"code": TEXT}),
            "EnrolAnswer": object_of(
                {"device": TEXT, "profile": TEXT, "token": TEXT, "school": TEXT, "update_key": TEXT}
            ),
        },
    ),
)


@blueprint.errorhandler(TooOften)
def on_too_often(error: TooOften) -> Response:
    refused = problem(429, error.code, word(error.code, error.params))
    refused.headers["Retry-After"] = str(error.params["seconds"])
    return refused


@device_route(blueprint, PATH, methods=("POST",))
def enrol() -> Response:
    """201 `{"device", "profile", "token", "school", "update_key"}`; 400 malformed, 403 enrolment_bad, 429 too_often."""
    try:
        body = request.get_json(force=True, silent=True) if len(request.get_data()) <= MAX_BODY else None
    except RecursionError:  # thousands of brackets inside one another
        body = None
    code = body.get("code") if isinstance(body, dict) else None
    if not isinstance(code, str):
        return problem(400, "malformed", word("malformed", {"detail": 'cần {"code": "…"}'}))
    done, update_key = enrol_kiosk(code, request.remote_addr or "")
    made = jsonify(
        device=done.name, profile=done.profile, token=done.token, school=get_preference("school_name"),
        update_key=update_key,
    )  # fmt: skip
    made.status_code = 201
    made.headers["Cache-Control"] = "no-store"
    return made
