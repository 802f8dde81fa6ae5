"""A process that drains or rebuilds and kills itself at the n-th touch of an index file or outbox row.

Run by test_indexer.py: killed_indexer.py DATABASE INDEX_DIR drain|rebuild N. Prints the number of touches
when it lives to the end. With `full` instead, N is the largest size of a file: a disk without room.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from library.foundation.database import connect, database
from library.searching.indexer import Indexer
from library.searching.storage import IndexDirectory

TOUCHES = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.rmtree"}


def drain_on_a_full_disk(indexer: Indexer, most_bytes: int) -> None:
    """No file may grow beyond `most_bytes`: the drain fails. Then the room is back and it succeeds."""
    import resource

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, hard))
    try:
        indexer.drain()
    except OSError as error:
        print(type(error).__name__, error.errno)
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    print("then", indexer.drain())


def main(database_path: str, index_dir: str, action: str, kill_at: int) -> None:
    seen = 0

    def touch() -> None:
        nonlocal seen
        seen += 1
        if seen == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def on_event(event: str, arguments: tuple[Any, ...]) -> None:
        if event in TOUCHES and index_dir in str(arguments[0]):
            touch()

    def on_statement(statement: str) -> None:
        if statement.startswith(("DELETE", "INSERT", "UPDATE", "COMMIT")):
            touch()

    connect(database_path)
    database.connection().set_trace_callback(on_statement)
    sys.addaudithook(on_event)
    indexer = Indexer(IndexDirectory(Path(index_dir)))
    if action == "full":
        drain_on_a_full_disk(indexer, kill_at)
    elif action == "rebuild":
        indexer.rebuild()
    else:
        indexer.drain()
    print(seen)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
