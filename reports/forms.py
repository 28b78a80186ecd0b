"""What planning chooses before a publication."""

from collections.abc import Sequence
from typing import Any

from django import forms

from reports.calculations.publication_choices import WHOLE
from reports.enums import Choice
from reports.selectors.publication_records import ChoosableText
from tsukuba_kpi.lib.japanese_text import clean_control

RECORD = "record"


class PublicationChoiceForm(forms.Form):
    """How one record and each of its texts are published. An address of a record has one form.

    Without `whole` the record itself is always public: only its texts are decided about.
    """

    def __init__(self, *args: object, texts: Sequence[ChoosableText], whole: Choice | None) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.texts = texts
        if whole is not None:
            self.fields[RECORD] = forms.ChoiceField(
                label="この記録の全体",
                choices=[(c.value, c.label) for c in (Choice.PUBLIC, Choice.HIDDEN)],
                initial=whole.value,
            )
        for text in texts:
            self.fields[f"choice-{text.field}"] = forms.ChoiceField(
                label=f"{text.label}の公表", choices=Choice.choices(), initial=text.choice.value
            )
            self.fields[f"summary-{text.field}"] = forms.CharField(
                label=f"{text.label}の要約",
                required=False,
                max_length=1000,
                initial=text.summary,
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    def rows(self) -> list[tuple[ChoosableText, forms.BoundField, forms.BoundField]]:
        """Return each text with the two fields that decide about it."""
        return [(t, self[f"choice-{t.field}"], self[f"summary-{t.field}"]) for t in self.texts]

    def clean(self) -> dict[str, Any]:
        """Ask for words where a summary is chosen."""
        given: dict[str, Any] = super().clean() or {}
        for text in self.texts:
            chosen, words = given.get(f"choice-{text.field}"), given.get(f"summary-{text.field}")
            if chosen == Choice.SUMMARY.value and not words:
                self.add_error(f"summary-{text.field}", "要約を選んだときは、公表する文を書いてください。")
        return given

    def chosen(self) -> dict[str, tuple[Choice, str]]:
        """Return the choice and the summary for the whole record ("") and each text."""
        given = self.cleaned_data
        found = {WHOLE: (Choice(given[RECORD]), "")} if RECORD in given else {}
        for text in self.texts:
            choice = Choice(given[f"choice-{text.field}"])
            words = clean_control(given[f"summary-{text.field}"]) if choice is Choice.SUMMARY else ""
            found[text.field] = (choice, words)
        return found
