"""What a file is, its content says: MARC offered as a list of books is not turned away."""

from __future__ import annotations

from pathlib import Path

from catalog_imports.detect import is_marc


def test_marc_is_known_whatever_it_is_called(tmp_path: Path, marc_file: Path, books_file: Path) -> None:
    renamed = tmp_path / "danh-muc.xlsx"
    renamed.write_bytes(marc_file.read_bytes())
    assert is_marc(renamed)
    assert not is_marc(books_file)
