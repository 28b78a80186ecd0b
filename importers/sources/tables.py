"""From grids to tables: every header of a document with its rows, and what could not be placed.

Sheets without a header are told, hidden ones are told and left out unless asked for.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from importers.calculations.rows import Location, SourceColumn, SourceError, SourceNote, SourceTable
from importers.enums import DocumentKind
from importers.sources.cards import find_cards
from importers.sources.grids import Grid, Value
from importers.sources.heading_match import exact_field, match_heading
from importers.sources.heading_words import FIGURES, IGNORED, WORDS
from importers.sources.headings import (
    Header,
    Mapping_,
    apply_mapping,
    find_header,
    header_at,
    missing_fields,
)
from importers.sources.sheet_scan import column_letters
from importers.sources.table_blocks import has_other_year, side_by_side, title_texts
from importers.sources.table_body import Account, Table, clean_text, with_columns
from importers.sources.table_departments import states_units, units_in
from importers.sources.table_inference import infer_columns
from importers.sources.turned_tables import turned_tables
from importers.sources.year_headings import read_year_heading
from tsukuba_kpi.lib.japanese_text import match_key

_SAMPLES = 3
_SAMPLE_LENGTH = 60
_LOOKED_AT = 60  # rows of a table in which labels of cards are looked for
_LONGEST_WORD = 20
_NUMBER = re.compile("[0-9]")
# Words that stand in the bodies of lists, too: what a row holds, and what columns of states say.
_NO_LABELS = (IGNORED, "target", "actual", "status", "note", "measure", "fiscal_year", "order", None)


@dataclass(slots=True)
class Findings:
    """What the search for tables gave: the tables with their accounts, and what a person should know."""

    tables: list[tuple[Table, Account]] = field(default_factory=list)
    incomplete: list[tuple[Table, tuple[str, ...]]] = field(default_factory=list)
    notes: list[SourceNote] = field(default_factory=list)
    errors: list[SourceError] = field(default_factory=list)


def find_tables(
    grids: Sequence[Grid],
    kind: DocumentKind,
    file: str,
    *,
    mapping: Mapping_ | None = None,
    include_hidden: bool = False,
) -> Findings:
    """Return the tables of a kind in a document; without any, `errors` says what was looked for."""
    findings = Findings()
    for grid in grids:
        if not grid.visible and not include_hidden:
            if _has_values(grid):
                findings.notes.append(_hidden_sheet_note(grid, file))
            continue
        for block in _blocks_of(grid, kind):
            _tables_of(block, kind, file, mapping, include_hidden, findings)
        if kind is DocumentKind.ACTUALS and not any(
            table.grid.name == grid.name and (complete or {"kpi", "fiscal_year"} <= table.header.fields)
            for complete, tables in ((True, findings.tables), (False, findings.incomplete))
            for table, _ in tables
        ):
            _turn(grid, file, mapping, include_hidden, findings)
    findings = _with_cards(findings, grids, kind, file, mapping, include_hidden)
    if not findings.tables:
        findings.errors.append(_no_table_error(findings, kind, file))
    else:
        findings.notes.extend(
            _incomplete_note(table, missing, kind) for table, missing in findings.incomplete
        )
    return findings


def _with_cards(
    findings: Findings,
    grids: Sequence[Grid],
    kind: DocumentKind,
    file: str,
    mapping: Mapping_ | None,
    include_hidden: bool,
) -> Findings:
    """Return the cards of a document where it has no list, or where what was found is none."""
    if not all(_may_be_card(table, kind) for table, _ in findings.tables):
        return findings
    shown = [grid for grid in grids if grid.visible or include_hidden]
    gathered = find_cards(shown, kind)
    count = sum(len(grid.rows) - grid.cards.first for grid in gathered if grid.cards is not None)
    proper = sum(_proper_rows(table, kind) for table, _ in findings.tables)
    # A table of years down may be of cards, too: it stays what it is where it has all of them.
    turned = any(table.grid.origin is not None for table, _ in findings.tables)
    if not gathered or proper > count or (turned and proper == count):
        return findings
    cards = Findings(notes=[note for note in findings.notes if note.code == "hidden_sheet"])
    for grid in gathered:
        assert grid.cards is not None
        header = header_at(replace(grid, rows=grid.rows[: grid.cards.first]), kind, 0)
        if header is None:
            continue
        table = Table(file, grid, apply_mapping(header, mapping), len(grid.rows), include_hidden)
        table = infer_columns(table, kind)
        missing = _missing(table, kind)
        if missing:
            words = tuple(WORDS[kind].usual_word(group[0]) for group in missing)
            cards.incomplete.append((table, words))
        else:
            cards.tables.append((table, Account()))
            cards.notes.append(_cards_note(table))
    known = max((len(table.header.fields) for table, _ in findings.incomplete), default=0)
    says_more = any(len(table.header.fields) > known + 1 for table, _ in cards.incomplete)
    return cards if cards.tables or (says_more and not findings.tables) else findings


def _may_be_card(table: Table, kind: DocumentKind) -> bool:
    """Tell whether a table that was found may be a card: its body says words of other fields, or nothing."""
    origin = table.grid.origin
    if origin is not None:
        return True
    found: set[str] = set()
    is_blank = True
    for row in range(table.header.last_row + 1, min(table.end, table.header.last_row + _LOOKED_AT)):
        cells = table.grid.rows[row]
        words = _words_of(cells, kind)
        texts = [match_key(text) for value in cells if (text := clean_text(value)) is not None]
        is_blank = is_blank and not texts
        if len(words) * 2 >= len(texts) or (texts and texts[0] in words):
            found |= words - table.header.texts
    return is_blank or bool(found)


def _words_of(cells: Sequence[Value], kind: DocumentKind) -> set[str]:
    """Return the words of a row that name a field other than a figure."""
    return {
        match_key(text)
        for value in cells
        if isinstance(value, str) and len(value) <= _LONGEST_WORD and (text := clean_text(value)) is not None
        if exact_field(text, kind) not in _NO_LABELS
    }


def _proper_rows(table: Table, kind: DocumentKind) -> int:
    """Return how many rows of a list are records beyond doubt: with a value for most of its fields."""
    if (origin := table.grid.origin) is not None:
        crossing = len(_words_of(origin.grid.rows[origin.first_row], kind)) > 1
        names = {text for row in range(1, len(table.grid.rows)) if (text := table.text(row, 0)) is not None}
        return 0 if crossing else len(names)
    columns = [at for at, match in enumerate(table.header.columns) if match.field not in (None, IGNORED)]
    numbers = table.header.columns_of("number") if kind is DocumentKind.PROGRAMS else []
    kpis = table.header.columns_of("kpi")
    found = 0
    for row in range(table.header.last_row + 1, table.end):
        filled = sum(table.text(row, column) is not None for column in columns)
        named = all(_NUMBER.match(match_key(table.text(row, at) or "")) for at in numbers)
        named = named and not any(read_year_heading((table.text(row, at) or "",)).year for at in kpis)
        if kind is DocumentKind.STRATEGY:
            # Labels of a plan stand in a row once for many: a KPI of its own is what makes a record.
            found += any(_is_name(table.text(row, at), kind) for at in kpis)
        else:
            found += filled * 5 >= len(columns) * 3 and named and not _words_of(table.grid.rows[row], kind)
    return found


def _is_name(text: str | None, kind: DocumentKind) -> bool:
    return text is not None and match_heading((text,), kind)[0] is None


def _cards_note(table: Table) -> SourceNote:
    grid = table.grid
    count = len(grid.rows) - (grid.cards.first if grid.cards is not None else 0)
    words = "、".join(f"「{_short(match.heading)}」" for match in table.header.columns if match.field)
    message = f"個票{count}枚を、見出し（{words}）とその右か下の値から一覧として読みました。"
    return SourceNote("cards_gathered", message, table.place(0))


def describe_table(table: Table, account: Account, kind: DocumentKind) -> SourceTable:
    """Return what people are told about a table: its columns, its layout and the account of its rows."""
    from tsukuba_kpi.lib.fiscal_year import find_fiscal_years

    return SourceTable(
        location=table.place(table.header.first_row),
        fingerprint=table.header.fingerprint,
        columns=tuple(
            SourceColumn(
                column_letters(number + 1),
                match.heading.replace("\n", ""),
                match.field if match.field != IGNORED else None,
                "ignored" if match.field == IGNORED else match.how,
                _samples(table, number),
            )
            for number, match in enumerate(table.header.columns)
        ),
        missing=tuple(WORDS[kind].usual_word(group[0]) for group in _missing(table, kind)),
        counts=account.to_dict(),
        title=table.title,
        fiscal_years=tuple(find_fiscal_years(f"{table.grid.name}　{table.title}")),
        turned=table.grid.origin is not None or table.grid.cards is not None,
    )


def column_notes(table: Table, kind: DocumentKind) -> Iterable[SourceNote]:
    """Yield a note for the columns that were not used, or used by resemblance or inference."""
    by_measure = "measure" in table.header.fields
    unused = [
        match.heading
        for match in table.header.columns
        if match.heading and (match.field is None or (match.field.startswith("year:") and not by_measure))
    ]
    if unused:
        names = "、".join(f"「{_short(name)}」" for name in unused[:20])
        message = f"使わなかった列があります：{names}。"
        yield SourceNote("unused_columns", message, table.place(table.header.last_row))
    unnamed = [
        column_letters(number + 1)
        for number, match in enumerate(table.header.columns)
        if match.field is None and not match.heading and _samples(table, number)
    ]
    if unnamed:
        message = f"見出しのない{'・'.join(unnamed[:20])}列に値がありますが、取り込みません。"
        yield SourceNote("unnamed_columns", message, table.place(table.header.last_row))
    for number, match in enumerate(table.header.columns):
        if match.field in (None, IGNORED) or match.how not in ("similar", "inferred", "titled"):
            continue
        word = WORDS[kind].usual_word(match.field.partition(":")[0])
        place = table.place(table.header.last_row, number)
        if match.how == "titled":
            message = f"「{_short(match.heading)}」の列を、表題から「{word}」として読みました。"
        elif match.how == "similar":
            message = f"見出し「{_short(match.heading)}」の列を「{word}」として読みました。"
        else:
            named = f"「{_short(match.heading)}」の" if match.heading else "見出しのない"
            message = f"{named}{column_letters(number + 1)}列を、値の並びから「{word}」として読みました。"
        yield SourceNote(f"column_{match.how}", message, place)


def _blocks_of(grid: Grid, kind: DocumentKind) -> list[Grid]:
    """Return the grid, or its blocks of columns where only these are tables that lack nothing."""
    header = find_header(grid, kind)
    if header is not None and not missing_fields(header, kind):
        return [grid]
    blocks = side_by_side(grid)
    complete = [
        block
        for block in blocks
        if (found := find_header(block, kind)) is not None and not missing_fields(found, kind)
    ]
    return blocks if complete else [grid]


def _tables_of(
    grid: Grid,
    kind: DocumentKind,
    file: str,
    mapping: Mapping_ | None,
    include_hidden: bool,
    findings: Findings,
) -> None:
    header = find_header(grid, kind)
    if header is None:
        if _has_values(grid):
            findings.notes.append(_no_header_note(grid, file))
        return
    while header is not None:
        following = _next_header(grid, kind, header)
        end = following.first_row if following is not None else len(grid.rows)
        table = Table(file, grid, apply_mapping(header, mapping), end, include_hidden)
        table = _without_hidden_columns(infer_columns(table, kind), findings)
        missing = _missing(table, kind)
        if missing:
            words = tuple(WORDS[kind].usual_word(group[0]) for group in missing)
            findings.incomplete.append((table, words))
        else:
            findings.tables.append((table, Account()))
        header = following


def _turn(grid: Grid, file: str, mapping: Mapping_ | None, include_hidden: bool, findings: Findings) -> None:
    """Look for tables with years down where none has them across; what they leave over is told."""
    turned = Findings()
    used: set[int] = set()
    for table in turned_tables(grid):
        _tables_of(table, DocumentKind.ACTUALS, file, mapping, include_hidden, turned)
        assert table.origin is not None
        used.update(range(table.origin.first_row, table.origin.first_row + table.width))
    if not turned.tables and not turned.incomplete:
        return
    findings.notes = [note for note in findings.notes if not _is_of_sheet(note, grid)]
    findings.incomplete = [found for found in findings.incomplete if found[0].grid.name != grid.name]
    findings.tables.extend(turned.tables)
    findings.incomplete.extend(turned.incomplete)
    findings.notes.extend(turned.notes)
    for found, _ in turned.tables:
        message = "年度が縦に並ぶ表なので、列ごとに一つの指標として読みました。"
        findings.notes.append(SourceNote("table_turned", message, found.place(0)))
    titles = [found.title for found, _ in turned.tables]
    texts = (_first_text(grid, row) for row in range(len(grid.rows)) if row not in used)
    left = [text for text in texts if text and not any(text in title for title in titles)]
    if left and turned.tables:
        message = f"表の外の文字は取り込みません：{'、'.join(f'「{_short(text)}」' for text in left[:6])}。"
        findings.notes.append(SourceNote("outside_tables", message, turned.tables[0][0].place(0)))


def _is_of_sheet(note: SourceNote, grid: Grid) -> bool:
    """Tell whether a note says that a sheet has no table."""
    return (
        note.code == "no_table" and note.location is not None and note.location.sheet == (grid.name or None)
    )


def _first_text(grid: Grid, row: int) -> str | None:
    return next((text for value in grid.rows[row] if (text := clean_text(value)) is not None), None)


def _next_header(grid: Grid, kind: DocumentKind, header: Header) -> Header | None:
    """Return the header of another table below: of other columns, or under the title of another year."""
    words = {word for found in WORDS[kind].fields for word in found.words}
    if words.isdisjoint(chain.from_iterable(grid.rows[header.last_row + 1 :])):
        return None
    for row in range(header.last_row + 1, len(grid.rows)):
        if words.isdisjoint(grid.rows[row]):
            continue
        found = header_at(grid, kind, row)
        if found is None:
            continue
        other = has_other_year(grid, header, found) or _has_other_unit(grid, header, found)
        if other and found.leaves == header.leaves:
            return found
        if found.leaves != header.leaves and not missing_fields(found, kind):
            return found
    return None


def _has_other_unit(grid: Grid, header: Header, following: Header) -> bool:
    """Tell whether a repeated header stands under the name of another section: its rows are that one's."""
    if header.fields & {"section", "sections", "bureau", "department"}:
        return False
    above = next(
        (row for row in range(following.first_row - 1, header.last_row, -1) if _filled(grid, row)), None
    )
    if above is None or len(_filled(grid, above)) > 1:
        return False
    said = units_in(_filled(grid, above))
    return bool(said) and said != units_in(title_texts(grid, header.first_row))


