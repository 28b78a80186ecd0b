"""The sample city as a demonstration: what no document has, in words that say that they are made up.

Everything written here belongs to records marked as demo. Bulk writes, so that a first run stays quick.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db.models import QuerySet

from evaluations.enums import SheetState
from evaluations.models import FieldComment, KpiSheet, ProgramEvaluation, Round
from evaluations.selectors.figures import figures_of
from evaluations.selectors.judgements import Verdict, verdicts_of
from history.services import Authorship, change_records, create_records
from organization.models import User
from programs.enums import LinkState
from programs.models import Program, ProgramLink
from strategy.models import Kpi, Plan, PlanNode
from strategy.selectors.schemes import scheme_of

# What an open round looks like in the middle of its work, repeated over its sheets.
UNDER_WAY = (
    SheetState.REVIEWED,
    SheetState.DRAFTING,
    SheetState.SUBMITTED,
    SheetState.AWAITING_APPROVAL,
    SheetState.REVIEWED,
    SheetState.RETURNED,
    SheetState.NOT_STARTED,
    SheetState.EXTERNAL,
    SheetState.SUBMITTED,
)
_SUBMITTED = {
    SheetState.AWAITING_APPROVAL,
    SheetState.SUBMITTED,
    SheetState.REVIEWED,
    SheetState.EXTERNAL,
    SheetState.PUBLISHED,
}
_APPROVED = _SUBMITTED - {SheetState.AWAITING_APPROVAL}
_ASSESSED = {SheetState.REVIEWED, SheetState.EXTERNAL, SheetState.PUBLISHED}
MARK = "【例文】"
AHEAD = Decimal("0.8")


@dataclass(frozen=True)
class DemoPeople:
    """Whose names stand on the sheets of the demonstration."""

    staff: User
    chief: User
    planner: User


def read_words(path: Path) -> dict[str, Any]:
    """Read the made-up sentences."""
    words: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return words


def describe_plan(plan: Plan, words: Mapping[str, Any], *, authorship: Authorship) -> None:
    """Write the plan's words for citizens, and the names that its document does not print."""
    told = words["plan"]
    years = {"first_fiscal_year": told["first_fiscal_year"], "last_fiscal_year": told["last_fiscal_year"]}
    change_records([(plan, {"summary": told["summary"], **years})], authorship=authorship)
    nodes = {node.ascii_code: node for node in PlanNode.objects.filter(plan=plan).exclude(ascii_code="")}
    unnamed = [
        (nodes[code], values)
        for code, values in told["nodes"].items()
        if code in nodes and not (values.get("name") and nodes[code].name)
    ]
    change_records(unnamed, authorship=authorship)


def link_demo_programs(plan: Plan, words: Mapping[str, Any], *, authorship: Authorship) -> int:
    """Join the demo's programs to its measures and KPIs; return how many links are new."""
    programs = {program.number: program for program in Program.objects.filter(is_demo=True)}
    nodes = {node.ascii_code: node for node in PlanNode.objects.filter(plan=plan)}
    kpis = {kpi.name: kpi for kpi in Kpi.objects.filter(placements__node__plan=plan).distinct()}
    if ProgramLink.objects.filter(program__in=programs.values()).exists():
        return 0
    links = [
        ProgramLink(
            program=programs[link["program"]],
            node=nodes[link["node"]] if "node" in link else None,
            kpi=kpis[link["kpi"]] if "kpi" in link else None,
            state=LinkState.ACCEPTED.value,
            reason=MARK + link["reason"],
        )
        for link in words["links"]
        if link["program"] in programs
    ]
    return len(create_records(links, authorship=authorship))


def fill_round(
    collection: Round,
    plan: Plan,
    words: Mapping[str, Any],
    *,
    states: Sequence[SheetState],
    people: DemoPeople,
    authorship: Authorship,
) -> None:
    """Answer the demo's sheets of a round and put them into the given states, one after the other."""
    filled = _Filled(words, people, authorship)
    sheets = list(_kpi_sheets(collection, plan))
    verdicts = _verdicts(collection, plan, sheets)
    changes = [
        (sheet, filled.kpi_sheet(verdicts[sheet.kpi_id], number, states[number % len(states)]))
        for number, sheet in enumerate(sheets)
    ]
    change_records(changes, authorship=authorship)
    _comment([sheet for sheet, _ in changes], words, people, authorship)
    evaluations = list(
        ProgramEvaluation.objects.filter(round=collection, program_sheet__program__is_demo=True).order_by(
            "program_sheet__program__number"
        )
    )
    change_records(
        [
            (evaluation, filled.program(number, states[(number + 1) % len(states)]))
            for number, evaluation in enumerate(evaluations)
        ],
        authorship=authorship,
    )


