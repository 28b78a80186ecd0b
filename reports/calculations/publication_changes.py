"""What a new publication of a round would say otherwise than the last one."""

from collections.abc import Iterator, Mapping
from typing import Any

from evaluations.enums import ValueStatus
from reports.calculations.published import Content, PublishedKpi, PublishedPlan, PublishedYear
from tsukuba_kpi.lib.figures import format_figure
from tsukuba_kpi.lib.fiscal_year import short_era_label

_PROGRAM_FIELDS = {
    "name": "名称",
    "former_name": "旧名称",
    "purpose": "目的",
    "summary": "概要",
    "results": "成果",
    "bureau": "部局",
    "section": "担当",
    "answers": "評価の文章",
}
_KPI_FIELDS = {
    "name": "名称",
    "unit": "単位",
    "direction": "方向",
    "aggregation": "集計方法",
    "baseline_value": "基準値",
    "baseline_text": "基準値の表記",
    "final_target": "最終目標",
    "rationale": "設定根拠",
    "method": "計算方法",
    "statistic_source": "出典",
    "sections": "担当",
}
_PLAN_FIELDS = {
    "name": "名称",
    "summary": "概要",
    "first_fiscal_year": "最初の年度",
    "last_fiscal_year": "最後の年度",
    "scheme_name": "評価基準",
    "bands": "評価の区分",
}
_NODE_FIELDS = {"code": "番号", "name": "名称", "description": "説明", "answers": "外部評価の意見と回答"}
_LONG = 40


def changes_between(old: Content, new: Content) -> list[str]:
    """Return the differences in words, in the order of the new content."""
    found = [*_plan_changes(old, new), *_kpi_changes(old, new), *_program_changes(old, new)]
    if not found and old != new:
        return ["一覧に出ない細部（並び順、桁数、計算の説明など）"]
    return found


def _plan_changes(old: Content, new: Content) -> Iterator[str]:
    before = {plan.code: plan for plan in old.plans}
    for plan in new.plans:
        known = before.pop(plan.code, None)
        if known is None:
            yield f"{plan.name}：新たに公表"
            continue
        if differing := _differing(known, plan, _PLAN_FIELDS):
            yield f"{plan.name}：{'、'.join(differing)}"
        yield from _node_changes(known, plan)
    yield from (f"{plan.name}：公表をやめる" for plan in before.values())


def _node_changes(old: PublishedPlan, new: PublishedPlan) -> Iterator[str]:
    before = {node.key: node for node in old.all_nodes()}
    for node in new.all_nodes():
        name, known = f"{node.code} {node.name}".strip(), before.pop(node.key, None)
        if known is None:
            yield f"{name}：計画に加わる"
        elif differing := _differing(known, node, _NODE_FIELDS):
            yield f"{name}：{'、'.join(differing)}"
    yield from (f"{node.code} {node.name}：計画からなくなる" for node in before.values())


def _differing(old: Any, new: Any, labels: Mapping[str, str]) -> list[str]:
    return [label for name, label in labels.items() if getattr(old, name) != getattr(new, name)]


def _kpi_changes(old: Content, new: Content) -> Iterator[str]:
    before = {(plan.code, kpi.code): kpi for plan in old.plans for kpi in plan.kpis}
    after = {(plan.code, kpi.code): kpi for plan in new.plans for kpi in plan.kpis}
    for key, kpi in after.items():
        known = before.pop(key, None)
        was = known is not None and known.is_published
        if kpi.is_published != was:
            yield f"{kpi.name}：{'新たに公表' if kpi.is_published else '公表をやめる'}"
        elif known is not None and kpi.is_published:
            yield from (f"{kpi.name}：{words}" for words in _in_kpi(known, kpi))
    yield from (f"{kpi.name}：計画からなくなる" for kpi in before.values() if kpi.is_published)


def _in_kpi(old: PublishedKpi, new: PublishedKpi) -> Iterator[str]:
    for name, label in _KPI_FIELDS.items():
        if getattr(old, name) != getattr(new, name):
            yield f"{label} {_shown(getattr(old, name))} → {_shown(getattr(new, name))}"
    for year in sorted({y.fiscal_year for y in old.years} | {y.fiscal_year for y in new.years}):
        yield from _in_year(new, old.year(year), new.year(year), short_era_label(year))
    if [(a.label, a.text) for a in old.answers] != [(a.label, a.text) for a in new.answers]:
        yield "評価の文章"


def _in_year(
    kpi: PublishedKpi, old: PublishedYear | None, new: PublishedYear | None, label: str
) -> Iterator[str]:
    pairs = (
        ("実績", _actual(kpi, old), _actual(kpi, new)),
        ("目標", _target(kpi, old), _target(kpi, new)),
        ("評価", _grade(old), _grade(new)),
        ("注記", old.note if old else "", new.note if new else ""),
    )
    told = [(words, was, now) for words, was, now in pairs if was != now]
    yield from (f"{label}の{words} {was or 'なし'} → {now or 'なし'}" for words, was, now in told)
    if not told and old != new:
        yield f"{label}の率か計算の説明"


def _actual(kpi: PublishedKpi, year: PublishedYear | None) -> str:
    if year is None or not year.status:
        return ""
    status = ValueStatus(year.status)
    if year.value is None:
        return status.label
    words = format_figure(year.value, kpi.decimals, kpi.unit)
    return words if status is ValueStatus.FINAL else f"{words}（{status.label}）"


def _target(kpi: PublishedKpi, year: PublishedYear | None) -> str:
    if year is None:
        return ""
    words = year.target_word or (
        "" if year.target is None else format_figure(year.target, kpi.decimals, kpi.unit)
    )
    if year.target_upper is not None:
        words += f"～{format_figure(year.target_upper, kpi.decimals, kpi.unit)}"
    return words


def _grade(year: PublishedYear | None) -> str:
    return year.grade.label if year and year.grade else ""


def _program_changes(old: Content, new: Content) -> Iterator[str]:
    before = {program.key: program for program in old.programs}
    for program in new.programs:
        known = before.pop(program.key, None)
        if known is None:
            yield f"{program.name}：新たに公表"
            continue
        if differing := _differing(known, program, _PROGRAM_FIELDS):
            yield f"{program.name}：{'、'.join(differing)}"
    yield from (f"{program.name}：公表をやめる" for program in before.values())


def _shown(value: Any) -> str:
    words = "、".join(value) if isinstance(value, tuple) else str(value)
    if value is None or not words:
        return "なし"
    return words if len(words) <= _LONG else f"{words[:_LONG]}…"
