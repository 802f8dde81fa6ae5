"""`kesach` as a school's scripts see it: exit codes, one JSON object, words instead of stack traces."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Run = Callable[..., "CompletedProcess[str]"]
PASSWORD = "mot-mat-khau-du-dai-2026"


@pytest.fixture
def school(run_kesach: Run) -> Run:
    done = run_kesach("init", KESACH_ADMIN_PASSWORD=PASSWORD)
    assert done.returncode == 0, done.stderr
    return run_kesach


def test_init_makes_a_school_and_prints_a_password_only_when_it_made_one(run_kesach: Run, data_dir: Path) -> None:
    first = run_kesach("init")
    assert first.returncode == 0
    password = first.stdout.strip()
    assert len(password) >= 10 and "\n" not in password
    assert password not in first.stderr
    assert {"kesach.toml", "kesach.db", "index", "files", "backups", "logs"} <= {p.name for p in data_dir.iterdir()}
    again = run_kesach("init")
    assert again.returncode == 2
    assert "đã được khởi tạo" in again.stderr


def test_a_weak_first_password_is_refused_and_no_account_is_made(run_kesach: Run) -> None:
    done = run_kesach("init", KESACH_ADMIN_PASSWORD="123456")
    assert done.returncode == 2
    assert "Mật khẩu" in done.stderr and "Traceback" not in done.stderr
    assert run_kesach("init", KESACH_ADMIN_PASSWORD=PASSWORD).returncode == 0


def test_before_init_every_command_says_what_to_do(run_kesach: Run) -> None:
    done = run_kesach("doctor")
    assert done.returncode == 2
    assert "kesach init" in done.stderr


def test_l232_reminders_by_a_schedule_say_when_mail_is_off_and_when_there_is_nothing_to_say(school: Run) -> None:
    done = school("notices", "send", "--json")
    assert done.returncode == 2 and "Chưa đặt máy chủ gửi thư" in done.stderr
    on = {"KESACH_MAIL_SERVER": "127.0.0.1", "KESACH_MAIL_PORT": "9", "KESACH_MAIL_FROM": "thuvien@truong.edu.vn"}
    done = school("notices", "send", "--json", **on)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "of": "overdue", "dry_run": False, "written": 0, "told": 0, "unreachable": 0, "sent": 0, "failed": 0,
    }  # fmt: skip


def test_a_dry_run_of_reminders_needs_no_mail_server(school: Run) -> None:
    done = school("notices", "send", "--dry-run", "--json")
    assert done.returncode == 0, done.stderr
    assert "Sẽ viết 0 thư" in done.stderr and "Chưa đặt máy chủ gửi thư" in done.stderr
    shown = json.loads(done.stdout)
    assert (shown["can_mail"], shown["classes"], shown["would_send"]) == (False, [], 0)
    told = school("notices", "send", "--help").stdout
    assert "Mã thoát" in told and "chưa đặt máy chủ gửi thư" in told


@pytest.mark.parametrize("server", ["smtp.truong.edu.vn:465", "smtp://smtp.truong.edu.vn", "[::1]:465"])
def test_a_mail_server_is_a_name_and_the_port_stands_apart(school: Run, server: str) -> None:
    done = school("doctor", KESACH_MAIL_SERVER=server)
    assert done.returncode == 2 and "mail_server" in done.stderr and repr(server) in done.stderr
    assert ("mail_port = 465" in done.stderr) == server.endswith("465")
    assert school("doctor", KESACH_MAIL_SERVER="::1").returncode == 0


def test_a_bad_setting_is_named(school: Run, data_dir: Path) -> None:
    (data_dir / "kesach.toml").write_text('port = "tám nghìn"\n', "utf-8")
    done = school("doctor")
    assert done.returncode == 2
    assert "port" in done.stderr and "kesach.toml" in done.stderr
    (data_dir / "kesach.toml").write_text("prot = 1\n", "utf-8")
    assert "prot" in school("doctor").stderr
    (data_dir / "kesach.toml").write_text("", "utf-8")
    assert "KESACH_THREADS" in school("doctor", KESACH_THREADS="0").stderr


def test_json_is_exactly_one_object_and_words_go_to_stderr(school: Run) -> None:
    for command in (("doctor",), ("index", "check"), ("db", "check"), ("device", "list"), ("staff", "list")):
        done = school(*command, "--json")
        assert done.returncode == 0, (command, done.stderr)
        assert isinstance(json.loads(done.stdout), dict), command


def test_an_import_tells_its_fate_by_exit_code(school: Run, tmp_path: Path) -> None:
    good = tmp_path / "tốt.csv"
    good.write_text("Nhan đề;Tác giả;Số lượng\nKính vạn hoa;Nguyễn Nhật Ánh;2\n", "utf-8-sig")
    done = school("import", "books", str(good), "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert set(result) >= {
        "batch", "source", "dry_run", "read", "created", "updated", "unchanged", "duplicates", "rejected",
        "copies_created", "seconds", "problems", "problems_file",
    }  # fmt: skip
    assert (result["created"], result["copies_created"]) == (1, 2)
    assert re.search(r"Số ĐKCB kho \w+: \S*000001–\S*2 \(2 bản\)", done.stderr), done.stderr

    partly = tmp_path / "lẫn.csv"
    partly.write_text("Nhan đề;Tác giả\nMắt biếc;Nguyễn Nhật Ánh\n;Không có tên sách\n", "utf-8-sig")
    done = school("import", "books", str(partly), "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["rejected"] == 1

    wrong = tmp_path / "pdf.mrc"
    wrong.write_bytes(b"%PDF-1.7\n" + b"x" * 500)
    done = school("import", "marc", str(wrong), "--json")
    assert done.returncode == 2
    assert "PDF" in done.stderr and "Traceback" not in done.stderr
    assert json.loads(done.stdout)["exit_code"] == 2
    other = tmp_path / "khác.csv"
    other.write_text("Nhan đề,Tác giả\nHai đứa trẻ,Thạch Lam\n", "utf-8-sig")
    not_a_list = tmp_path / "pdf.csv"
    not_a_list.write_bytes(wrong.read_bytes())
    done = school("import", "books", str(not_a_list), str(other), "--json")
    assert done.returncode == 1  # the good file is not lost because of the bad one
    bad, fine = json.loads(done.stdout)["results"]
    assert "PDF" in bad["error"] and fine["created"] == 1
    assert school("import", "marc", str(tmp_path / "không-có.mrc")).returncode == 2

    undone = school("import", "undo", result["batch"], "--json")
    assert undone.returncode == 0 and json.loads(undone.stdout)["kept"] == []


def test_a_device_token_is_printed_once_alone_on_the_last_line(school: Run) -> None:
    token = school("device", "add", "quay-1").stdout.strip().splitlines()[-1]
    assert len(token) >= 32
    assert token not in school("device", "list").stdout
    assert school("device", "add", "quay-1").returncode == 2  # the name is taken
    assert school("device", "revoke", "quay-1").returncode == 0
    assert school("device", "revoke", "không-có").returncode == 2


def test_staff_by_command_line(school: Run) -> None:
    assert school("staff", "add", "co-lan", "--role", "librarian", KESACH_STAFF_PASSWORD=PASSWORD).returncode == 0
    assert "co-lan" in school("staff", "list").stdout
    assert school("staff", "password", "co-lan").stdout.strip()
    assert school("staff", "disable", "co-lan").returncode == 0
    assert school("staff", "disable", "thuthu").returncode == 2  # the last admin


def test_a_report_needs_a_month_and_a_known_ending(school: Run, tmp_path: Path) -> None:
    assert school("report", "month", "2026-11", "--out", str(tmp_path / "bc.json")).returncode == 0
    assert school("report", "month", "11/2026", "--out", str(tmp_path / "bc.json")).returncode == 2
    done = school("report", "month", "2026-11", "--out", str(tmp_path / "bc.odt"))
    assert done.returncode == 2 and ".docx" in done.stderr


def test_backup_and_restore_by_command_line(school: Run, data_dir: Path, tmp_path: Path) -> None:
    file = tmp_path / "truong.zip"
    assert school("backup", str(file)).stdout.strip() == str(file)
    assert school("restore", str(file)).returncode == 2  # never overwrites by itself
    assert school("restore", str(file), "--replace").returncode == 0
    assert list(data_dir.glob("kesach.db.before-*"))
    assert school("doctor").returncode == 0


def test_a_database_behind_the_program_is_not_served(school: Run, data_dir: Path) -> None:
    connection = sqlite3.connect(data_dir / "kesach.db")
    connection.execute("DELETE FROM schema_migration")
    connection.commit()
    connection.close()
    done = school("serve", "--port", "1")
    assert done.returncode == 3
    assert "kesach db upgrade" in done.stderr
    check = school("db", "check", "--json")
    assert check.returncode == 3 and json.loads(check.stdout)["pending"]


def test_the_index_is_rebuilt_on_request(school: Run) -> None:
    done = school("index", "rebuild", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["documents"] == 0
