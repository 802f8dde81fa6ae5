"""kill -9 of the core while a page's import runs: the home page says so, one click goes on, nothing is doubled."""

from __future__ import annotations

import json
import sqlite3
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.bench import corpus
from tests.running_school import ADMIN, ADMIN_PASSWORD, kesach, serving
from tests.scenarios.browser import opened_page

pytestmark = [pytest.mark.slow, pytest.mark.browser]
RECORDS = 6_000


def _count(data: Path, sql: str) -> int:
    connection = sqlite3.connect(f"file:{data / 'kesach.db'}?mode=ro", uri=True, timeout=10)
    try:
        return int(connection.execute(sql).fetchone()[0])
    finally:
        connection.close()


def _sign_in(page: Page, core: str) -> None:
    page.goto(f"{core}/staff/login")
    page.fill("[name=login]", ADMIN)
    page.fill("[name=password]", ADMIN_PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Hôm nay")).to_be_visible()


def test_an_import_from_the_page_survives_the_core(chromium_path: str, tmp_path: Path) -> None:
    data, file = tmp_path / "data", tmp_path / "in.mrc"
    kesach(data, "init", "--admin", ADMIN)
    corpus.write_marc(file, RECORDS)
    with opened_page(chromium_path) as page:
        with serving(data) as (port, process):
            core = f"http://127.0.0.1:{port}"
            _sign_in(page, core)
            page.goto(f"{core}/staff/imports")
            page.select_option("[name=kind]", "marc")
            page.set_input_files("[name=file]", str(file))
            page.get_by_role("button", name="Xem trước").click()
            page.get_by_role("button", name="Nhập 6.000 mục").click(no_wait_after=True, timeout=60_000)
            until = time.monotonic() + 60
            while _count(data, "SELECT count(*) FROM record") == 0:
                assert time.monotonic() < until
            process.kill()
        halfway = _count(data, "SELECT count(*) FROM record")
        assert 0 < halfway < RECORDS
        with serving(data) as (port, _process):
            core = f"http://127.0.0.1:{port}"
            page.goto(f"{core}/staff/")  # still signed in: sessions are kept in the database
            expect(page.get_by_text("Một đợt nhập dừng giữa chừng")).to_be_visible()
            page.goto(f"{core}/staff/imports")
            page.get_by_role("button", name="Nhập tiếp").first.click()
            expect(page.get_by_role("button", name="Hoàn tác").first).to_be_visible(timeout=60_000)
            until = time.monotonic() + 60
            while _count(data, "SELECT count(*) FROM import_batch WHERE status = 'done'") == 0:
                assert time.monotonic() < until
    assert _count(data, "SELECT count(*) FROM record") == RECORDS
    assert _count(data, "SELECT count(*) FROM copy") == RECORDS
    assert _count(data, "SELECT count(*) FROM import_batch") == 1
    assert json.loads(kesach(data, "doctor", "--json"))["status"] == "ok"
