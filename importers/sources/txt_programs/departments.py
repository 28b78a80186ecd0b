"""Bureau and section out of one cell that prints both without a sign between them.

A bureau ends in 部, 局, 公室 … and stands before several sections of the same document; that tells
「暮らし環境部|地域安全課」 from 「|西部地区整備課」. The whole document is looked at, and where it does not
decide, the other readings are told.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from importers.calculations.rows import CERTAIN
from importers.sources.txt_programs.heads import is_unit_name

_STRONG = re.compile(r"(?:公室|本部|委員会|事務局|部|局|監)$")
_WEAK = re.compile(r"(?:室|会|院|区|支所|庁|所|センター|学校|企業|課)$")
# 西部 and 中部 are regions when a city names an office after them.
_REGION = re.compile(r"[東西南北中内外上下]部$")
# Words that only look like the end of a bureau and the rest: 部|門, 会|計.
_JOINED_WORDS = re.compile(
    r"部\|(?:門|長(?=室|公|席)|品|分(?!権)|隊|活|落|員|局|会(?!計|議))|局\|(?:長(?=室|公|席)|面)|室\|(?:長(?!寿|期)|内)|(?<!委員)会\|(?:計|議|館|員|社|場)|監\|(?:査|督|視|理|修|護)"
    r"|院\|内|区\|(?:画|域|間|分|長(?!寿|期))|所\|(?:得|有|管|在)|課\|(?:税|長(?!寿|期)|題)|庁\|(?:舎|内)"
    r"|学校\|(?:教|給|施|安|保|相)|企業\|(?:誘|立|支)|センター\|(?:管|運)"
)

SURE = Decimal("0.99")


@dataclass(frozen=True, slots=True)
class DepartmentReading:
    """A department's bureau (None without one) and section (None where only a bureau is printed)."""

    bureau: str | None
    section: str | None
    confidence: Decimal
    reason: str
    alternatives: tuple[tuple[str | None, str | None], ...] = ()


@dataclass(frozen=True, slots=True)
class _Cut:
    at: int
    score: int


def split_departments(
    texts: Iterable[str], known_sections: Mapping[str, str] | None = None
) -> dict[str, DepartmentReading]:
    """Return the reading of each department; `known_sections` gives known sections and their bureaus."""
    distinct = list(dict.fromkeys(texts))
    known = known_sections or {}
    cuts = {text: _possible_cuts(text) for text in distinct}
    sections_of: dict[str, set[str]] = {}
    for text, places in cuts.items():
        for at in places:
            sections_of.setdefault(text[:at], set()).add(text[at:])
    readings = {text: _read(text, cuts[text], sections_of, known) for text in distinct}
    return _doubt_exceptions(readings)


def _doubt_exceptions(readings: dict[str, DepartmentReading]) -> dict[str, DepartmentReading]:
    """Where most departments print a bureau, one that seems to print none is doubtful."""
    with_bureau = sum(reading.bureau is not None for reading in readings.values())
    if with_bureau * 2 < len(readings):
        return readings
    return {
        text: reading
        if reading.bureau is not None or reading.confidence < SURE
        else DepartmentReading(
            None,
            reading.section,
            Decimal("0.85"),
            f"他の部署には部局がありますが、「{text}」からは部局を読み取れません。",
            tuple((text[:at], text[at:]) for at in range(2, len(text) - 1) if _STRONG.search(text[:at])),
        )
        for text, reading in readings.items()
    }


def _possible_cuts(text: str) -> list[int]:
    cuts = []
    bare = re.sub(r"（[^（）]*）$", "", text)
    for at in range(2, len(bare) - 1):
        head, rest = text[:at], text[at:]
        if not (_STRONG.search(head) or _WEAK.search(head)):
            continue
        if _JOINED_WORDS.search(f"{head[-4:]}|{rest[:2]}"):
            continue
        if is_unit_name(rest):
            cuts.append(at)
    return cuts


def _read(
    text: str, cuts: list[int], sections_of: Mapping[str, set[str]], known: Mapping[str, str]
) -> DepartmentReading:
    scored = sorted(
        (_Cut(at, _score(text, at, sections_of, known)) for at in cuts), key=lambda cut: -cut.score
    )
    whole = _score_of_whole(text, sections_of, known)
    if not scored or scored[0].score < whole:
        return _uncut(text, sections_of, scored, known)
    best = scored[0]
    bureau, section = text[: best.at], text[best.at :]
    rivals = [cut for cut in scored[1:] if best.score - cut.score < 150]
    others: list[tuple[str | None, str | None]] = [(text[: cut.at], text[cut.at :]) for cut in rivals]
    if best.score - whole < 150:
        others.append((None, text))
    if others:
        return DepartmentReading(
            bureau,
            section,
            Decimal("0.70"),
            f"「{bureau}」を部局、「{section}」を担当課と読みました。文書からは別の区切り方もできます。",
            tuple(others),
        )
    siblings = len(sections_of[bureau])
    reason = (
        f"文書の中で「{bureau}」の下に{siblings}つの課があります。"
        if siblings > 1
        else f"名称の語尾から「{bureau}」までを部局と読みました。"
    )
    return DepartmentReading(bureau, section, SURE if siblings > 1 else Decimal("0.97"), reason)


def _score(text: str, at: int, sections_of: Mapping[str, set[str]], known: Mapping[str, str]) -> int:
    bureau, section = text[:at], text[at:]
    score = 300 if _STRONG.search(bureau) else 0
    score += 120 * min(len(sections_of[bureau]) - 1, 3)
    if _REGION.search(bureau):
        score -= 330
    if section in ("事務局", "本部", "部", "局", "係", "課", "室"):
        score -= 350
    if section in known:
        score += 1_000 + (500 if known[section] == bureau else 0)
    if bureau in known.values():
        score += 400
    # 教育委員会事務局|学校教育部学務課: a bureau within a bureau.
    if _STRONG.search(bureau) and any(_is_bureau(section[:end]) for end in range(2, len(section) - 1)):
        score -= 60
    return score


def _is_bureau(text: str) -> bool:
    return _STRONG.search(text) is not None and _REGION.search(text) is None


def _score_of_whole(text: str, sections_of: Mapping[str, set[str]], known: Mapping[str, str]) -> int:
    if text in known:
        return 2_000
    return 600 if text in sections_of and len(sections_of[text]) > 1 else 100


def _uncut(
    text: str, sections_of: Mapping[str, set[str]], scored: list[_Cut], known: Mapping[str, str]
) -> DepartmentReading:
    if text in known:
        return DepartmentReading(known[text] or None, text, SURE, "登録済みの担当課の名称です。")
    if text in sections_of:
        return DepartmentReading(
            text,
            None,
            Decimal("0.70"),
            f"「{text}」は他の課の部局として出てくるため、担当課のない部局と読みました。",
            ((None, text),),
        )
    if scored:
        others = tuple((text[: cut.at], text[cut.at :]) for cut in scored)
        return DepartmentReading(
            None, text, Decimal("0.70"), f"「{text}」に部局の名称が含まれるか判断できません。", others
        )
    return DepartmentReading(None, text, CERTAIN, "部局の記載がありません。")
