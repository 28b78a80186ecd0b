"""The lines of one cell as its text."""

import re
from collections.abc import Sequence
from itertools import pairwise

from importers.sources.grids import SOFT_END
from importers.sources.txt_aligned.rows import RowRules, is_full

_ITEM = re.compile(r"[・○●◆◇■□①-⑳※＊]")


def join(texts: Sequence[str], column: int, rules: RowRules) -> str:
    """Join the lines of a cell: one that was full was only wrapped, behind any other a break was typed."""
    text = texts[0] if texts else ""
    for upper, lower in pairwise(texts):
        wrapped = is_full(upper, lower, column, rules) and not (upper.endswith("。") and _ITEM.match(lower))
        latin = all(end.isascii() and end.isalpha() for end in (upper[-1], lower[0]))
        text += (SOFT_END + (" " if latin else "") if wrapped else "\n") + lower
    return text
