"""What pages print around a table: page numbers, running titles, a browser's lines at head and foot."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from importers.sources.pdf.aligned import LoosePage
from importers.sources.pdf.headings import TextLine

_DIGITS = re.compile(r"[0-9０-９\s]+")
_PAGE_NUMBER = re.compile(
    r"[-‐−－ー\s(（p.P]*[0-9０-９]{1,4}(?:\s*[/／]\s*[0-9０-９]{1,4})?[-‐−－ー\s)）]*(?:ページ|頁)?\Z"
)
_MOST = 3  # lines at one end of a page
_FAR = 3.0  # times wider than any gap between the other lines: what stands alone at an end
_FEW_PIECES = 3

Bodies = Sequence[tuple[LoosePage, list[TextLine]]]


def without_furniture(bodies: Bodies) -> list[tuple[LoosePage, list[TextLine]]]:
    """Leave out what pages repeat at their ends, page numbers, and lines far from all others there."""
    found = [(page, list(lines)) for page, lines in bodies]
    for end in (0, -1):
        for _ in range(_MOST):
            shown = [(number, lines[end]) for number, (_, lines) in enumerate(found) if lines]
            counted = Counter(_place(line) for _, line in shown)
            drop = [
                number
                for number, line in shown
                if (counted[_place(line)] > 1 and counted[_place(line)] * 2 >= len(shown))
                or _stands_alone(found[number][1], end)
            ]
            if not drop:
                break
            for number in drop:
                del found[number][1][end]
    return found


def _place(line: TextLine) -> tuple[int, str]:
    return round(line.top), _DIGITS.sub("", "".join(line.texts()))


def _stands_alone(lines: Sequence[TextLine], end: int) -> bool:
    """Tell whether the line at one end is a page number, or stands far from the others."""
    texts = lines[end].texts()
    if len(texts) == 1 and _PAGE_NUMBER.match(texts[0]):
        return True
    gaps = [after.top - before.top for before, after in pairwise(lines)]
    if len(gaps) < 2 or len(texts) > _FEW_PIECES:
        return False
    own, others = (gaps[0], gaps[1:]) if end == 0 else (gaps[-1], gaps[:-1])
    return own > max(others) * _FAR
