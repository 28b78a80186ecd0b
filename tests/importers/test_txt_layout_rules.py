"""The rules of layout the readers rest on: gaps, widths, language."""

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers.sources.txt_geometry import Alignment, PageGeometry
from importers.sources.txt_language import (
    Continuity,
    Ending,
    Head,
    Mark,
    Tail,
    ending_of,
    head_of,
    leads_on,
    mark_of,
    tail_of,
)
from importers.sources.txt_lines import Gap
from importers.sources.txt_typography import (
    USUAL_MEASURES,
    WrappedLine,
    count_glyphs,
    distance_from_full,
    fit_column,
    fit_measures,
    leading_unit,
)
from tests.importers.paper import FIXED, NARROW_KANA, PROPORTIONAL, Paper, cell_runs, extract, wrap

SIGNS = {" ": Gap.SPACE, "\n": Gap.NEXT, "\n\n": Gap.BLANK}


@given(
    before=st.integers(1, 5),
    after=st.integers(1, 5),
    drop=st.sampled_from([1, 2]),
    alignment=st.sampled_from(list(Alignment)),
)
def test_the_gap_between_two_cells_is_what_an_extractor_writes(before, after, drop, alignment):
    glyph = {1: 0.48, 2: 0.72}[drop]
    paper = Paper(1.6, glyph, alignment=alignment.value)
    height = max(before, after) * paper.pitch
    runs = cell_runs(0, 0, height, ["甲"] * before, paper) + cell_runs(20, 0, height, ["乙"] * after, paper)

    text = extract([[runs]], paper)

    gap = SIGNS[text.split("甲")[-1].split("乙")[0]]
    opened = before == 1 or drop < 2
    assert PageGeometry(alignment, drop).gap_between(before, after, opened) is gap


@pytest.mark.parametrize(("drop", "glyph"), [(1, 0.48), (2, 0.72)])
def test_the_gap_inside_a_cell_is_what_an_extractor_writes(drop, glyph):
    paper = Paper(1.6, glyph)

    text = extract([[cell_runs(0, 0, 3.2, ["甲", "乙"], paper)]], paper)

    assert PageGeometry(Alignment.CENTRE, drop).gap_in_cell is SIGNS[text[1:-1]]


SENTENCES = (
    "市民が安心して暮らせる環境を整え、地域の活力を高めるため、関係団体と連携し、施設の点検及び更新を行う。"
    "アンケートでは、回答５１３件のうち「満足している」と答えた方が８割を超え、チャンネル登録者数は２，７４０人となった。"
    "ボランティアの育成、パンフレットの作成、ホームページでの周知、１２回の講座（延べ３４５人）を通じて普及啓発を図る。"
)


@pytest.mark.parametrize("font", [PROPORTIONAL, NARROW_KANA, FIXED])
def test_measures_of_the_font_are_found_from_wrapped_lines(font):
    rng = random.Random(3)
    lines = []
    for _ in range(60):
        text = "、".join(rng.choices(SENTENCES.split("、"), k=14))
        wrapped = wrap(text, 34, font)
        lines += [
            WrappedLine(0, count_glyphs(line), count_glyphs(leading_unit(following)))
            for line, following in pairwise(wrapped)
        ]

    measures = fit_measures(lines, USUAL_MEASURES)

    ends = [(measures.width_of_counts(line.counts), measures.width_of_counts(line.unit)) for line in lines]
    column = fit_column(ends, 0)
    missed = [distance_from_full(column, line, unit) for line, unit in ends]
    assert abs(column - 3_400) < 150
    assert sorted(missed)[len(missed) * 9 // 10] < 80


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("する。次", "す"),
        ("た。次", "た。"),
        ("（注）を", "（注）"),
        ("3,318件", "3,318"),
        ("City Hall", "City"),
        ("「伝わる」", "「伝"),
        ("市」の", "市」"),
    ],
)
def test_what_moves_to_the_next_line_as_a_whole(text, unit):
    assert leading_unit(text) == unit


@pytest.mark.parametrize(
    ("text", "ending"),
    [
        ("講座を１２回開催した。", Ending.PAST),
        ("見直しにつながった（前年度比増）。", Ending.PAST),
        ("達成できなかった", Ending.PAST),
        ("向上を図る。", Ending.PRESENT),
        ("窓口で案内します。", Ending.PRESENT),
        ("維持している。", Ending.STATE),
        ("必要である。", Ending.STATE),
        ("相談件数　６１７件", Ending.COUNT),
        ("満足度は１００％", Ending.COUNT),
        ("交流事業の実施", Ending.NOUN),
        ("－", Ending.DASH),
    ],
)
def test_endings_of_sentences(text, ending):
    assert ending_of(text) is ending


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("・点検", Mark("・")),
        ("②団地", Mark("circled", 2)),
        ("（３）研修", Mark("paren", 3)),
        ("１．概要", Mark("dotted", 1)),
        ("１　団体", Mark("spaced", 1)),
        ("ア　相談", Mark("letter", 1)),
        ("【式典】", Mark("heading")),
        ("１日当たり", None),
        ("１．５倍", None),
        ("アンケート", None),
    ],
)
def test_marks_of_items(text, mark):
    assert mark_of(text) == mark


def test_an_item_continues_its_list_only_with_the_next_number():
    assert Mark("circled", 2).continues(Mark("circled", 1)) is True
    assert Mark("circled", 1).continues(Mark("circled", 3)) is False
    assert Mark("・").continues(Mark("○")) is False


def test_what_lines_end_and_begin_with():
    assert [tail_of(text) for text in ("した。", "（注）", "及び、", "実施", "１２", "する", "「")] == [
        Tail.STOP,
        Tail.CLOSING,
        Tail.COMMA,
        Tail.WORD,
        Tail.DIGIT,
        Tail.KANA,
        Tail.OPEN,
    ]
    assert [head_of(text) for text in ("・点", "市", "つくば", "を行う", "　字下げ", "「市", "３回")] == [
        Head.MARK,
        Head.KANJI,
        Head.HIRAGANA,
        Head.NEVER,
        Head.INDENT,
        Head.OPEN,
        Head.DIGIT,
    ]


def test_characters_that_follow_each_other_elsewhere_speak_for_a_wrapped_line():
    continuity = Continuity(["必要に応じて随行する", "状況に応じて見直す", "市の交流会"])

    assert continuity.evidence("じ", "て") > 100
    assert continuity.evidence("市", "て") < 0


@pytest.mark.parametrize(
    ("text", "announces"),
    [
        ("次の取組を行う。", True),
        ("主な事業は以下のとおり", True),
        ("実績は次のとおりである。", True),
        ("内訳", True),
        ("補助金の内訳", True),
        ("＜主な実績＞", True),
        ("【会議】", True),
        ("対象：", True),
        ("次回の評価替えに向け、標準宅地の鑑定評価を行う。", False),
        ("計画どおり工事を完了した。", False),
        ("【会議】年３回開催した。", False),
        ("市民の健康増進を図る。", False),
    ],
)
def test_a_line_that_only_announces_what_follows(text, announces):
    assert leads_on(text) is announces
