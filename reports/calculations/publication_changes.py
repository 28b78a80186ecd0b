"""What a new publication of a round would say otherwise than the last one."""

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from evaluations.enums import ValueStatus
from reports.calculations.published import Content, PublishedKpi, PublishedYear
from tsukuba_kpi.lib.figures import format_figure
from tsukuba_kpi.lib.fiscal_year import short_era_label

_PROGRAM_FIELDS = {"name": "名称", "purpose": "目的", "summary": "概要", "results": "成果", "section": "担当"}
_KPI_FIELDS = {"name": "名称", "unit": "単位", "direction": "方向", "baseline_value": "基準値"}


def changes_between(old: Content, new: Content) -> list[str]:
    """Return the differences in words, in the order of the new content."""
    return [*_kpi_changes(old, new), *_program_changes(old, new)]


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
    for words, before, after in pairs:
        if before != after:
            yield f"{label}の{words} {before or 'なし'} → {after or 'なし'}"


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
        differing = {f.name for f in fields(program) if getattr(program, f.name) != getattr(known, f.name)}
        labels = [label for name, label in _PROGRAM_FIELDS.items() if name in differing]
        labels += ["評価の文章"] if "answers" in differing else []
        if labels:
            yield f"{program.name}：{'、'.join(labels)}"
    yield from (f"{program.name}：公表をやめる" for program in before.values())


def _shown(value: Any) -> str:
    return "なし" if value in (None, "") else str(value)
