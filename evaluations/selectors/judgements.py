"""From models to judgements: what the pages show is what `judge` computed from what is in the database."""

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from django.db.models import QuerySet

from evaluations import permissions
from evaluations.calculations.composite import CompositeJudgement, judge_composite
from evaluations.calculations.composition import Part, total_of_parts
from evaluations.calculations.judgement import judge
from evaluations.calculations.quantities import ActualValue, Baseline, Definition, Warned
from evaluations.calculations.quantities import SeriesBreak as BreakInSeries
from evaluations.calculations.quantities import Target as TargetFigure
from evaluations.calculations.results import Judgement
from evaluations.enums import Edition, Reason, ValueStatus
from evaluations.models import Actual
from history.selectors import as_they_stood
from organization.models import User
from strategy.calculations.rating import Band, Scheme
from strategy.enums import (
    Aggregation,
    Direction,
    EnteredAs,
    PartKind,
    PartsRule,
    PathRule,
    TargetQualifier,
)
from strategy.models import Kpi, KpiPart, Plan, SeriesBreak, Target
from strategy.selectors.schemes import scheme_of
from tsukuba_kpi.lib.fiscal_year import day_words, era_label, short_era_label

# For the year that is looked at, the edition asked for comes first; what has not reached it yet stands in.
# Half a year's figure never stands in for a year's.
PREFERENCE: Mapping[Edition, tuple[Edition, ...]] = {
    Edition.FINAL: (Edition.FINAL, Edition.PRELIMINARY),
    Edition.PRELIMINARY: (Edition.PRELIMINARY,),
    Edition.HALF: (Edition.HALF,),
}


@dataclass(frozen=True)
class PartFigures:
    """A part of a KPI with its own figures, and what it is to the whole."""

    kind: PartKind
    is_main: bool
    figures: "KpiFigures"


@dataclass(frozen=True)
class KpiFigures:
    """A KPI with its rows as they stand for one person: what a judgement and a page are made of."""

    kpi: Kpi
    targets: Mapping[int, Target]
    actuals: Mapping[int, Actual]
    breaks: tuple[SeriesBreak, ...]
    parts: tuple[PartFigures, ...] = ()

    @property
    def final_target(self) -> Target | None:
        """Return the last year's target."""
        return self.targets[max(self.targets)] if self.targets else None


def figures_of(
    kpis: Iterable[Kpi],
    *,
    fiscal_year: int | None = None,
    edition: Edition = Edition.FINAL,
    viewer: User | None = None,
    rows: QuerySet[Actual] | None = None,
    is_demo: bool = False,
    stood_at: datetime | None = None,
) -> dict[int, KpiFigures]:
    """Return the figures of some KPIs and their parts by KPI id (four queries, one more per depth of parts).

    `viewer` leaves out the actuals of sheets the person does not see; `rows` are the actuals to choose from
    instead (for publication); with neither it is the city's own view, for commands. `fiscal_year` is the
    year looked at in `edition`: later years are left out. Of a real and a demonstration's figure the one of
    `is_demo` counts; where only the other is there, that one does. With `stood_at` definitions, parts, breaks
    and targets are those of that time (some queries more); the figures are today's, with their corrections.
    """
    asked = {kpi.pk: kpi for kpi in kpis}
    if stood_at is not None:
        asked |= {kpi.pk: kpi for kpi in as_they_stood(Kpi, asked.values(), stood_at)}
    links, by_id = _with_parts(asked) if stood_at is None else _parts_as_stood(asked, stood_at)
    targets: dict[int, dict[int, Target]] = defaultdict(dict)
    for target in _as_stood(Target, Target.objects.filter(kpi__in=by_id), stood_at, by_id):
        targets[target.kpi_id][target.fiscal_year] = target
    breaks: dict[int, list[SeriesBreak]] = defaultdict(list)
    for broken in _as_stood(SeriesBreak, SeriesBreak.objects.filter(kpi__in=by_id), stood_at, by_id):
        breaks[broken.kpi_id].append(broken)
    if rows is None:
        rows = permissions.visible_actuals(viewer) if viewer else Actual.objects.all()
    rows = rows.filter(kpi__in=by_id)
    if fiscal_year is not None:
        rows = rows.filter(fiscal_year__lte=fiscal_year)
    actuals: dict[int, dict[int, Actual]] = defaultdict(dict)
    for row in rows:
        best = actuals[row.kpi_id].get(row.fiscal_year)
        wanted = edition if row.fiscal_year == fiscal_year else Edition.FINAL
        if row.edition in PREFERENCE[wanted] and (
            best is None or _rank(row, wanted, is_demo) < _rank(best, wanted, is_demo)
        ):
            actuals[row.kpi_id][row.fiscal_year] = row
    alone = {
        pk: KpiFigures(kpi, dict(targets[pk]), dict(actuals[pk]), tuple(breaks[pk]))
        for pk, kpi in by_id.items()
    }
    return {pk: _joined(alone[pk], alone, links, frozenset()) for pk in asked}


