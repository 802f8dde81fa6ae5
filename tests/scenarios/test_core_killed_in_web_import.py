"""kill -9 of the core while a page's import runs: the home page says so, one click goes on, nothing is doubled."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.bench import corpus
from tests.running_school import ADMIN, count_rows, kesach, serving
from tests.scenarios.browser import opened_page, sign_in

pytestmark = [pytest.mark.slow, pytest.mark.browser]
RECORDS = 6_000


def test_an_import_from_the_page_survives_the_core(chromium_path: str, tmp_path: Path) -> None:
    data, file = tmp_path / "data", tmp_path / "in.mrc"
    kesach(data, "init", "--admin", ADMIN)
    corpus.write_marc(file, RECORDS)
    with opened_page(chromium_path) as page:
        with serving(data) as (port, process):
            core = f"http://127.0.0.1:{port}"
            sign_in(page, core)
            page.goto(f"{core}/staff/imports")
            page.select_option("[name=kind]", "marc")
            page.set_input_files("[name=file]", str(file))
            page.get_by_role("button", name="Xem trước").click()
            page.get_by_role("button", name="Nhập 6.000 mục").click(no_wait_after=True, timeout=60_000)
            until = time.monotonic() + 60
            while count_rows(data, "SELECT count(*) FROM record") == 0:
                assert time.monotonic() < until
            process.kill()
        halfway = count_rows(data, "SELECT count(*) FROM record")
        assert 0 < halfway < RECORDS
        with serving(data) as (port, _process):
            core = f"http://127.0.0.1:{port}"
            page.goto(f"{core}/staff/")  # still signed in: sessions are kept in the database
            expect(page.get_by_text("Một đợt nhập dừng giữa chừng")).to_be_visible()
            page.goto(f"{core}/staff/imports")
            page.get_by_role("button", name="Nhập tiếp").first.click()
            expect(page.get_by_role("button", name="Hoàn tác").first).to_be_visible(timeout=60_000)
            until = time.monotonic() + 60
            while count_rows(data, "SELECT count(*) FROM import_batch WHERE status = 'done'") == 0:
                assert time.monotonic() < until
    assert count_rows(data, "SELECT count(*) FROM record") == RECORDS
    assert count_rows(data, "SELECT count(*) FROM copy") == RECORDS
    assert count_rows(data, "SELECT count(*) FROM import_batch") == 1
    assert json.loads(kesach(data, "doctor", "--json"))["status"] == "ok"
