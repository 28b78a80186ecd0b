"""Texts in another order than Tika's: without empty lines read with a mark on every row, else refused."""

import json
import re
from pathlib import Path

import pytest

from importers.enums import DocumentKind
from importers.sources.txt_lines import read_lines
from importers.sources.txt_order import goes_across, goes_down, is_streamed
from importers.sources.txt_programs import parse_programs_text
from importers.sources.txt_strategy import parse_strategy_text
from tests.importers.txt_documents import Tally, random_programs, random_strategy, tally_programs

MIDORIDAI = Path(__file__).parents[2] / "fixtures" / "midoridai"
HEADINGS = ["順番", "事業番号", "事務事業名", "部署名", "事業の目的", "事業の概要", "成果"]


def streamed(text: str) -> str:
    """Return a text as pdftotext -raw writes it: no empty lines, no blanks at the ends of lines."""
    lines = [line.strip(" ") for line in text.split("\n")]
    return "\n".join(line for line in lines if line) + "\n"


def codes(document) -> list[str]:
    return [error.code for error in document.errors]


def midoridai(name: str) -> str:
    return (MIDORIDAI / name).read_text(encoding="utf-8")


def test_programs_without_empty_lines_are_read_and_every_row_is_for_a_person():
    truth = json.loads((MIDORIDAI / "truth" / "programs.json").read_text(encoding="utf-8"))

    document = parse_programs_text(streamed(midoridai("programs_r6.txt")), "raw.txt")

    tally = tally_programs(document, truth)
    assert (tally.silent, tally.rows_marked) == (0, len(truth))
    assert tally.right >= tally.total - 2
    assert all("no_blank_lines" in {doubt.code for doubt in row.doubts} for row in document.rows)


def one_cell_a_line(text: str) -> str:
    """Return a text as mutool writes it: a line for every cell, empty lines here and there."""
    lines = [
        piece
        for line in text.split("\n")
        for piece in (line.strip(" ").split(" ") if re.match(r" *\d+ \d+( |$)", line) else [line.strip(" ")])
    ]
    heading = lines.index(" ".join(HEADINGS)) if " ".join(HEADINGS) in lines else 0
    lines[heading : heading + 1] = HEADINGS
    return "\n".join(lines) + "\n"


def test_programs_with_a_line_for_every_cell_are_read_and_every_row_is_for_a_person():
    truth = json.loads((MIDORIDAI / "truth" / "programs.json").read_text(encoding="utf-8"))

    document = parse_programs_text(one_cell_a_line(midoridai("programs_r6.txt")), "mutool.txt")

    tally = tally_programs(document, truth)
    assert (tally.silent, tally.rows_marked) == (0, len(truth))
    assert tally.right * 100 >= tally.total * 95


def test_a_line_for_every_cell_with_a_program_missing_is_refused():
    text = one_cell_a_line(midoridai("programs_r6.txt")).replace("\n3\n", "\n", 1)

    assert codes(parse_programs_text(text, "mutool.txt")) == ["other_order"]


def test_invented_programs_without_empty_lines_have_no_silent_error():
    total = Tally()
    for seed in (300, 301, 302):
        text, truth = random_programs(seed)
        document = parse_programs_text(streamed(text), "raw.txt")
        if document.rows:
            total += tally_programs(document, truth)

    assert total.silent == 0
    assert total.right >= total.total * 0.9 > 0


def test_a_list_that_lacks_a_program_in_its_midst_is_refused():
    text = re.sub(r"^5 13$", "13", streamed(midoridai("programs_r6.txt")), flags=re.MULTILINE)

    document = parse_programs_text(text, "raw.txt")

    assert codes(document) == ["other_order"]
    assert not document.rows


def test_strategies_without_empty_lines_are_refused_with_the_form_to_take():
    document = parse_strategy_text(streamed(midoridai("strategy.txt")), "raw.txt")

    assert codes(document) == ["other_order"]
    assert "元のPDFをそのまま取り込む" in document.errors[0].message
    assert "raw.txt" in document.errors[0].message


@pytest.mark.parametrize("parse", [parse_programs_text, parse_strategy_text])
def test_cells_that_go_down_the_columns_are_refused(parse):
    headings = (
        HEADINGS if parse is parse_programs_text else ["目標・施策・事業名", "個別事業", "指標名", "担当課"]
    )
    cells = ["1", "2", "広報事業", "防災事業", "秘書課", "防災課", "知らせる。", "備える。", "行う。"]

    document = parse("\n\n".join([*headings, *cells]) + "\n", "plain.txt")

    assert codes(document) == ["other_order"]


def test_pieces_of_several_cells_on_one_line_are_refused():
    record = (
        "老朽化が進む公園の機能を 農業者を対象とした計画の\n"
        "{0} {1} 公園整備事業 上下水道局農政課 活動の実施\n"
        "保ち、将来を担う人材を育 見直しや広報の推進 講座を増加した\n"
    )
    text = " ".join(HEADINGS) + "\n" + "".join(record.format(at, at * 7) for at in range(1, 9))

    assert codes(parse_programs_text(text, "across.txt")) == ["other_order"]


@pytest.mark.parametrize("seed", range(100, 112))
def test_texts_of_tika_are_in_order(seed):
    for text, kind in (
        (random_programs(seed)[0], DocumentKind.PROGRAMS),
        (random_strategy(seed)[0], DocumentKind.STRATEGY),
    ):
        lines = read_lines(text)

        assert not is_streamed(lines)
        assert not goes_down(lines, kind)


def test_lines_of_whole_cells_do_not_go_across():
    lines = read_lines(
        "公園整備事業\n上下水道局農政課\n老朽化が進む公園の機能を\n保ち、支える。\n3件 実施した\n"
    )

    assert not goes_across(lines)
