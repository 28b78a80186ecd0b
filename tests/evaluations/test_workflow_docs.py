"""The document's picture and table are the code's."""

from pathlib import Path

import pytest
from django.conf import settings

from evaluations.calculations.workflow_table import document, picture, table
from evaluations.enums import TRANSITIONS, SheetState

DOCUMENT = Path(settings.BASE_DIR) / "docs" / "workflow.md"


def test_the_document_shows_the_table_as_it_is():
    text = DOCUMENT.read_text(encoding="utf-8")

    assert document(text) == text


def test_table_and_picture_name_every_transition_and_state():
    assert table().count("\n") == len(TRANSITIONS) + 2
    assert all(f"as {state.value}" in picture() for state in SheetState)
    assert "awaiting_approval --> submitted: 承認する" in picture()


def test_a_document_without_marks_is_refused():
    with pytest.raises(ValueError, match="unpack"):
        document("no marks here")
