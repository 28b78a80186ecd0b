"""Who entered what stands in a sheet now, read from the revisions."""

import json
from collections.abc import Sequence
from typing import Any

from evaluations.models import Actual, KpiSheet, ProgramEvaluation
from evaluations.permissions import AnySheet
from history.enums import RevisionAct
from history.models import Revision
from programs.models import ProgramCost, ProgramSheet

# What a section enters. Everything else on a sheet is the workflow's or planning's.
SHEET_FIELDS = ("answers", "self_grade", "grade_reason")
ACTUAL_FIELDS = ("value", "status", "as_of", "expected_on", "note")
PROGRAM_FIELDS = ("purpose", "summary", "results")
COST_FIELDS = (
    "budget_code",
    "national",
    "prefectural",
    "bonds",
    "other",
    "general",
    "staff_share",
    "overtime_hours",
    "labour",
    "stated_total",
)
# A figure and its status are one entry: whoever changes the number answers for what it is called, too.
_AS_ONE = {"status": "value"}


def contributors(sheet: AnySheet) -> frozenset[int]:
    """Return the users whose entries stand in one sheet (see `contributors_by_sheet`)."""
    return contributors_by_sheet([sheet])[sheet.pk]


def contributors_by_sheet(sheets: Sequence[AnySheet]) -> dict[int, frozenset[int]]:
    """Return for each sheet (of one model) the users whose entries stand in it now.

    For every field, and every answer, the last person who changed it counts: what somebody else has
    replaced since is no longer an own entry. A constant number of queries.
    """
    standing: dict[int, dict[str, int | None]] = {sheet.pk: {} for sheet in sheets}
    if not sheets:
        return {}
    label = type(sheets[0])._meta.label_lower
    _follow(label, {sheet.pk: sheet.pk for sheet in sheets}, SHEET_FIELDS, standing)
    if isinstance(sheets[0], KpiSheet):
        _follow(Actual._meta.label_lower, _actual_owners(sheets), ACTUAL_FIELDS, standing)
    else:
        owners = {s.program_sheet_id: s.pk for s in sheets if isinstance(s, ProgramEvaluation)}
        _follow(ProgramSheet._meta.label_lower, owners, PROGRAM_FIELDS, standing)
        costs = ProgramCost.objects.filter(sheet__in=owners).values_list("pk", "sheet_id")
        _follow(
            ProgramCost._meta.label_lower,
            {pk: owners[sheet] for pk, sheet in costs},
            COST_FIELDS,
            standing,
        )
    return {
        pk: frozenset(user for user in fields.values() if user is not None) for pk, fields in standing.items()
    }


def _actual_owners(sheets: Sequence[AnySheet]) -> dict[int, int]:
    of_kpi = {
        (s.kpi_id, s.round.fiscal_year, s.round.edition, s.round.is_demo): s.pk
        for s in sheets
        if isinstance(s, KpiSheet)
    }
    rows = Actual.objects.filter(kpi_id__in={key[0] for key in of_kpi})
    keys = rows.values_list("pk", "kpi_id", "fiscal_year", "edition", "is_demo")
    return {pk: of_kpi[key] for pk, *rest in keys if (key := tuple(rest)) in of_kpi}


def _follow(
    label: str,
    owners: dict[int, int],
    fields: Sequence[str],
    standing: dict[int, dict[str, int | None]],
) -> None:
    revisions = Revision.objects.for_records(label, list(owners)).order_by("id")
    for row in revisions.values("record_id", "act", "field", "old", "new", "by_id"):
        found = standing[owners[row["record_id"]]]
        if row["act"] == RevisionAct.CREATED:
            created = json.loads(row["new"] or "{}")
            filled = [name for name in fields if created.get(name) not in (None, "", "{}")]
            found.update({_AS_ONE.get(name, name): row["by_id"] for name in filled})
        elif row["field"] == "answers":
            found.update(dict.fromkeys(changed_answers(row["old"], row["new"]), row["by_id"]))
        elif row["field"] in fields:
            found[_AS_ONE.get(row["field"], row["field"])] = row["by_id"]


def changed_answers(old: str | None, new: str | None) -> dict[str, tuple[str, str]]:
    """Return the answers that differ between two revisions' texts: key → (old, new)."""
    before: dict[str, Any] = json.loads(old or "{}")
    after: dict[str, Any] = json.loads(new or "{}")
    return {
        f"answers.{key}": (str(before.get(key, "")), str(after.get(key, "")))
        for key in sorted({*before, *after})
        if before.get(key, "") != after.get(key, "")
    }
