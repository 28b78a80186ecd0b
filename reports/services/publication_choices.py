"""Deciding what of a record the public reads."""

from collections.abc import Mapping

from django.db import transaction

from evaluations.models import Round
from history.services import Authorship, change_record, create_record, delete_record
from programs.models import Program
from reports.enums import Choice
from reports.models import PublicationChoice
from strategy.models import Kpi, PlanNode


def choose_publication(
    *,
    collection: Round,
    kpi: Kpi | None = None,
    program: Program | None = None,
    node: PlanNode | None = None,
    chosen: Mapping[str, tuple[Choice, str]],
    authorship: Authorship,
) -> int:
    """Set by field how a record is published; return how many fields changed. 公開 needs no row.

    What is published already stays as it is: a later edition says it otherwise.
    """
    changed = 0
    with transaction.atomic():
        rows = PublicationChoice.objects.filter(round=collection, kpi=kpi, program=program, node=node)
        held = {row.field: row for row in rows.select_for_update()}
        for field, (choice, summary) in chosen.items():
            row = held.get(field)
            if choice is Choice.PUBLIC:
                if row is not None:
                    delete_record(row, authorship=authorship)
                    changed += 1
                continue
            values = {"choice": choice.value, "summary": summary}
            if row is not None:
                changed += change_record(row, values, authorship=authorship)
            else:
                made = PublicationChoice(
                    round=collection, kpi=kpi, program=program, node=node, field=field, **values
                )
                create_record(made, authorship=authorship)
                changed += 1
    return changed
