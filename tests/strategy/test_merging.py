"""Two people in one form: nobody's text is lost and nobody's is overwritten in silence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategy.calculations.merging import merge


@pytest.mark.parametrize(
    ("base", "typed", "stored", "mine", "theirs", "clashes"),
    [
        ("人", "人", "人", {}, {}, set()),
        ("人", "件", "人", {"unit": "件"}, {}, set()),
        ("人", "人", "回", {}, {"unit": "回"}, set()),
        ("人", "件", "回", {"unit": "件"}, {}, {"unit"}),
        ("人", "回", "回", {}, {}, set()),
        ("一行\r\n二行", "一行\n二行 ", "一行\n二行", {}, {}, set()),
    ],
)
def test_merge(base, typed, stored, mine, theirs, clashes):
    found = merge(["unit"], base={"unit": base}, typed={"unit": typed}, stored={"unit": stored})

    assert (dict(found.mine), dict(found.theirs), set(found.clashes)) == (mine, theirs, clashes)


def test_input_that_was_not_sent_is_untouched():
    found = merge(["unit"], base={}, typed={}, stored={"unit": "人"})

    assert (dict(found.mine), dict(found.theirs)) == ({}, {})


WORDS = st.sampled_from(["", "人", "件", "回"])


@given(WORDS, WORDS, WORDS)
def test_a_text_typed_anew_is_kept_and_a_changed_store_is_told(base, typed, stored):
    found = merge(["unit"], base={"unit": base}, typed={"unit": typed}, stored={"unit": stored})

    if typed != base and typed != stored:
        assert found.mine == {"unit": typed}
        assert ("unit" in found.clashes) == (stored != base)
    else:
        assert found.mine == {}
