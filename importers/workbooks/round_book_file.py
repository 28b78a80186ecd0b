"""Write a section's round as an xlsx: tinted boxes to fill in, all else locked, nothing that computes.

Every cell is a string; input cells have the text format, so that what a person types is what comes back
(Excel would turn 1-2 into a day and 63.4% into 0.634).
"""

import io
from collections.abc import Iterator
from typing import Any, Final

import xlsxwriter

from importers.calculations.round_book import (
    IDENTITY,
    MARKER,
    OUR_REMARK,
    Column,
    Line,
    RoundBook,
    Table,
    pieces_of,
    shown_in_cell,
)
from importers.workbooks.instructions import write_instructions, write_remarks
from importers.workbooks.page_breaks import PAPER_A3, plan_pages
from importers.workbooks.row_heights import height_of, let_rows_grow
from importers.workbooks.styles import Styles
from tsukuba_kpi.lib.fiscal_year import day_words

LISTS: Final = "選択肢"
KEY_ROW, TITLE_ROW, HINT_ROW, HEAD_ROW, FIRST_ROW = range(5)
_HINT = "色の付いた欄に入力してください（＊は提出までに必要な欄）。灰色の欄は、変えても取り込まれません。"
_PROMPT, _PROMPT_TITLE = 255, 32  # what Excel shows beside a cell
_COMMENT = 2_000
_OPTIONS: Final = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_MAY: Final = {
    "format_cells": True,
    "format_rows": True,
    "format_columns": True,
    "sort": True,
    "autofilter": True,
    "select_locked_cells": True,
    "select_unlocked_cells": True,
}


