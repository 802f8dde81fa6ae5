"""Releases on the core's side: what may be added, who is offered what, seals, pages and the command."""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from library.access.devices import add_device
from library.access.enrolment import create_code, tries
from library.contract.kiosk_release import Release, is_sealed, is_sound, update_facts
from library.fleet import releases
from library.foundation.audit import SYSTEM
from library.foundation.errors import KesachError
from library.operations.backup import back_up, restore
from tests.wheels import make_wheel, named

PROGRAM = named("kesach", "0.2.0", script=True)


def enrolled(client: FlaskClient, name: str) -> tuple[dict[str, str], str]:
    """(headers, key) of a kiosk set up by its installer."""
    tries.forget()
    given = client.post("/api/v1/enrol", json={"code": create_code(name, "kiosk", SYSTEM)}).get_json()
    return {"Authorization": f"Bearer {given['token']}"}, given["update_key"]


def zipped(*wheels: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in wheels:
            archive.writestr(f"../wheels/{name}", data)
    return out.getvalue()


def offered(client: FlaskClient, headers: dict[str, str]) -> Any:
    return client.post("/api/v1/kiosk/status", json={}, headers=headers).get_json()["release"]


def test_a_release_reaches_the_kiosks_it_is_offered_to(client: FlaskClient, app, tmp_path: Path) -> None:
    files = app.config["KESACH_SETTINGS"].files_dir
    one, key = enrolled(client, "Quầy A")
    other, other_key = enrolled(client, "Quầy B")
    assert releases.add_release([PROGRAM], files, SYSTEM) == "0.2.0"
    assert offered(client, one) is None, "adding is not offering"
    serial = releases.offer_release("0.2.0", SYSTEM, "Quầy A")
    assert offered(client, one) == {"version": "0.2.0", "serial": serial} and offered(client, other) is None
    release = Release.from_json(client.get("/api/v1/kiosk/release", headers=one).get_json())
    assert is_sealed(key, release) and is_sound(release) and not is_sealed(other_key, release)
    got = client.get(f"/api/v1/kiosk/release/files/{PROGRAM[0]}", headers=one)
    assert got.data == PROGRAM[1]
    assert client.get("/api/v1/kiosk/release", headers=other).status_code == 404
    assert client.get(f"/api/v1/kiosk/release/files/{PROGRAM[0]}", headers=other).status_code == 404
    again = releases.offer_release("0.2.0", SYSTEM)
    assert again > serial and offered(client, other) == offered(client, one)
    releases.withdraw_release("0.2.0", SYSTEM)
    assert offered(client, one) is None


@pytest.mark.parametrize("name", ["../kesach.toml", "..%2f..%2fkesach.db", "other-1.0-py3-none-any.whl", "%00"])
def test_no_other_file_is_handed_out(client: FlaskClient, app, name: str) -> None:
    one, _ = enrolled(client, "Quầy A")
    releases.add_release([PROGRAM], app.config["KESACH_SETTINGS"].files_dir, SYSTEM)
    releases.offer_release("0.2.0", SYSTEM)
    assert client.get(f"/api/v1/kiosk/release/files/{name}", headers=one).status_code == 404


def test_a_kiosk_without_a_key_is_offered_nothing(client: FlaskClient, app) -> None:
    headers = {"Authorization": f"Bearer {add_device('Quầy tay', 'kiosk', SYSTEM)}"}
    releases.add_release([PROGRAM], app.config["KESACH_SETTINGS"].files_dir, SYSTEM)
    releases.offer_release("0.2.0", SYSTEM)
    assert offered(client, headers) is None


def test_every_part_of_a_release_is_under_its_seal(client: FlaskClient, app) -> None:
    one, key = enrolled(client, "Quầy A")
    releases.add_release([PROGRAM], app.config["KESACH_SETTINGS"].files_dir, SYSTEM)
    releases.offer_release("0.2.0", SYSTEM)
    whole = Release.from_json(client.get("/api/v1/kiosk/release", headers=one).get_json())
    assert is_sealed(key, whole) and not is_sealed("", whole)
    [file] = whole.files
    for changed in (
        replace(whole, device="Quầy B"), replace(whole, version="0.3.0"), replace(whole, serial=whole.serial + 1),
        replace(whole, files=(replace(file, sha256="0" * 64),)), replace(whole, files=(file, file)),
        replace(whole, seal=""), replace(whole, seal="ư" * 64),
    ):  # fmt: skip
        assert not is_sealed(key, changed)


@pytest.mark.parametrize(
    ("uploads", "code"),
    [
        ([], "release_no_program"),
        ([named("segno", "1.6")], "release_no_program"),
        ([PROGRAM, named("kesach", "0.3.0")], "release_no_program"),
        ([("kesach-0.2.0-py3-none-any.whl", b"not a zip")], "release_file_bad"),
        ([("kesach.zip", b"PK\x03\x04 cut")], "release_file_bad"),
        ([("kesach-0.2.0-py3-none-any.whl", make_wheel("kesach", "0.2.0", claims="9.9"))], "release_file_bad"),
        ([("kesach-0.2.0-py3-none-any.whl", make_wheel("other", "0.2.0"))], "release_file_bad"),
        ([("x.zip", zipped(("kesach 0.2.0.whl", PROGRAM[1])))], "release_file_bad"),
    ],
)
def test_what_is_no_release_is_refused_and_leaves_nothing(
    app, tmp_path: Path, uploads: list[tuple[str, bytes]], code: str
) -> None:
    with pytest.raises(KesachError) as refused:
        releases.add_release(uploads, tmp_path / "files", SYSTEM)
    assert refused.value.code == code and not (tmp_path / "files").exists() and releases.list_releases(tmp_path / "files") == []


def test_wheels_in_a_zip_keep_their_names_only_and_the_same_again_is_the_same(app, tmp_path: Path) -> None:
    upload = [("kesach-0.2.0.zip", zipped(PROGRAM, named("segno", "1.6")))]
    for _ in range(2):
        assert releases.add_release(upload, tmp_path / "files", SYSTEM) == "0.2.0"
    kept = sorted(path.name for path in (tmp_path / "files").rglob("*") if path.is_file())
    assert kept == [PROGRAM[0], "segno-1.6-py3-none-any.whl"] and len(releases.list_releases(tmp_path / "files")) == 1
    with pytest.raises(KesachError) as refused:
        releases.add_release([PROGRAM], tmp_path / "files", SYSTEM)
    assert refused.value.code == "release_known"


def test_a_backup_leaves_releases_out_and_the_page_asks_for_them_after_a_restore(
    client: FlaskClient, app, login_as, tmp_path: Path
) -> None:
    settings = app.config["KESACH_SETTINGS"]
    one, _ = enrolled(client, "Quầy A")
    login_as(client, "admin")
    for _ in range(2):  # the second time they are put back
        releases.add_release([PROGRAM], settings.files_dir, SYSTEM)
        serial = releases.offer_release("0.2.0", SYSTEM)
        assert offered(client, one) == {"version": "0.2.0", "serial": serial}
        (settings.files_dir / "covers").mkdir(exist_ok=True)
        (settings.files_dir / "covers" / "1.png").write_bytes(b"png")
        file = back_up(settings, tmp_path / "kesach.zip")
        with zipfile.ZipFile(file) as archive:
            assert [name for name in archive.namelist() if name.startswith("files/")] == ["files/covers/1.png"]
        shutil.rmtree(settings.files_dir)
        restore(settings, file, replace=True)
        page = client.get("/staff/devices/releases")
        assert page.status_code == 200 and "Thiếu gói: thêm lại bản này" in page.text
        assert offered(client, one) is None, "its one try would be spent on nothing"
        assert client.get(f"/api/v1/kiosk/release/files/{PROGRAM[0]}", headers=one).status_code == 404
    releases.add_release([PROGRAM], settings.files_dir, SYSTEM)
    assert offered(client, one) == {"version": "0.2.0", "serial": serial}
    assert "Thiếu gói" not in client.get("/staff/devices/releases").text


def test_the_page_adds_offers_and_shows_how_it_went(client: FlaskClient, app, login_as) -> None:
    one, _ = enrolled(client, "Quầy A")
    add_device("Quầy tay", "kiosk", SYSTEM)
    token = login_as(client, "librarian")
    assert client.get("/staff/devices/releases").status_code == 403
    token = login_as(client, "admin")
    url = "/staff/devices/releases"
    bad = client.post(url, data={"csrf_token": token, "files": (io.BytesIO(b"x"), "a.whl")})
    assert bad.status_code == 422 and "không phải gói .whl" in bad.text
    data = {"csrf_token": token, "files": (io.BytesIO(PROGRAM[1]), PROGRAM[0])}
    assert "Đã thêm bản 0.2.0" in client.post(url, data=data, follow_redirects=True).text
    page = client.post(
        f"{url}/offer", data={"csrf_token": token, "version": "0.2.0", "device": "Quầy A"}, follow_redirects=True
    ).text
    assert "Quầy A sẽ cài bản 0.2.0" in page and "chưa cập nhật lần nào" in page and "Lấy mã cài đặt mới" in page
    fell = {"version": "0.2.0", "serial": 5, "outcome": "fell_back"}
    client.post("/api/v1/kiosk/status", json={"version": "0.1.0", "update": fell}, headers=one)
    assert "Bản 0.2.0 không chạy được, đã quay về bản trước" in client.get(url).text
    assert "Quầy A: Bản 0.2.0 không chạy được" in client.get("/staff/").text
    done = client.post(f"{url}/withdraw", data={"csrf_token": token, "version": "0.2.0"}, follow_redirects=True).text
    assert "chưa quầy nào" in done


@pytest.mark.parametrize(
    "said", [None, [], {"outcome": "x"}, {"outcome": "running", "version": "<b>", "serial": 1},
             {"outcome": "running", "version": "1.0", "serial": "1"}, {"outcome": []}]
)  # fmt: skip
def test_a_kiosk_may_say_anything_of_its_update(said: Any) -> None:
    assert update_facts(said) == {}


def test_the_command_adds_and_offers(run_kesach, tmp_path: Path) -> None:
    assert run_kesach("init", "--admin", "an", KESACH_ADMIN_PASSWORD="mot-mat-khau-du-dai").returncode == 0
    wheel = tmp_path / PROGRAM[0]
    wheel.write_bytes(PROGRAM[1])
    assert "Đã thêm bản 0.2.0" in run_kesach("kiosk-release", "add", str(wheel)).stderr
    assert run_kesach("kiosk-release", "offer", "0.2.0").returncode == 0
    assert "0.2.0\t1 gói\tmọi quầy" in run_kesach("kiosk-release", "list").stdout
    refused = run_kesach("kiosk-release", "offer", "9.9")
    assert refused.returncode == 2 and re.search("Không có bản 9.9", refused.stderr)
