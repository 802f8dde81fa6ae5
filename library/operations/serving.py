"""`kesach serve`: waitress over the whole core, on Linux and Windows alike."""

from __future__ import annotations

import gc
import logging
import signal
from collections.abc import Callable
from functools import partial
from logging.handlers import RotatingFileHandler
from types import FrameType
from typing import Any

import waitress
from waitress.server import BaseWSGIServer

from library.app import create_app
from library.operations.housekeeping import Housekeeper
from library.operations.oversize import channel_for
from library.settings import Settings
from library.web.errors import answer_too_large


def serve_forever(settings: Settings, host: str, port: int, announce: Callable[[str], None]) -> None:
    """Serve until interrupted or terminated; finishes requests in hand, then closes the index."""
    _log_to_file(settings)
    app = create_app(settings, background=True)
    gc.collect()
    gc.freeze()  # what has been loaded stays: it is not looked through again and again while pupils wait
    sockets: dict[int, Any] = {}
    server = waitress.create_server(
        app,
        map=sockets,
        host=host,
        port=port,
        threads=settings.threads,
        ident="kesach",
        max_request_body_size=settings.max_upload_mb * 2**20,
        channel_timeout=60,
        # Only a named proxy may say who the caller is and whether HTTPS was used.
        trusted_proxy=settings.trusted_proxy or None,
        trusted_proxy_headers={"x-forwarded-for", "x-forwarded-proto"} if settings.trusted_proxy else set(),
        clear_untrusted_proxy_headers=True,
    )

    # One name such as localhost may mean several sockets, each with a server of its own.
    for part in sockets.values():
        if isinstance(part, BaseWSGIServer):
            part.channel_class = channel_for(partial(answer_too_large, app))

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    keeper = Housekeeper(settings)
    keeper.start()
    announce(f"Kệ Sách đang chạy: http://{host}:{port}/ (thủ thư: http://{host}:{port}/staff/). Dừng: Ctrl+C")
    try:
        server.run()
    finally:
        server.close()
        keeper.stop()
        app.extensions["kesach_close"]()


def _log_to_file(settings: Settings) -> None:
    settings.logs_dir.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(settings.logs_dir / "kesach.log", maxBytes=5_000_000, backupCount=5, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=settings.log_level, handlers=[handler, logging.StreamHandler()], force=True)
    # It warns of each request that waits a moment for a thread: a break with eight kiosks would fill the log.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
