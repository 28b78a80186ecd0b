"""From models to judgements: what the pages show is what `judge` computed from what is in the database."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from evaluations.calculations.composite import CompositeJudgement, judge_composite
from evaluations.calculations.composition import Part, total_of_parts
from evaluations.calculations.judgement import judge
from evaluations.calculations.quantities import Warned
from evaluations.calculations.results import Judgement
from evaluations.enums import Edition, Reason
from evaluations.selectors.figures import (
    KpiFigures,
    PartFigures,
    actuals_of,
    definition_of,
    seam_warnings,
    targets_of,
)
from strategy.calculations.rating import Band, Scheme
from strategy.enums import (
    PartKind,
    PartsRule,
)
from strategy.models import Plan
from strategy.selectors.schemes import scheme_of
from tsukuba_kpi.lib.fiscal_year import era_label, short_era_label

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
    """Judge one KPI in a fiscal year.

    A year before the plan, or one in which the KPI is not in force, has its rates, but no grade.
    """
    found = _verdict_of(figures, plan, fiscal_year, scheme)
    if plan is not None and plan.first_fiscal_year is not None and fiscal_year < plan.first_fiscal_year:
        first = era_label(plan.first_fiscal_year)
        words = f"{era_label(fiscal_year)}は計画の初年度（{first}）より前のため、評価しません。"
        return replace(found, grade=None, met=None, reason=Reason.OUTSIDE_PERIOD, own_words=words)
    words = _out_of_force(figures, fiscal_year)
    if words:
        return replace(found, grade=None, met=None, reason=Reason.NOT_IN_FORCE, own_words=words)
    return found


def _out_of_force(figures: KpiFigures, fiscal_year: int) -> str:
    """Say why a KPI is not judged in a year: another one was in force, it had not begun, it had ended."""
    kpi, year = figures.kpi, era_label(fiscal_year)
    if figures.before is not None and figures.seam is not None and fiscal_year < figures.seam:
        held = figures.before.kpi.name
        return f"{year}は前の指標「{held}」で評価します（この指標は{era_label(figures.seam)}から）。"
    if kpi.first_fiscal_year is not None and fiscal_year < kpi.first_fiscal_year:
        return f"この指標は{era_label(kpi.first_fiscal_year)}からのため、{year}は評価しません。"
    if kpi.last_fiscal_year is not None and fiscal_year > kpi.last_fiscal_year:
        return f"この指標は{era_label(kpi.last_fiscal_year)}までのため、{year}は評価しません。"
    return ""


def verdict_in(
    figures: KpiFigures, plan: Plan | None, period: tuple[int, Edition], scheme: Scheme | None
) -> Verdict:
    """Judge one KPI in a fiscal year and edition: half a year's figure is judged by no target of a year."""
    year, edition = period
    found = verdict_of(figures, plan, year, scheme)
    if edition is not Edition.HALF:
        return found
    words = "上半期の値は、年度の目標では判定しません。"
    return replace(
        found,
        grade=None,
        met=None,
        reason=Reason.HALF_YEAR,
        own_words=words,
        whole=None,
        parts=(),
        warnings=(),
    )


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
        warnings=(*_doubts(figures, plan), *seam_warnings(figures)),
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