def _filled(grid: Grid, row: int) -> list[str]:
    return [text for value in grid.rows[row] if (text := clean_text(value)) is not None]


def _missing(table: Table, kind: DocumentKind) -> tuple[tuple[str, ...], ...]:
    missing = missing_fields(table.header, kind)
    elsewhere: set[str] = {"node"} if table.group_nodes else set()
    if table.header.fields & {"target", "actual"} and table.title_year is not None:
        elsewhere.add(FIGURES)
    if kind is DocumentKind.STAFF and states_units(table):
        elsewhere.add("section")
    return tuple(group for group in missing if not elsewhere & set(group))


def _without_hidden_columns(table: Table, findings: Findings) -> Table:
    """Leave out hidden columns that hold a field, and tell which, unless they were asked for."""
    hidden = [
        number
        for number, match in enumerate(table.header.columns)
        if number in table.grid.hidden_columns and match.field not in (None, IGNORED)
    ]
    if table.include_hidden:
        return table
    shown = {
        visible[0]: (name, "heading")
        for name, columns in table.contested.items()
        if len(visible := [at for at in columns if at not in table.grid.hidden_columns]) == 1
    }
    if shown:
        rivals = {at for name, _ in shown.values() for at in table.contested[name]} - set(shown)
        hidden.extend(sorted(rivals))
        table = with_columns(table, shown)
    if not hidden:
        return table
    names = "、".join(
        f"{column_letters(number + 1)}列「{_short(table.header.columns[number].heading)}」"
        for number in hidden
    )
    message = f"非表示の列は取り込みません：{names}。取り込むには「非表示も読む」を選んでください。"
    findings.notes.append(SourceNote("hidden_columns", message, table.place(table.header.last_row)))
    return with_columns(table, dict.fromkeys(hidden, (IGNORED, "hidden")))


