"""Filters of the lists, shareable as an address."""

from typing import Any

import django_filters
from django.db.models import QuerySet

from evaluations.enums import SheetState
from organization.models import Section
from programs.models import ProgramSheet
from tsukuba_kpi.lib.fiscal_year import era_and_western
from tsukuba_kpi.lib.japanese_text import search_key


class ProgramSheetFilter(django_filters.FilterSet):  # type: ignore[misc]
    """The programs of one fiscal year by section, state, mark and words."""

    fiscal_year = django_filters.ChoiceFilter(label="年度", empty_label=None)
    section = django_filters.ModelChoiceFilter(label="担当課室", queryset=Section.objects.none())
    state = django_filters.ChoiceFilter(
        label="評価の状態", field_name="evaluations__state", choices=SheetState.choices()
    )
    review = django_filters.BooleanFilter(label="要確認", method="filter_review")
    q = django_filters.CharFilter(label="ことば", method="filter_words")

    class Meta:
        model = ProgramSheet
        fields: list[str] = []

    def __init__(
        self, *args: object, years: list[int], sections: QuerySet[Section], **kwargs: object
    ) -> None:
        super().__init__(*args, **kwargs)
        self.filters["fiscal_year"].extra["choices"] = [(year, era_and_western(year)) for year in years]
        self.filters["section"].queryset = sections

    def filter_review(self, rows: QuerySet[ProgramSheet], name: str, value: bool) -> QuerySet[ProgramSheet]:
        """Keep what waits for a person's confirmation, or what does not."""
        return rows.exclude(unconfirmed={}) if value else rows.filter(unconfirmed={})

    def filter_words(self, rows: QuerySet[ProgramSheet], name: str, value: str) -> QuerySet[ProgramSheet]:
        """Keep the sheets that hold every word in their number, names or, where they are shown, texts.

        Width and kana make no difference, which a database's LIKE cannot do; the rows of one year are few
        enough to be looked through here.
        """
        words = [search_key(word) for word in value.split()]
        found = [row.pk for row in rows if all(word in _words_of(row) for word in words)]
        return rows.filter(pk__in=found)


def _words_of(row: Any) -> str:
    parts = [str(row.program.number), row.name, row.former_name, row.section_printed]
    if not row.is_hidden:
        parts += [row.purpose, row.summary, row.results]
    return search_key("\n".join(parts))