def _with_parts(asked: Mapping[int, Kpi]) -> tuple[dict[int, list[KpiPart]], dict[int, Kpi]]:
    """Return the links from wholes to parts, and the KPIs asked for with all their parts."""
    links: dict[int, list[KpiPart]] = defaultdict(list)
    by_id = dict(asked)
    waiting = set(asked)
    while waiting:
        below = KpiPart.objects.filter(whole_id__in=waiting).select_related("part").order_by("position", "id")
        waiting = set()
        for link in below:
            links[link.whole_id].append(link)
            if link.part_id not in by_id:
                by_id[link.part_id] = link.part
                waiting.add(link.part_id)
    return links, by_id


def _joined(
    figures: KpiFigures,
    alone: Mapping[int, KpiFigures],
    links: Mapping[int, list[KpiPart]],
    above: frozenset[int],
) -> KpiFigures:
    """Return a KPI's figures with those of its parts; a part of itself (a circle) is left out."""
    line = above | {figures.kpi.pk}
    parts = tuple(
        PartFigures(PartKind(link.kind), link.is_main, _joined(alone[link.part_id], alone, links, line))
        for link in links.get(figures.kpi.pk, [])
        if link.part_id not in line
    )
    return replace(figures, parts=parts) if parts else figures


OfKpi = TypeVar("OfKpi", Target, SeriesBreak)


def _as_stood(
    model: type[OfKpi], records: Iterable[OfKpi], stood_at: datetime | None, of_kpis: Container[int]
) -> Iterable[OfKpi]:
    """Return records as they are, or as they stood, with what has been taken away since from some KPIs."""
    if stood_at is None:
        return records
    return as_they_stood(model, records, stood_at, gone=lambda record: record.kpi_id in of_kpis)


def _parts_as_stood(
    asked: Mapping[int, Kpi], stood_at: datetime
) -> tuple[dict[int, list[KpiPart]], dict[int, Kpi]]:
    """Return the links from wholes to parts as they stood, and the KPIs asked for with all their parts."""
    today = KpiPart.objects.select_related("part")
    links: dict[int, list[KpiPart]] = defaultdict(list)
    stood = as_they_stood(KpiPart, today, stood_at, gone=lambda link: True)
    for link in sorted(stood, key=lambda link: (link.position, link.pk)):
        links[link.whole_id].append(link)
    parts: dict[int, Kpi] = {}
    waiting = list(asked)
    while waiting:
        for link in links.get(waiting.pop(), []):
            if link.part_id not in asked and link.part_id not in parts:
                parts[link.part_id] = link.part
                waiting.append(link.part_id)
    found = {kpi.pk: kpi for kpi in as_they_stood(Kpi, parts.values(), stood_at)}
    return links, {**asked, **parts, **found}


def _rank(actual: Actual, wanted: Edition, is_demo: bool) -> tuple[bool, int]:
    return actual.is_demo != is_demo, PREFERENCE[wanted].index(Edition(actual.edition))


# --- judging ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Verdict:
    """A KPI judged in one fiscal year as pages show it: by its own figures, or by those of its parts.

    `whole` has the rates; None where a KPI of several numbers is judged number by number (`parts`).
    """

    fiscal_year: int
    grade: Band | None
    met: bool | None
    reason: Reason | None
    own_words: str
    whole: Judgement | None
    parts: tuple[tuple[str, Judgement], ...]
    warnings: tuple[Warned, ...]
    scheme: Scheme | None

    @property
    def explanation(self) -> str:
        """Return the judgement in words (computed when asked for: counts need none)."""
        return self.own_words or (self.whole.explanation if self.whole else "")

    @property
    def value(self) -> Decimal | None:
        """Return the figure judged: for a cumulative KPI the sum."""
        return self.whole.value if self.whole else None

    @property
    def progress_rate(self) -> Decimal | None:
        """Return 進捗率, None where there is none for the KPI as a whole."""
        return self.whole.progress_rate if self.whole else None

    @property
    def achievement_rate(self) -> Decimal | None:
        """Return 達成率, None where there is none for the KPI as a whole."""
        return self.whole.achievement_rate if self.whole else None

    @property
    def expected(self) -> Decimal | None:
        """Return the year's expected value, None where there is none for the KPI as a whole."""
        return self.whole.expected if self.whole else None

    @property
    def is_provisional(self) -> bool:
        """Return whether a preliminary or estimated figure went into it."""
        judged = (self.whole,) if self.whole else tuple(judgement for _, judgement in self.parts)
        return any(judgement.is_provisional for judgement in judged)

    @property
    def scheme_key(self) -> tuple[str, int | None]:
        """Return code and version of the scheme it was judged by."""
        return (self.scheme.code, self.scheme.version) if self.scheme else ("", None)

    @property
    def why_none(self) -> str:
        """Return in words why there is no grade: the scheme's own, else the reason's."""
        if self.grade is not None or self.reason is None:
            return ""
        own = self.scheme.cannot_judge_label(self.reason.value) if self.scheme else None
        return own or self.reason.label


