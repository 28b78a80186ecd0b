"""Sections and what became of them as they stand, for comparing a list of sections (two queries)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from importers.calculations.section_names import KnownSection
from organization.models import Section, SectionSuccession
from tsukuba_kpi.lib.japanese_text import match_key


@dataclass(frozen=True, slots=True)
class Sections:
    """The registered sections: by id, by name, their codes, and the steps that are recorded."""

    by_id: Mapping[int, KnownSection] = field(default_factory=dict)
    by_name: Mapping[str, list[KnownSection]] = field(default_factory=dict)
    codes: Mapping[int, str] = field(default_factory=dict)
    successions: frozenset[tuple[int, int | None]] = frozenset()

    def named(self, name: str) -> list[KnownSection]:
        """Return the sections of a name, of all years and bureaus."""
        return self.by_name.get(match_key(name), [])

    def has_successor(self, section_id: int) -> bool:
        """Say whether it is recorded what became of a section."""
        return any(predecessor == section_id for predecessor, _ in self.successions)


def existing_sections(*, demo: bool) -> Sections:
    """Return all sections of real life, or of the demonstration."""
    rows = Section.objects.filter(is_demo=demo).order_by("pk")
    by_id: dict[int, KnownSection] = {}
    by_name: dict[str, list[KnownSection]] = {}
    codes: dict[int, str] = {}
    for pk, name, bureau, opened, closed, code in rows.values_list(
        "pk", "name", "bureau__name", "opened_fiscal_year", "closed_fiscal_year", "code"
    ):
        section = by_id[pk] = KnownSection(pk, name, bureau, opened, closed)
        by_name.setdefault(match_key(name), []).append(section)
        codes[pk] = code
    steps = SectionSuccession.objects.filter(predecessor__is_demo=demo)
    return Sections(by_id, by_name, codes, frozenset(steps.values_list("predecessor_id", "successor_id")))
