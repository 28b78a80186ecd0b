"""By which words a program's sheet is found: names of all years, its section old and new, its texts."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import chain

from django.db.models import F, QuerySet

from programs.models import ProgramLineage, ProgramSheet
from reports.selectors.kpi_words import former_section_names
from tsukuba_kpi.lib.japanese_text import search_key

_TEXTS = ("purpose", "summary", "results")
_OWN = ("program__number", "program__name", "name", "former_name", "section_printed", "bureau_printed")
_SECTION = ("section__name", "section__bureau__name")


def sheets_with_words(rows: "QuerySet[ProgramSheet]", words: Iterable[str]) -> list[int]:
    """Return the sheets in which every word (a search key) stands, texts only where they are shown.

    Width and kana make no difference, which a database's LIKE cannot do: the rows of one year are few enough
    to be looked through here (five queries). `rows` are those of `selectors.programs.program_sheets`.
    """
    asked = list(words)
    names_before, sections_before = _names_over_the_years(), former_section_names()
    found = []
    columns = ("pk", "program_id", "section_id", "is_hidden", *_OWN, *_SECTION, *_TEXTS)
    for pk, program, section, is_hidden, *texts in rows.order_by().values_list(*columns):
        shown = texts[: -len(_TEXTS)] if is_hidden else texts
        parts = chain(
            names_before.get(program, ()),
            sections_before.get(section, ()),
            (str(text) for text in shown if text),
        )
        key = search_key("\n".join(parts))
        if all(word in key for word in asked):
            found.append(pk)
    return found


def _names_over_the_years() -> dict[int, set[str]]:
    """Return by program the other names its sheets have, and all of those it came from (two queries)."""
    names: dict[int, set[str]] = defaultdict(set)
    sheets = ProgramSheet.objects.exclude(name=F("program__name"), former_name="").order_by()
    for program, name, former in sheets.values_list("program_id", "name", "former_name"):
        names[program].update((name, former))
    steps = ProgramLineage.objects.order_by()
    for successor, predecessor, name in steps.values_list(
        "successor_id", "predecessor_id", "predecessor__name"
    ):
        names[successor] |= {name, *names.get(predecessor, ())}
    return names
