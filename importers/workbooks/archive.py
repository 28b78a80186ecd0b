"""Many workbooks in one zip, written one after the other."""

import re
import zipfile
from collections.abc import Iterable
from typing import IO

from importers.calculations.round_book import RoundBook
from importers.workbooks.round_book_file import write_round_book

_UNFIT = re.compile(r'[\\/:*?"<>|\x00-\x1f]')
_LONGEST = 80


def book_name(book: RoundBook) -> str:
    """Return what a section's file is called, in characters that every system takes."""
    return _UNFIT.sub("＿", f"{book.fiscal_year}_{book.section_name}")[:_LONGEST].strip(" .") + ".xlsx"


def write_archive(books: Iterable[RoundBook], stream: IO[bytes]) -> None:
    """Write the workbooks into a zip; two sections of one name get numbers."""
    names: dict[str, int] = {}
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for book in books:
            name = book_name(book)
            names[name] = names.get(name, 0) + 1
            if names[name] > 1:
                name = f"{name.removesuffix('.xlsx')}_{names[name]}.xlsx"
            archive.writestr(name, write_round_book(book))
