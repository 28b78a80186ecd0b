"""The sheets beside the tables: how to fill the workbook in, and what an upload found."""

from collections.abc import Iterator
from typing import Any, Final

from importers.calculations.round_book import FIELD_LABELS, RoundBook, Table
from importers.workbooks.row_heights import height_of
from importers.workbooks.styles import Styles
from tsukuba_kpi.lib.fiscal_year import day_words, era_label

INSTRUCTIONS: Final = "使い方"
REMARKS: Final = "確かめるところ"
_WIDTH = 110
_REMARK_WIDTHS: Final = (14, 34, 24, 70)
_ONE_LINE = 16
_PAPER_A4 = 9

_HOW: Final = (
    (
        "入力するところ",
        "色の付いた欄だけに入力します。前回の回答、目標値、これまでの実績は、灰色の欄に出ています。",
    ),
    (
        "実績値",
        "数値をそのまま入力します。全角の数字、カンマ、▲・△・（　）の負の数、単位（人、万人、％など）、"
        "「約」「速報」「見込」も読み取ります。",
    ),
    (
        "値がないとき",
        "「値の状態」で 集計中・調査未実施・未把握・該当なし のどれかを選び、集計中のときは予定日、"
        "そのほかは理由を注記に書きます。空欄と０は違います。",
    ),
    (
        "消すとき",
        "入っていた文章や値を空欄にすると、取り込むときに「消す」変更として示されます。",
    ),
    (
        "してもよいこと",
        "行の並べ替え、絞り込み、行の高さや列の幅の変更、行や列の非表示、別名での保存、LibreOfficeでの編集。"
        "変えない行は消してもかまいません（消しても画面の内容は消えません）。",
    ),
    (
        "しないこと",
        "隠れている列（各行の控え）の変更、ほかの行への行ごとの複写、指標番号・指標名の変更、セルの結合。"
        "控えのない行、控えと名前の合わない行は取り込みません。",
    ),
    (
        "取り込み",
        "「わたしの仕事」の「Excelを取り込む」から、このファイルを送ります。"
        "取り出した時・このファイル・いまの画面の三つを比べ、ほかの人が画面で直した欄は、どちらを残すか選びます。"
        "確かめてから反映するまで、何も書き込みません。",
    ),
    ("印刷", "A3横で、見出しと指標名が各ページに付きます。"),
)


def write_instructions(workbook: Any, styles: Styles, book: RoundBook) -> None:
    """Write the sheet that says what the workbook is and how it is filled in."""
    sheet = workbook.add_worksheet(INSTRUCTIONS)
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, _WIDTH)
    sheet.write_string(0, 0, f"{book.round_name}　{book.section_name}", styles.title)
    row = 2
    for label, words in _facts(book):
        sheet.write_string(row, 0, label, styles.label)
        sheet.write_string(row, 1, words, styles.words)
        sheet.set_row(row, height_of([(words, _WIDTH)], least=_ONE_LINE))
        row += 1
    row += 1
    for label, words in _HOW:
        sheet.write_string(row, 0, label, styles.label)
        sheet.write_string(row, 1, words, styles.words)
        sheet.set_row(row, height_of([(words, _WIDTH)], least=_ONE_LINE))
        row += 1
    row += 1
    for label, words in _helps(book):
        sheet.write_string(row, 0, label, styles.words)
        sheet.write_string(row, 1, words, styles.words)
        sheet.set_row(row, height_of([(words, _WIDTH)], least=_ONE_LINE))
        row += 1
    _on_paper(sheet, f"A1:B{row}")


def _facts(book: RoundBook) -> Iterator[tuple[str, str]]:
    yield "対象年度", era_label(book.fiscal_year)
    if book.due_days:
        days = "、".join(day_words(day) for day in book.due_days)
        yield "提出期限", f"{days}（シートによって異なります）" if len(book.due_days) > 1 else days
    yield "取り出し", f"{day_words(book.taken_at)} {book.taken_at:%H:%M}　{book.taken_by}"
    for table in book.tables:
        closed = sum(not line.may_edit for line in table.lines)
        told = f"（うち入力できないもの {closed}件：提出済みか確定済みなど）" if closed else ""
        yield table.name, f"{len(table.lines)}件{told}"
    if book.is_demo:
        yield "注意", "デモ用のデータです。実在の値ではありません。"
    if book.instructions:
        yield "入力の案内", book.instructions


def _helps(book: RoundBook) -> Iterator[tuple[str, str]]:
    for table in book.tables:
        asked = [column for column in table.columns if column.takes_input and column.help]
        if asked:
            yield f"【{table.name}】", ""
        for column in asked:
            choices = f"　選択肢：{' ／ '.join(column.choices)}" if column.choices else ""
            yield column.heading.replace("\n", ""), f"{column.help}{choices}"


def write_remarks(workbook: Any, styles: Styles, book: RoundBook) -> None:
    """Write the list of what an upload found: where, what, and the rows that could not be joined."""
    sheet = workbook.add_worksheet(REMARKS)
    for column, width in enumerate(_REMARK_WIDTHS):
        sheet.set_column(column, column, width)
    sheet.write_string(0, 0, "取り込めなかった欄と、確かめるところ", styles.title)
    sheet.write_string(
        1,
        0,
        "赤い欄を直して、このファイルをもう一度取り込んでください。ほかの欄はそのままでかまいません。",
        styles.hint,
    )
    for column, heading in enumerate(("シート", "行", "欄", "理由")):
        sheet.write_string(3, column, heading, styles.heading)
    row = 4
    for words in _remarks(book):
        for column, text in enumerate(words):
            sheet.write_string(row, column, text, styles.words_in_grid)
        sheet.set_row(row, height_of(zip(words, _REMARK_WIDTHS, strict=True), least=_ONE_LINE))
        row += 1
    _on_paper(sheet, f"A1:D{row}")


def _remarks(book: RoundBook) -> Iterator[tuple[str, str, str, str]]:
    for table in book.tables:
        labels = _labels(table)
        for line in table.lines:
            name = line.shown.get("name", "")
            for key, reason in line.remarks.items():
                yield table.name, name, labels.get(key, ""), reason
    for lost in book.lost:
        yield "", lost.place, "", f"{lost.reason}\n内容：{lost.content}" if lost.content else lost.reason


def _labels(table: Table) -> dict[str, str]:
    return {**FIELD_LABELS} | {column.key: column.heading.replace("\n", "") for column in table.columns}


def _on_paper(sheet: Any, area: str) -> None:
    sheet.set_landscape()
    sheet.set_paper(_PAPER_A4)
    sheet.fit_to_pages(1, 0)
    sheet.print_area(area)
    sheet.protect("", {"format_rows": True, "format_columns": True})
