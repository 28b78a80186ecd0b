"""What the list of a plan's KPIs can be filtered by, and what it is when it is taken away."""

from collections.abc import Sequence
from decimal import Decimal

from organization.models import Bureau, Section, User
from reports.enums import Scope
from reports.models import StandingCount
from reports.permissions import audience_of
from reports.selectors.frames import KpiPeriod, PlanFrame
from reports.selectors.kpi_rows import KpiRow
from strategy.enums import TargetQualifier
from strategy.models import Target
from tsukuba_kpi.lib.decimals import round_half_up, to_plain
from tsukuba_kpi.lib.fiscal_year import era_label
from tsukuba_kpi.lib.flat_table import Cell, FlatTable

RATE_PLACES = 6
HEADER = (
    "計画符号", "計画名", "位置符号", "位置", "指標番号", "指標名", "部局", "担当課", "単位", "方向",
    "集計方法", "年度（西暦）", "年度（和暦）", "版", "基準値", "当年度目標値", "当年度目標値の上限",
    "当年度目標の文言", "実績値", "実績値の状態", "最終目標年度", "最終目標値", "最終目標値の上限",
    "最終目標の文言", "進捗率", "達成率", "評価", "判定できない理由", "前年度との比較", "見通し",
    "シートの状態", "重み",
)  # fmt: skip


def counted_units(
    frame: PlanFrame, period: KpiPeriod, viewer: User
) -> tuple[tuple[Section, ...], tuple[Bureau, ...]]:
    """Return the sections and bureaus that answer for a KPI of the plan in the year (two queries)."""
    rows = StandingCount.objects.filter(
        plan=frame.plan, fiscal_year=period[0], edition=period[1].value, audience=audience_of(viewer).value
    )
    counted = {scope: rows.filter(scope=scope.value).values("scope_id") for scope in Scope}
    return (
        tuple(Section.objects.filter(pk__in=counted[Scope.SECTION])),
        tuple(Bureau.objects.filter(pk__in=counted[Scope.BUREAU])),
    )


def flat_table(frame: PlanFrame, rows: Sequence[KpiRow], period: KpiPeriod) -> FlatTable:
    """Return the lines of a list as one flat table: one datum a cell, the unit and the status apart."""
    year, edition = period
    return FlatTable(
        f"KPI一覧 {year}",
        HEADER,
        [
            (
                frame.plan.code,
                frame.plan.name,
                " / ".join(node.ascii_code for node in row.nodes if node.ascii_code),
                " / ".join(str(node) for node in row.nodes),
                row.kpi.code,
                row.kpi.name,
                " / ".join(dict.fromkeys(s.bureau.name for s in row.sections if s.bureau)),
                " / ".join(section.name for section in row.sections),
                row.kpi.unit,
                row.kpi.get_direction_display() if row.kpi.direction else "",
                row.kpi.get_aggregation_display() if row.kpi.aggregation else "",
                year,
                era_label(year),
                edition.label,
                _figure(row.kpi.baseline_value),
                *_target(row.target),
                _figure(row.actual.value) if row.actual else None,
                row.actual.get_status_display() if row.actual else "",
                row.figures.final_target.fiscal_year if row.figures.final_target else None,
                *_target(row.figures.final_target),
                _rate(row.verdict.progress_rate),
                _rate(row.verdict.achievement_rate),
                row.verdict.grade.label if row.verdict.grade else "",
                row.verdict.why_none,
                row.moved,
                row.outlook,
                row.sheet.get_state_display() if row.sheet else "",
                _figure(row.places.weight),
            )
            for row in rows
        ],
    )


def _figure(value: Decimal | None) -> Decimal | None:
    """Return a figure without the zeros that a database column adds behind it."""
    return None if value is None else Decimal(to_plain(value))


def _rate(rate: Decimal | None) -> Decimal | None:
    """Return a rate with as many places as `manage.py judge` prints."""
    return None if rate is None else round_half_up(rate, RATE_PLACES)


def _target(target: Target | None) -> tuple[Cell, Cell, Cell]:
    """Return a target as its number, the upper end of a range, and its words (以上, 現状維持)."""
    if target is None:
        return None, None, ""
    qualified = {TargetQualifier.AT_LEAST.value: "以上", TargetQualifier.AT_MOST.value: "以下"}
    return _figure(target.value), _figure(target.upper), target.word or qualified.get(target.qualifier, "")
