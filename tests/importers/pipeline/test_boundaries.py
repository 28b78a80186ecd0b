"""Moving the boundary between purpose, summary and results."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers.calculations.boundaries import TEXTS, move_boundary, pieces_of

VALUES = {
    "purpose": "目的の文。",
    "summary": "概要の一。概要の二。\n・概要の三",
    "results": "成果の一。成果の二。",
}


def test_pieces_are_lines_and_sentences_with_their_text():
    assert [(piece.text, piece.field, piece.begins_field) for piece in pieces_of(VALUES)] == [
        ("目的の文。", "purpose", True),
        ("概要の一。", "summary", True),
        ("概要の二。\n", "summary", False),
        ("・概要の三", "summary", False),
        ("成果の一。", "results", True),
        ("成果の二。", "results", False),
    ]


def test_results_may_begin_earlier():
    assert move_boundary(VALUES, "results", 3) == {
        "purpose": "目的の文。",
        "summary": "概要の一。概要の二。",
        "results": "・概要の三成果の一。成果の二。",
    }


def test_results_may_begin_later_or_not_at_all():
    assert move_boundary(VALUES, "results", 5)["results"] == "成果の二。"
    assert move_boundary(VALUES, "results", 6)["results"] is None


def test_summary_may_take_from_the_purpose_and_from_the_results():
    assert move_boundary(VALUES, "summary", 0)["purpose"] is None
    assert move_boundary(VALUES, "summary", 5) == {
        "purpose": "目的の文。概要の一。概要の二。\n・概要の三成果の一。",
        "summary": None,
        "results": "成果の二。",
    }


@pytest.mark.parametrize(("field", "index"), [("purpose", 1), ("results", -1), ("results", 7), ("name", 0)])
def test_impossible_boundaries_are_refused(field, index):
    with pytest.raises(ValueError, match=r"piece|boundary"):
        move_boundary(VALUES, field, index)


TEXT = st.text(st.sampled_from("あい。\n）」・"), max_size=12)


@given(st.fixed_dictionaries(dict.fromkeys(TEXTS, TEXT)), st.sampled_from(TEXTS[1:]), st.integers(0, 30))
def test_no_character_but_line_ends_is_ever_lost(values, field, index):
    pieces = pieces_of(values)
    whole = "".join(values[name] for name in TEXTS)

    moved = move_boundary(values, field, min(index, len(pieces)))

    assert "".join(piece.text for piece in pieces) == whole
    assert "".join(moved[name] or "" for name in TEXTS).replace("\n", "") == whole.replace("\n", "")
