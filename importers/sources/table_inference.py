"""Columns without a heading, or with one for two columns, told by their values; every conclusion is noted."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from importers.enums import DocumentKind
from importers.sources.table_body import Table, clean_text, with_columns
from tsukuba_kpi.lib.fiscal_year import find_fiscal_years
from tsukuba_kpi.lib.japanese_text import match_key, parse_node_code

_BUREAU = re.compile(r"(?:部|局|公室|本部|委員会|事務局)$")
_SECTION = re.compile(r"(?:課|室|センター|係|所|館|園|校|署|事務局|担当|局)(?:（[^（）]*）)?$")
_TITLE_WORDS = (("実績", "actual"), ("目標", "target"))
_HAS_DIGIT = re.compile("[0-9０-９]")
_SAMPLE = 400
_MOSTLY = 9  # of ten values
_MOSTLY_BY_ONE = 7  # of ten steps between positions


def infer_columns(table: Table, kind: DocumentKind) -> Table:
    """Return the table with the columns that its values make clear."""
    table = _of_the_titles_year(_split_department(_under_one_heading(table)))
    if kind is DocumentKind.PROGRAMS:
        return _number_columns(table)
    if kind is DocumentKind.STRATEGY:
        return _group_labels(table)
    if kind is DocumentKind.DEFINITIONS:
        return _goal_column(table)
    if kind is DocumentKind.STAFF:
        from importers.sources.name_cells import tell_name_columns

        return tell_name_columns(table)
    if kind is DocumentKind.ACTUALS:
        return _titled_years(_measure_column(table))
    return table


def _under_one_heading(table: Table) -> Table:
    """Of neighbouring columns under one merged heading, take the only one that holds anything."""
    chosen: dict[int, tuple[str, str]] = {}
    rows = range(table.header.last_row + 1, min(table.end, table.header.last_row + _SAMPLE))
    for name, columns in table.contested.items():
        together = columns == list(range(columns[0], columns[-1] + 1))
        if not together or len({table.header.columns[number].heading for number in columns}) != 1:
            continue
        filled = [number for number in columns if any(table.text(row, number) is not None for row in rows)]
        if len(filled) == 1:
            chosen[filled[0]] = (name, "heading")
    return with_columns(table, chosen) if chosen else table


def _of_the_titles_year(table: Table) -> Table:
    """Of columns for one field and several years, take the one of the year that the title names."""
    chosen: dict[int, tuple[str, str]] = {}
    for name, columns in table.contested.items():
        fitting = [
            number
            for number in columns
            if find_fiscal_years(table.header.columns[number].heading) == [table.title_year]
        ]
        if len(fitting) == 1 and table.title_year is not None:
            chosen[fitting[0]] = (name, "titled")
    return with_columns(table, chosen) if chosen else table


def _goal_column(table: Table) -> Table:
    """Take 「数値目標」 beside the names of the KPIs for the target, where it holds figures."""
    found = [
        number
        for number, match in enumerate(table.header.columns)
        if match.rival == "kpi" and match.field is None and _mostly(table, number, _HAS_DIGIT)
    ]
    if len(found) != 1 or table.header.fields & {"final_target"} or table.column("kpi") is None:
        return table
    return with_columns(table, {found[0]: ("final_target", "inferred")})


def _measure_column(table: Table) -> Table:
    """Take the one column without a field whose values say 目標 or 実績 for what each row holds."""
    years = any((match.field or "").startswith("year:") for match in table.header.columns)
    at = table.column("measure")
    dated = any((match.field or "").startswith(("target:", "actual:")) for match in table.header.columns)
    if at is not None and dated and not _says_any_measure(table, at):
        # 活動指標 and 成果指標 say what sort of KPI a row is, not which of its figures.
        table, at = with_columns(table, {at: (None, "unknown")}), None
    if not years or at is not None:
        return table
    found = [
        number
        for number, match in enumerate(table.header.columns)
        if match.field is None and _says_measures(table, number)
    ]
    return with_columns(table, {found[0]: ("measure", "inferred")}) if len(found) == 1 else table


def _says_any_measure(table: Table, column: int) -> bool:
    from importers.sources.year_headings import read_year_heading

    rows = range(table.header.last_row + 1, min(table.end, table.header.last_row + _SAMPLE))
    texts = (table.text(row, column) for row in rows)
    return any(text is not None and read_year_heading((text,)).measure is not None for text in texts)


def _says_measures(table: Table, column: int) -> bool:
    from importers.sources.year_headings import read_year_heading

    headings = [
        read_year_heading((text,))
        for row in range(table.header.last_row + 1, min(table.end, table.header.last_row + _SAMPLE))
        if (text := table.text(row, column)) is not None
    ]
    named = sum(1 for heading in headings if heading.measure or heading.other)
    both = {"target", "actual"} <= {heading.measure for heading in headings}
    return both and named * 10 >= len(headings) * _MOSTLY


def _titled_years(table: Table) -> Table:
    """Take columns headed by years alone for what the table's title or sheet says: 実績 or 目標, not both."""
    years = {
        number: match.field.partition(":")[2]
        for number, match in enumerate(table.header.columns)
        if match.field is not None and match.field.startswith("year:")
    }
    if not years or "measure" in table.header.fields:
        return table
    said = [measure for word, measure in _TITLE_WORDS if word in f"{table.title}{table.grid.name}"]
    if len(said) != 1:
        return table
    return with_columns(table, {number: (f"{said[0]}:{year}", "titled") for number, year in years.items()})


