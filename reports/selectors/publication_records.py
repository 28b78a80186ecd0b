"""One record of a round's publication with its texts, for the page that decides what the public reads."""

from collections.abc import Mapping
from dataclasses import dataclass

from evaluations.models import Round
from organization.models import User
from programs.models import Program
from reports.calculations.publication_choices import (
    DESCRIPTION,
    KPI_TEXTS,
    NODE_TEXTS,
    NOTES,
    PROGRAM_TEXTS,
    WHOLE,
)
from reports.calculations.publication_warnings import PublicationWarning, warnings_of
from reports.calculations.published import (
    Content,
    PublishedAnswer,
    PublishedKpi,
    PublishedNode,
    PublishedPlan,
    PublishedProgram,
)
from reports.enums import Choice
from reports.models import PublicationChoice
from reports.selectors.publications import content_before_choices, key_of
from strategy.models import Kpi, PlanNode


@dataclass(frozen=True)
class ChoosableText:
    """One text of a record, and what was decided about it."""

    field: str
    label: str
    text: str
    choice: Choice
    summary: str


@dataclass(frozen=True)
class PublicationRecord:
    """A KPI, program or node of a round as it could be published; a node is never kept back as a whole."""

    name: str
    kpi: Kpi | None
    program: Program | None
    whole: Choice | None
    texts: tuple[ChoosableText, ...]
    warnings: tuple[PublicationWarning, ...]
    is_demo: bool
    node: PlanNode | None = None


def staff_names() -> list[str]:
    """Return the names of the people who use the product: they should not stand in public texts."""
    return list(User.objects.filter(is_demo=False).values_list("display_name", flat=True))


def kpi_record(collection: Round, code: str) -> PublicationRecord | None:
    """Return a KPI of the round, None where the round has nothing of it to publish."""
    content = content_before_choices(collection)
    for plan in content.plans:
        found = plan.kpi(code)
        if found is not None and found.is_published:
            return _kpi_record(collection, content, plan, found)
    return None


def _kpi_record(
    collection: Round, content: Content, plan: PublishedPlan, found: PublishedKpi
) -> PublicationRecord:
    kpi = Kpi.objects.get(code=found.code)
    texts = {
        "rationale": found.rationale,
        "method": found.method,
        NOTES: "\n".join(year.note for year in found.years if year.note),
    }
    warnings = [w for w in warnings_of(content, names=staff_names()) if w.kpi_code == found.code]
    chosen = {row.field: row for row in PublicationChoice.objects.filter(round=collection, kpi=kpi)}
    return PublicationRecord(
        name=found.name,
        kpi=kpi,
        program=None,
        whole=_choice(chosen.get(WHOLE)),
        texts=(*_answers(found.answers, chosen), *_texts(texts, KPI_TEXTS, chosen)),
        warnings=tuple(warnings),
        is_demo=plan.is_demo,
    )


def program_record(collection: Round, key: str) -> PublicationRecord | None:
    """Return a program of the round, None where the round has nothing of it to publish."""
    content = content_before_choices(collection)
    found = next((program for program in content.programs if program.key == key), None)
    return _program_record(collection, content, found) if found else None


def _program_record(collection: Round, content: Content, found: PublishedProgram) -> PublicationRecord:
    program = Program.objects.get(number=found.number, is_demo=found.is_demo)
    texts = {"purpose": found.purpose, "summary": found.summary, "results": found.results}
    warnings = [w for w in warnings_of(content, names=staff_names()) if w.program_key == found.key]
    chosen = {row.field: row for row in PublicationChoice.objects.filter(round=collection, program=program)}
    return PublicationRecord(
        name=found.name,
        kpi=None,
        program=program,
        whole=_choice(chosen.get(WHOLE)),
        texts=(*_texts(texts, PROGRAM_TEXTS, chosen), *_answers(found.answers, chosen)),
        warnings=tuple(warnings),
        is_demo=found.is_demo,
    )


def node_record(collection: Round, code: str, key: str) -> PublicationRecord | None:
    """Return a node of a plan of the round, None where there is nothing said of it to publish."""
    content = content_before_choices(collection)
    plan = next((plan for plan in content.plans if plan.code == code), None)
    found = plan.node(key) if plan else None
    if plan is None or found is None or not (found.description or found.answers):
        return None
    return _node_record(collection, content, plan, found)


def _node_record(
    collection: Round, content: Content, plan: PublishedPlan, found: PublishedNode
) -> PublicationRecord | None:
    nodes = PlanNode.objects.filter(plan__code=plan.code)
    node = next((node for node in nodes if key_of(node) == found.key), None)
    if node is None:
        return None
    texts = {DESCRIPTION: found.description}
    warnings = [w for w in warnings_of(content, names=staff_names()) if w.node_key == (plan.code, found.key)]
    chosen = {row.field: row for row in PublicationChoice.objects.filter(round=collection, node=node)}
    return PublicationRecord(
        name=f"{found.code} {found.name}".strip() or found.level_name,
        kpi=None,
        program=None,
        node=node,
        whole=None,
        texts=(*_answers(found.answers, chosen), *_texts(texts, NODE_TEXTS, chosen)),
        warnings=tuple(warnings),
        is_demo=plan.is_demo,
    )


def _choice(row: PublicationChoice | None) -> Choice:
    return Choice(row.choice) if row else Choice.PUBLIC


def _text(field: str, label: str, text: str, chosen: dict[str, PublicationChoice]) -> ChoosableText:
    row = chosen.get(field)
    return ChoosableText(field, label, text, _choice(row), row.summary if row else "")


def _answers(
    answers: tuple[PublishedAnswer, ...], chosen: dict[str, PublicationChoice]
) -> tuple[ChoosableText, ...]:
    return tuple(_text(answer.key, answer.label, answer.text, chosen) for answer in answers)


def _texts(
    texts: dict[str, str], labels: Mapping[str, str], chosen: dict[str, PublicationChoice]
) -> tuple[ChoosableText, ...]:
    return tuple(_text(field, labels[field], text, chosen) for field, text in texts.items() if text)
