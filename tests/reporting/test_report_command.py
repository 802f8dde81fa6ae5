"""`kesach report month`, as the command line people and scripts run."""

from __future__ import annotations

import json
from datetime import date

from docx import Document
from report_world import october_2026

from library.foundation.clock import at_local, clock_at


def test_the_command_writes_the_month_and_refuses_what_it_cannot_write(sqlite_database, run_kesach, tmp_path) -> None:
    with clock_at(at_local(date(2026, 11, 10), 9)):
        october_2026()
    written = run_kesach("report", "month", "2026-10", "--out", str(tmp_path / "t10.docx"))
    assert written.returncode == 0, written.stderr
    text = "\n".join(paragraph.text for paragraph in Document(str(tmp_path / "t10.docx")).paragraphs)
    assert "41 lượt bạn đọc" in text
    written = run_kesach("report", "month", "2026-10", "--out", str(tmp_path / "t10.json"))
    assert written.returncode == 0 and json.loads((tmp_path / "t10.json").read_text("utf-8"))["month"] == "2026-10"
    refused = run_kesach("report", "month", "2026-10", "--out", str(tmp_path / "t10.txt"))
    assert refused.returncode == 2 and ".docx" in refused.stderr and not (tmp_path / "t10.txt").exists()
    refused = run_kesach("report", "month", "10/2026", "--out", str(tmp_path / "t10.pdf"))
    assert refused.returncode == 2 and "2026-11" in refused.stderr
