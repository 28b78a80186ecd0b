"""Judge a KPI that has several numbers: by their sum, their ratio, the main one, each, or all of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from evaluations.calculations.composition import Composed, Coverage, Part, coverage_of, total_of_parts
from evaluations.calculations.judgement import judge
from evaluations.calculations.quantities import Actuals, Definition, Targets, Warned
from evaluations.calculations.ratios import ratio_of_parts
from evaluations.calculations.results import Judgement
from evaluations.enums import Reason
from strategy.calculations.rating import Band, Scheme
from strategy.enums import PartsRule


@dataclass(frozen=True, slots=True)
class CompositeJudgement:
    """A KPI of several numbers, judged.

    `whole` is the judgement of the sum, the ratio or the main number; None for each and all, where
    `grade`, `met` and `reason` come from the parts.
    """

    rule: PartsRule
    whole: Judgement | None
    parts: tuple[tuple[str, Judgement], ...]
    coverage: Coverage
    grade: Band | None
    met: bool | None
    reason: Reason | None
    explanation: str


def judge_composite(
    definition: Definition,
    targets: Targets,
    actuals: Actuals,
    parts: Sequence[Part],
    rule: PartsRule,
    fiscal_year: int,
    scheme: Scheme | None,
) -> CompositeJudgement:
    """Judge a KPI of several numbers by its rule. Numerator and denominator come first and second.

    :raises ValueError: without parts, or a ratio that does not have exactly two.
    """
    if not parts:
        raise ValueError("a composite KPI needs parts")
    judged = tuple(
        (part.name, judge(part.definition, part.targets, part.actuals, fiscal_year, scheme)) for part in parts
    )
    coverage = coverage_of(parts, fiscal_year)
    if rule in (PartsRule.EACH, PartsRule.ALL):
        return _by_parts(rule, judged, coverage, scheme)
    if rule is PartsRule.MAIN:
        position = next((index for index, part in enumerate(parts) if part.is_main), 0)
        main = parts[position]
        note = Warned("main_part", f"主な数値「{main.name}」で判定しています。")
        whole = judge(main.definition, main.targets, main.actuals, fiscal_year, scheme, warnings=(note,))
    else:
        composed = _put_together(definition, targets, actuals, parts, rule, fiscal_year)
        coverage = composed.coverage
        whole = judge(
            composed.definition,
            composed.targets,
            composed.actuals,
            fiscal_year,
            scheme,
            warnings=composed.warnings,
        )
    return CompositeJudgement(
        rule, whole, judged, coverage, whole.grade, whole.met, whole.reason, whole.explanation
    )


def _put_together(
    definition: Definition,
    targets: Targets,
    actuals: Actuals,
    parts: Sequence[Part],
    rule: PartsRule,
    fiscal_year: int,
) -> Composed:
    if rule is PartsRule.SUM:
        return total_of_parts(definition, targets, actuals, parts, fiscal_year)
    if len(parts) != 2:
        raise ValueError("a ratio has exactly a numerator and a denominator")
    return ratio_of_parts(definition, targets, actuals, parts[0], parts[1], fiscal_year)


def _by_parts(
    rule: PartsRule, judged: tuple[tuple[str, Judgement], ...], coverage: Coverage, scheme: Scheme | None
) -> CompositeJudgement:
    told = "".join(f"「{name}」：{judgement.explanation}" for name, judgement in judged)
    if rule is PartsRule.EACH:
        lead = f"それぞれの数値で判定します。{coverage.text}。"
        return CompositeJudgement(
            rule, None, judged, coverage, None, None, Reason.JUDGED_BY_PARTS, f"{lead}{told}"
        )
    met = _all_met(judged)
    grade = _worst(judged, scheme)
    reason = None if grade is not None else _common_reason(judged, scheme)
    said = {True: "すべて達成しているため達成", False: "達成していない数値があるため未達成"}
    verdict = said[met] if met is not None else "達成したかどうかはまだ言えません"
    graded = f"、区分は最も低い「{grade.label}」です" if grade is not None else ""
    lead = f"すべての数値の達成で達成とします。{coverage.text}。{verdict}{graded}。"
    return CompositeJudgement(rule, None, judged, coverage, grade, met, reason, f"{lead}{told}")


def _all_met(judged: tuple[tuple[str, Judgement], ...]) -> bool | None:
    """All met; one that is not met settles it, however many others are still unknown."""
    known = [judgement.met for _, judgement in judged]
    if False in known:
        return False
    return None if None in known else True


def _worst(judged: tuple[tuple[str, Judgement], ...], scheme: Scheme | None) -> Band | None:
    if scheme is None:
        return None
    grades = [judgement.grade for _, judgement in judged]
    places = [scheme.bands.index(grade) for grade in grades if grade is not None]
    return scheme.bands[max(places)] if len(places) == len(grades) else None


def _common_reason(judged: tuple[tuple[str, Judgement], ...], scheme: Scheme | None) -> Reason:
    if scheme is None:
        return Reason.NO_SCHEME
    reasons = {judgement.reason_for("grade") for _, judgement in judged if judgement.grade is None}
    only = next(iter(reasons)) if len(reasons) == 1 else None
    alike = all(judgement.grade is None for _, judgement in judged)
    return only if only is not None and alike else Reason.PARTS_MISSING
