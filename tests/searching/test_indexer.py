"""The index follows the database: jobs, rebuilds, damage, restored backups, other processes, kill -9."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from library.cataloguing.tables import Record
from library.foundation.clock import now
from library.foundation.database import transaction
from library.foundation.outbox import count_pending, enqueue_index, forget_index_jobs, on_index_jobs
from library.foundation.tables import Meta
from library.searching import indexer
from library.searching.model import CheckReport, SearchPage, SearchRequest, Sort
from library.searching.service import SearchIndex, open_index
from library.searching.storage import IndexDirectory

from .conftest import insert_record

KILLER = Path(__file__).with_name("killed_indexer.py")


def retitle(record_id: int, title: str) -> None:
    with transaction():
        Record.update(title=title).where(Record.id == record_id).execute()
        enqueue_index([record_id])


def delete(record_id: int) -> None:
    with transaction():
        Record.update(deleted_at=now()).where(Record.id == record_id).execute()
        enqueue_index([record_id])


def found(index: SearchIndex, query: str) -> tuple[int, ...]:
    return index.search(SearchRequest(query)).record_ids


# --- following ----------------------------------------------------------------------------------------


def test_add_change_and_delete_follow_on_both_databases(database: str, data_dir: Path) -> None:
    index = open_index(data_dir / "index")
    stop = on_index_jobs(index.drain)
    first = insert_record("Đất rừng phương Nam", authors=["Đoàn Giỏi"])
    other = insert_record("Tuổi thơ dữ dội")
    assert found(index, "dat rung") == (first,)
    retitle(first, "Đất phương Nam")
    assert found(index, "dat rung") == ()
    assert found(index, "đất phương") == (first,)
    delete(other)
    assert found(index, "tuoi tho") == ()
    assert (index.count_documents(), count_pending()) == (1, 0)
    assert index.check().is_clean
    stop()
    index.close()
    again = open_index(data_dir / "index")
    assert again.prepare() is None, "a sound index is not rebuilt"
    assert found(again, "doan gioi") == (first,)


def test_a_record_queued_many_times_is_one_document(index: SearchIndex, shelf: dict[str, int]) -> None:
    for _ in range(3):
        retitle(shelf["de_men"], "Dế Mèn bênh vực kẻ yếu")
    with transaction():
        enqueue_index([shelf["de_men"], 999_999])
    assert index.drain() == 2
    assert found(index, "dế mèn") == (shelf["de_men"],)
    assert index.check() == CheckReport(len(shelf), len(shelf), 0, (), (), (), ())


def test_an_undone_transaction_leaves_no_job(index: SearchIndex, shelf: dict[str, int]) -> None:
    with pytest.raises(ZeroDivisionError), transaction():
        Record.update(title="Không bao giờ").where(Record.id == shelf["de_men"]).execute()
        enqueue_index([shelf["de_men"]])
        raise ZeroDivisionError
    assert index.drain() == 0
    assert found(index, "không bao giờ") == ()


def test_many_small_saves_answer_like_a_rebuilt_index(
    index: SearchIndex, data_dir: Path, shelf: dict[str, int]
) -> None:
    for step in range(30):
        insert_record(f"Truyện cổ tích số {step}", year=1990 + step % 7, authors=[f"Tác giả {step % 3}"])
        if step % 5 == 0:
            retitle(shelf["toan10"], f"Toán 10 bản {step}")
            delete(shelf["charlie"])
        index.drain()
    assert index.check().is_clean
    assert len(index._snapshot().parts) <= 9, "small segments are merged"
    queries = ("", "truyen co tich", "toán", "tac gia 1")
    requests = [
        SearchRequest(query, page, per_page=7, sort=sort) for query in queries for sort in Sort for page in (1, 2)
    ]
    before = [index.search(request) for request in requests]
    index.rebuild()
    for request, page in zip(requests, before, strict=True):
        same_place(index.search(request), page)


def same_place(one: SearchPage, other: SearchPage) -> None:
    assert (one.record_ids, one.total, one.facets) == (other.record_ids, other.total, other.facets)


def test_a_program_that_seeds_chance_can_still_save(index: SearchIndex, shelf: dict[str, int]) -> None:
    for step in range(3):
        random.seed(7)
        retitle(shelf["mat_biec"], f"Hạ đỏ {step}")
        assert index.drain() == 1
    assert index.check().is_clean


def test_another_process_sees_each_commit(index: SearchIndex, data_dir: Path, shelf: dict[str, int]) -> None:
    reader = SearchIndex(data_dir / "index")
    assert found(reader, "mắt biếc") == (shelf["mat_biec"],)
    retitle(shelf["mat_biec"], "Hạ đỏ")
    index.drain()
    assert found(reader, "hạ đỏ") == (shelf["mat_biec"],)
    index.rebuild()
    assert found(reader, "hạ đỏ") == (shelf["mat_biec"],)
    assert found(reader, "mắt biếc") == ()


def test_a_taken_lock_leaves_the_jobs_queued(index: SearchIndex, data_dir: Path, shelf: dict[str, int]) -> None:
    retitle(shelf["mat_biec"], "Hạ đỏ")
    with IndexDirectory(data_dir / "index").writing(0):
        assert index.drain(wait_seconds=0) == 0
        assert found(index, "mắt biếc") == (shelf["mat_biec"],)
    assert count_pending() == 1
    assert index.drain() == 1
    assert found(index, "hạ đỏ") == (shelf["mat_biec"],)


def test_the_follower_applies_what_is_committed(index: SearchIndex, shelf: dict[str, int]) -> None:
    applied = threading.Event()
    drain = index.drain

    def drain_and_tell() -> int:
        done = drain()
        if done:
            applied.set()
        return done

    index.drain = drain_and_tell  # type: ignore[method-assign]  # to wait for it without sleeping
    index.follow()
    retitle(shelf["mat_biec"], "Hạ đỏ")
    assert applied.wait(20)
    assert found(index, "hạ đỏ") == (shelf["mat_biec"],)
    index.close()


def test_threads_search_while_records_change(index: SearchIndex, shelf: dict[str, int]) -> None:
    """One record changes its title again and again; a search always finds it exactly once, under either."""
    wrong: list[object] = []
    done = threading.Event()

    def search() -> None:
        while not done.is_set():
            page = index.search(SearchRequest("phiêu lưu"))
            if page.record_ids != (shelf["de_men"],):
                wrong.append(page)
            if index.search(SearchRequest("")).total != len(shelf):
                wrong.append("count")

    threads = [threading.Thread(target=search) for _ in range(4)]
    for thread in threads:
        thread.start()
    for step in range(25):
        retitle(shelf["de_men"], f"Phiêu lưu {step}")
        index.drain()
    done.set()
    for thread in threads:
        thread.join()
    assert wrong == []


# --- start-up check -------------------------------------------------------------------------------------


def test_waiting_jobs_are_replayed_at_start(index: SearchIndex, data_dir: Path, shelf: dict[str, int]) -> None:
    retitle(shelf["mat_biec"], "Hạ đỏ")
    again = SearchIndex(data_dir / "index")
    assert again.prepare() is None
    assert found(again, "hạ đỏ") == (shelf["mat_biec"],)


def test_an_index_of_another_database_is_rebuilt(index: SearchIndex) -> None:
    Meta.update(value="another").where(Meta.key == "database_uuid").execute()
    assert "another database" in (index.prepare() or "")
    assert index.prepare() is None


def test_an_index_ahead_of_a_restored_backup_is_rebuilt(
    index: SearchIndex, sqlite_database: str, shelf: dict[str, int]
) -> None:
    from library.foundation.database import database

    retitle(shelf["mat_biec"], "Hạ đỏ")
    index.drain()
    database.execute_sql("UPDATE sqlite_sequence SET seq = seq - 1 WHERE name = 'outbox_job'")
    Record.update(title="Mắt biếc").where(Record.id == shelf["mat_biec"]).execute()
    assert "ahead" in (index.prepare() or "")
    assert found(index, "mắt biếc") == (shelf["mat_biec"],)


def test_an_index_that_missed_finished_jobs_is_rebuilt(index: SearchIndex, shelf: dict[str, int]) -> None:
    retitle(shelf["mat_biec"], "Hạ đỏ")
    with transaction():  # as if a newer index, now lost, had applied them
        forget_index_jobs(10_000)
    assert "older" in (index.prepare() or "")
    assert found(index, "hạ đỏ") == (shelf["mat_biec"],)


def test_an_index_of_another_format_is_rebuilt(index: SearchIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexer, "SCHEMA_VERSION", indexer.SCHEMA_VERSION + 1)
    assert "format" in (index.prepare() or "")
    assert index.prepare() is None


def damages() -> Sequence[str]:
    return ("toc empty", "toc cut", "toc gone", "segment empty", "segment cut", "segment gone", "pointer gone",
            "pointer nonsense", "everything gone")  # fmt: skip


@pytest.mark.parametrize("damage", damages())
def test_damage_is_noticed_at_start_and_repaired(
    index: SearchIndex, data_dir: Path, shelf: dict[str, int], damage: str
) -> None:
    root = data_dir / "index"
    version = root / (root / "current.txt").read_text().strip()
    what, _, how = damage.partition(" ")
    victims = {
        "toc": sorted(version.glob("*.toc")),
        "segment": sorted(version.glob("*.seg")),
        "pointer": [root / "current.txt"],
        "everything": [root / "current.txt", *version.iterdir()],
    }[what]
    assert victims
    for path in victims:
        if how == "gone":
            path.unlink()
        else:
            content = path.read_bytes()
            path.write_bytes({"empty": b"", "cut": content[: len(content) // 2], "nonsense": b"../etc\n"}[how])
    fresh = SearchIndex(root)
    assert fresh.prepare() is not None
    assert fresh.check().is_clean
    assert found(fresh, "dế mèn") == (shelf["de_men"],)
    assert sorted(path.name for path in root.iterdir() if path.is_dir()) == [(root / "current.txt").read_text().strip()]


def test_a_vanished_index_comes_back_by_itself(index: SearchIndex, data_dir: Path, shelf: dict[str, int]) -> None:
    import shutil

    shutil.rmtree(data_dir / "index")
    assert found(index, "dế mèn") == (shelf["de_men"],)


def test_check_names_what_differs(index: SearchIndex, shelf: dict[str, int]) -> None:
    Record.update(title="Ai đó sửa tay").where(Record.id == shelf["mat_biec"]).execute()
    Record.update(deleted_at=now()).where(Record.id == shelf["charlie"]).execute()
    report = index.check()
    assert not report.is_clean
    assert (report.different, report.surplus, report.missing) == ((shelf["mat_biec"],), (shelf["charlie"],), ())


# --- kill -9 ----------------------------------------------------------------------------------------------


def run_killed(database_path: str, root: Path, action: str, kill_at: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(KILLER), database_path, str(root), action, str(kill_at)],
        capture_output=True, encoding="utf-8", timeout=120,
    )  # fmt: skip


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
@pytest.mark.parametrize("action", ["drain", "rebuild"])
def test_kill_minus_nine_anywhere_loses_and_doubles_nothing(
    index: SearchIndex, sqlite_database: str, data_dir: Path, shelf: dict[str, int], action: str
) -> None:
    root = data_dir / "index"

    def change(step: int) -> None:
        retitle(shelf["mat_biec"], f"Lần thứ {step}")
        insert_record(f"Nhật trình {step}")

    change(0)
    whole = run_killed(sqlite_database, root, action, 10**9)
    assert whole.returncode == 0, whole.stderr
    touches = int(whole.stdout)
    points = sorted({1, touches, *(touches * part // 6 for part in range(1, 6))})
    for step, point in enumerate(points, start=1):
        change(step)
        killed = run_killed(sqlite_database, root, action, point)
        assert killed.returncode in (-signal.SIGKILL, 0), killed.stderr
        survivor = SearchIndex(root)
        assert survivor.prepare() is None, "the old or the new index is whole: no rebuild is needed"
        assert count_pending() == 0
        assert survivor.check().is_clean
        assert found(survivor, f"lần thứ {step}") == (shelf["mat_biec"],)
        assert index.search(SearchRequest("nhật trình")).total == step + 1, "each new record once"
    leftovers = [path.name for path in root.iterdir() if path.is_dir()]
    assert leftovers == [(root / "current.txt").read_text().strip()]


@pytest.mark.skipif(sys.platform != "linux", reason="limits the size of files as Linux does")
@pytest.mark.parametrize("most_bytes", [0, 300, 2000])
def test_a_full_disk_leaves_the_job_queued_and_the_lock_free(
    index: SearchIndex, sqlite_database: str, data_dir: Path, shelf: dict[str, int], most_bytes: int
) -> None:
    retitle(shelf["mat_biec"], "Hạ đỏ")
    tried = run_killed(sqlite_database, data_dir / "index", "full", most_bytes)
    assert tried.returncode == 0, tried.stderr
    assert "OSError 27" in tried.stdout and "then 1" in tried.stdout
    assert found(index, "hạ đỏ") == (shelf["mat_biec"],)
    assert index.check().is_clean and index.prepare() is None
