"""How high a row is to be for its texts to be seen, and rows that grow while somebody types."""

import io
import re
import unicodedata
import zipfile
from collections.abc import Iterable
from typing import Final

_LINE: Final = 13.5  # points, at ten points of the standard font
_PADDING: Final = 4
_HIGHEST: Final = 409  # Excel's own bound
_LEAST: Final = 32
_ROW = re.compile(rb'(<row [^>]*?) customHeight="1"')


def height_of(cells: Iterable[tuple[str, float]], *, least: float = _LEAST) -> float:
    """Return the height in points of a row whose cells hold texts in columns of some widths."""
    lines = max((_lines(text, width) for text, width in cells), default=1)
    return min(_HIGHEST, max(least, lines * _LINE + _PADDING))


def _lines(text: str, width: float) -> int:
    room = max(int(width) - 1, 1)
    return sum(max(1, -(-_narrow(line) // room)) for line in text.split("\n"))


def _narrow(line: str) -> int:
    """Return a line's width in narrow characters; a full-width one counts as two."""
    return sum(2 if unicodedata.east_asian_width(each) in "WFA" else 1 for each in line)


def let_rows_grow(content: bytes) -> bytes:
    """Return a workbook whose rows' heights are only what fits now, as Excel itself saves them.

    XlsxWriter marks every height as chosen by hand, and such a row no longer grows with what is typed.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            data = old.read(item)
            if item.filename.startswith("xl/worksheets/sheet"):
                data = _ROW.sub(rb"\1", data)
            new.writestr(item, data)
    return out.getvalue()