def judge_kpis(
    figures: Mapping[int, KpiFigures], *, plan: Plan | None, fiscal_year: int, scheme: Scheme | None = None
) -> dict[int, Judgement]:
    """Judge KPIs in a fiscal year by a scheme, or else the plan's (two queries when it is the plan's).

    A total, a ratio or a main number is judged as such. Where a KPI of several numbers is judged number by
    number (`verdicts_of` tells how), this is the judgement of its own row.
    """
    verdicts = verdicts_of(figures, plan=plan, fiscal_year=fiscal_year, scheme=scheme)
    scheme = next((verdict.scheme for verdict in verdicts.values()), None)
    return {
        pk: verdict.whole or _judge_alone(figures[pk], plan, fiscal_year, scheme)
        for pk, verdict in verdicts.items()
    }


def verdicts_of(
    figures: Mapping[int, KpiFigures], *, plan: Plan | None, fiscal_year: int, scheme: Scheme | None = None
) -> dict[int, Verdict]:
    """Judge KPIs in a fiscal year by a scheme, or else the plan's, with their parts where they have some."""
    if scheme is None and plan is not None and plan.rating_scheme is not None:
        scheme = scheme_of(plan.rating_scheme)
    return {pk: verdict_of(found, plan, fiscal_year, scheme) for pk, found in figures.items()}


def verdict_of(figures: KpiFigures, plan: Plan | None, fiscal_year: int, scheme: Scheme | None) -> Verdict:
    """Judge one KPI in a fiscal year; a year before the plan has its rates, but no grade of the plan's."""
    found = _verdict_of(figures, plan, fiscal_year, scheme)
    if plan is None or plan.first_fiscal_year is None or fiscal_year >= plan.first_fiscal_year:
        return found
    first = era_label(plan.first_fiscal_year)
    words = f"{era_label(fiscal_year)}は計画の初年度（{first}）より前のため、評価しません。"
    return replace(found, grade=None, met=None, reason=Reason.OUTSIDE_PERIOD, own_words=words)


def _verdict_of(figures: KpiFigures, plan: Plan | None, fiscal_year: int, scheme: Scheme | None) -> Verdict:
    rule = _rule_of(figures)
    if rule is None:
        own = _judge_alone(figures, plan, fiscal_year, scheme)
        return Verdict(
            fiscal_year,
            own.grade,
            own.met,
            own.reason,
            "",
            own,
            (),
            own.warnings,
            scheme,
        )
    found = _judge_by_parts(figures, rule, plan, fiscal_year, scheme)
    doubts = _doubts(figures, plan)
    return Verdict(
        fiscal_year,
        found.grade,
        found.met,
        found.reason,
        found.explanation + "".join(doubt.message for doubt in doubts),
        found.whole,
        found.parts,
        (*doubts, *(found.whole.warnings if found.whole else ())),
        scheme,
    )


def _judge_alone(
    figures: KpiFigures, plan: Plan | None, fiscal_year: int, scheme: Scheme | None
) -> Judgement:
    return judge(
        definition_of(figures, plan),
        targets_of(figures, plan),
        actuals_of(figures),
        fiscal_year,
        scheme,
        warnings=_doubts(figures, plan),
    )


def _judge_by_parts(
    figures: KpiFigures, rule: PartsRule, plan: Plan | None, fiscal_year: int, scheme: Scheme | None
) -> CompositeJudgement:
    parts = list(figures.parts)
    if rule is PartsRule.RATIO:
        parts.sort(key=lambda part: part.kind is PartKind.DENOMINATOR)
    return judge_composite(
        definition_of(figures, plan),
        targets_of(figures, plan),
        actuals_of(figures),
        [composed_part(part, plan, fiscal_year) for part in parts],
        rule,
        fiscal_year,
        scheme,
    )


def _rule_of(figures: KpiFigures) -> PartsRule | None:
    """Return by which rule the parts decide; None where the KPI's own figures do."""
    kinds = {part.kind for part in figures.parts}
    if not kinds:
        return None
    is_ratio = len(figures.parts) == 2 and kinds == {PartKind.NUMERATOR, PartKind.DENOMINATOR}
    if figures.kpi.parts_rule:
        rule = PartsRule(figures.kpi.parts_rule)
        return None if rule is PartsRule.RATIO and not is_ratio else rule
    if is_ratio:
        return PartsRule.RATIO
    usual = {PartKind.ADDEND: PartsRule.SUM, PartKind.COMPONENT: PartsRule.EACH}
    return usual.get(kinds.pop()) if len(kinds) == 1 else None


