"""What a person answers about a whole preview: new sections, the reason of changes, many rows at once."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from importers.calculations.section_names import section_key
from importers.enums import Outcome, RowDecision
from importers.models import ImportRun
from importers.selectors.runs import rows_of
from importers.services.previews import decide_rows, refresh_preview, require_preview


def answer_sections(run: ImportRun, answers: Mapping[tuple[str | None, str], int | None]) -> None:
    """Keep which registered section is meant by a new name (by bureau and name), None for "register it".

    :raises WrongRunState: the run is no longer under review
    """
    kept = {(bureau, name): pk for bureau, name, pk in run.options.get("sections", [])}
    kept |= {section_key(name, bureau): pk for (bureau, name), pk in answers.items()}
    _keep_option(run, "sections", [[bureau, name, pk] for (bureau, name), pk in kept.items()])


def forget_section_answers(run: ImportRun) -> None:
    """Ask again about all new sections.

    :raises WrongRunState: the run is no longer under review
    """
    _keep_option(run, "sections", [])


def give_reason(run: ImportRun, reason: str) -> None:
    """Keep why definitions change by which a round is already judged; blank takes the reason back.

    :raises WrongRunState: the run is no longer under review
    """
    _keep_option(run, "reason", reason.strip())


def _keep_option(run: ImportRun, name: str, value: Any) -> None:
    with transaction.atomic():
        require_preview(run)
        run.refresh_from_db(fields=["options"])
        run.options = {**run.options, name: value}
        run.save(update_fields=["options"])
        refresh_preview(run)


def decide_filtered(run: ImportRun, key: str, decision: RowDecision | None) -> int:
    """Decide about all rows of one tab at once; return how many changed.

    Confirming is for rows that ask; what the document lacks (people, sections) is confirmed one by one.

    :raises WrongRunState: the run is no longer under review
    """
    rows = rows_of(run, key)
    if decision is not None:
        rows = rows.exclude(outcome=Outcome.REFUSED.value)
    if decision is RowDecision.TAKE:
        rows = rows.filter(outcome=Outcome.REVIEW.value)
    positions = [
        position
        for position, doubts in rows.values_list("position", "doubts")
        if decision is not RowDecision.TAKE or not _is_missing(doubts)
    ]
    return decide_rows(run, dict.fromkeys(positions, decision))


def _is_missing(doubts: list[dict[str, Any]]) -> bool:
    return any(doubt["code"] == "missing_in_file" for doubt in doubts)
