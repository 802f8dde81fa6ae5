"""Index files: opened in place, durable in the right order, versions swapped in one step."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest
from whoosh.filedb.compound import BufferFile

from library.searching.service import SearchIndex
from library.searching.storage import IndexBusy, IndexDirectory

from .conftest import insert_record


def test_segments_are_read_in_place_not_copied(index: SearchIndex) -> None:
    """The class that Whoosh would use by itself copies every segment into memory at opening."""
    segment = index._snapshot().parts[0][0]
    column = segment._reader.column_reader("title", translate=False)
    assert isinstance(column._dbfile, BufferFile)
    assert isinstance(column._dbfile._buf, memoryview)
    assert column._dbfile.file.__class__.__name__ == "_MappedView"


_flushes: list[str] | None = None


def _record_flushes(event: str, arguments: tuple[Any, ...]) -> None:
    if _flushes is not None and event in ("os.rename", "open") and isinstance(arguments[0], str | os.PathLike):
        name = os.fspath(arguments[0])
        if event == "os.rename":
            _flushes.append("rename " + Path(name).name.split(".toc")[0])
        elif "+" in str(arguments[1]):  # storage.py opens for update only to flush
            _flushes.append("flush " + Path(name).suffix)


def test_a_commit_flushes_its_segment_before_the_table_of_contents(index: SearchIndex) -> None:
    global _flushes
    insert_record("Đất rừng phương Nam")
    sys.addaudithook(_record_flushes)
    _flushes = []
    try:
        index.drain()
        events = _flushes
    finally:
        _flushes = None
    renames = [place for place, event in enumerate(events) if event.startswith("rename _MAIN")]
    assert len(renames) == 1
    assert "flush .seg" in events[: renames[0]]


def test_one_writer_at_a_time_and_the_lock_is_given_back(tmp_path: Path) -> None:
    first, second = IndexDirectory(tmp_path), IndexDirectory(tmp_path)
    with first.writing(0):
        with pytest.raises(IndexBusy), second.writing(0):
            raise AssertionError("two writers")
    with second.writing(0):
        pass
    with pytest.raises(ZeroDivisionError), first.writing(0):
        raise ZeroDivisionError
    with second.writing(0):
        pass


def test_rebuilding_leaves_one_version_and_no_leftovers(index: SearchIndex, data_dir: Path) -> None:
    root = data_dir / "index"
    (root / "ix-0001" / "_MAIN_9.toc.1234.5").write_bytes(b"half a commit")
    (root / "ix-0001" / "MAIN.tmp").mkdir(exist_ok=True)
    index.prepare()
    assert not list(root.glob("*/*.toc.*")) and not list(root.glob("*/*.tmp"))
    assert index.rebuild() == index.count_documents()
    assert sorted(path.name for path in root.iterdir()) == ["current.txt", "ix-0002", "write.lock"]