def _kpi_sheets(collection: Round, plan: Plan) -> "QuerySet[KpiSheet]":
    placed = Kpi.objects.filter(placements__node__plan=plan)
    sheets = KpiSheet.objects.filter(round=collection, kpi__in=placed).select_related("kpi")
    return sheets.order_by("kpi__code")


def _verdicts(collection: Round, plan: Plan, sheets: Sequence[KpiSheet]) -> dict[int, Verdict]:
    year = collection.fiscal_year
    figures = figures_of([sheet.kpi for sheet in sheets], fiscal_year=year, is_demo=True)
    scheme = scheme_of(plan.rating_scheme) if plan.rating_scheme else None
    return verdicts_of(figures, plan=plan, fiscal_year=year, scheme=scheme)


def _comment(
    sheets: Sequence[KpiSheet], words: Mapping[str, Any], people: DemoPeople, authorship: Authorship
) -> None:
    said = words["return"]
    comments = [
        FieldComment(
            kpi_sheet=sheet,
            field=said["field"],
            text=MARK + said["comment"],
            by=people.planner,
            at=authorship.at,
        )
        for sheet in sheets
        if sheet.state == SheetState.RETURNED
    ]
    create_records(comments, authorship=authorship)


@dataclass(frozen=True)
class _Filled:
    """Makes the values of a sheet in a given state."""

    words: Mapping[str, Any]
    people: DemoPeople
    authorship: Authorship

    def kpi_sheet(self, verdict: Verdict, number: int, state: SheetState) -> dict[str, Any]:
        if state is SheetState.NOT_STARTED:
            return {}
        texts = self._texts_of(verdict, number)
        ahead = texts in self.words["answers"]["ahead"]
        answers = {key: MARK + text for key, text in texts.items()} | {
            "effectiveness": "高" if ahead else "中",
            "efficiency": ("高", "中", "中", "低")[number % 4],
            "overall": "A 成果を維持して継続" if ahead else "B 向上に努めつつ継続",
        }
        if state is SheetState.DRAFTING:
            answers = {"factors": answers["factors"]}
        grade = verdict.grade.label if verdict.grade else ""
        return self._sheet(answers, number, state) | {"self_grade": grade}

    def _texts_of(self, verdict: Verdict, number: int) -> dict[str, str]:
        kinds = self.words["answers"]
        rate = verdict.progress_rate if verdict.progress_rate is not None else verdict.achievement_rate
        if rate is None:
            texts = kinds["unknown"]
        else:
            best = bool(verdict.grade and verdict.scheme and verdict.grade == verdict.scheme.bands[0])
            texts = kinds["ahead" if best or rate >= AHEAD else "behind"]
        found: dict[str, str] = texts[number % len(texts)]
        return found

    def program(self, number: int, state: SheetState) -> dict[str, Any]:
        if state is SheetState.NOT_STARTED:
            return {}
        texts = self.words["programs"][number % len(self.words["programs"])]
        answers = {
            "progress": ("順調", "概ね順調", "概ね順調", "やや遅れている")[number % 4],
            "effectiveness": ("高", "中")[number % 2],
            "efficiency": ("中", "高", "中")[number % 3],
            "overall": "B 向上に努めつつ継続",
            "problems": MARK + texts["problems"],
            "direction": texts["direction"],
            "direction_reason": MARK + texts["direction_reason"],
        }
        if state is SheetState.DRAFTING:
            answers = {"progress": answers["progress"], "problems": answers["problems"]}
        return self._sheet(answers, number, state)

    def _sheet(self, answers: dict[str, str], number: int, state: SheetState) -> dict[str, Any]:
        people, at = self.people, self.authorship.at
        values: dict[str, Any] = {
            "state": state.value,
            "answers": answers,
            "edited_by": people.staff,
            "edited_at": at,
        }
        if state in _SUBMITTED:
            values |= {"submitted_by": people.staff, "submitted_at": at}
        if state in _APPROVED:
            values |= {"approved_by": people.chief, "approved_at": at}
        if state in _ASSESSED:
            said = self.words["planning"][number % len(self.words["planning"])]
            values |= {
                "planning_comment": MARK + said["comment"],
                "decision": said["decision"],
                "decision_note": MARK + said["note"],
            }
        is_told = state is SheetState.EXTERNAL and number % 3 > 0  # one waits for the committee to speak
        if is_told or (state is SheetState.PUBLISHED and number % 5 == 0):
            values["committee_opinion"] = MARK + self.words["opinion"]
        if state is SheetState.RETURNED:
            values |= {
                "return_reason": MARK + self.words["return"]["reason"],
                "returned_by": people.planner,
                "returned_at": at,
            }
        return values
