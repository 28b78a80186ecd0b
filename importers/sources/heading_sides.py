"""Lists with an old and a new side (改正前 and 改正後, two years): what holds now, and what was before."""

import re
from collections.abc import Sequence
from typing import Final

from importers.enums import DocumentKind
from importers.sources.heading_match import ColumnMatch, match_heading
from importers.sources.heading_words import IGNORED
from tsukuba_kpi.lib.fiscal_year import find_fiscal_years
from tsukuba_kpi.lib.japanese_text import match_key

FORMER: Final = "former"  # a column of the old side, beside one of the new side for the same field
_OF_TWO_SIDES: Final = (
    DocumentKind.PROGRAMS,
    DocumentKind.STRATEGY,
    DocumentKind.SECTIONS,
    DocumentKind.STAFF,
)
_OLD_SIDE: Final = re.compile(
    r"[\[(【]?(?:旧(?:組織|体制|機構|部署|所属|区分)?|現行|(?:改正|変更|改定|見直し|改編|再編|異動|発令)(?:前|の?前))(?:\(.*\))?[\])】]?\Z"
)
_NEW_SIDE: Final = re.compile(
    r"[\[(【]?(?:新(?:組織|体制|機構|部署|所属|区分)?|(?:改正|変更|改定|見直し|改編|再編|異動|発令)(?:後|案))(?:\(.*\))?[\])】]?\Z"
)
_NEW_BEHIND: Final = re.compile(r"(?P<word>[^()]+)\((?:新|改正後|変更後|異動後)\)\Z")


def without_old_side(
    levels: Sequence[tuple[str, ...]], matches: list[ColumnMatch], kind: DocumentKind
) -> list[ColumnMatch]:
    """Leave the fields of a list with an old and a new side (改正前 and 改正後) to the new one."""
    if kind not in _OF_TWO_SIDES:
        return matches
    matches = _with_new_column(matches, kind)
    sides = [next((side for level in above[:-1] if (side := _side(level))), "") for above in levels]
    if kind is DocumentKind.SECTIONS and not any(sides):
        sides = _sides_of_years(levels)
    if not {"old", "new"} <= set(sides):
        return matches
    new = {match.field for match, side in zip(matches, sides, strict=True) if side == "new"}
    if kind is DocumentKind.STAFF:
        # Where somebody comes from is nobody's question: a list of transfers has it in every row.
        return [
            _of_the_past(match) if side == "old" and match.field in new else match
            for match, side in zip(matches, sides, strict=True)
        ]
    return [
        ColumnMatch(match.heading, None, FORMER, match.field)
        if side == "old" and match.field in new
        else match
        for match, side in zip(matches, sides, strict=True)
    ]


def _of_the_past(match: ColumnMatch) -> ColumnMatch:
    return ColumnMatch(match.heading, "old_section" if match.field == "section" else IGNORED, "heading")


def _with_new_column(matches: list[ColumnMatch], kind: DocumentKind) -> list[ColumnMatch]:
    """Take 「課名（新）」 beside 「課名」 for what holds now, the other one for the old side."""
    result = list(matches)
    for number, match in enumerate(matches):
        said = _NEW_BEHIND.match(match_key(match.heading)) if match.field is None else None
        name = match_heading((said["word"],), kind)[0] if said is not None else None
        rivals = [at for at, other in enumerate(matches) if name is not None and other.field == name]
        if len(rivals) == 1:
            result[number] = ColumnMatch(match.heading, name, "similar")
            result[rivals[0]] = ColumnMatch(matches[rivals[0]].heading, None, FORMER, name)
    return result


def _sides_of_years(levels: Sequence[tuple[str, ...]]) -> list[str]:
    """Return the sides of a list that prints the sections of two years beside one another."""
    years = [
        next((found[0] for text in above[:-1] if (found := find_fiscal_years(text))), None)
        for above in levels
    ]
    named = sorted({year for year in years if year is not None})
    if len(named) != 2:
        return [""] * len(levels)
    return ["" if year is None else "old" if year == named[0] else "new" for year in years]


def _side(text: str) -> str:
    key = match_key(text)
    return "old" if _OLD_SIDE.match(key) else "new" if _NEW_SIDE.match(key) else ""
