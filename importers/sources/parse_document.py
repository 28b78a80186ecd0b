"""From a file that passed the preflight to rows, inside the reading process.

The form decides how the file becomes grids, the kind how grids become rows; a text without columns goes
to the readers of running text.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from importers.calculations.plain_rows import RowPieces
from importers.calculations.rows import Location, SourceDocument, SourceError, SourceNote, SourceRow
from importers.enums import DocumentKind, SourceFormat
from importers.sources.grids import Grid
from importers.sources.headings import find_header, missing_fields
from importers.sources.refusals import RefusedFile, refuse
from importers.sources.table_body import Account, Table, clean_text
from importers.sources.table_rows import row_word
from importers.sources.tables import column_notes, describe_table, find_tables
from importers.sources.txt_aligned.pages import is_aligned

Progress = Callable[[int, int, str], None]
_ALIGNED = (
    "空白で欄を並べたテキストなので、文字の位置から列と行を読みました。どの行も元の文書と見比べてください。"
)
_MOST_NAMED = 8
_LONGEST_QUOTE = 24
TableReader = Callable[[Sequence[tuple[Table, Account]]], Sequence[SourceRow]]


@dataclass(frozen=True, slots=True)
class ParseRequest:
    """What to parse and how; `file` is the name people know the file by."""

    path: Path
    file: str
    kind: DocumentKind
    format: SourceFormat
    marked_sheets: tuple[str, ...] = ()
    mapping: Mapping[str, Mapping[str, str | None]] | None = None
    include_hidden: bool = False
    known_sections: Mapping[str, str] | None = None


def parse_document(request: ParseRequest, progress: Progress) -> SourceDocument:
    """Return the document.

    :raises RefusedFile: the file cannot be read as what it is.
    """
    if request.kind is DocumentKind.ROUND:
        return _parse_round_book(request, progress)
    if request.format is SourceFormat.CSV:
        return _parse_text(request, progress)
    if request.format is SourceFormat.PDF:
        from importers.sources.pdf.table import read_pdf

        grids, notes = read_pdf(request.path, request.file, request.kind, progress)
        return parse_grids(grids, request, progress, notes)
    from importers.sources.workbook import read_xls, read_xlsx

    if request.format is SourceFormat.XLSX:
        grids = read_xlsx(request.path, request.file, request.marked_sheets, progress)
    else:
        grids = read_xls(request.path, request.file, progress)
    return parse_grids(grids, request, progress)


def _parse_round_book(request: ParseRequest, progress: Progress) -> SourceDocument:
    if request.format is not SourceFormat.XLSX:
        what = (
            "は照会のExcel（xlsx）ではありません。Excelブック（*.xlsx）のまま保存したものを送ってください。"
        )
        raise refuse("no_round_book", Location(request.file), what)
    from importers.sources.table_round import read_round_book
    from importers.sources.workbook import read_xlsx

    grids = read_xlsx(request.path, request.file, request.marked_sheets, progress)
    return read_round_book(grids, request.file)


def parse_grids(
    grids: Sequence[Grid], request: ParseRequest, progress: Progress, notes: Sequence[SourceNote] = ()
) -> SourceDocument:
    """Return the document that a list of grids is."""
    kind, file = request.kind, request.file
    findings = find_tables(grids, kind, file, mapping=request.mapping, include_hidden=request.include_hidden)
    rows: Sequence[SourceRow] = ()
    all_notes = [*notes, *findings.notes]
    if findings.tables:
        progress(0, 1, "表を読み取っています")
        total = sum(table.end - table.header.last_row - 1 for table, _ in findings.tables)
        for _, account in findings.tables:
            account.tick = lambda done: progress(min(done, total), total, "表を読み取っています")
        rows = _table_reader(request)(findings.tables)
    for table, account in findings.tables:
        all_notes.extend(column_notes(table, kind))
        all_notes.extend(_account_notes(table, account))
    described = [describe_table(table, account, kind) for table, account in findings.tables]
    described += [describe_table(table, Account(), kind) for table, _ in findings.incomplete]
    errors = [*findings.errors, *_row_errors(rows)]
    return SourceDocument(file, kind, rows, tuple(errors), tuple(all_notes), request.format, tuple(described))


def _table_reader(request: ParseRequest) -> TableReader:
    kind = request.kind
    if kind is DocumentKind.PROGRAMS:
        from importers.sources.table_programs import read_programs

        return lambda tables: read_programs(tables, request.known_sections)
    if kind is DocumentKind.STRATEGY:
        from importers.sources.table_strategy import read_strategy

        return read_strategy
    if kind is DocumentKind.ACTUALS:
        from importers.sources.table_actuals import read_actuals

        return read_actuals
    if kind is DocumentKind.SECTIONS:
        from importers.sources.table_sections import read_sections

        return read_sections
    if kind is DocumentKind.STAFF:
        from importers.sources.table_staff import read_staff

        return read_staff
    from importers.sources.table_definitions import read_definitions

    return read_definitions


def _row_errors(rows: Sequence[SourceRow]) -> list[SourceError]:
    rows = list(rows.alone.values()) if isinstance(rows, RowPieces) else rows
    return [SourceError("row_refused", row.location, row.refused) for row in rows if row.refused is not None]


def _account_notes(table: Table, account: Account) -> list[SourceNote]:
    """Tell how the rows of a table add up, and that hidden ones were left out."""
    counts = account.to_dict()
    words = {
        "records": "データ",
        "continued": "前の行の続き",
        "headings": "見出しの繰返し",
        "groups": "区分の行",
        "totals": "合計",
        "notes": "注記",
        "examples": "記載例",
        "hidden": "非表示",
    }
    parts = "＋".join(f"{word}{counts[kind]}" for kind, word in words.items() if counts[kind])
    place = table.place(table.header.first_row)
    notes = [SourceNote("rows_accounted", f"読んだ{counts['read']}行の内訳：{parts or 'なし'}。", place)]
    for kind, word in (
        ("totals", "合計の行は取り込みません"),
        ("groups", "区分の見出しと読んだ行があります"),
    ):
        named = [
            f"{row_word(table.place(row))}「{_first_text(table, row)}」" for row in account.told.get(kind, ())
        ]
        if named:
            more = f"ほか{len(named) - _MOST_NAMED}行" if len(named) > _MOST_NAMED else ""
            quoted = "、".join(named[:_MOST_NAMED])
            notes.append(SourceNote(f"{kind}_left_out", f"{word}：{quoted}{more}。", place))
    if counts["hidden"]:
        message = (
            f"非表示の行が{counts['hidden']}行あり、取り込みません。"
            "取り込むには「非表示も読む」を選んでください。"
        )
        notes.append(SourceNote("hidden_rows", message, place))
    return notes


def _first_text(table: Table, row: int) -> str:
    texts = (text for value in table.grid.rows[row] if isinstance(value, str) and (text := clean_text(value)))
    return next(texts, "").replace("\n", "")[:_LONGEST_QUOTE]


def _parse_text(request: ParseRequest, progress: Progress) -> SourceDocument:
    """Tell a delimited table from running text: by its header, or else by the regularity of its rows."""
    from importers.sources.csv_table import read_delimited
    from importers.sources.text_decoding import decode_text

    decoded = decode_text(request.path.read_bytes(), request.file)
    reads_text = request.kind in (DocumentKind.PROGRAMS, DocumentKind.STRATEGY)
    try:
        delimited = read_delimited(decoded.text, request.file)
    except RefusedFile as trouble:
        aligned = is_aligned(decoded.text)
        if not (reads_text or aligned) or _begins_as_table(decoded.text, trouble, request):
            raise
        if aligned:
            return _aligned_text(decoded.text, request, progress)
        return _running_text(decoded.text, request)
    if not delimited.is_table and not _has_table(delimited.grid, request.kind):
        if is_aligned(decoded.text):
            return _aligned_text(decoded.text, request, progress)
        if reads_text:
            return _running_text(decoded.text, request)
    return parse_grids([delimited.grid], request, progress)


def _aligned_text(text: str, request: ParseRequest, progress: Progress) -> SourceDocument:
    """Read a text that keeps the places of its cells by spaces."""
    from importers.sources.txt_aligned import read_aligned_text

    place = Location(request.file)
    table = read_aligned_text(text, request.kind)
    if table is None:
        what = (
            "は空白で欄を並べたテキストですが、列と行を見分けられないので、"
            "元のPDFかExcelブックを取り込んでください。"
        )
        raise refuse("aligned_unclear", place, what)
    notes = [SourceNote("aligned_table", _ALIGNED, place)]
    if table.outside:
        quoted = "、".join(f"「{text[:_LONGEST_QUOTE]}」" for text in table.outside[:_MOST_NAMED])
        more = f"ほか{len(table.outside) - _MOST_NAMED}行" if len(table.outside) > _MOST_NAMED else ""
        notes.append(SourceNote("outside_tables", f"表の外の文字は取り込みません：{quoted}{more}。", place))
    return replace(parse_grids([table.grid], request, progress, notes), format=SourceFormat.TXT)


def _begins_as_table(text: str, trouble: RefusedFile, request: ParseRequest) -> bool:
    """Tell whether the lines before a trouble with quotes are a table of the kind."""
    from importers.sources.csv_table import read_delimited

    line = trouble.errors[0].location.line or 1
    try:
        before = read_delimited("\n".join(text.splitlines()[: line - 1]), request.file)
    except RefusedFile:
        return False
    return before.is_table or _has_table(before.grid, request.kind)


def _has_table(grid: Grid, kind: DocumentKind) -> bool:
    header = find_header(grid, kind)
    return header is not None and not missing_fields(header, kind)


def _running_text(text: str, request: ParseRequest) -> SourceDocument:
    if request.kind is DocumentKind.PROGRAMS:
        from importers.sources.txt_programs import parse_programs_text

        document = parse_programs_text(text, request.file, request.known_sections)
    else:
        from importers.sources.txt_strategy import parse_strategy_text

        document = parse_strategy_text(text, request.file)
    return replace(document, format=SourceFormat.TXT)
