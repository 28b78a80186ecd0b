"""How a document's cells are usually written: prior expectations that the document itself corrects.

All costs are hundredths of a natural logarithm: 100 × -ln(probability).
"""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from importers.sources.txt_language import Ending, Head, Tail

# Columns of running text, in the order of the document.
PURPOSE, SUMMARY, RESULTS = 0, 1, 2
TEXT_COLUMNS = (PURPOSE, SUMMARY, RESULTS)


def cost(share: float) -> int:
    """Return the cost of something that happens in this share of cases."""
    return round(-100 * math.log(max(share, 1e-9)))


# Expected shares of sentence endings in purpose, summary and results. Results are told in the past, with
# counts; purpose and summary in the present.
_ENDING_SHARES: Mapping[int, Mapping[Ending, float]] = {
    PURPOSE: {
        Ending.PAST: 0.010, Ending.PRESENT: 0.800, Ending.STATE: 0.040, Ending.COUNT: 0.010,
        Ending.NOUN: 0.130, Ending.DASH: 0.010,
    },
    SUMMARY: {
        Ending.PAST: 0.025, Ending.PRESENT: 0.660, Ending.STATE: 0.040, Ending.COUNT: 0.040,
        Ending.NOUN: 0.225, Ending.DASH: 0.010,
    },
    RESULTS: {
        Ending.PAST: 0.590, Ending.PRESENT: 0.040, Ending.STATE: 0.070, Ending.COUNT: 0.170,
        Ending.NOUN: 0.090, Ending.DASH: 0.040,
    },
}  # fmt: skip
_ENDING_STRENGTH = 25

_TAIL_AT_END: Mapping[Tail, float] = {
    Tail.STOP: 0.740, Tail.CLOSING: 0.060, Tail.COMMA: 0.001, Tail.WORD: 0.150, Tail.DIGIT: 0.010,
    Tail.KANA: 0.035, Tail.OPEN: 0.004,
}  # fmt: skip
# Where the item before, in the same cell, had no full stop.
_TAIL_IN_BARE_LIST: Mapping[Tail, float] = {
    Tail.STOP: 0.150, Tail.CLOSING: 0.130, Tail.COMMA: 0.001, Tail.WORD: 0.470, Tail.DIGIT: 0.045,
    Tail.KANA: 0.200, Tail.OPEN: 0.004,
}  # fmt: skip
_TAIL_WRAPPED: Mapping[Tail, float] = {
    Tail.STOP: 0.050, Tail.CLOSING: 0.040, Tail.COMMA: 0.055, Tail.WORD: 0.480, Tail.DIGIT: 0.070,
    Tail.KANA: 0.300, Tail.OPEN: 0.005,
}  # fmt: skip
_HEAD_WRAPPED: Mapping[Head, float] = {
    Head.MARK: 0.003, Head.KANJI: 0.350, Head.KATAKANA: 0.110, Head.HIRAGANA: 0.400, Head.DIGIT: 0.060,
    Head.LATIN: 0.020, Head.OPEN: 0.030, Head.INDENT: 0.001, Head.NEVER: 0.026,
}  # fmt: skip
_HEAD_AT_START: Mapping[Head, float] = {
    Head.MARK: 0.300, Head.KANJI: 0.410, Head.KATAKANA: 0.070, Head.HIRAGANA: 0.050, Head.DIGIT: 0.060,
    Head.LATIN: 0.025, Head.OPEN: 0.060, Head.INDENT: 0.025, Head.NEVER: 0.0002,
}  # fmt: skip

TAIL_AT_END = {tail: cost(share) for tail, share in _TAIL_AT_END.items()}
TAIL_IN_BARE_LIST = {tail: cost(share) for tail, share in _TAIL_IN_BARE_LIST.items()}
TAIL_WRAPPED = {tail: cost(share) for tail, share in _TAIL_WRAPPED.items()}
HEAD_WRAPPED = {head: cost(share) for head, share in _HEAD_WRAPPED.items()}
HEAD_AT_START = {head: cost(share) for head, share in _HEAD_AT_START.items()}


@dataclass(frozen=True, slots=True)
class Habits:
    """Costs that depend on the document.

    `unmarked` is the cost of a typed line break that left no space behind it, `marked` of one that did;
    `end_marked` of one that left a space although its cell ends there; `endings[column][ending]` of a
    sentence of that ending in that column.
    """

    unmarked: int
    marked: int
    end_marked: int
    endings: Mapping[int, Mapping[Ending, int]]


@dataclass(slots=True)
class Observations:
    """What a reading of the document under some layout has counted."""

    marked: int = 0
    unmarked: int = 0
    # Records, and those whose last line has a typed break behind it: the only cell ends known for certain.
    records: int = 0
    marked_ends: int = 0
    endings: dict[int, Counter[Ending]] = field(
        default_factory=lambda: {column: Counter() for column in TEXT_COLUMNS}
    )


def usual_habits() -> Habits:
    """Return the expectations before anything was read."""
    return learn_habits(Observations())


def learn_habits(seen: Observations) -> Habits:
    """Return the expectations corrected by what was counted."""
    # One such end in twenty-eight cells, until the document shows its own share.
    end_share = (seen.marked_ends + 0.5) / (seen.records + 14)
    unmarked_share = (seen.unmarked + 0.6) / (seen.marked + seen.unmarked + 3)
    endings: dict[int, dict[Ending, int]] = {}
    for column, shares in _ENDING_SHARES.items():
        counted = seen.endings[column]
        total = sum(counted.values()) + _ENDING_STRENGTH
        endings[column] = {
            ending: cost((counted[ending] + share * _ENDING_STRENGTH) / total)
            for ending, share in shares.items()
        }
    return Habits(
        unmarked=cost(unmarked_share),
        marked=cost(1 - unmarked_share),
        end_marked=cost(end_share),
        endings=endings,
    )
