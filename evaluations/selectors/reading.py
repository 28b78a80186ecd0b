"""What a person typed as a figure, understood for one KPI and shown back to them before anything is kept."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from evaluations.enums import NUMERIC_STATUSES, Edition, ValueStatus
from evaluations.models import Actual
from strategy.enums import Aggregation, EnteredAs
from strategy.models import Kpi
from tsukuba_kpi.lib.decimals import to_plain
from tsukuba_kpi.lib.figures import Figure, format_figure, read_figure
from tsukuba_kpi.lib.fiscal_year import day_words, era_label

# A figure without any mark is final in the final edition, and preliminary in the preliminary one.
_UNMARKED = {
    Edition.FINAL: ValueStatus.FINAL,
    Edition.PRELIMINARY: ValueStatus.PRELIMINARY,
    Edition.HALF: ValueStatus.FINAL,
}


@dataclass(frozen=True)
class Understood:
    """A typed figure as it was understood. With a `problem` nothing else is to be relied on."""

    value: Decimal | None = None
    status: ValueStatus | None = None
    expected_on: date | None = None
    note: str = ""
    published_text: str = ""
    problem: str = ""
    cautions: tuple[str, ...] = ()

    def words(self, kpi: Kpi) -> str:
        """Return what was understood, to be shown back: 1,200,000人（確定）."""
        if self.problem or self.status is None:
            return ""
        if self.value is None:
            due = f"、{day_words(self.expected_on)}まで" if self.expected_on else ""
            return f"値なし（{self.status.label}{due}）"
        return f"{format_figure(self.value, None, kpi.unit)}（{self.status.label}）"


def understand(
    typed: str,
    *,
    kpi: Kpi,
    edition: Edition,
    today: date,
    chosen: ValueStatus | None = None,
    fiscal_year: int | None = None,
) -> Understood:
    """Read a typed figure for a KPI.

    `chosen` is the status the person picked (None: let the text decide). `fiscal_year` is the year of the
    cell, in a table of several: a figure that names another one is a problem. Never guesses: what is not
    certain is a problem, with what to do. What is surprising about a figure is asked by
    `selectors.questioned`.
    """
    figure = read_figure(typed, unit=kpi.unit or None)
    if figure.problem:
        return Understood(problem=figure.problem)
    stated = figure.stated_year
    if fiscal_year is not None and stated is not None and stated.fiscal_year != fiscal_year:
        return Understood(
            problem=f"{era_label(stated.fiscal_year)}の値と書かれていますが、この欄は{era_label(fiscal_year)}です。"
        )
    match figure.kind:
        case "blank":
            return Understood(status=chosen)
        case "missing":
            return _missing(figure, chosen, today)
        case "number":
            return _number(figure, typed, edition, chosen)
        case _:
            return Understood(
                problem="実績値は一つの数値で入力してください。範囲や文言は注記に書いてください。"
            )


def _missing(figure: Figure, chosen: ValueStatus | None, today: date) -> Understood:
    found = ValueStatus(figure.status or "")
    if chosen is not None and chosen not in NUMERIC_STATUSES and chosen is not found:
        return Understood(
            problem=f"実績値の欄は「{found.label}」と読めますが、値の状態は「{chosen.label}」です。"
            "どちらかに合わせてください。"
        )
    due = figure.expected_on.resolve(after=today) if figure.expected_on else None
    return Understood(
        status=found, expected_on=due, note=figure.note or "", published_text=figure.text.strip()
    )


def _number(figure: Figure, typed: str, edition: Edition, chosen: ValueStatus | None) -> Understood:
    assert figure.value is not None
    found = ValueStatus(figure.status or "")
    if found is ValueStatus.FINAL:
        found = _UNMARKED[edition]
    elif chosen is ValueStatus.FINAL:
        return Understood(
            problem=f"「{figure.qualifier}」が付いているため「確定」にできません。"
            f"値の状態を「{found.label}」にするか、「{figure.qualifier}」を消してください。"
        )
    plain = typed.strip()
    as_printed = "" if plain.replace(",", "") == to_plain(figure.value) else plain
    return Understood(
        value=figure.value,
        status=chosen or found,
        note=figure.note or "",
        published_text=as_printed,
        cautions=(figure.notice,) if figure.notice else (),
    )


def what_to_enter(kpi: Kpi) -> str:
    """Return in one sentence which figure is asked for: of the year alone, or counted up."""
    if kpi.aggregation == Aggregation.CUMULATIVE:
        return "この年度だけの数値を入力します（累計は自動で計算します）。"
    if kpi.aggregation == Aggregation.YEAR_END:
        return "年度末時点の数値を入力します。"
    if kpi.aggregation == Aggregation.INCREMENT:
        return {
            EnteredAs.LEVEL: "この年度の値そのもの（増加分ではない値）を入力します。",
            EnteredAs.INCREMENT: "この年度の増加分だけを入力します。",
            EnteredAs.CUMULATIVE_INCREMENT: "事業開始からの増加分の累計を入力します。",
        }[EnteredAs(kpi.entered_as)]
    if not kpi.aggregation:
        return "集計方法が未設定です（企画部門に確かめてください）。"
    return "この年度の数値を入力します。"


def shown_figure(actual: Actual | None) -> str:
    """Return a stored figure as its box shows it: as printed, else in plain digits."""
    if actual is None:
        return ""
    if actual.published_text:
        return actual.published_text
    return "" if actual.value is None else to_plain(actual.value)
