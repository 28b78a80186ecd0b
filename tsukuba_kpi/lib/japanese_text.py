"""Japanese text as documents spell it: keys for comparing, widths, and what files do to characters.

The keys made here are for comparing only. What is stored and shown keeps the document's characters.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

# Shapes that people and programs use for one and the same short line. The prolonged sound mark (ー) is
# a letter of katakana words and is not among them.
DASHES: Final = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\u2500\u2501\ufe58\ufe63\uff0d\u02d7\u2796"
TILDES: Final = "~\u301c\uff5e\u223c\u223e\u02dc"
OPENING: Final = "(（"
CLOSING: Final = ")）"

# Text layers of PDFs give radicals where the page shows ordinary kanji (市⺠, ⻑期). Compatibility
# normalisation covers the Kangxi block only, and one of its members with a shape Japan does not use.
_RADICALS: Final = {
    "⺟": "母", "⺠": "民", "⺩": "王", "⺫": "目", "⺬": "示", "⺭": "礻", "⺯": "糸", "⺼": "肉",
    "⻁": "虎", "⻂": "衤", "⻄": "西", "⻆": "角", "⻑": "長", "⻘": "青", "⻝": "食", "⻣": "骨",
    "⻤": "鬼", "⻨": "麦", "⻩": "黄", "⻫": "斉", "⻭": "歯", "⻯": "竜", "⻲": "亀",
    "⼾": "戸", "戶": "戸",
}  # fmt: skip

VARIATION_SELECTORS: Final = (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0), 0x180B, 0x180C, 0x180D)
_INVISIBLE: Final = (
    0x00AD, 0x034F, 0x061C, 0x180E, *range(0x200B, 0x2010), *range(0x2028, 0x202F), *range(0x2060, 0x2070),
    0xFEFF,
)  # fmt: skip
_SPACES: Final = (
    *range(0x21), *range(0x7F, 0xA1), 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000, 0x2800,
)  # fmt: skip

_KEY_TABLE: Final[dict[int, str | None]] = (
    dict.fromkeys((*VARIATION_SELECTORS, *_INVISIBLE, *_SPACES), None)
    | {ord(dash): "-" for dash in DASHES}
    | {ord(tilde): "~" for tilde in TILDES}
    | {ord(radical): kanji for radical, kanji in _RADICALS.items()}
)
_RADICAL_TABLE: Final = str.maketrans(_RADICALS)
_HIRAGANA_TABLE: Final = {katakana: katakana - 0x60 for katakana in (*range(0x30A1, 0x30F7), 0x30FD, 0x30FE)}
_KATAKANA_TABLE: Final = {hiragana: katakana for katakana, hiragana in _HIRAGANA_TABLE.items()}
_FULL_WIDTH_TABLE: Final = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


def match_key(text: str) -> str:
    """Return the key under which two spellings of one text are equal.

    Width and compatibility forms (NFKC), white space, letter case, dashes, tildes, variation selectors
    and radicals of PDF text layers make no difference. For comparing, never for storing: ㎡ becomes
    m2 and ① becomes 1. Applying it twice changes nothing.
    """
    key = text.translate(_KEY_TABLE)
    while True:
        # Taking a space out can put a mark behind a new letter, and folding can undo a normal form.
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", key).casefold())
        folded = folded.translate(_KEY_TABLE)
        if folded == key:
            return key
        key = folded


def search_key(text: str) -> str:
    """Return the key for finding by words: `match_key`, and katakana counts as hiragana."""
    return match_key(text).translate(_HIRAGANA_TABLE)


def spellings(word: str) -> frozenset[str]:
    """Return how a word may stand in a stored text: as typed, in the other width, in the other kana.

    For a database's LIKE, which knows none of this; a text that mixes widths inside one word stays unfound.
    """
    plain = unicodedata.normalize("NFKC", word)
    kana = {plain.translate(_HIRAGANA_TABLE), plain.translate(_KATAKANA_TABLE)}
    wide = plain.translate(_FULL_WIDTH_TABLE)
    # SQLite knows upper and lower case of ASCII letters only.
    return frozenset({word, plain, wide, wide.upper(), wide.lower(), *kana})


def restore_kanji(text: str) -> str:
    """Return the text with radicals of a PDF's text layer turned back into kanji (市⺠ → 市民)."""
    restored = text.translate(_RADICAL_TABLE)
    return "".join(
        unicodedata.normalize("NFKC", character) if "\u2f00" <= character <= "\u2fd5" else character
        for character in restored
    )


