"""Why a file or the journal could not be opened, in words: what the operating system and SQLite say is English.

Used where a command ends (`check`, `run`, `enrol`), not by the running kiosk, whose log keeps their own words.
"""

from __future__ import annotations

import errno
import sqlite3

_BY_NUMBER = {
    errno.ENOENT: "không có tệp này", errno.EACCES: "không có quyền", errno.EPERM: "không có quyền",
    errno.EISDIR: "đó là thư mục, không phải tệp", errno.ENOTDIR: "đường dẫn đi qua một tệp, không phải thư mục",
    errno.ENOSPC: "đĩa đã đầy", errno.EDQUOT: "đĩa đã đầy", errno.EROFS: "đĩa chỉ cho đọc",
    errno.EIO: "thẻ nhớ hoặc đĩa bị lỗi", errno.EADDRINUSE: "cổng của màn hình đang có chương trình khác dùng",
}  # fmt: skip
_BY_SQLITE = {
    sqlite3.SQLITE_FULL: "đĩa đã đầy", sqlite3.SQLITE_READONLY: "không có quyền ghi, hoặc đĩa chỉ cho đọc",
    sqlite3.SQLITE_CANTOPEN: "không mở được tệp", sqlite3.SQLITE_PERM: "không có quyền",
    sqlite3.SQLITE_BUSY: "chương trình khác đang giữ sổ", sqlite3.SQLITE_LOCKED: "chương trình khác đang giữ sổ",
    sqlite3.SQLITE_IOERR: "thẻ nhớ hoặc đĩa bị lỗi", sqlite3.SQLITE_CORRUPT: "tệp bị hỏng",
    sqlite3.SQLITE_NOTADB: "tệp bị hỏng",
}  # fmt: skip
_UNKNOWN = "chưa rõ vì sao"


def say_cause(error: BaseException) -> str:
    """A few words, without full stop. Looks at what lies beneath (`raise … from`) as well."""
    looked_at: BaseException | None = error
    while looked_at is not None:
        if isinstance(looked_at, sqlite3.Error):
            code = getattr(looked_at, "sqlite_errorcode", None)
            # Our own check of a file (`quick_check`) carries no number: the file is what is wrong.
            return "tệp bị hỏng" if code is None else _BY_SQLITE.get(code & 0xFF, _UNKNOWN)
        if isinstance(looked_at, OSError) and looked_at.errno in _BY_NUMBER:
            return _BY_NUMBER[looked_at.errno]
        if isinstance(looked_at, UnicodeDecodeError):
            return "không phải tệp chữ"
        looked_at = looked_at.__cause__
    return _UNKNOWN


def say_certificate(error: OSError) -> str:
    """Of a certificate authority's file; whole sentences, with what to do."""
    why = "tệp không chứa chứng chỉ nào" if error.errno not in _BY_NUMBER else say_cause(error)
    return f"{why}. Chép lại tệp chứng chỉ gốc từ máy chủ, rồi chạy lại install.sh với --ca và tệp ấy."
