"""The shipped samples are what the code beside them makes."""

from __future__ import annotations

from catalog_imports.samples import make_samples


def test_the_shipped_files_are_up_to_date() -> None:
    assert make_samples.MARC_FILE.read_bytes() == make_samples.marc_bytes()
    assert make_samples.BOOKS_FILE.read_bytes() == make_samples.books_bytes()
