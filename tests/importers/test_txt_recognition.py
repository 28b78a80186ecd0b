"""Which kind of document a text is."""

from pathlib import Path

import pytest

from importers.enums import DocumentKind
from importers.sources.txt_recognition import recognise_text

FIXTURES = Path(__file__).parents[2] / "fixtures"
PROGRAMS = ["tsukuba/programs_r6.txt", "midoridai/programs_r6.txt"]
STRATEGIES = ["tsukuba/strategy_kpi_h27_h31.txt", "midoridai/strategy.txt"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [(name, DocumentKind.PROGRAMS) for name in PROGRAMS]
    + [(name, DocumentKind.STRATEGY) for name in STRATEGIES],
)
@pytest.mark.parametrize("first_line", [0, 3])
def test_the_two_kinds_are_known_with_and_without_header(name, kind, first_line):
    text = (FIXTURES / name).read_text(encoding="utf-8").split("\n", first_line)[first_line]

    assert recognise_text(text) is kind


@pytest.mark.parametrize(
    "text",
    [
        "",
        "市長あいさつ\n\n市民の皆さまには日ごろから市政にご協力をいただきありがとうございます。\n" * 5,
        "順番,事業番号,事務事業名,部署名,目的,概要,成果\n1,2,防災事業,総務部防災課,備える。,訓練を行う。,行った。\n",
        "1 2 3\n4 5 6\n7 8 9\n",
    ],
)
def test_anything_else_is_neither(text):
    assert recognise_text(text) is None
