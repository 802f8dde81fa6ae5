"""The real core behind waitress, and real kiosks in front of it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import waitress
from flask import Flask

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lending"))

from kiosk_world import Core, RunningKiosk
from lending_world import open_school
from unruly_proxy import UnrulyProxy

from library.access.devices import add_device
from library.foundation.audit import SYSTEM
from library.foundation.database import database
from library.lending.policies import ensure_default_policies


@pytest.fixture
def core(app: Flask) -> Iterator[Core]:
    with open_school() as world:
        ensure_default_policies()
        token = add_device("Quầy sảnh", "kiosk", SYSTEM)
        server = waitress.create_server(app, host="127.0.0.1", port=0, threads=4)
        port = server.effective_port  # type: ignore[union-attr]  # one address: a single server
        thread = threading.Thread(target=server.run)
        thread.start()
        proxy = UnrulyProxy(port)
        yield Core(port, proxy, world, token)
        proxy.close()
        server.close()
        thread.join(10)
        database.close()


@pytest.fixture
def start_kiosk(core: Core, tmp_path: Path) -> Iterator[Callable[..., RunningKiosk]]:
    running: list[RunningKiosk] = []

    def start(**settings: Any) -> RunningKiosk:
        running.append(RunningKiosk(core, tmp_path, **settings))
        return running[-1]

    yield start
    for one in running:
        one.stop()
