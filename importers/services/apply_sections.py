"""Register the sections and bureaus that a document names and nobody has registered yet."""

from collections.abc import Iterable

from django.db.models import Max

from history.services import Authorship, change_records, create_records
from importers.calculations.section_names import NewSection, SectionMatch
from organization.models import Bureau, Section
from tsukuba_kpi.lib.japanese_text import match_key


class SectionRegister:
    """The sections of one import: `id_of` answers for every match that `register` was given."""

    def __init__(self, *, demo: bool, authorship: Authorship) -> None:
        self._demo = demo
        self._authorship = authorship
        self._new: dict[NewSection, int] = {}
        self._bureaus: dict[str, Bureau] = {}

    def register(self, matches: Iterable[SectionMatch]) -> None:
        """Create what is new, once for each name, and enter bureaus that were missing."""
        wanted: dict[NewSection, None] = {}
        fills: dict[int, str] = {}
        for match in matches:
            if match.new is not None:
                wanted[match.new] = None
            elif match.id is not None and match.fills_bureau is not None:
                fills.setdefault(match.id, match.fills_bureau)
        if not wanted and not fills:
            return
        news: dict[tuple[str, str], NewSection] = {}
        for new in wanted:
            news.setdefault(_key(new), new)
        self.load_bureaus([new.bureau for new in news.values()] + list(fills.values()))
        position = Section.objects.aggregate(last=Max("position"))["last"] or 0
        sections = [
            Section(
                name=new.name,
                bureau=self._bureaus[match_key(new.bureau)] if new.bureau else None,
                position=position + offset,
                is_demo=self._demo,
            )
            for offset, new in enumerate(news.values(), start=1)
        ]
        created = create_records(sections, authorship=self._authorship)
        ids = {key: section.pk for key, section in zip(news, created, strict=True)}
        self._new |= {new: ids[_key(new)] for new in wanted}
        known = Section.objects.in_bulk(list(fills))
        change_records(
            [(section, {"bureau": self._bureaus[match_key(fills[pk])]}) for pk, section in known.items()],
            authorship=self._authorship,
        )

    def id_of(self, match: SectionMatch) -> int | None:
        """Return the section's id, None for a blank."""
        return match.id if match.new is None else self._new[match.new]

    def bureau(self, name: str | None) -> Bureau | None:
        """Return a bureau that `load_bureaus` was given, None for a blank."""
        return self._bureaus[match_key(name)] if name else None

    def load_bureaus(self, names: Iterable[str | None]) -> None:
        """Find bureaus by their names, and create those that are not there."""
        wanted = {match_key(name): name for name in names if name}
        for bureau in Bureau.objects.filter(is_demo=self._demo).order_by("opened_fiscal_year", "id"):
            key = match_key(bureau.name)
            # Of several with one name the one that still exists stands for it.
            if key in wanted and (key not in self._bureaus or bureau.closed_fiscal_year is None):
                self._bureaus[key] = bureau
        position = Bureau.objects.aggregate(last=Max("position"))["last"] or 0
        missing = [name for key, name in wanted.items() if key not in self._bureaus]
        created = create_records(
            [
                Bureau(name=name, position=position + offset, is_demo=self._demo)
                for offset, name in enumerate(missing, start=1)
            ],
            authorship=self._authorship,
        )
        self._bureaus |= {match_key(bureau.name): bureau for bureau in created}


def _key(new: NewSection) -> tuple[str, str]:
    return match_key(new.bureau or ""), match_key(new.name)
