"""The grammar of one figure in words: marks before and behind, sign, number or range, unit, remarks.

It knows no KPI: what unit is wanted is settled in `figures`. Anything outside the grammar is refused
with a reason; two numbers of which either could be the figure always are.
"""

import re
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final

from tsukuba_kpi.lib.figure_words import ExpectedOn, find_expected, is_date, read_missing, without_dates
from tsukuba_kpi.lib.fiscal_year import YearReading, find_years
from tsukuba_kpi.lib.numerals import NEGATIVE_MARK, SUPERSCRIPTS, PlainText, foreign_digit, read_numeral
from tsukuba_kpi.lib.units import Unit, is_known_unit, parse_unit, spellings

LONGEST_TEXT: Final = 300


class Refused(Exception):
    """A cell that cannot be read for certain: a stable code and a Japanese sentence."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(code)
        self.code = code
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class TextFigure:
    """What a text says: one number, or the two ends of a range, in the unit written (or none)."""

    value: Decimal | None
    low: Decimal | None = None
    high: Decimal | None = None
    unit: str = ""
    scaled: bool = False
    marks: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    expected_on: ExpectedOn | None = None
    stated_year: YearReading | None = None


@dataclass(slots=True)
class _Draft:
    """What has been found so far around the number."""

    wanted: Unit | None
    outside: str = ""
    brackets: list[tuple[str, str]] = field(default_factory=list)  # (plain, as written)
    marks: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    unit: str = ""
    expected_on: ExpectedOn | None = None
    stated_year: YearReading | None = None


APPROXIMATE: Final = frozenset({"約", "概ね", "程度"})
PRELIMINARY: Final = frozenset({"速報", "暫定", "集計中"})
ESTIMATED: Final = APPROXIMATE | {"見込", "推計"}
BOUNDS: Final = frozenset({"以上", "以下", "超", "未満"})

_MARKS_BEFORE: Final = spellings(
    {
        "約": "約 およそ おおよそ 凡そ ほぼ 概数 概算で 概算",
        "概ね": "概ね おおむね",
        "推計": "推計値 推計",
        "見込": "見込み値 見込値 見込み 見込 予測値 予測",
        "速報": "速報値 速報",
        "暫定": "暫定値 暫定",
        "確定": "確定値 確定",
        "延べ": "延べ人数 延べ のべ 延",
        "実": "実人数 実数",
        "累計": "累計",
        "計": "合計 総計 計",
        "年間": "年間",
        "平均": "年平均 平均",
        "以上": "少なくとも 最低 ≧ ≥ >=",
        "以下": "≦ ≤ <=",
        "超": ">",
        "未満": "<",
    }
)
_MARKS_BEHIND: Final = spellings(
    {
        "以上": "以上",
        "以下": "以下 以内",
        "超": "超 超え 超える を超える を上回る",
        "未満": "未満 を下回る",
        "程度": "程度 前後 ほど くらい ぐらい 弱 強 余り あまり 余",
        "見込": "見込み 見込 見込値 予定",
        "推計": "推計値 推計",
        "速報": "速報値 速報",
        "暫定": "暫定値 暫定",
        "約": "概数",
        "確定": "確定値 確定",
        "増": "増 増加",
        "減": "減 減少",
        "維持": "を維持 維持",
    }
)
_TELLING: Final = frozenset({"累計", "平均"})
_BEFORE = re.compile("|".join(sorted(map(re.escape, _MARKS_BEFORE), key=len, reverse=True)))
_BEHIND = re.compile("(?:" + "|".join(sorted(map(re.escape, _MARKS_BEHIND), key=len, reverse=True)) + ")$")
_PER_HEAD = re.compile(
    r"1(?:人|世帯|戸|日|回|件|団体|か所|箇所|施設|店舗?|校|年|月|か月|週|km2|平方キロ(?:メートル)?|ha)(?:当|あ)た?り平?均?"
)
_OPENING: Final = {"(": ")", "[": "]", "【": "】", "〔": "〕", "「": "」"}
_UNIT_DIGITS = re.compile(r"(?:km|cm|mm|m)[23]|CO2")
_FOOTNOTE = re.compile(rf"\s*(?:[※†‡].*|\*+|注[0-9]?\)?|[{SUPERSCRIPTS}]+[⁾)])$")
_NOTE_NUMBER = re.compile(r"^(?:[※†‡]+|注) ?[1-9][0-9]?(?![0-9.,])")
_EXPONENT = re.compile(r"[+-]?[0-9.,]+[eE][+-]?[0-9]+")
_FRACTION = re.compile(r"[0-9]+ *[/:] *[0-9]+(?: *[/:] *[0-9]+)?")
_SIGN = rf"[+\-ー{NEGATIVE_MARK}]"


def read_text(plain: PlainText, wanted: Unit | None = None) -> TextFigure:
    """Read the text of a figure; `wanted` is the unit that a number without one is in.

    :raises Refused: the text is no figure, or not for certain
    """
    text = plain.text
    _refuse_shapes(text)
    draft = _peel_brackets(plain, wanted)
    if not draft.outside.strip() and len(draft.brackets) == 1:
        return _bracketed_number(text)
    core = _peel_footnote(draft)
    figure = _range(core) or _single(core)
    for content, written in draft.brackets:
        _take_bracket(draft, content, written, figure)
    marks = (*figure.marks, *draft.marks)
    if {"増", "減"} <= set(marks) or {"以上", "以下"} <= set(marks):
        raise _two_numbers()
    telling = [mark for mark in dict.fromkeys(marks) if mark in _TELLING]
    if telling:
        draft.notices.append(
            f"「{'・'.join(telling)}」と書かれています。指標の数え方と合うか確認してください。"
        )
    return replace(
        figure,
        marks=tuple(dict.fromkeys(marks)),
        notes=(*figure.notes, *draft.notes),
        notices=(*figure.notices, *draft.notices),
        unit=figure.unit or draft.unit,
        expected_on=draft.expected_on,
        stated_year=draft.stated_year,
    )


def _refuse_shapes(text: str) -> None:
    odd = foreign_digit(re.sub(rf"[{SUPERSCRIPTS}]+⁾", "", text))
    if odd is not None:
        raise Refused(
            "odd_digits", f"「{odd}」は数字かどうか確かめられません。0～9の数字で入力してください。"
        )
    if _EXPONENT.fullmatch(text):
        raise Refused("exponent", "指数の書き方（1e5など）は使えません。数字をすべて書いてください。")
    if _FRACTION.fullmatch(text):
        raise Refused("fraction_or_date", "分数か日付か比か区別できません。数値で入力してください。")


def _peel_brackets(plain: PlainText, wanted: Unit | None) -> _Draft:
    draft = _Draft(wanted)
    position, text = 0, plain.text
    while position < len(text):
        closing = _OPENING.get(text[position])
        if closing is None:
            draft.outside += text[position]
            position += 1
            continue
        end = _closing_at(text, position, closing)
        draft.brackets.append((text[position + 1 : end].strip(), plain.source(position + 1, end)))
        position = end + 1
    if any(bracket in draft.outside for bracket in _OPENING.values()):
        raise Refused("not_a_number", "括弧の対応が取れていません。数値だけを入力してください。")
    return draft


def _closing_at(text: str, start: int, closing: str) -> int:
    depth = 0
    for position in range(start, len(text)):
        if text[position] == text[start]:
            depth += 1
        elif text[position] == closing:
            depth -= 1
            if depth == 0:
                return position
    raise Refused("not_a_number", "括弧の対応が取れていません。数値だけを入力してください。")


def _bracketed_number(text: str) -> TextFigure:
    """Read (5), which accounts write for -5; (1) may be the first point of a list, (5人) an aside."""
    inner = text[1:-1].strip()
    numeral = read_numeral(inner)
    if text[0] != "(" or numeral is None or numeral.value is None or _has_digits(inner[numeral.end :]):
        raise Refused(
            "not_a_number", "括弧の中だけに書かれており、数値として読めません。括弧を外して入力してください。"
        )
    if inner == "1" or inner[numeral.end :].strip() not in {"", "%"}:
        raise Refused(
            "ambiguous_parentheses",
            "括弧の中が負の数か、番号や参考値か区別できません。数値だけを入力してください。",
        )
    unit = inner[numeral.end :].strip()
    notice = "括弧で囲まれた数を負の数と読みました。参考値や内数であれば直してください。"
    return TextFigure(-numeral.value, unit=unit, scaled=numeral.scaled, notices=(notice,))


def _peel_footnote(draft: _Draft) -> str:
    match = _FOOTNOTE.search(draft.outside)
    if match is None or match.start() == 0:
        return draft.outside.strip()
    note = match.group().strip()
    if note[0] not in SUPERSCRIPTS and _has_digits(_NOTE_NUMBER.sub("", without_dates(note), count=1)):
        raise _two_numbers()
    draft.notes.append(note)
    draft.marks.extend(_status_in(note))
    return draft.outside[: match.start()].strip()


def _two_numbers() -> Refused:
    return Refused(
        "two_numbers", "数値が二つ以上あり、どれが値か決められません。値を一つだけ入力してください。"
    )


# --- the number itself -----------------------------------------------------------------------------


def _single(core: str) -> TextFigure:
    if core in {"ゼロ", "零"}:
        return TextFigure(Decimal(0))
    marks, notes, start = _marks_before(core)
    if re.match(r"±\s*0(?:\.0+)?(?![0-9.,])", core[start:]):
        start = core.index("±", start) + 1
    sign, start = _sign(core, start)
    yen = core[start : start + 1] == "¥"
    numeral = read_numeral(core, start + yen)
    if numeral is None:
        raise _no_number(core)
    if numeral.value is None:
        raise Refused(
            "grouping",
            "数字の区切り方が正しくないため読めません。桁区切りの「,」と小数点「.」を確認してください。",
        )
    tail = core[numeral.end :].removesuffix("。")
    if tail[:1] == " " and re.match(r" +[0-9]", tail):
        raise _two_numbers()
    if re.match(r"['’_][0-9]", tail):
        raise Refused("grouping", "桁区切りは「,」だけが使えます。数字を確認してください。")
    unit, behind = _split_tail(tail)
    if _has_digits(unit):
        raise _two_numbers()
    if unit and parse_unit(unit) is None:  # 5- may be minus five as well as a slip
        raise Refused(
            "ambiguous_sign", f"数値の後の「{unit}」の意味が確かめられません。数値だけを入力してください。"
        )
    value, notices = _signed(numeral.value, sign, behind)
    return TextFigure(
        value,
        unit="円" if yen and not unit else unit,
        scaled=numeral.scaled,
        marks=(*marks, *behind),
        notes=notes,
        notices=notices,
    )


def _marks_before(core: str) -> tuple[tuple[str, ...], tuple[str, ...], int]:
    marks: list[str] = []
    notes: list[str] = []
    position = 0
    while position < len(core):
        match = _BEFORE.match(core, position)
        per_head = _PER_HEAD.match(core, position)
        if per_head is not None:
            notes.append(per_head.group())
        elif match is not None:
            marks.append(_MARKS_BEFORE[match.group()])
        elif core[position] not in " :、":
            break
        found = per_head or match
        position = found.end() if found else position + 1
    return tuple(marks), tuple(notes), position


def _sign(core: str, start: int) -> tuple[str, int]:
    match = re.compile(rf"({_SIGN})( *)(?={_SIGN}?[¥0-9.])").match(core, start)
    if match is None:
        return "", start
    if re.compile(_SIGN).match(core, match.end()) or (match[1] == "ー" and match[2]):
        raise Refused(
            "ambiguous_sign",
            "符号の書き方が確かめられません。負の数は「-5」か「△5」のように入力してください。",
        )
    return ("-" if match[1] in {"-", "ー", NEGATIVE_MARK} else "+"), match.end()


def _signed(value: Decimal, sign: str, behind: tuple[str, ...]) -> tuple[Decimal, tuple[str, ...]]:
    falling = "減" in behind
    if falling and sign == "-":
        raise Refused(
            "ambiguous_sign",
            "負の符号と「減」が重なっています。「-5」か「5減」のどちらかで入力してください。",
        )
    if falling and value:
        return -value, ("「減」と書かれた数を負の数と読みました。",)
    return (-value if sign == "-" and value else value), ()


def _split_tail(tail: str) -> tuple[str, tuple[str, ...]]:
    """Split what stands behind a number into unit and marks."""
    unit = tail.strip()
    marks: list[str] = []
    while (match := _BEHIND.search(unit)) is not None:
        marks.append(_MARKS_BEHIND[match.group()])
        unit = unit[: match.start()].strip()
    return unit, tuple(reversed(marks))


def _has_digits(text: str) -> bool:
    return re.search("[0-9]", _UNIT_DIGITS.sub("", text)) is not None


def _no_number(core: str) -> Refused:
    if re.search("[0-9]", core):
        return Refused(
            "text_with_number", "数値の前後に文字があり、値か確かめられません。数値だけを入力してください。"
        )
    return Refused("not_a_number", "数値として読めません。数字で入力するか、値がない理由を選んでください。")


# --- ranges --------------------------------------------------------------------------------------------

_TO = re.compile(r" *(?:~|から) *")


def _range(core: str) -> TextFigure | None:
    """Read 10～20人, ～20, 10～; None where the text is no range."""
    match = _TO.search(core)
    if match is None:
        return None
    before, behind = core[: match.start()], core[match.end() :]
    if _TO.search(behind):
        raise _two_numbers()
    if not before and not behind:
        raise _no_number(core)
    if not before or not behind:
        figure = _single(before or behind)
        if match.group().strip() == "から" or BOUNDS & set(figure.marks):
            raise Refused("ambiguous_range", "範囲の片方がありません。「10以上」のように入力してください。")
        return replace(figure, marks=(*figure.marks, "以上" if before else "以下"))
    return _two_ends(_single(before), _single(behind))


def _two_ends(low: TextFigure, high: TextFigure) -> TextFigure:
    one, other = parse_unit(low.unit), parse_unit(high.unit)
    unequal = one is not None and one != other
    if (
        unequal
        or low.value is None
        or high.value is None
        or low.value > high.value
        or low.scaled < high.scaled
    ):
        raise Refused(
            "ambiguous_range",
            "範囲の下限と上限が確かめられません。「10～20」のように同じ単位で入力してください。",
        )
    return replace(
        high,
        value=None,
        low=low.value,
        high=high.value,
        marks=(*low.marks, *high.marks),
        notes=(*low.notes, *high.notes),
        notices=(*low.notices, *high.notices),
    )


# --- what stands in brackets ---------------------------------------------------------------------------

_PART_OR_OTHER = re.compile(
    r"(?:うち|内訳|内数|再掲|参考|前年|昨年|前回|前期|対前|対計画|目標|達成|進捗|増減|全国|県|基準|当初|計画|定員|対象|回答|母数|分母|n=|N=|"
    r"[^0-9]*(?:比|率|割合|あたり|当たり)[^0-9]*[+\-]?[0-9])"
)
_SOMETHING_ELSE = re.compile("前年|昨年|前回|前期|目標|計画|見通し|参考|他市|全国|県")
_STATUS_WORDS: Final = (
    (re.compile("速報"), "速報"),
    (re.compile("暫定"), "暫定"),
    (re.compile("見込み?(?!ま|む|ん)"), "見込"),
    (re.compile("推計"), "推計"),
)
# A note that speaks of another figure, or says that this one is final.
_OF_OTHERS = re.compile("確定|前年|昨年|前回|前期|目標|計画|全国|県|含|以降|次年|翌年")
_SEPARATORS = re.compile(r"[、・/;]|,(?![0-9]{3})|\s+")
# Short for a mark, in brackets only.
_ABBREVIATED: Final = {
    "速": "速報",
    "暫": "暫定",
    "見": "見込",
    "推": "推計",
    "概": "約",
    "p": "速報",
    "P": "速報",
    "e": "推計",
}


def _take_bracket(draft: _Draft, content: str, written: str, figure: TextFigure) -> None:
    """Sort a remark in brackets: a mark, a note, or a second number that competes with the first."""
    if not content:
        return
    words = re.split("[・、,/ ]+", content)
    marks = [
        _MARKS_BEFORE.get(word) or _MARKS_BEHIND.get(word) or _ABBREVIATED.get(word, "") for word in words
    ]
    if all(marks):
        if "減" in marks:
            raise Refused(
                "ambiguous_sign",
                "「減」が負の数を表すか確かめられません。負の数は「-5」のように入力してください。",
            )
        draft.marks.extend(marks)
        return
    if _take_unit(draft, content, figure):
        return
    missing = read_missing(content)
    if missing is not None and not is_date(content):
        if missing.status != "pending":
            raise Refused(
                "missing_and_number", "数値と「値がない」旨の注記が並んでいます。どちらかにしてください。"
            )
        draft.marks.append("集計中")
        draft.expected_on = missing.expected_on or find_expected(content)
    elif _competes(draft, content, figure):
        raise _two_numbers()
    years = find_years(content)
    if len(years) == 1:
        draft.stated_year = years[0]
    if _SOMETHING_ELSE.search(content) and not _has_digits(without_dates(content)):
        draft.notices.append(f"「{written}」とあります。当年度の値か確認してください。")
    draft.marks.extend(_status_in(content))
    draft.notes.append(written)


def _status_in(note: str) -> list[str]:
    """Return the one mark that a note gives a figure by what it says of it: ※R6は速報値."""
    if _OF_OTHERS.search(note):
        return []
    found = dict.fromkeys(mark for word, mark in _STATUS_WORDS if word.search(note))
    return list(found) if len(found) == 1 else []


def _take_unit(draft: _Draft, content: str, figure: TextFigure) -> bool:
    """Take 120（千円） as 120千円; a unit beside another one is refused."""
    said = re.sub("^単位[:は]?|(?:単位|で表示|表示)$", "", content.replace(" ", ""))
    unit = parse_unit(said)
    if unit is None or not (is_known_unit(said) or unit == draft.wanted or (unit.base == "" and unit.power)):
        return False
    if figure.scaled or draft.unit or (figure.unit and parse_unit(figure.unit) != unit):
        raise Refused(
            "unit_mismatch",
            f"括弧の中の単位「{said}」が、括弧の外の書き方と合いません。値と単位を確かめてください。",
        )
    draft.unit = said
    return True


def _competes(draft: _Draft, content: str, figure: TextFigure) -> bool:
    if not _has_digits(without_dates(content)) or re.fullmatch(r"(?:注|※|\*)[0-9]{1,2}", content):
        return False
    if _PART_OR_OTHER.match(content) or _is_breakdown(content):
        return False
    try:
        inner = _single(content)
    except Refused:
        return True
    one, other = parse_unit(figure.unit) or draft.wanted, parse_unit(inner.unit)
    if one is None or other is None or one.base == other.base or not is_known_unit(inner.unit):
        return True
    draft.notices.append("括弧の中に別の単位の数があります。括弧の外の数を値と読みました。")
    return False


def _is_breakdown(content: str) -> bool:
    """Say whether brackets list parts, each with its name: 男5人、女7人."""
    parts = [part for part in _SEPARATORS.split(content) if part]
    numbers = re.findall(r"[0-9][0-9,.]*", content)
    return len(numbers) > 1 and all(part[0].isalpha() for part in parts)
