"""A snapshot read piece by piece is the same as read whole; what is no snapshot changes nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kiosk_world import Core, RunningKiosk

from kiosk import snapshot_text, spool
from kiosk.api_client import ApiClient
from kiosk.snapshot import SnapshotStore
from kiosk.snapshot_text import SnapshotText
from kiosk.spool import Spool, SpoolFailed
from library.contract.kiosk_api import PREFIX, Snapshot, SnapshotCopy, SnapshotReader
from tests.running_school import Client


def spooled(text: str) -> Spool:
    spool = Spool()
    spool.write(text.encode())
    return spool


HEAD = {"version": 3, "generated_at": "2026-11-26T01:00:00Z", "full": True}
READER = {"card": "TV1", "display_name": "An", "class_name": "6A1", "kind": "pupil", "grade": 6, "loans_open": 0}
COPY = {"barcode": "S1", "title": 'Ngoặc "kép", ] và }', "material": "book", "collection": "", "loanable": True}


@given(
    readers=st.lists(st.text(), max_size=5), titles=st.lists(st.text(), max_size=5),
    extra=st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)),
    indent=st.sampled_from([None, 0, 3]), ascii_only=st.booleans(), order=st.permutations(range(6)),
    step=st.sampled_from([1, 2, 7, 100, 65_536]),
)  # fmt: skip
def test_piece_by_piece_is_the_whole(
    readers: list[str], titles: list[str], extra: Any, indent: int | None, ascii_only: bool, order: list[int], step: int
) -> None:
    """Wherever the window ends: in a number, in a letter of three bytes, behind a backslash."""
    parts = [*HEAD.items(), ("readers", [READER | {"card": card} for card in readers]),
             ("copies", [COPY | {"title": title} for title in titles]), ("from_a_newer_core", extra)]  # fmt: skip
    message = dict(parts[place] for place in order)
    with patch.object(snapshot_text, "_STEP", step):
        text = SnapshotText(spooled(json.dumps(message, indent=indent, ensure_ascii=ascii_only)))
        copies, found = text.copies(), []
        for reader in text.readers():  # both at once: each has a place of its own
            found.append(reader)
            next(copies, None)
        assert replace(text.head, readers=tuple(found), copies=tuple(text.copies())) == Snapshot.from_json(message)


@given(st.text() | st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(
    st.sampled_from(["version", "readers", "copies", "full", "generated_at", "staff", "policy"]), inner)).map(json.dumps))  # fmt: skip
def test_any_answer_is_a_snapshot_or_a_value_error(text: str) -> None:
    try:
        found = SnapshotText(spooled(text))
        list(found.readers())
        list(found.copies())
    except ValueError:
        return
    assert Snapshot.from_json(json.loads(text)).version == found.head.version


@pytest.mark.parametrize("bad", [[COPY, {"barcode": "S2"}], [COPY, 7], [COPY | {"loanable": "yes"}]])
def test_one_bad_copy_leaves_the_old_snapshot(tmp_path: Path, bad: list[Any]) -> None:
    store = SnapshotStore(tmp_path / "snapshot.db")
    store.apply(Snapshot(**HEAD, readers=(SnapshotReader(**READER),), copies=(SnapshotCopy(**COPY),)))  # type: ignore[arg-type]  # mixed values
    text = SnapshotText(spooled(json.dumps(HEAD | {"version": 4, "readers": [], "copies": bad})))
    with pytest.raises(ValueError):
        store.apply(text.head, readers=text.readers(), copies=text.copies())
    assert store.version == 3 and store.count() == (1, 1) and store.find_copy("S1") is not None
    store.apply(replace(Snapshot(**HEAD), version=5, full=True))  # type: ignore[arg-type]  # mixed values
    assert store.count() == (0, 0)
    store.close()


def test_the_core_s_own_snapshot(core: Core) -> None:
    core.world.add_title("Dế Mèn phiêu lưu ký", 3)
    api = ApiClient(core.proxy.url, core.token, read_timeout=10)
    parts = api.snapshot(None)
    status, answer = Client(core.port, core.token).get(f"{PREFIX}/snapshot")
    whole = Snapshot.from_json(json.loads(answer))
    assert status == 200 and len(whole.copies) >= 3
    assert (tuple(parts.readers()), tuple(parts.copies())) == (whole.readers, whole.copies)
    api.close()


def test_half_a_letter_at_the_end_is_no_snapshot() -> None:
    cut = Spool()
    cut.write(json.dumps(HEAD | {"title": "Dế"}, ensure_ascii=False).encode()[:-4])
    with pytest.raises(ValueError):
        SnapshotText(cut)


def test_a_large_answer_lies_on_the_disk_for_its_time_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "IN_MEMORY", 1000)
    path = tmp_path / "incoming"
    kept = Spool(path)
    for _ in range(3):
        kept.write(b"x" * 400)
        assert path.exists() is (len(kept) > 1000)
    assert kept.read(0, 2000) == b"x" * 1200 and kept.read(1199, 5) == b"x"
    assert path.stat().st_mode & 0o777 == 0o600, "names of children"
    kept.clear()
    assert not path.exists() and kept.read(0, 10) == b"" and len(kept) == 0
    kept.write(b"y" * 2000)
    kept.close()
    assert not path.exists()


def test_a_disk_that_takes_no_snapshot_is_no_network_that_is_down(
    core: Core, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(spool, "IN_MEMORY", 100)
    core.world.add_title("Dế Mèn phiêu lưu ký", 3)
    blocked = tmp_path / "state" / "snapshot.db-incoming"
    blocked.mkdir(parents=True)
    api = ApiClient(core.proxy.url, core.token, read_timeout=10)
    with pytest.raises(SpoolFailed):
        api.snapshot(None, Spool(blocked))
    assert api.hello().device, "the connection is not left with the rest of an answer in it"
    api.close()
    kiosk = RunningKiosk(core, tmp_path)
    try:
        kiosk.until(lambda view: "snapshot not kept" in caplog.text)
        assert kiosk.kiosk.snapshot.count() == (0, 0) and kiosk.kiosk.line.is_up and kiosk.kiosk.clock.trusted
        blocked.rmdir()
        kiosk.kiosk.house.hurry()
        kiosk.until(lambda view: kiosk.kiosk.snapshot.count()[1] >= 3)
    finally:
        kiosk.stop()
    assert not blocked.exists()
