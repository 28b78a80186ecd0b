"""What a definition is said to lack."""

from dataclasses import replace

import pytest

from strategy.calculations.definition_gaps import DefinitionFacts, Gap, gaps_of

COMPLETE = DefinitionFacts(
    unit="人",
    has_decimals=True,
    direction="up",
    aggregation="yearly",
    has_baseline=True,
    has_baseline_year=True,
    has_target=True,
    has_section=True,
    rationale="計画による",
    method="集計",
    final_note="翌年8月",
)


def test_complete_definition_lacks_nothing():
    assert gaps_of(COMPLETE) == ()


@pytest.mark.parametrize(
    ("change", "gaps"),
    [
        ({"unit": ""}, (Gap.UNIT,)),
        ({"has_decimals": False}, (Gap.DECIMALS,)),
        ({"has_baseline": False}, (Gap.BASELINE,)),
        ({"has_baseline_year": False}, (Gap.BASELINE_YEAR,)),
        ({"has_baseline": False, "has_baseline_year": False}, (Gap.BASELINE,)),
        ({"has_baseline": False, "has_baseline_year": False, "aggregation": "cumulative"}, ()),
        ({"has_target": False}, (Gap.TARGET,)),
        ({"has_target": False, "direction": "reference", "rationale": ""}, ()),
        ({"has_target": False, "is_part": True}, ()),
        ({"unit": "", "direction": "", "has_target": False, "parts_rule": "all"}, ()),
        ({"unit": "", "parts_rule": "sum"}, (Gap.UNIT,)),
        ({"rationale": " ", "method": "", "final_note": ""}, (Gap.RATIONALE, Gap.METHOD, Gap.FINAL_NOTE)),
        ({"has_section": False}, (Gap.SECTION,)),
    ],
)
def test_gaps(change, gaps):
    assert gaps_of(replace(COMPLETE, **change)) == gaps