def _has_values(grid: Grid) -> bool:
    return any(clean_text(value) is not None for row in grid.rows[:200] for value in row)


def _hidden_sheet_note(grid: Grid, file: str) -> SourceNote:
    message = f"非表示のシート「{grid.name}」は取り込みません。取り込むには「非表示も読む」を選んでください。"
    return SourceNote("hidden_sheet", message, Location(file, sheet=grid.name))


def _no_header_note(grid: Grid, file: str) -> SourceNote:
    message = (
        f"シート「{grid.name}」には一覧の見出しがないので取り込みません。"
        if grid.name
        else "見出しがありません。"
    )
    return SourceNote("no_table", message, Location(file, sheet=grid.name or None))


def _no_table_error(findings: Findings, kind: DocumentKind, file: str) -> SourceError:
    if findings.incomplete:
        table, missing = findings.incomplete[0]
        words = "、".join(f"「{word}」" for word in missing)
        found = "、".join(f"「{_short(match.heading)}」" for match in table.header.columns if match.heading)
        message = (
            f"「{file}」に{words}の列が見つからないので、見出しを付けて保存し直すか、"
            f"どの列か指定してください（見つけた見出し：{found}）。"
        )
        return SourceError("column_missing", table.place(table.header.first_row), message)
    words = "、".join(f"「{word}」" for word in _looked_for(kind))
    message = f"「{file}」に見出しの行が見つからないので、{words}などの見出しを付けて保存し直してください。"
    return SourceError("header_missing", Location(file), message)


def _looked_for(kind: DocumentKind) -> list[str]:
    words: list[str] = []
    for found in WORDS[kind].fields:
        if found.field not in (IGNORED, "number_or_order") and found.words[0] not in words:
            words.append(found.words[0])
    return words


def _incomplete_note(table: Table, missing: tuple[str, ...], kind: DocumentKind) -> SourceNote:
    words = "、".join(f"「{word}」" for word in missing)
    message = f"{words}の列がない表は取り込みません。"
    return SourceNote("table_incomplete", message, table.place(table.header.first_row))


def _samples(table: Table, column: int) -> tuple[str, ...]:
    texts: list[str] = []
    for row in range(table.header.last_row + 1, min(table.end, table.header.last_row + 30)):
        text = table.text(row, column)
        if text is not None:
            texts.append(text[:_SAMPLE_LENGTH])
        if len(texts) == _SAMPLES:
            break
    return tuple(texts)


def _short(heading: str) -> str:
    plain = re.sub(r"\s+", "", heading)
    return plain if len(plain) <= 40 else plain[:39] + "…"
