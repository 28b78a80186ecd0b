"""What a program costs: the sum of its sources and of its labour, told with what is still missing.

Money is in 千円. A blank source is not 0: the sum then covers only what was entered, and says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from tsukuba_kpi.lib.figures import read_figure

SOURCES = ("national", "prefectural", "bonds", "other", "general")
LABOUR = "labour"
# What is asked, with its unit, in the order of the page and of the workbook.
COST_LABELS: dict[str, tuple[str, str]] = {
    "national": ("国支出金", "千円"),
    "prefectural": ("県支出金", "千円"),
    "bonds": ("地方債", "千円"),
    "other": ("その他", "千円"),
    "general": ("一般財源", "千円"),
    "staff_share": ("従事人数", "人"),
    "overtime_hours": ("時間外勤務", "時間"),
    "labour": ("人件費", "千円"),
    "stated_total": ("総事業費（書類の記載）", "千円"),
}
_DECIMALS = {"staff_share": 2, "overtime_hours": 1}
# What the narrowest columns of the database hold, by name; money otherwise.
_LARGEST = {"staff_share": Decimal(10) ** 4, "overtime_hours": Decimal(10) ** 7}
_LARGEST_MONEY = Decimal(10) ** 13


@dataclass(frozen=True)
class ReadCost:
    """A cost as it was understood; `problem` says in Japanese why it could not be, and there is no value."""

    value: Decimal | None = None
    problem: str = ""


def read_cost(name: str, text: str) -> ReadCost:
    """Read one of a program's costs as people write it (１，２００、1,200万円), in its own unit.

    Blank stays unknown and is not 0. Refused are negative numbers, what is said beside a number (約, 速報, a
    year), and what is finer or larger than is kept.
    """
    if not text.strip():
        return ReadCost()
    unit = COST_LABELS[name][1]
    read = read_figure(text, unit=unit)
    if read.problem:
        return ReadCost(problem=read.problem)
    number = read.value
    is_plain = read.status == "final" and not (read.qualifier or read.stated_year or read.note)
    if number is None or number < 0 or not is_plain:
        return ReadCost(problem=f"{unit}の数字で入力してください。ないときは 0 と書きます。")
    if number >= _LARGEST.get(name, _LARGEST_MONEY):
        return ReadCost(problem="桁数が多すぎます。単位を確かめてください。")
    decimals = _DECIMALS.get(name, 0)
    if number != round(number, decimals):
        kept = f"小数点以下{decimals}桁まで" if decimals else "整数"
        return ReadCost(problem=f"{unit}の{kept}で入力してください。")
    return ReadCost(value=number)


@dataclass(frozen=True)
class CostTotal:
    """Direct cost, total with labour, and which of the parts nobody has entered."""

    direct: Decimal | None
    total: Decimal | None
    missing: tuple[str, ...]

    def warning_about(self, stated: Decimal | None) -> str:
        """Return what is odd about a stated total, blank when nothing is."""
        if not self.differs_from(stated):
            return ""
        return f"記載された総事業費 {stated:,}千円は、内訳の合計 {self.total:,}千円と違います。"

    def differs_from(self, stated: Decimal | None) -> bool:
        """Return whether a stated total is another one than that of a complete sum."""
        return stated is not None and not self.missing and stated != self.total


def cost_total(parts: Mapping[str, Decimal | None]) -> CostTotal:
    """Return the sums of a program's costs; None where nothing at all was entered.

    国 1,200 ＋ 県 600 ＋ 地方債 0 ＋ その他 50 ＋ 一般財源 3,150 ＝ 直接事業費 5,000
    with 人件費 1,400: 総事業費 6,400.
    """
    sources = [value for name in SOURCES if (value := parts.get(name)) is not None]
    labour = parts.get(LABOUR)
    direct = sum(sources, Decimal(0)) if sources else None
    everything = [*sources, *([labour] if labour is not None else [])]
    return CostTotal(
        direct=direct,
        total=sum(everything, Decimal(0)) if everything else None,
        missing=tuple(name for name in (*SOURCES, LABOUR) if parts.get(name) is None),
    )
