"""The sections that applying a document would register: one list instead of a word in each row."""

from collections.abc import Iterable
from typing import Any

from importers.calculations.plan import PlannedRow
from importers.calculations.section_names import section_key, unregistered
from importers.enums import Outcome


def new_sections(rows: Iterable[PlannedRow]) -> list[dict[str, Any]]:
    """Return each section as `bureau`, `name`, `rows` (how many name it), `near` (labels), `asks`."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        if row.outcome is Outcome.REFUSED:
            continue
        in_row: set[tuple[str, str]] = set()
        for doubt in row.doubts:
            printed = unregistered(doubt)
            if printed is None:
                continue
            bureau, name = printed
            key = section_key(name, bureau)
            near = [str(value) for other in doubt.alternatives for value in other.values()]
            section = found.setdefault(
                key, {"bureau": bureau, "name": name, "rows": 0, "near": near, "asks": doubt.review}
            )
            if key not in in_row:
                section["rows"] += 1
                in_row.add(key)
    return list(found.values())