def _group_labels(table: Table) -> Table:
    """Find out whether the labels of a plan stand on rows of their own where they have no column."""
    if table.header.fields & {"node", "goal", "policy", "measure"}:
        return table
    for row in range(table.header.last_row + 1, table.end):
        texts = [text for value in table.grid.rows[row] if (text := clean_text(value)) is not None]
        if len(texts) == 1 and parse_node_code(texts[0].lstrip("■□◆◇●○▼【")) is not None:
            return replace(table, group_nodes=True)
    return table


def _number_columns(table: Table) -> Table:
    """Tell position and program number of a list of programs where their headings are missing or bare.

    A position counts up from 1 without gaps, maybe anew for each group; a number does not. A single column
    that does both stays unknown: it could be either.
    """
    header = table.header
    bare = header.columns_of("number_or_order")
    if bare and "number" in header.fields and "order" not in header.fields and len(bare) == 1:
        return with_columns(table, {bare[0]: ("order", "heading")})
    if bare and "order" in header.fields and "number" not in header.fields and len(bare) == 1:
        return with_columns(table, {bare[0]: ("number", "heading")})
    name = table.column("name")
    if name is None:
        return table
    unnamed = [column for column in range(name) if not header.columns[column].heading]
    if "number" in header.fields:
        return table if "order" in header.fields else _position_column(table, unnamed)
    rivals = [column for column, match in enumerate(header.columns) if match.rival == "number_or_order"]
    candidates = [column for column in (*unnamed, *bare, *rivals) if _whole_numbers(table, column)]
    counting = [column for column in candidates if _counts_up(_whole_numbers(table, column))]
    others = [column for column in candidates if column not in counting]
    if len(others) != 1 or len(counting) > 1 or len(set(_whole_numbers(table, others[0]))) < 2:
        return table
    found = {others[0]: ("number", "inferred")}
    if counting and "order" not in header.fields:
        found[counting[0]] = ("order", "inferred")
    return with_columns(table, found)


def _position_column(table: Table, unnamed: Sequence[int]) -> Table:
    """Take the one column without heading that counts for the position, where the number has its own."""
    positions = [column for column in unnamed if _is_position(_whole_numbers(table, column))]
    return with_columns(table, {positions[0]: ("order", "inferred")}) if len(positions) == 1 else table


def _is_position(numbers: Sequence[int]) -> bool:
    """Tell whether numbers count, maybe going on from another sheet or with rows left out."""
    if not numbers or _counts_up(numbers):
        return bool(numbers)
    steps = [after - before for before, after in pairwise(numbers)]
    return len(steps) > 2 and min(steps) > 0 and steps.count(1) * 10 >= len(steps) * _MOSTLY_BY_ONE


def _whole_numbers(table: Table, column: int) -> list[int]:
    """Return the numbers of a column of whole numbers, nothing for any other column."""
    numbers: list[int] = []
    filled = 0
    for row in range(table.header.last_row + 1, min(table.end, table.header.last_row + _SAMPLE)):
        text = table.text(row, column)
        if text is None:
            continue
        filled += 1
        key = match_key(text)
        if key.isascii() and key.isdigit() and len(key) < 9:
            numbers.append(int(key))
    return numbers if numbers and len(numbers) * 10 >= filled * _MOSTLY else []


def _counts_up(numbers: Sequence[int]) -> bool:
    """Tell whether numbers count 1, 2, 3 …, maybe beginning anew."""
    return numbers[0] == 1 and all(after in (before + 1, 1) for before, after in pairwise(numbers))


def _split_department(table: Table) -> Table:
    """Tell bureau and section under one heading that stands over both columns."""
    header = table.header
    if header.fields & {"bureau", "section", "department", "sections"}:
        return table
    for number in range(len(header.columns) - 1):
        left, right = header.columns[number], header.columns[number + 1]
        same = left.heading == right.heading and left.how == right.how == "ambiguous"
        if same and _mostly(table, number, _BUREAU) and _mostly(table, number + 1, _SECTION):
            return with_columns(table, {number: ("bureau", "similar"), number + 1: ("section", "similar")})
    return table


def _mostly(table: Table, column: int, pattern: re.Pattern[str]) -> bool:
    texts = [
        text
        for row in range(table.header.last_row + 1, min(table.end, table.header.last_row + _SAMPLE))
        if (text := table.text(row, column)) is not None
    ]
    fitting = sum(1 for text in texts if pattern.search(text))
    return bool(texts) and fitting * 10 >= len(texts) * _MOSTLY
