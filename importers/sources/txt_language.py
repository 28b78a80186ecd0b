"""What the words at a line's end and start say: goes on, ends here, tells a result, opens an item.

Nothing here knows any city's words: only the language's endings, list marks and brackets, and how often
two characters follow each other elsewhere in the same document.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from importers.sources.txt_typography import BRACKETS_CLOSE, BRACKETS_OPEN, Glyph, glyph_of

DASHES = frozenset("-－―‐–—−ー─")


class Ending(IntEnum):
    """How a sentence or an item ends."""

    PAST = 0  # した。 なかった。
    PRESENT = 1  # する。 図る。
    STATE = 2  # ている。 である。 ない。
    COUNT = 3  # ３１件
    NOUN = 4  # の実施
    DASH = 5  # －


_LAST_BRACKETS = re.compile(r"（[^（）]{0,60}）$")
_PAST = re.compile(r"(?:た|んだ|いだ)$")
_STATE = re.compile(r"(?:て(?:い|お)る|で(?:い|お)る|である|ない|ません|です|ところ)$")
_PRESENT = re.compile(r"[うくぐすつぬぶむる]$")
_COUNT = re.compile(r"[0-9０-９][^0-9０-９。、]{0,5}$")


def ending_of(text: str) -> Ending:
    """Return how a text ends; a remark in brackets and the full stop behind it do not count."""
    body = text.rstrip("。．.　 ")
    if body and all(character in DASHES for character in body):
        return Ending.DASH
    counted = _COUNT.search(body) is not None
    bare = _LAST_BRACKETS.sub("", body).rstrip("。　 ")
    body = bare or body.strip("（）")
    if _PAST.search(body):
        return Ending.PAST
    if _STATE.search(body):
        return Ending.STATE
    if _PRESENT.search(body):
        return Ending.PRESENT
    if counted or _COUNT.search(body):
        return Ending.COUNT
    return Ending.NOUN


@dataclass(frozen=True, slots=True)
class Mark:
    """The mark that opens an item: its family, and its number where it counts."""

    family: str
    number: int | None = None

    def continues(self, previous: "Mark | None") -> bool:
        """Whether this is the next item of the list that `previous` belongs to."""
        if previous is None or previous.family != self.family:
            return False
        return self.number is None or previous.number is None or self.number == previous.number + 1

    @property
    def opens_list(self) -> bool:
        """Whether this is the first of counted items."""
        return self.number == 1


_BULLETS = "・･•●○◯◎〇◆◇■□▲△▼▽★☆→⇒▶►※＊*"
_COUNTED = re.compile(
    r"(?P<circled>[①-⑳])"
    r"|(?P<paren>[(（]\s?(?P<paren_number>[0-9０-９]{1,2})\s?[)）])"
    r"|(?P<enclosed>[⑴-⒇])"
    r"|(?P<dotted>(?P<dotted_number>[0-9０-９]{1,2})[.．](?![0-9０-９]))"
    r"|(?P<spaced>(?P<spaced_number>[0-9０-９]{1,2})　)"
    r"|(?P<letter>[(（]?(?P<letter_sign>[ア-コ])[)）]|(?P<letter_bare>[ア-コ])[　．.])"
)
_LETTERS = "アイウエオカキクケコ"


def mark_of(text: str) -> Mark | None:
    """Return the mark a line begins with, or None."""
    if not text:
        return None
    first = text[0]
    if first in _BULLETS:
        return Mark(first)
    if first in "【〔＜〈":
        return Mark("heading")
    if first in DASHES and len(text) > 1 and first != "ー" and not text[1].isdigit():
        return Mark("dash")
    match = _COUNTED.match(text)
    return _counted_mark(match) if match is not None else None


def _counted_mark(match: re.Match[str]) -> Mark:
    if match["circled"]:
        return Mark("circled", ord(match["circled"]) - ord("①") + 1)
    if match["enclosed"]:
        return Mark("enclosed", ord(match["enclosed"]) - ord("⑴") + 1)
    for family in ("paren", "dotted", "spaced"):
        if match[family]:
            return Mark(family, int(match[f"{family}_number"]))
    return Mark("letter", _LETTERS.index(match["letter_sign"] or match["letter_bare"]) + 1)


NOTE_MARKS = frozenset("※＊*")
_LEAD_IN = re.compile(
    r"(?:(?:次|以下|下記)の[^。、]{1,16}|(?:とおり|通り)[^。、]{0,8}|[：:]|(?:^|[　 のな])内訳)[。]?$"
)
_HEADING = re.compile(r"[【＜〈《〔［<][^【】＜＞〈〉《》〔〕［］<>]{1,24}[】＞〉》〕］>]$")


def leads_on(text: str) -> bool:
    """Whether a line only announces what follows it: 「次の事業を行う。」, 「内訳」, 「＜主な実績＞」."""
    body = text.strip("　 ")
    return len(body) <= 30 and (_LEAD_IN.search(body) is not None or _HEADING.fullmatch(body) is not None)


class Tail(IntEnum):
    """What a line ends with."""

    STOP = 0  # 。
    CLOSING = 1  # ） 」
    COMMA = 2  # 、 ，
    WORD = 3  # kanji, katakana, Latin, units
    DIGIT = 4
    KANA = 5
    OPEN = 6  # （ ・ ：


def tail_of(text: str) -> Tail:
    """Return what a line ends with."""
    last = text[-1]
    if last in "。．":
        return Tail.STOP
    if last in BRACKETS_CLOSE or last == ")":
        return Tail.CLOSING
    if last in "、，,":
        return Tail.COMMA
    if last in BRACKETS_OPEN or last in "(・：":
        return Tail.OPEN
    glyph = glyph_of(last)
    if glyph is Glyph.DIGIT or last.isdigit():
        return Tail.DIGIT
    return Tail.KANA if glyph is Glyph.HIRAGANA else Tail.WORD


class Head(IntEnum):
    """What a line begins with."""

    MARK = 0
    KANJI = 1
    KATAKANA = 2
    HIRAGANA = 3
    DIGIT = 4
    LATIN = 5
    OPEN = 6
    INDENT = 7  # a full-width space
    NEVER = 8  # 、 ） ー ん を: begins no text


_NO_TEXT_BEGINS = frozenset(
    "をんっぁぃぅぇぉゃゅょンッァィゥェォャュョー々、。，．：；？！ゝゞ％%" + BRACKETS_CLOSE + ")"
)


def head_of(text: str) -> Head:
    """Return what a line begins with."""
    first = text[0]
    if first in _NO_TEXT_BEGINS:
        return Head.NEVER
    if first == "　":
        return Head.INDENT
    if mark_of(text) is not None:
        return Head.MARK
    if first in BRACKETS_OPEN or first == "(":
        return Head.OPEN
    return _HEAD_BY_GLYPH.get(glyph_of(first), Head.KANJI) if not first.isdigit() else Head.DIGIT


_HEAD_BY_GLYPH = {
    Glyph.HIRAGANA: Head.HIRAGANA,
    Glyph.KATAKANA: Head.KATAKANA,
    Glyph.DIGIT: Head.DIGIT,
    Glyph.LATIN: Head.LATIN,
    Glyph.HALF: Head.LATIN,
}


class Continuity:
    """How much likelier than chance two characters follow each other, learned from a document's lines."""

    _SMOOTHING = 6

    def __init__(self, lines: Iterable[str]) -> None:
        self._pairs: Counter[str] = Counter()
        self._firsts: Counter[str] = Counter()
        self._characters: Counter[str] = Counter()
        for line in lines:
            self._characters.update(line)
            self._firsts.update(line[:-1])
            self._pairs.update(line[index : index + 2] for index in range(len(line) - 1))
        self._total = max(sum(self._characters.values()), 1)

    def evidence(self, before: str, after: str) -> int:
        """Return how much likelier `after` is behind `before` than anywhere: 100 × ln of the ratio."""
        share = max(self._characters[after], 1) / self._total
        expected = self._SMOOTHING * share
        seen = self._pairs[before + after]
        likelihood = (seen + expected) / (self._firsts[before] + self._SMOOTHING)
        return max(-120, min(250, round(100 * math.log(likelihood / share))))
