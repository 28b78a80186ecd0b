"""A target as a person types or pastes it: one number, a bound, a range or a word, and back again.

Reading never guesses: what cannot be taken for certain has a `problem`, a Japanese sentence that says
what to do. What was understood is always shown back by `target_cell`.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from strategy.enums import TargetQualifier
from tsukuba_kpi.lib.figures import Figure, format_figure, read_figure
from tsukuba_kpi.lib.fiscal_year import era_label

LONGEST_WORD: Final = 80
_BOUNDS: Final = {"at_least": TargetQualifier.AT_LEAST, "at_most": TargetQualifier.AT_MOST}
_RELATIVE: Final = frozenset({"増", "減"})
# What the number's own columns cannot say: kept beside the number as it was written.
_KEPT_MARKS: Final = frozenset({"約", "概ね", "程度", "推計", "見込", "速報", "暫定", "維持"})


@dataclass(frozen=True, slots=True)
class TargetFigure:
    """A target of one fiscal year in the columns it is kept in (in the KPI's unit)."""

    value: Decimal | None = None
    upper: Decimal | None = None
    qualifier: TargetQualifier = TargetQualifier.EXACT
    word: str = ""
    published_text: str = ""


@dataclass(frozen=True, slots=True)
class TargetReading:
    """What a typed target says: the figure, None for "no target", or the problem. Notices do not block."""

    figure: TargetFigure | None = None
    problem: str = ""
    notice: str = ""


def read_target(text: str, *, unit: str = "", fiscal_year: int | None = None) -> TargetReading:
    """Read the target of a fiscal year in a KPI's unit (blank: not defined yet)."""
    found = read_figure(text, unit=unit or None)
    if found.problem is not None:
        return TargetReading(problem=found.problem)
    if found.kind == "blank":
        return TargetReading()
    if found.kind == "missing":
        return _no_target(found)
    notices = [found.notice or "", _unit_notice(found, unit)]
    problem = _problem(found, fiscal_year)
    if problem:
        return TargetReading(problem=problem)
    if found.word is not None:
        return TargetReading(TargetFigure(qualifier=TargetQualifier.WORD, word=found.word[:LONGEST_WORD]))
    printed = text.strip()[:LONGEST_WORD] if _marks(found) & _KEPT_MARKS or found.note else ""
    if found.kind == "range":
        figure = TargetFigure(found.low, found.high, TargetQualifier.RANGE, published_text=printed)
    else:
        qualifier = _BOUNDS.get(found.bound or "", TargetQualifier.EXACT)
        figure = TargetFigure(found.value, None, qualifier, published_text=printed)
    if _marks(found) & _KEPT_MARKS:
        notices.append("目標値の表記は残し、判定には数値を使います。")
    return TargetReading(figure, notice="".join(notices))


def _marks(found: Figure) -> set[str]:
    return set((found.qualifier or "").split("・"))


def _no_target(found: Figure) -> TargetReading:
    """A dash or 設定なし is no target; 検討中 and the like belong into the note."""
    if found.status in {"unknown", "not_applicable"}:
        return TargetReading(notice="目標なしと読みました。")
    return TargetReading(problem="目標が決まっていない年度は空にし、事情は備考に書いてください。")


def _problem(found: Figure, fiscal_year: int | None) -> str:
    if found.bound in {"more_than", "less_than"}:
        return "「超」「未満」の目標は判定できません。「以上」か「以下」で入力してください。"
    if _marks(found) & _RELATIVE:
        return "「増」「減」は何に対する増減か決められません。目標とする値そのものを入力してください。"
    stated = found.stated_year.fiscal_year if found.stated_year else None
    if stated is not None and fiscal_year is not None and stated != fiscal_year:
        return f"{era_label(stated)}の値と書かれています。この欄は{era_label(fiscal_year)}の目標値です。"
    low, high = found.low, found.high
    if low is not None and high is not None and low > high:
        return "範囲の下限が上限より大きくなっています。"
    return ""


def _unit_notice(found: Figure, unit: str) -> str:
    if unit or not found.unit:
        return ""
    return f"指標の単位が未設定です。「{found.unit}」の数として読みました。単位の欄も入力してください。"


def target_cell(figure: TargetFigure | None, decimals: int | None = None) -> str:
    """Return a target as the input shows it, without unit: 1,034, 80以上, 10～20, 現状維持.

    Reading it back gives the same figure: digits behind the KPI's decimals are shown where there are some.
    """
    if figure is None:
        return ""
    if figure.value is None:
        return figure.word
    number = figure_cell(figure.value, decimals)
    if figure.qualifier is TargetQualifier.RANGE and figure.upper is not None:
        return f"{number}～{figure_cell(figure.upper, decimals)}"
    if figure.qualifier in {TargetQualifier.AT_LEAST, TargetQualifier.AT_MOST}:
        return f"{number}{figure.qualifier.label}"
    return number


def figure_cell(value: Decimal | None, decimals: int | None = None) -> str:
    """Return a number as an input shows it: every digit it has, and at least the KPI's decimals."""
    if value is None:
        return ""
    exact = format_figure(value)
    padded = format_figure(value, decimals) if decimals is not None else exact
    return padded if Decimal(padded.replace(",", "")) == value else exact
