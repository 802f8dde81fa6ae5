"""Readers as tests make them."""

from __future__ import annotations

from datetime import UTC, datetime

from library.foundation.audit import SYSTEM
from library.readers import service
from library.readers.model import ReaderFields

YEAR = "2026-2027"
NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
"""Nine in the morning here."""


def pupil(name: str, class_id: int | None = None, **more) -> int:
    return service.create_reader(ReaderFields("pupil", name, **more), SYSTEM, class_id=class_id)


def teacher(name: str, **more) -> int:
    return service.create_reader(ReaderFields("teacher", name, **more), SYSTEM)