def write_round_book(book: RoundBook) -> bytes:
    """Return the workbook as a file."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, _OPTIONS) as workbook:
        workbook.set_properties(
            {"title": f"{book.round_name} {book.section_name}", "created": book.taken_at.replace(tzinfo=None)}
        )
        styles = Styles(workbook)
        if book.has_remarks:
            write_remarks(workbook, styles, book)
        sheets = [(table, workbook.add_worksheet(table.name)) for table in book.tables]
        lists = _Lists(workbook)
        for table, sheet in sheets:
            _TableWriter(book, table, sheet, styles, lists).write()
        write_instructions(workbook, styles, book)
        lists.hide()
        workbook.worksheets()[0].activate()
    return let_rows_grow(buffer.getvalue())


class _Lists:
    """The hidden sheet of choices: a drop-down that names its choices itself holds 255 characters only."""

    def __init__(self, workbook: Any) -> None:
        self._workbook = workbook
        self._sheet: Any = None
        self._ranges: dict[tuple[str, ...], str] = {}

    def range_of(self, choices: tuple[str, ...]) -> str:
        if choices not in self._ranges:
            if self._sheet is None:
                self._sheet = self._workbook.add_worksheet(LISTS)
            column = len(self._ranges)
            for row, choice in enumerate(choices):
                self._sheet.write_string(row, column, choice)
            letters = xlsxwriter.utility.xl_col_to_name(column)
            self._ranges[choices] = f"={LISTS}!${letters}$1:${letters}${len(choices)}"
        return self._ranges[choices]

    def hide(self) -> None:
        if self._sheet is not None:
            self._sheet.protect("")
            self._sheet.very_hidden()


class _TableWriter:
    """Writes one table: hidden keys and identities first, then what people see."""

    def __init__(self, book: RoundBook, table: Table, sheet: Any, styles: Styles, lists: _Lists) -> None:
        self._book = book
        self._table = table
        self._sheet = sheet
        self._styles = styles
        self._lists = lists
        self._pieces = max((len(pieces_of(line.identity)) for line in table.lines), default=1)

    def write(self) -> None:
        self._write_head()
        for number, line in enumerate(self._table.lines):
            self._write_line(FIRST_ROW + number, line)
        self._set_up_page()

    def _stamp(self) -> str:
        return f"{day_words(self._book.taken_at)} {self._book.taken_at:%H:%M} 取り出し"

    def _columns(self) -> Iterator[tuple[int, Column]]:
        return enumerate(self._table.columns, start=self._pieces)

    def _write_head(self) -> None:
        sheet, styles = self._sheet, self._styles
        for piece in range(self._pieces):
            key = f"{MARKER}:{IDENTITY}.{piece}" if piece == 0 else f"{IDENTITY}.{piece}"
            sheet.write_string(KEY_ROW, piece, key)
        sheet.set_column(0, self._pieces - 1, 2, None, {"hidden": True})
        sheet.set_row(KEY_ROW, None, None, {"hidden": True})
        sheet.set_row(HEAD_ROW, 44)
        sheet.write_string(TITLE_ROW, self._pieces, f"{self._table.title}　{self._stamp()}", styles.title)
        sheet.write_string(HINT_ROW, self._pieces, _HINT, styles.hint)
        for at, column in self._columns():
            sheet.write_string(KEY_ROW, at, column.key)
            heading = f"{column.heading}＊" if column.is_required else column.heading
            style = styles.input_heading if column.takes_input else styles.heading
            sheet.write_string(HEAD_ROW, at, heading, style)
            sheet.set_column(at, at, column.width)

    def _write_line(self, row: int, line: Line) -> None:
        for piece, text in enumerate(pieces_of(line.identity)):
            self._sheet.write_string(row, piece, text, self._styles.identity)
        self._sheet.set_row(
            row, height_of((self._text_of(line, each), each.width) for _, each in self._columns())
        )
        for at, column in self._columns():
            if column.takes_input:
                self._write_box(row, at, line, column)
            else:
                style = self._styles.shown_number if column.is_number else self._styles.shown
                self._write(row, at, line.shown.get(column.key, ""), style)
        whole = line.remarks.get("")
        if whole:
            self._remark(row, self._pieces, whole)

    def _text_of(self, line: Line, column: Column) -> str:
        return (line.entered if column.takes_input else line.shown).get(column.key, "")

    def _write_box(self, row: int, at: int, line: Line, column: Column) -> None:
        text = line.entered.get(column.key, "")
        remark = line.remarks.get(column.key, "")
        is_open = line.may_edit and column.key not in line.closed
        self._write(row, at, text, self._styles.box(is_open=is_open, column=column, is_marked=bool(remark)))
        if remark:
            self._remark(row, at, remark)
        if is_open:
            choices = line.choices.get(column.key, column.choices)
            self._sheet.data_validation(row, at, row, at, self._validation(column, choices))

    def _write(self, row: int, at: int, text: str, style: Any) -> None:
        if text:
            self._sheet.write_string(row, at, shown_in_cell(text), style)
        else:
            self._sheet.write_blank(row, at, None, style)

    def _remark(self, row: int, at: int, text: str) -> None:
        words = f"{OUR_REMARK}\n{text}"[:_COMMENT]
        self._sheet.write_comment(row, at, words, {"x_scale": 2.2, "y_scale": 1.4, "font_size": 10})

    def _validation(self, column: Column, choices: tuple[str, ...]) -> dict[str, Any]:
        help_text = column.help
        if column.limit:
            help_text = f"{help_text}（{column.limit}文字まで）"
        prompt: dict[str, Any] = {"ignore_blank": True}
        if help_text:
            heading = column.heading.replace("\n", "")
            prompt |= {"input_title": heading[:_PROMPT_TITLE], "input_message": help_text[:_PROMPT]}
        if choices:
            told = "一覧から選ぶか、空欄にしてください。"
            return prompt | {
                "validate": "list",
                "source": self._lists.range_of(choices),
                "error_title": "選択肢にない値です",
                "error_message": told,
            }
        return prompt | {"validate": "any"}

    def _set_up_page(self) -> None:
        sheet, columns = self._sheet, self._table.columns
        named = sum(1 for column in columns if column.names_line)
        last_row = FIRST_ROW + max(len(self._table.lines), 1) - 1
        last_column = self._pieces + len(columns) - 1
        pages = plan_pages(columns, named)
        sheet.freeze_panes(FIRST_ROW, self._pieces + named)
        sheet.set_landscape()
        sheet.set_paper(PAPER_A3)
        sheet.set_margins(left=0.31, right=0.31, top=0.6, bottom=0.5)
        sheet.set_print_scale(pages.scale)
        sheet.print_area(HEAD_ROW, 0, last_row, last_column)
        sheet.repeat_rows(HEAD_ROW)
        sheet.set_header(f"&L&11 {_plain(self._table.title)}&R&9 {self._stamp()}")
        sheet.repeat_columns(0, self._pieces + named - 1)
        sheet.set_v_pagebreaks([self._pieces + position for position in pages.breaks])
        sheet.set_footer(f"&L&9 {_plain(self._book.section_name)}　{self._table.name}&R&9&P / &N ページ")
        sheet.ignore_errors(
            {"number_stored_as_text": f"A1:{xlsxwriter.utility.xl_rowcol_to_cell(last_row, last_column)}"}
        )
        sheet.protect("", dict(_MAY))


def _plain(text: str) -> str:
    """Return a text as headers and footers show it: & begins a code there."""
    return text.replace("&", "&&")
