"""The lines of one cell as its text."""

import re
from collections.abc import Sequence
from itertools import pairwise

from importers.sources.grids import SOFT_END
from importers.sources.txt_aligned.rows import RowRules, is_full

_SENTENCE_ENDS = ("。", "．", "！", "？")
_NEARLY_TENTHS = 8  # of the fullest line
_ITEM = re.compile(r"[・○●◆◇■□①-⑳※＊]")


def join(texts: Sequence[str], column: int, rules: RowRules) -> str:
    """Join the lines of a cell: one that was full was only wrapped, behind any other a break was typed.

    A font may set some signs wider than usual: in the midst of a sentence a line that is nearly full was
    wrapped, too.
    """
    text = texts[0] if texts else ""
    for upper, lower in pairwise(texts):
        latin = all(end.isascii() and end.isalpha() for end in (upper[-1], lower[0]))
        wrapped = _is_wrapped(upper, lower, column, rules)
        text += (SOFT_END + (" " if latin else "") if wrapped else "\n") + lower
    return text


def _is_wrapped(upper: str, lower: str, column: int, rules: RowRules) -> bool:
    if _ITEM.match(lower) and upper.endswith(_SENTENCE_ENDS):
        return False
    if is_full(upper, lower, column, rules):
        return True
    nearly = rules.measures.width_of(upper) * 10 >= rules.reach[column] * _NEARLY_TENTHS
    return nearly and not upper.endswith(_SENTENCE_ENDS) and not _ITEM.match(lower)
