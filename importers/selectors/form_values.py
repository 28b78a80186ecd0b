"""What a city's own form can be filled with, by the names its cells may have (docs/paper.md)."""

from decimal import Decimal

from evaluations.enums import ValueStatus
from evaluations.models import KpiSheet, ProgramEvaluation
from evaluations.permissions import AnySheet
from evaluations.selectors.pages import (
    KpiSheetPage,
    ProgramPage,
    SheetPage,
    kpi_sheet_page,
    program_page,
)
from importers.workbooks.filled_form import FormValue
from organization.models import User
from strategy.selectors.wording import figure_words, target_words
from tsukuba_kpi.lib.figures import round_half_up
from tsukuba_kpi.lib.fiscal_year import era_and_western, short_era_label

RATE_PLACES = 6


def form_values(user: User, sheet: AnySheet) -> dict[str, FormValue]:
    """Return the values of a sheet as the person sees it."""
    if isinstance(sheet, KpiSheet):
        return _of_kpi(kpi_sheet_page(user, sheet))
    assert isinstance(sheet, ProgramEvaluation)
    return _of_program(program_page(user, sheet))


def _shared(page: SheetPage) -> dict[str, FormValue]:
    sheet = page.sheet
    values: dict[str, FormValue] = {
        "照会": sheet.round.name,
        "年度": era_and_western(sheet.round.fiscal_year),
        "担当課": sheet.section.name if sheet.section else "",
        "担当部": sheet.section.bureau.name if sheet.section and sheet.section.bureau else "",
        "状態": sheet.get_state_display(),
        "デモ": "デモデータ（架空の値）" if sheet.round.is_demo else "",
    }
    values |= {row.question.label: row.answer for row in page.rows}
    if page.sees_work or sheet.is_locked:
        values |= {
            "二次評価": sheet.second_grade,
            "企画部門の所見": sheet.planning_comment,
            "外部評価の意見": sheet.committee_opinion,
            "決定": sheet.decision,
            "決定の内容": sheet.decision_note,
        }
    return values


def _of_kpi(page: KpiSheetPage) -> dict[str, FormValue]:
    kpi, verdict = page.kpi, page.verdict
    place = page.places[0].node if page.places else None
    values = _shared(page) | {
        "指標名": kpi.name,
        "指標番号": kpi.code,
        "単位": kpi.unit,
        "方向": kpi.get_direction_display() if kpi.direction else "",
        "集計方法": kpi.get_aggregation_display() if kpi.aggregation else "",
        "基準値": kpi.baseline_value,
        "基準値の表記": page.baseline,
        "設定根拠": kpi.rationale,
        "計算方法": kpi.method,
        "出典": kpi.statistic_source,
        "数値確定の時期": kpi.final_note,
        "計画": page.plan.name if page.plan else "",
        "施策番号": place.code if place else "",
        "施策": place.name if place else "",
        "課の評価": page.sheet.self_grade,
    }
    if page.actual is not None:
        status = ValueStatus(page.actual.status)
        words = "" if page.actual.value is None else figure_words(page.actual.value, kpi)
        values |= {
            "実績値": page.actual.value,
            "実績値の表記": f"{words}（{status.label}）" if status is not ValueStatus.FINAL else words,
            "値の状態": status.label,
            "注記": page.actual.note,
        }
    if verdict is not None:
        values |= {
            "評価": verdict.grade.label if verdict.grade else verdict.why_none,
            "進捗率": _rate(verdict.progress_rate),
            "達成率": _rate(verdict.achievement_rate),
            "判定の説明": verdict.explanation,
        }
    for year, target in page.figures.targets.items():
        for label in (str(year), short_era_label(year)):
            values[f"目標値_{label}"] = target.value if target.value is not None else target.word
            values[f"目標値の表記_{label}"] = target_words(target, kpi)
    for year, actual in page.figures.actuals.items():
        for label in (str(year), short_era_label(year)):
            values[f"実績値_{label}"] = (
                actual.value if actual.value is not None else ValueStatus(actual.status).label
            )
    return values


def _of_program(page: ProgramPage) -> dict[str, FormValue]:
    yearly = page.yearly
    return _shared(page) | {
        "事業番号": yearly.program.number,
        "事務事業名": yearly.name,
        "旧名称": yearly.former_name,
        "事業の目的": yearly.purpose,
        "事業の概要": yearly.summary,
        "成果": yearly.results,
    }


def _rate(rate: Decimal | None) -> Decimal | None:
    return None if rate is None else round_half_up(rate, RATE_PLACES)
