"""A body larger than the school allows, sent to a real server: an answer in words, and nothing kept of it."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.running_school import kesach, serving

MEGABYTE = b"\0" * 2**20


def send_large(port: int, path: str, accept: str, megabytes: int) -> tuple[str, str]:
    """(head, body) of the answer to a body of this size, all of it sent before the answer is read."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: {accept}\r\n"
            f"Content-Type: application/octet-stream\r\nContent-Length: {megabytes * 2**20}\r\n\r\n".encode()
        )
        for _ in range(megabytes):
            connection.sendall(MEGABYTE)
        with connection.makefile("rb") as answer:
            head, _, body = answer.read().partition(b"\r\n\r\n")
    return head.decode(), body.decode()


def test_a_body_too_large_is_answered_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KESACH_MAX_UPLOAD_MB", "1")
    kesach(tmp_path, "init", "--admin", "lan")
    with serving(tmp_path) as (port, process):
        head, page = send_large(port, "/staff/imports", "text/html", 40)
        assert head.startswith("HTTP/1.1 413")
        assert "Tệp quá lớn" in page and "Chia nhỏ tệp" in page and "waitress" not in page
        assert "Content-Security-Policy" in head
        head, problem = send_large(port, "/api/v1/kiosk/journal", "application/json", 2)
        assert head.startswith("HTTP/1.1 413") and "application/problem+json" in head
        assert '"code": "too_large"' in problem
        assert process.is_running()
    assert not list((tmp_path / "files").rglob("*.upload")) and not list((tmp_path / "files").rglob("*.tmp"))