def composed_part(part: PartFigures, plan: Plan | None, fiscal_year: int) -> Part:
    """Return a part for the calculation, put together from its own addends where it has some."""
    figures = part.figures
    own = Part(
        figures.kpi.name,
        definition_of(figures, plan),
        targets_of(figures, plan),
        actuals_of(figures),
        part.is_main,
    )
    addends = [each for each in figures.parts if each.kind is PartKind.ADDEND]
    if not addends:
        return own
    total = total_of_parts(
        own.definition,
        own.targets,
        own.actuals,
        [composed_part(each, plan, fiscal_year) for each in addends],
        fiscal_year,
    )
    return Part(own.name, total.definition, total.targets, total.actuals, own.is_main)


# What of a definition goes into a judgement, by its words.
_DEFINING = {
    "unit": "単位",
    "direction": "方向",
    "aggregation": "集計方法",
    "baseline_value": "基準値",
    "baseline_fiscal_year": "基準年度",
    "maintain_band": "維持とみなす幅",
    "parts_rule": "複数の数値の判定",
    "window_first_fiscal_year": "累計の期間",
    "window_last_fiscal_year": "累計の期間",
    "entered_as": "増加分の入力方法",
}


def _doubts(figures: KpiFigures, plan: Plan | None) -> tuple[Warned, ...]:
    """Tell what was only inferred and not confirmed yet: nothing of it is judged in silence."""
    named = dict.fromkeys(_DEFINING[name] for name in figures.kpi.unconfirmed if name in _DEFINING)
    last = plan.last_fiscal_year if plan else None
    named |= {
        f"{short_era_label(year)}の目標値": None
        for year, row in sorted(figures.targets.items())
        if row.needs_review and (last is None or year <= last)
    }
    named |= {
        f"{short_era_label(year)}の実績値": None
        for year, row in sorted(figures.actuals.items())
        if row.needs_review
    }
    doubts: tuple[Warned, ...] = ()
    if named:
        told = f"まだ確認されていない項目（{'、'.join(named)}）を使った判定です。"
        doubts = (Warned("unconfirmed", told),)
    return (*doubts, *(doubt for part in figures.parts for doubt in _doubts(part.figures, plan)))


# --- rows for the calculation -------------------------------------------------------------------------------


def definition_of(figures: KpiFigures, plan: Plan | None) -> Definition:
    """Return a KPI's definition as the calculation takes it."""
    kpi = figures.kpi
    return Definition(
        direction=Direction(kpi.direction) if kpi.direction else None,
        aggregation=Aggregation(kpi.aggregation) if kpi.aggregation else None,
        baseline=_baseline(kpi),
        name=kpi.name,
        unit=kpi.unit,
        decimals=kpi.decimals,
        maintain_band=kpi.maintain_band,
        path_rule=PathRule(kpi.path_rule),
        first_year=kpi.window_first_fiscal_year or (plan.first_fiscal_year if plan else None),
        survey_interval=kpi.survey_interval,
        entered_as=EnteredAs(kpi.entered_as),
        breaks=tuple(_break(broken) for broken in figures.breaks),
    )


def _baseline(kpi: Kpi) -> Baseline | None:
    if kpi.baseline_value is None:
        return None
    first, last = kpi.baseline_first_fiscal_year, kpi.baseline_fiscal_year
    period = f"{short_era_label(first)}～{short_era_label(last)}" if first and last and first != last else ""
    return Baseline(kpi.baseline_value, last, period)


def _break(broken: SeriesBreak) -> BreakInSeries:
    restated = None
    if broken.baseline_value is not None:
        restated = Baseline(broken.baseline_value, broken.baseline_fiscal_year)
    return BreakInSeries(broken.fiscal_year, broken.reason, restated)


def targets_of(figures: KpiFigures, plan: Plan | None) -> dict[int, TargetFigure]:
    """Return the targets by fiscal year; those behind the plan's last year belong to the next plan."""
    last = plan.last_fiscal_year if plan else None
    return {
        year: TargetFigure(
            row.value, TargetQualifier(row.qualifier), row.upper, row.word, is_changed=bool(row.change_reason)
        )
        for year, row in figures.targets.items()
        if last is None or year <= last
    }


def actuals_of(figures: KpiFigures) -> dict[int, ActualValue]:
    """Return the actuals by fiscal year."""
    return {year: actual_of(row) for year, row in figures.actuals.items()}


def actual_of(row: Actual) -> ActualValue:
    """Return an actual as the calculation takes it."""
    due = f"{day_words(row.expected_on)}" if row.expected_on else ""
    return ActualValue(row.value, ValueStatus(row.status), due)
