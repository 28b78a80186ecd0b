"""Which field one heading names: by a very word of it, or by resemblance; never by a guess between two."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from importers.enums import DocumentKind
from importers.sources.heading_words import WORDS, KindWords
from tsukuba_kpi.lib.japanese_text import match_key

_DECORATION = re.compile(
    r"^[■□◆◇●○▼▽▲△★☆・※*>＞]+|[※*]+[0-9]*$|\(注[0-9]*\)$|注[0-9]+$|^\(?[0-9]{1,2}[).、:](?=.)"
)
_CIRCLED = re.compile("[①-⑳❶-❿]")
_FRAME = re.compile(r"^[\[【〔<〈《「『](.*)[\]】〕>〉》」』]$")
_BRACKETED = re.compile(r"\(([^()]*)\)")
_YEAR = re.compile(
    r"(?:令和|平成|r|h)(?:[0-9]{1,2}|元)年?度?の?|(?:19|20)[0-9]{2}年度?の?|(?:本|今|当|当該)年度の?"
)
_CHANGES_MEANING = re.compile("旧|前|新|仮|予定|案|見込|カナ|かな|電話|コード|id")
_NUMBER_OF = frozenset(("値", "数値", "実数", "数", "指標値"))
_YEAR_OF = frozenset(("年度", "年", "時点", "時期", "年月", "基準年度", "目標年度", "年次"))
_CODE_OF = frozenset(("番号", "no", "no.", "コード", "記号"))
_NAME_OF = frozenset(("名称", "名", "内容", "名前", "表題", "項目"))
_PARTS_OF_KANA = {"姓": "family_kana", "氏": "family_kana", "名": "given_kana"}
# What a list of departments may print side by side: 局・部・公室名, 課・室・センター等名.
_BUREAU_KINDS = frozenset(("部", "局", "公室", "本部", "部局"))
_SECTION_KINDS = frozenset(("課", "室", "センター", "所", "館", "局", "事務局", "課室", "事務所", "署"))
_BETWEEN_KINDS = re.compile("[・/,、]|及び|または|又は")
_NAMING = re.compile(r"(?:等|等の|の)?(?:名称|名)?等?\Z")
_LAST_OF = frozenset(("最終", "最終年度", "最終値", "計画最終年度"))
YEAR_BESIDE: Final = {"baseline": "baseline_year", "final_target": "target_year", "target": "target_year"}
# What may stand around a word without changing what it means.
_FILLER = re.compile(
    r"(?:主たる|主な|主|具体的な|具体的|事務事業|事業|年度|及び|・|/|,|、|等|の|な|名称|名|内容|欄|記入|記載|について|一覧|別|状況)*\Z"
)


@dataclass(frozen=True, slots=True)
class ColumnMatch:
    """What one column was taken for; `how` as in SourceColumn.

    `rival` is the field that it would be if another column were not as good for it.
    """

    heading: str
    field: str | None
    how: str
    rival: str | None = None


@lru_cache(maxsize=4096)
def match_heading(levels: tuple[str, ...], kind: DocumentKind) -> tuple[str | None, str]:
    """Return the field that a heading names and how, or (None, "unknown" or "ambiguous")."""
    candidates = [levels[-1], "".join(levels)] if levels else []
    index = _INDEXES[kind]
    if len(levels) > 1 and (part := _part(levels, index)) is not None:
        return part
    for candidate in candidates:
        if (field := exact_field(candidate, kind)) is not None:
            return field, "heading"
    for candidate in candidates:
        found = _similar(candidate, index)
        if found is not None:
            return found
    unit = _kinds_of_units(levels[-1]) if levels else None
    return (unit, "similar") if unit in index.values() else (None, "unknown")


def exact_field(text: str, kind: DocumentKind) -> str | None:
    """Return the field that a text is a very word for; it may have the usual decorations."""
    index = _INDEXES[kind]
    return next((index[variant] for variant in variants_of(text) if variant in index), None)


def _part(levels: tuple[str, ...], index: Mapping[str, str]) -> tuple[str | None, str] | None:
    """Tell number, year and last one under 基準値 or 目標値, code and name under 基本目標 and its like.

    Alone these words mean others.
    """
    leaf = match_key(levels[-1])
    if leaf in _PARTS_OF_KANA and any(index.get(match_key(level)) == "kana" for level in levels[:-1]):
        return _PARTS_OF_KANA[leaf], "heading"
    if not any(leaf in words for words in (_NUMBER_OF, _YEAR_OF, _LAST_OF, _CODE_OF, _NAME_OF)):
        return None
    above = next((index[key] for level in levels[-2::-1] for key in variants_of(level) if key in index), None)
    if f"{above}_code" in index.values() and leaf in (*_CODE_OF, *_NAME_OF):
        return (f"{above}_code" if leaf in _CODE_OF else above), "heading"
    if above not in YEAR_BESIDE or leaf in (*_CODE_OF, *_NAME_OF):
        return None
    if leaf in _NUMBER_OF:
        return above, "heading"
    if leaf in _LAST_OF:
        return ("final_target", "heading") if above != "baseline" else None
    year = YEAR_BESIDE[above]
    return (year, "heading") if year in index.values() else (None, "unknown")


def _kinds_of_units(text: str) -> str | None:
    """Return bureau or section for a heading that lists several kinds of one of them (局・部・公室名)."""
    kinds = {kind for kind in _BETWEEN_KINDS.split(_NAMING.sub("", match_key(text))) if kind}
    if len(kinds) < 2:
        return None
    if kinds <= _BUREAU_KINDS:
        return "bureau"
    return "section" if kinds <= _SECTION_KINDS and "課" in kinds else None


def _index(words: KindWords) -> dict[str, str]:
    found: dict[str, str] = {}
    for of_field in words.fields:
        for word in of_field.words:
            found.setdefault(match_key(word), of_field.field)
    return found


# Made when the module is loaded: that is once for all documents, reading processes are forked after it.
_INDEXES: Final = {kind: _index(words) for kind, words in WORDS.items()}


def names_a_year(text: str) -> bool:
    """Tell whether a heading is nothing but a word for a year or a point of time."""
    return match_key(text) in _YEAR_OF


def variants_of(text: str) -> list[str]:
    """Return the keys a heading may be looked up by, the closest first."""
    key = match_key(_CIRCLED.sub("", text))
    plain = _DECORATION.sub("", key)
    framed = _FRAME.match(plain)
    variants = [key, plain, framed[1] if framed else plain]
    inside = "".join(_BRACKETED.findall(plain))
    if inside and not _CHANGES_MEANING.search(inside):
        variants.append(_BRACKETED.sub("", plain))
    variants.extend([_YEAR.sub("", variant) for variant in variants])
    return [variant for variant in dict.fromkeys(variants) if variant]


def _similar(text: str, index: Mapping[str, str]) -> tuple[str | None, str] | None:
    """Find a word inside a heading that has nothing else but harmless additions."""
    heading = variants_of(text)[-1] if variants_of(text) else ""
    if _CHANGES_MEANING.search(heading):
        return None
    contained = [word for word in index if len(word) > 1 and word in heading]
    longest = [word for word in contained if not any(word != other and word in other for other in contained)]
    fields = {index[word] for word in longest}
    if len(fields) > 1:
        return None, "ambiguous"
    for word in sorted(longest, key=len, reverse=True):
        if _FILLER.match(heading.replace(word, "", 1)):
            return index[word], "similar"
    return None
