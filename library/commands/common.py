"""What every command shares: opening the school, words for errors, exit codes."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
import peewee

from library.contract.codes import word
from library.foundation import database, preferences, schema
from library.foundation.errors import KesachError, Unavailable
from library.settings import Settings, SettingsError, load_settings

DONE, SOME_REFUSED, UNUSABLE, SURROUNDINGS = 0, 1, 2, 3
_BUSY = (peewee.OperationalError, peewee.InterfaceError, sqlite3.OperationalError, PermissionError)


def say(text: str) -> None:
    click.echo(text, err=True)


def show_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, default=str))


class Stop(click.ClickException):
    """End with one sentence for the person and an exit code for the script."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code  # type: ignore[misc]  # click calls it a class variable, and reads it here

    def show(self, file: Any = None) -> None:
        say(self.message)
        if "--json" in sys.argv:  # a script that asked for one object gets one, whatever happened
            show_json({"error": self.message, "exit_code": self.exit_code})


@contextmanager
def in_words() -> Iterator[None]:
    """Errors become one Vietnamese sentence and the right exit code; nothing shows a stack trace."""
    try:
        yield
    except SettingsError as error:
        raise Stop(str(error), UNUSABLE) from error
    except Unavailable as error:
        raise Stop(word(error.code, error.params), SURROUNDINGS) from error
    except KesachError as error:
        raise Stop(word(error.code, error.params), UNUSABLE) from error
    except _BUSY as error:
        raise Stop(f"Không ghi hoặc đọc được dữ liệu: {error}. Chưa có gì thay đổi.", SURROUNDINGS) from error
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        raise Stop(f"Không dùng được tệp hoặc ổ đĩa{where}: {error.strerror}.", SURROUNDINGS) from error


def open_school(*, current: bool = True) -> Settings:
    """Settings and a bound database; refuses when the school was never set up or is at another schema."""
    settings = load_settings()
    if not settings.database_url and not (settings.data_dir / "kesach.db").is_file():
        raise Stop(
            f"Chưa có dữ liệu ở {settings.data_dir}. Trường ở thư mục khác thì thêm KESACH_DATA=thư-mục trước lệnh; "
            "trường mới thì chạy: kesach init",
            UNUSABLE,
        )
    database.connect(settings.database)
    preferences.forget_cache()
    if current:
        schema.require_current()
    return settings


@contextmanager
def search_of(settings: Settings) -> Iterator[Any]:
    """The search index; what this command's commits queued is applied at the end, in one go.

    When it fails or is killed the jobs stay queued, and the server or the next command applies them.
    """
    from library.lending.availability import available_record_ids
    from library.searching.service import open_index

    index = open_index(settings.index_dir, available_record_ids=available_record_ids)
    try:
        yield index
        index.drain(wait_seconds=60)
    finally:
        index.close()


json_option = click.option("--json", "as_json", is_flag=True, help="In đúng một đối tượng JSON ra stdout.")
