"""`make run` typed a second time says where the first one answers; the line it prints for a lost password works."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from library.demo.run import ADMIN, password_command
from library.demo.running import AlreadyRunning, only_one

REPOSITORY = Path(__file__).resolve().parents[2]


def make_run(data: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "library.demo.run", "--data", str(data), *more],
        cwd=REPOSITORY, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", timeout=60, check=False,
    )  # fmt: skip


def test_a_second_run_says_where_the_first_one_answers_and_touches_nothing(tmp_path: Path) -> None:
    data = tmp_path / "demo-data"
    with only_one(data / "logs") as addresses:
        starting = make_run(data)
        assert (starting.returncode, starting.stderr) == (0, "")
        assert "đang được khởi động ở một cửa sổ khác" in starting.stdout
        addresses.write_text("    Trang thủ thư       http://127.0.0.1:8123/staff/", "utf-8")
        second = make_run(data)
        assert (second.returncode, second.stderr) == (0, "")
        assert "đang chạy rồi" in second.stdout and "http://127.0.0.1:8123/staff/" in second.stdout
        assert [path.name for path in data.iterdir()] == ["logs"], "no school was made beside the one that runs"


def test_the_kiosk_alone_leaves_the_kiosk_that_runs_as_it_is(tmp_path: Path) -> None:
    """`make kiosk-sim` beside `make run`: one folder, one journal, one token, so one kiosk."""
    data = tmp_path / "demo-data"
    with only_one(data / "logs") as addresses:
        (data / "kiosk").mkdir()
        files = {data / "kiosk" / "token": "thiết bị", data / "kiosk" / "kiosk.toml": "screen_port = 8123\n"}
        for path, text in files.items():
            path.write_text(text, "utf-8")
        addresses.write_text("    Quầy tự phục vụ     http://127.0.0.1:8123/", "utf-8")
        second = make_run(data, "--kiosk-only")
        assert (second.returncode, second.stderr) == (0, "")
        assert "đang chạy rồi" in second.stdout and "http://127.0.0.1:8123/" in second.stdout
        assert {path: path.read_text("utf-8") for path in files} == files
        assert sorted(path.name for path in (data / "kiosk").iterdir()) == ["kiosk.toml", "token"]


def test_the_folder_is_free_again_when_the_first_one_has_ended(tmp_path: Path) -> None:
    with only_one(tmp_path) as addresses:
        addresses.write_text("http://127.0.0.1:8123/", "utf-8")
        with pytest.raises(AlreadyRunning, match="8123"), only_one(tmp_path):
            pass
    with only_one(tmp_path) as addresses:
        assert not addresses.exists()


@pytest.mark.skipif(os.name == "nt", reason="the line for a Windows prompt is another one")
def test_the_line_for_a_lost_password_works_when_pasted(
    run_kesach: Callable[..., subprocess.CompletedProcess[str]], data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run_kesach("init", "--admin", ADMIN).returncode == 0
    monkeypatch.chdir(data_dir.parent)
    pasted = subprocess.run(
        password_command(data_dir), shell=True, capture_output=True, encoding="utf-8", check=False,
        stdin=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )  # fmt: skip
    assert pasted.returncode == 0, pasted.stderr
    assert len(pasted.stdout.strip()) >= 10
    assert f"./{data_dir.name} " in password_command(data_dir), "as short as a person would type it"
