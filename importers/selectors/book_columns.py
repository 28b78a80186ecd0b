"""The columns of a round's workbook: what is shown, what is asked, and how each box is to be filled."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from evaluations.calculations.costs import COST_LABELS, LABOUR, SOURCES
from evaluations.enums import QuestionKind, ValueStatus
from evaluations.models import Round, RoundQuestion
from evaluations.permissions import AnySheet
from importers.calculations.round_book import ANSWER_PREFIX, COST_PREFIX, FIELD_LABELS, IS_FINAL, Column
from importers.selectors.book_values import as_cell, cost_heading
from tsukuba_kpi.lib.fiscal_year import short_era_label

LAST = "last."
_FIGURE_HELP = "数値のほか「1,234人」「▲5」「63.4％」「約120」「集計中（8月公表予定）」「－」も読み取ります。"
_STATUS_HELP = "空欄なら値から判断します。値がないときは、集計中・調査未実施・未把握・該当なし から選びます。"
_EXPECTED_HELP = "「集計中」のとき。例 2026/8/31、R8.8.31"
_AS_OF_HELP = "年度末と異なるとき。例 2026/3/1、R8.3.1"
_COST_HELP = (
    "見出しの単位の数字。「1,200万円」のように書いても直します。ないときは 0（空欄は「分からない」です）。"
)
_FINAL_HELP = "出納閉鎖後の決算の額なら「決算」を選びます。"
_GRADE_HELP = "空欄は「計算による評価のとおり」です。異なる評価にするときだけ選びます。"


def kpi_columns(
    collection: Round, years: Sequence[int], questions: Iterable[RoundQuestion]
) -> tuple[Column, ...]:
    """Return the columns of the KPIs' sheet."""
    this_year = short_era_label(collection.fiscal_year)
    return (
        *_names("指標番号", "指標名"),
        Column(key="place", heading="目標・施策", width=16),
        Column(key="unit", heading="単位", width=6),
        Column(key="direction", heading="向き", width=7),
        Column(key="asked", heading="入力する数値", width=16),
        Column(key="baseline", heading="基準値", width=13, is_number=True),
        Column(key="final_target", heading="最終目標", width=13, is_number=True),
        *(
            Column(key=f"year.{year}", heading=f"{short_era_label(year)}\n実績", width=11, is_number=True)
            for year in years
        ),
        Column(key="target", heading=f"{this_year}\n目標", width=11, is_number=True),
        _input("figure", 14, _FIGURE_HELP, heading=f"{this_year}\n実績値", is_number=True),
        _input("status", 11, _STATUS_HELP, choices=tuple(status.label for status in ValueStatus)),
        _input("expected_on", 12, _EXPECTED_HELP),
        _input("as_of", 12, _AS_OF_HELP),
        _input("note", 26, "値がないときはその理由。"),
        _input("self_grade", 11, _GRADE_HELP, opens_page=True),
        _input("grade_reason", 20, "計算と異なる評価にしたときは、必ず書きます。"),
        *_question_columns(questions),
    )


def program_columns(collection: Round, questions: Iterable[RoundQuestion]) -> tuple[Column, ...]:
    """Return the columns of the programs' sheet."""
    costs = _cost_columns() if collection.asks_costs else ()
    return (
        *_names("事業番号", "事務事業名"),
        _input("purpose", 30, ""),
        _input("summary", 38, ""),
        Column(key=f"{LAST}results", heading="前回の成果", width=32),
        _input("results", 42, "", is_required=True),
        *costs,
        *_question_columns(questions, opens_page=True),
    )


def _cost_columns() -> Iterable[Column]:
    """Yield a box for each of a program's costs, beside what stood there the year before."""
    yield Column(key=f"{LAST}costs", heading="前年度までの\n事業費", width=26, opens_page=True)
    yield _cost_input("budget_code", 18, "款・項・目・事業。")
    for name in COST_LABELS:
        yield _cost_input(name, 12, _COST_HELP, is_number=True, is_required=name in {*SOURCES, LABOUR})
    yield _cost_input("is_final", 8, _FINAL_HELP, choices=(IS_FINAL,))


def _cost_input(name: str, width: float, help_text: str, **more: Any) -> Column:
    return _input(f"{COST_PREFIX}{name}", width, help_text, heading=cost_heading(name), **more)


def _names(code: str, name: str) -> tuple[Column, ...]:
    return (
        Column(key="code", heading=code, width=11, names_line=True),
        Column(key="name", heading=name, width=24, names_line=True),
        Column(key="state", heading="状態", width=12),
    )


def _input(
    key: str,
    width: float,
    help_text: str,
    *,
    heading: str = "",
    choices: tuple[str, ...] = (),
    is_number: bool = False,
    is_required: bool = False,
    opens_page: bool = False,
) -> Column:
    return Column(
        key=key,
        heading=heading or FIELD_LABELS[key],
        width=width,
        takes_input=True,
        help=help_text,
        choices=choices,
        is_number=is_number,
        is_required=is_required,
        opens_page=opens_page,
    )


def _question_columns(questions: Iterable[RoundQuestion], *, opens_page: bool = False) -> Iterable[Column]:
    """Yield for each question last time's answer and this year's box, side by side."""
    for position, question in enumerate(questions):
        is_choice = question.kind == QuestionKind.CHOICE
        begins = opens_page if position == 0 else not is_choice
        yield Column(
            key=f"{LAST}{question.key}",
            heading=f"前回の\n{question.label}",
            width=9 if is_choice else 26,
            opens_page=begins,
        )
        yield Column(
            key=f"{ANSWER_PREFIX}{question.key}",
            heading=question.label,
            width=12 if is_choice else 34,
            takes_input=True,
            choices=tuple(question.choices) if is_choice else (),
            help=question.help_text,
            limit=question.limit,
            is_required=question.is_required,
        )


def last_time(earlier: AnySheet | None, questions: Iterable[RoundQuestion]) -> Mapping[str, str]:
    """Return last time's answers by their columns."""
    answers = earlier.answers if earlier else {}
    return {f"{LAST}{q.key}": as_cell(answers.get(q.key, "")) for q in questions}