def full_width_count(text: str) -> int:
    """Return the width of a text in half-width columns: a full-width character counts 2.

    Wide, full-width and ambiguous characters (Ⅰ, －, ①) count 2 as in Japanese fonts; combining marks,
    variation selectors, invisible and control characters count 0.
    """
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf", "Cc"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F", "A"} else 1


_OOXML_ESCAPES = re.compile(r"(?:_x[0-9A-Fa-f]{4}_)+")


def unescape_ooxml(text: str) -> str:
    """Return the text with the escapes of workbooks resolved: `_x000D_` is a carriage return.

    `_x005F_` escapes an underscore, so `_x005F_x000D_` is the text `_x000D_`. Pairs of surrogates join;
    a lone surrogate, which no text can hold, stays as written. Control characters come out as they
    are: `clean_control` takes them away.
    """
    return _OOXML_ESCAPES.sub(_unescape_run, text)


def _unescape_run(match: re.Match[str]) -> str:
    units = re.findall(r"[0-9A-Fa-f]{4}", match.group())
    raw = b"".join(int(unit, 16).to_bytes(2, "little") for unit in units)
    try:
        return raw.decode("utf-16-le")
    except UnicodeDecodeError:
        return match.group()


_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_UNSTORABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def clean_control(text: str) -> str:
    """Return the text with every kind of line end as LF and without control characters.

    Tab and LF stay. Lone surrogates and noncharacters, which no database takes, go too.
    """
    return _UNSTORABLE.sub("", _LINE_ENDS.sub("\n", text))


def not_in_cp932(text: str) -> list[str]:
    """Return the characters that Windows' Japanese encoding would lose, each once, in order.

    A character with a variation selector is reported together with it. ～ Ⅰ － ① 髙 are in cp932; 〜 − 𠮷
    are not.
    """
    lost: dict[str, None] = {}
    for index, character in enumerate(text):
        if ord(character) in VARIATION_SELECTORS:
            lost[text[max(index - 1, 0) : index + 1]] = None
        elif not _survives_cp932(character):
            lost[character] = None
    return list(lost)


def _survives_cp932(character: str) -> bool:
    try:
        return character.encode("cp932").decode("cp932") == character
    except UnicodeError:
        return False


@dataclass(frozen=True, slots=True)
class NodeCode:
    """The place of a node in a plan: goal, policy, measure, and the name printed behind the code.

    `certain` is False where nothing separates the code from the name, or where a Latin letter stands
    for a numeral alone: a person should look.
    """

    goal: int
    policy: int | None
    measure: int | None
    rest: str
    certain: bool = True

    @property
    def ascii(self) -> str:
        """The code for machines: 1, 1-1 or 1-1-1."""
        return "-".join(
            str(number) for number in (self.goal, self.policy, self.measure) if number is not None
        )

    @property
    def printed(self) -> str:
        """The code as the plan prints it: Ⅰ, Ⅰ-１ or Ⅰ-１-（１）."""
        code = roman_numeral(self.goal)
        if self.policy is not None:
            code += f"-{_full_width(self.policy)}"
        if self.measure is not None:
            code += f"-（{_full_width(self.measure)}）"
        return code


def roman_numeral(number: int) -> str:
    """Return a number from 1 to 39 in Unicode's roman numerals: Ⅳ.

    :raises ValueError: outside that range
    """
    if not 1 <= number <= 39:
        raise ValueError(f"no roman numeral for {number}")
    tens, ones = divmod(number, 10)
    if number <= 12:
        return chr(0x2160 + number - 1)
    return "Ⅹ" * tens + (chr(0x2160 + ones - 1) if ones else "")


def _full_width(number: int) -> str:
    return "".join(chr(ord(digit) + 0xFEE0) for digit in str(number))


_SPACE = r"[\s\u3000]*"
_DASH_CLASS = "[" + re.escape(DASHES) + "ー]"
_DOT_CLASS = "[" + re.escape(DASHES) + "ー.．・]"
_NUMBER = r"(?:[0-9０-９]{1,2}(?![0-9０-９])|[①-⑳])"
_CLOSED_NUMBER = rf"(?:[(（]{_SPACE}[0-9０-９]{{1,2}}{_SPACE}[)）]|[①-⑳⑴-⒇])"
_UNICODE_ROMAN = r"[Ⅰ-Ⅻⅰ-ⅻ]{1,4}"
_LATIN_ROMAN = r"(?:[IVXＩＶＸ]{1,6}|[ivxｉｖｘ]{1,6})(?![A-Za-zＡ-Ｚａ-ｚ])"
_PREFIX = r"(?:基本目標|基本施策|個別施策|施策の方向性?|戦略|施策|目標)"


