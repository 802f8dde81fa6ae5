"""Every error becomes words here: a kind page for people, problem+json for programs.

The HTTP status of our errors is this one table; the words for codes are in library/contract/codes.py.
The page of a failure asks the database nothing, because it may be what failed; an error of the request keeps
the menu around it. Next: templates/web/error.html, error_words.html.
"""

from __future__ import annotations

import logging
from datetime import date
from typing import Any

from flask import Flask, Response, current_app, g, json, render_template, request
from werkzeug.exceptions import HTTPException, InternalServerError, MethodNotAllowed, RequestEntityTooLarge

from library.contract import codes
from library.foundation.database import FAILURES
from library.foundation.errors import Conflict, Forbidden, InvalidInput, KesachError, NotFound, Refused, Unavailable
from library.web.access import SIGN_IN_PATH, Audience, find_current_staff, route_access
from library.web.lost_posts import lead_back

log = logging.getLogger(__name__)

STATUS_OF: tuple[tuple[type[KesachError], int], ...] = (
    (NotFound, 404),
    (InvalidInput, 422),
    (Forbidden, 403),
    (Conflict, 409),
    (Unavailable, 503),
    (KesachError, 400),
)
RETRY_AFTER_SECONDS = 5

# status -> (title, what happened and what to do, icon)
PAGES: dict[int, tuple[str, str, str]] = {
    400: ("Yêu cầu chưa rõ", "Trang không đọc được yêu cầu này. Tải lại trang rồi thử lại.", "circle-alert"),
    401: ("Cần đăng nhập", "Phiên làm việc đã hết hoặc chưa đăng nhập. Đăng nhập rồi làm lại.", "log-in"),
    403: (
        "Trang này cần quyền khác",
        "Tài khoản đang dùng không được mở trang này. Nhờ cán bộ thư viện hoặc quản trị cấp quyền nếu cần.",
        "lock",
    ),
    404: (
        "Không tìm thấy trang",
        "Địa chỉ này không có, hoặc nội dung đã được chuyển đi. Về trang đầu hoặc tìm theo tên sách.",
        "search",
    ),
    405: (
        "Không làm được ở đây",
        "Địa chỉ này không nhận thao tác vừa gửi. Quay lại trang trước.",
        "circle-alert",
    ),
    409: (
        "Chưa làm được lúc này",
        "Dữ liệu đã thay đổi từ lúc mở trang. Tải lại trang rồi xem lại.",
        "refresh-cw",
    ),
    413: (
        "Tệp quá lớn",
        "Tệp vượt cỡ cho phép. Chia nhỏ tệp, hoặc nhập bằng lệnh kesach import.",
        "file-input",
    ),
    415: ("Không đọc được loại tệp này", "Chọn tệp đúng loại mà trang yêu cầu rồi gửi lại.", "file-input"),
    422: ("Dữ liệu chưa dùng được", "Xem lại những ô được đánh dấu rồi gửi lại.", "circle-alert"),
    429: ("Xin chờ một chút", "Máy này vừa gửi quá nhiều yêu cầu. Chờ một phút rồi thử lại.", "clock"),
    500: (
        "Máy chủ gặp trục trặc",
        "Lỗi đã được ghi lại, dữ liệu không bị thay đổi nửa chừng. Thử lại; nếu vẫn gặp, "
        "báo cán bộ thư viện kèm mã bên dưới.",
        "triangle-alert",
    ),
    503: ("Máy chủ đang bận", "Thử lại sau ít giây. Việc vừa gửi chưa được ghi.", "loader-circle"),
}
PROBLEM_CODES = {
    400: "malformed",
    401: "unauthorised",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    413: "too_large",
    415: "unsupported_media_type",
    422: "unusable",
    429: "too_often",
    500: "internal",
    503: "busy",
}


def status_of(error: KesachError) -> int:
    """The HTTP status of one of our errors."""
    return next(status for kind, status in STATUS_OF if isinstance(error, kind))


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    title: str | None = None,
    reasons: list[dict[str, Any]] | None = None,
) -> Response:
    """An application/problem+json answer with exactly the fields of the HTTP interface."""
    body = {
        "type": f"urn:kesach:error:{code}",
        "title": title or PAGES.get(status, PAGES[500])[0],
        "status": status,
        "detail": detail,
        "code": code,
        "reasons": reasons or [],
        "request_id": g.get("request_id", ""),
    }
    answer = Response(json.dumps(body, ensure_ascii=False), status, mimetype="application/problem+json")
    if status == 503:
        answer.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    if status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def wants_data() -> bool:
    """True for the API and for scripts that ask for JSON; people get pages."""
    if request.path.startswith("/api/"):
        return True
    accepted = request.accept_mimetypes
    return accepted.best in ("application/json", "application/problem+json")


