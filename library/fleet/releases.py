"""Programs for kiosks, served by the core: adding wheels, offering them, sealing them for one kiosk.

A release is a kesach wheel and whatever wheels it newly needs; a kiosk puts them on a copy of what it runs. Every file
is pinned by SHA-256 in a manifest sealed with the kiosk's own key. Next: library/contract/kiosk_release.py,
kiosk/updating.py for the other side.
"""

from __future__ import annotations

import hashlib
import io
import os
import secrets
import shutil
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import peewee as pw

from library.access.enrolment import Enrolled, exchange_code
from library.access.model import DeviceInfo
from library.access.tables import Device
from library.contract.codes import register_errors
from library.contract.kiosk_api import ReleaseOffered
from library.contract.kiosk_release import FILE_PATTERN, MAX_FILE_BYTES, MAX_FILES, Release, is_sound, make_seal
from library.fleet.tables import DeviceKey, KioskRelease, ReleaseOffer
from library.foundation.audit import Actor, record_audit
from library.foundation.clock import now
from library.foundation.database import transaction
from library.foundation.errors import Conflict, InvalidInput, NotFound
from library.foundation.vietnamese import nfc

FOLDER = "kiosk-releases"

register_errors(
    {
        "release_file_bad": "{name} không phải gói .whl hoặc .zip đọc được. Tải lại tệp rồi thử lại.",
        "release_no_program": "Thiếu gói kesach-….whl: một bản cập nhật cần đúng một gói chương trình.",
        "release_large": "Bản cập nhật quá lớn hoặc quá nhiều tệp.",
        "release_known": "Bản {version} đã có, nội dung khác. Đổi số phiên bản rồi thêm lại.",
        "release_unknown": "Không có bản {version}.",
    }
)


@dataclass(frozen=True, slots=True)
class ReleaseInfo:
    """A release as a page or a command shows it; `offered_to`: names of kiosks, or None for all."""

    version: str
    added_at: datetime
    added_by: str
    size: int
    files: int
    offered_to_all: bool
    offered_to: tuple[str, ...]
    is_here: bool
    """False: its wheels are missing, as after a restore. No kiosk is offered it until they are added again."""


# ---------------------------------------------------------------- keys


def enrol_kiosk(code: str, address: str) -> tuple[Enrolled, str]:
    """As access.exchange_code, and the key that will seal this kiosk's updates, both shown this once."""
    key = secrets.token_urlsafe(32)
    with transaction():
        enrolled = exchange_code(code, address)
        device = Device.get(Device.name == enrolled.name)
        DeviceKey.delete().where(DeviceKey.device == device).execute()
        DeviceKey.create(device=device, key=key, created_at=now())
    return enrolled, key


def names_with_key() -> set[str]:
    """Kiosks that can be updated from here: those set up by the installer."""
    return {row.device.name for row in DeviceKey.select(DeviceKey, Device).join(Device)}


# ---------------------------------------------------------------- adding