def _code_pattern(goal: str, joint: str) -> re.Pattern[str]:
    return re.compile(
        rf"{_SPACE}(?P<prefix>{_PREFIX}{_SPACE})?(?P<goal>{goal})"
        rf"(?:{_SPACE}{joint}{_SPACE}(?P<policy>{_NUMBER})"
        rf"(?:{_SPACE}(?:{joint}{_SPACE})?(?P<closed>{_CLOSED_NUMBER})|{_SPACE}{joint}{_SPACE}(?P<open>{_NUMBER}))?)?"
    )


_CODE_PATTERNS: Final = (
    _code_pattern(_UNICODE_ROMAN, _DOT_CLASS),
    _code_pattern(_LATIN_ROMAN, _DASH_CLASS),
    _code_pattern(r"[0-9０-９]{1,2}(?![0-9０-９])", _DASH_CLASS),
)
_UNICODE, _LATIN, _DIGITS = range(3)
_BOUNDARY = re.compile(r"(?:[\s\u3000]|[.．、,，:：]|$)")
_MORE_LEVELS = re.compile(rf"{_SPACE}{_DASH_CLASS}{_SPACE}(?:[0-9０-９]|{_CLOSED_NUMBER})")
# What follows a numeral that counts or classifies and is no code: Ⅱ期, Ⅲ度.
_COUNTED = re.compile(r"[期類種型度級部章節号次系相世]")


def parse_node_code(text: str) -> NodeCode | None:
    """Return the code at the start of a plan's label, or None where there is none.

    Goals are roman numerals (Unicode Ⅰ, ASCII or full-width letters), or digits where the code goes on
    (1-1-(1)) or 「基本目標」 stands before it. Policy and measure are digits of any width, the measure
    in parentheses or not. Separators are dashes of any kind. Words that merely begin with a letter or
    a number (IT活用, Iターン, 1人当たり, Ⅱ期) are no codes, nor are dates and codes of four levels.
    """
    for kind, pattern in enumerate(_CODE_PATTERNS):
        match = pattern.match(text)
        if match is not None:
            return _node_code(match, kind, text)
    return None


def _node_code(match: re.Match[str], kind: int, text: str) -> NodeCode | None:
    tail = text[match.end() :]
    if not _stands_as_code(match, kind, tail):
        return None
    goal = _goal_number(match["goal"], kind)
    policy = _plain_number(match["policy"])
    measure = _plain_number(match["closed"] or match["open"])
    if goal is None or policy == 0 or measure == 0:
        return None
    certain = match["closed"] is not None or _BOUNDARY.match(tail) is not None
    if kind == _LATIN and policy is None:
        certain = certain and tail.startswith(("\u3000", "．"))
    return NodeCode(goal, policy, measure, tail.strip(" \t\r\n\u3000.．、,，:："), certain)


def _stands_as_code(match: re.Match[str], kind: int, tail: str) -> bool:
    separated = _BOUNDARY.match(tail) is not None
    if _MORE_LEVELS.match(tail):
        return False
    if match["policy"] is None:
        if tail[:1] and tail[0] in DASHES + "ー" + TILDES:
            return False
        return _goal_alone_stands(match["prefix"], kind, tail, separated)
    return kind != _DIGITS or match["closed"] is not None or match["prefix"] is not None or separated


def _goal_alone_stands(prefix: str | None, kind: int, tail: str, separated: bool) -> bool:
    label = (prefix or "").strip()
    if label and "目標" not in label and label != "戦略":
        return False  # 施策１ names no goal
    if kind == _UNICODE:
        return separated or (_COUNTED.match(tail) is None and tail[0].isalpha())
    if kind == _LATIN:
        return separated and not (tail.strip()[:1].isascii() and tail.strip()[:1].isalnum())
    return separated and label == "基本目標"


def _plain_number(text: str | None) -> int | None:
    if text is None:
        return None
    return int("".join(re.findall("[0-9]", unicodedata.normalize("NFKC", text))))


def _goal_number(text: str, kind: int) -> int | None:
    letters = unicodedata.normalize("NFKC", text).upper()
    if kind == _DIGITS:
        return int(letters) or None
    return _ROMAN_NUMBERS.get(letters)


_ROMAN_NUMBERS: Final = {
    unicodedata.normalize("NFKC", roman_numeral(number)): number for number in range(1, 40)
}