def error_page(
    status: int, detail: str | None = None, title: str | None = None
) -> tuple[str, int, dict[str, str]]:
    """A page of the house for `status`."""
    usual_title, usual_detail, icon = PAGES.get(status, PAGES[500])
    access = route_access() if request.endpoint else None
    for_staff = request.path.startswith("/staff") or (
        access is not None and access.audience is Audience.STAFF
    )
    said = {
        "status": status,
        "title": title or usual_title,
        "detail": detail or usual_detail,
        "icon_name": icon,
        "home": "/staff/" if for_staff else "/",
        "sign_in": SIGN_IN_PATH if for_staff and status == 401 else None,
        "retry": status in (409, 429, 500, 503) and request.method == "GET",
    }
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)} if status == 503 else {}
    return _render_around(for_staff, status, said), status, headers


def _render_around(for_staff: bool, status: int, said: dict[str, Any]) -> str:
    """The page with the menu that leads on; bare when the server itself failed or nobody is signed in."""
    if status < 500:
        try:
            if not for_staff:
                return render_template("web/error_public.html", **said)
            if find_current_staff() is not None:
                return render_template("web/error_staff.html", **said)
        except FAILURES:
            log.warning("the menu around an error page could not be read", exc_info=True)
    return render_template("web/error.html", **said)


def _on_kesach_error(error: KesachError) -> Any:
    status = status_of(error)
    detail = codes.word(error.code, error.params)
    if status == 503:
        log.warning("%s %s: %s", request.method, _route(), error)
    if not wants_data():
        return error_page(status, detail)
    reasons = []
    if isinstance(error, Refused):
        reasons = [
            {
                "code": reason.code,
                "message": codes.word(reason.code, reason.params),
                "overridable": reason.overridable,
                "params": {name: _plain(value) for name, value in reason.params.items()},
            }
            for reason in error.reasons
        ]
    return problem(status, error.code, detail, reasons=reasons)


def _on_database_failure(error: Exception) -> Any:
    log.error("%s %s: the database failed", request.method, _route(), exc_info=error)
    if wants_data():
        return problem(503, "busy", codes.word("busy"))
    return error_page(503)


def _on_http_error(error: HTTPException) -> Any:
    status = error.code or 500
    if status < 400:
        return error  # a redirect raised by werkzeug
    if isinstance(error, MethodNotAllowed) and not wants_data():
        led = lead_back(error)
        if led is not None:
            return led
    own_words = type(error).__module__.startswith("library.")
    detail = (error.description if own_words else None) or PAGES.get(status, PAGES[500])[1]
    if isinstance(error, InternalServerError):
        log.error("%s %s failed", request.method, _route(), exc_info=error.original_exception)
    if wants_data():
        answer: Any = problem(status, PROBLEM_CODES.get(status, "http_error"), detail)
    else:
        answer = current_app.make_response(error_page(status, detail))
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        answer.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return answer


def _route() -> str:
    """The address as the log names it: the pattern of the route, because a path may hold a child's card."""
    return request.url_rule.rule if request.url_rule is not None else "(no route)"


def _plain(value: Any) -> Any:
    """A reason's field as JSON: dates and instants in ISO form, anything unusual as its words."""
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    return value.isoformat() if isinstance(value, date) else str(value)


def install_error_handlers(app: Flask) -> None:
    """All errors of `app` come through here."""
    app.register_error_handler(KesachError, _on_kesach_error)
    for failure in FAILURES:
        app.register_error_handler(failure, _on_database_failure)
    app.register_error_handler(HTTPException, _on_http_error)


def answer_too_large(app: Flask, path: str, accept: str) -> tuple[str, list[tuple[str, str]], bytes]:
    """Status line, headers and body of the 413 for a request the server never handed to the app."""
    with app.test_request_context(path, headers={"Accept": accept}):
        response = app.process_response(app.make_response(app.handle_user_exception(RequestEntityTooLarge())))
        headers = [(name, value) for name, value in response.headers if name.lower() != "content-length"]
        return response.status, headers, response.get_data()