def add_release(uploads: Iterable[tuple[str, bytes]], files_dir: Path, actor: Actor) -> str:
    """Keep a release: (name, bytes) of wheels, or of a .zip with wheels. Returns its version. The same again only
    puts back wheels that are missing. InvalidInput: release_file_bad, release_no_program, release_large; Conflict:
    release_known."""
    wheels = _wheels(uploads)
    version = _version_of(wheels)
    listed = [
        {"name": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in sorted(wheels.items())
    ]
    if not is_sound(Release.from_json({"device": "", "version": version, "serial": 0, "files": listed})):
        raise InvalidInput("release_large", field="files")
    known = KioskRelease.get_or_none(KioskRelease.version == version)
    if known is not None:
        if known.files != listed:
            raise Conflict("release_known", field="files", version=version)
        if not _is_here(known, files_dir):
            _write(files_dir / FOLDER / version, wheels)
        return version
    _write(files_dir / FOLDER / version, wheels)
    with transaction():
        row = KioskRelease.create(version=version, files=listed, added_at=now(), added_by=actor.name)
        record_audit(actor, "device.release_add", "kiosk_release", row.id, None, {"version": version})
    return version


def _wheels(uploads: Iterable[tuple[str, bytes]]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for given, data in uploads:
        name = os.path.basename(given.replace("\\", "/"))
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                if name.endswith(".whl"):
                    inside = [(name, data)]
                else:
                    members = [one for one in archive.infolist() if one.filename.endswith(".whl")]
                    if sum(one.file_size for one in members) > MAX_FILES * MAX_FILE_BYTES // 10:
                        raise InvalidInput("release_large", field="files")
                    inside = [(os.path.basename(one.filename), archive.read(one)) for one in members]
        except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError) as error:
            raise InvalidInput("release_file_bad", field="files", name=name) from error
        for wheel, content in inside:
            if not FILE_PATTERN.fullmatch(wheel) or not zipfile.is_zipfile(io.BytesIO(content)):
                raise InvalidInput("release_file_bad", field="files", name=wheel)
            found[wheel] = content
    if not found:
        raise InvalidInput("release_no_program", field="files")
    return found


def _version_of(wheels: dict[str, bytes]) -> str:
    programs = [name for name in wheels if name.startswith("kesach-")]
    if len(programs) != 1:
        raise InvalidInput("release_no_program", field="files")
    version = programs[0].split("-")[1]
    try:
        with zipfile.ZipFile(io.BytesIO(wheels[programs[0]])) as archive:
            facts = BytesParser().parsebytes(archive.read(f"kesach-{version}.dist-info/METADATA"))
    except (KeyError, zipfile.BadZipFile, OSError) as error:
        raise InvalidInput("release_file_bad", field="files", name=programs[0]) from error
    if (facts["Name"], facts["Version"]) != ("kesach", version):
        raise InvalidInput("release_file_bad", field="files", name=programs[0])
    return version


def _write(folder: Path, wheels: dict[str, bytes]) -> None:
    """Whole or not at all: a folder without a row is left over from a crash and replaced."""
    unfinished = folder.with_name(f".{folder.name}.part")
    for old in (unfinished, folder):
        shutil.rmtree(old, ignore_errors=True)
    unfinished.mkdir(parents=True)
    for name, data in wheels.items():
        (unfinished / name).write_bytes(data)
    unfinished.rename(folder)


def _is_here(release: KioskRelease, files_dir: Path) -> bool:
    """All its wheels lie where they belong. A backup does not keep them (docs/adr/0007)."""
    folder = files_dir / FOLDER / release.version
    return all((folder / file["name"]).is_file() for file in release.files)


# ---------------------------------------------------------------- offering


def offer_release(version: str, actor: Actor, device_name: str | None = None) -> int:
    """One kiosk, or all of them (None), is to run `version` from now on; offering again is trying again. Returns the
    offer's serial. NotFound: release_unknown, device_unknown."""
    instant = now()
    with transaction():
        release = _release(version)
        device = None
        if device_name is not None:
            device = Device.get_or_none(Device.name == nfc(device_name), Device.revoked_at.is_null())
            if device is None:
                raise NotFound("device_unknown", field="device", name=device_name)
        newest = ReleaseOffer.select(pw.fn.MAX(ReleaseOffer.serial)).scalar() or 0
        serial = max(int(instant.timestamp()), newest + 1)
        ReleaseOffer.create(
            release=release, device=device, serial=serial, created_at=instant, created_by=actor.name
        )
        facts = {"version": version, "device": device.name if device else "mọi quầy"}
        record_audit(actor, "device.release_offer", "kiosk_release", release.id, None, facts)
    return serial


def withdraw_release(version: str, actor: Actor) -> None:
    """Kiosks that have not taken it yet do not take it any more; what runs goes on running."""
    with transaction():
        release = _release(version)
        changed = (
            ReleaseOffer.update(withdrawn_at=now())
            .where(ReleaseOffer.release == release, ReleaseOffer.withdrawn_at.is_null())
            .execute()
        )
        if changed:
            record_audit(actor, "device.release_withdraw", "kiosk_release", release.id, {"version": version}, None)


def _release(version: str) -> KioskRelease:
    row = KioskRelease.get_or_none(KioskRelease.version == version[:40])
    if row is None:
        raise NotFound("release_unknown", field="version", version=version)
    return row


def list_releases(files_dir: Path) -> list[ReleaseInfo]:
    """Newest first."""
    offers: dict[int, list[Any]] = {}
    for offer in ReleaseOffer.select(ReleaseOffer, Device).join(Device, pw.JOIN.LEFT_OUTER).where(
        ReleaseOffer.withdrawn_at.is_null()
    ):
        offers.setdefault(offer.release_id, []).append(offer.device.name if offer.device_id else None)
    return [
        ReleaseInfo(
            row.version, row.added_at, row.added_by, sum(file["size"] for file in row.files), len(row.files),
            None in offers.get(row.id, []),
            tuple(sorted({name for name in offers.get(row.id, []) if name is not None})),
            _is_here(row, files_dir),
        )
        for row in KioskRelease.select().order_by(KioskRelease.id.desc())
    ]  # fmt: skip


# ---------------------------------------------------------------- what a kiosk asks


def find_offer(device: DeviceInfo, files_dir: Path) -> ReleaseOffered | None:
    """What this kiosk is to run; None where nothing is offered, it has no key, or the wheels are missing: it tries
    an offer once only, and that once must not be spent on nothing."""
    found = _offer(device.id)
    if found is None or not _is_here(found.release, files_dir):
        return None
    return ReleaseOffered(version=found.release.version, serial=found.serial)


def _offer(device_id: int) -> ReleaseOffer | None:
    if not DeviceKey.select().where(DeviceKey.device == device_id).exists():
        return None
    return (
        ReleaseOffer.select(ReleaseOffer, KioskRelease)
        .join(KioskRelease)
        .where(
            ReleaseOffer.withdrawn_at.is_null(), ReleaseOffer.device.is_null() | (ReleaseOffer.device == device_id)
        )
        .order_by(ReleaseOffer.serial.desc())
        .first()
    )


def sealed_release(device: DeviceInfo) -> Release:
    """The manifest for this kiosk, sealed with its key. NotFound: release_unknown."""
    offer = _offer(device.id)
    if offer is None:
        raise NotFound("release_unknown", version="")
    release = Release.from_json(
        {"device": device.name, "version": offer.release.version, "serial": offer.serial, "files": offer.release.files}
    )
    return replace(release, seal=make_seal(DeviceKey.get(DeviceKey.device == device.id).key, release))


def release_file(device: DeviceInfo, name: str, files_dir: Path) -> Path:
    """Where a file of the release offered to this kiosk lies. NotFound: release_unknown, for any other name and where
    it is missing."""
    offer = _offer(device.id)
    if offer is None or name not in [file["name"] for file in offer.release.files]:
        raise NotFound("release_unknown", version=name)
    path = files_dir / FOLDER / offer.release.version / name
    if not path.is_file():
        raise NotFound("release_unknown", version=offer.release.version)
    return path
