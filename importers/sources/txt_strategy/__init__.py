"""A strategy's list of KPIs as text of a PDF: label with code, project, KPI, section.

Cells merged over rows stand at the end of their page; how they are put back is told in
docs/importing_txt.md.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from importers.calculations.rows import Doubt, Location, SourceDocument, SourceError, SourceNote, SourceRow
from importers.enums import DocumentKind
from importers.sources.txt_furniture import key_of, page_number, remove_furniture
from importers.sources.txt_language import Continuity
from importers.sources.txt_lines import Line, ends_within_line, overlong_line, read_lines, split_pieces
from importers.sources.txt_order import goes_down, is_streamed, other_order, streamed_doubt
from importers.sources.txt_programs.heads import is_unit_name
from importers.sources.txt_recognition import recognise_text
from importers.sources.txt_strategy.columns import Column, cell_of
from importers.sources.txt_strategy.displaced import BlockReader, Displaced
from importers.sources.txt_strategy.labels import gather_labels, give_labels
from importers.sources.txt_strategy.lattice import Cell, Lattice, StrategyLayout
from importers.sources.txt_strategy.layout import estimate_layout, split_blocks
from importers.sources.txt_strategy.placing import bare_runs, choose_readings, order_of_print, place_page
from importers.sources.txt_strategy.records import Record, records_of
from importers.sources.txt_strategy.rows import build_row, with_document_doubts
from tsukuba_kpi.lib.japanese_text import parse_node_code

MOST_LINES = 6_000
MOST_BLOCK_LINES = 600
_HEADER = re.compile(r"種別|目標|施策|事業|指標|ＫＰＩ|KPI|担当|所管")
_HEADER_LINES = 12
_DOUBTED = 8  # one row in so many of a text without empty lines may be in doubt


def parse_strategy_text(text: str, file_name: str) -> SourceDocument:
    """Read a strategy's list of KPIs.

    Whatever the text is, a document comes back: what cannot be read stands in its errors.
    """
    lines = read_lines(text)
    refusal = _refusal(lines, file_name) or _wrong_kind(text, lines[0], file_name)
    if refusal is not None:
        return SourceDocument(file_name, DocumentKind.STRATEGY, errors=(refusal,))
    streamed = is_streamed(lines)
    if goes_down(lines, DocumentKind.STRATEGY):
        return SourceDocument(file_name, DocumentKind.STRATEGY, errors=(other_order(file_name),))
    body, header_found = _body(lines)
    blocks = [block for block in split_blocks(body) if block]
    layout = estimate_layout(blocks)
    pages = _pages(blocks, layout)
    if not any(page.records for page in pages):
        return SourceDocument(file_name, DocumentKind.STRATEGY, errors=(_no_records(lines[0], file_name),))
    reader = BlockReader(layout, Continuity([line.text for line in body]))
    records, left = _complete(pages, layout, reader)
    by_number = {line.number: line for line in lines}
    if ends_within_line(text):
        _doubt_last(records)
    rows = [build_row(record, _raw(record, by_number), file_name) for record in records]
    if streamed and (left or not _is_clear(rows)):
        return SourceDocument(file_name, DocumentKind.STRATEGY, errors=(other_order(file_name),))
    if streamed:
        rows = [row._replace(doubts=(*row.doubts, streamed_doubt())) for row in rows]
    errors = [
        SourceError("row_refused", row.location, row.refused) for row in rows if row.refused is not None
    ]
    errors += [_left_over(text, line, file_name) for text, line in left]
    notes = () if header_found else (_header_missing(file_name),)
    return SourceDocument(
        file_name, DocumentKind.STRATEGY, tuple(with_document_doubts(rows)), tuple(errors), notes
    )


def _refusal(lines: Sequence[Line], file_name: str) -> SourceError | None:
    place = Location(file=file_name)
    if not lines:
        return SourceError(
            "text_empty", place, f"{file_name}：文字がありません。文書をテキストに書き出し直してください。"
        )
    overlong = overlong_line(tuple(lines))
    if overlong is not None or len(lines) > MOST_LINES:
        place = Location(file=file_name, line=overlong.number if overlong is not None else MOST_LINES)
        return SourceError(
            "not_a_list",
            place,
            f"{place}：行が長すぎるか多すぎ、KPI一覧のPDFから書き出したテキストとして読めません。"
            "文書を書き出し直してください。",
        )
    return None


def _wrong_kind(text: str, first: Line, file_name: str) -> SourceError | None:
    if recognise_text(text) is not DocumentKind.PROGRAMS:
        return None
    place = Location(file=file_name, page=first.page, line=first.number)
    return SourceError(
        "wrong_kind",
        place,
        f"{file_name}：戦略のKPI一覧ではなく事務事業の一覧です。事務事業の取込を使ってください。",
    )


def _no_records(first: Line, file_name: str) -> SourceError:
    place = Location(file=file_name, page=first.page, line=first.number)
    return SourceError(
        "no_records",
        place,
        f"{file_name}：目標・施策のコードと担当課のある行が見つかりません。"
        "戦略のKPI一覧のPDFから書き出したテキストか確認してください。",
    )


def _header_missing(file_name: str) -> SourceNote:
    return SourceNote(
        "header_missing", f"{file_name}：見出しの行がありません。列の順序を既定として読みました。"
    )


def _doubt_last(records: Sequence[Record]) -> None:
    """The row that was printed last may lack its end, and its page its displaced cells."""
    last = max(records, key=lambda record: record.last.number)
    last.doubts.append(
        Doubt(
            "maybe_cut_off",
            "kpi",
            "文書が行の途中で終わっています。最後まで書き出されているか元の文書を確認してください。",
        )
    )


def _is_clear(rows: Sequence[SourceRow]) -> bool:
    """Tell whether the cells of nearly all rows are told apart beyond doubt."""
    doubted = sum(bool(row.needs_review or row.refused or not row.fields["node"]) for row in rows)
    return doubted * _DOUBTED <= len(rows) and not any(row.refused for row in rows)


def _left_over(text: str, line: Line, file_name: str) -> SourceError:
    place = Location(file=file_name, page=line.page, line=line.number)
    return SourceError(
        "displaced_left",
        place,
        f"{place}：「{text}」がどの行のものか分かりません。元の文書で確認し、取込後に入力してください。",
    )


def _body(lines: Sequence[Line]) -> tuple[list[Line], bool]:
    """Return the lines without header and page numbers, and whether there was a header."""
    header: list[Line] = []
    for index, line in enumerate(lines[:_HEADER_LINES]):
        if parse_node_code(line.text) is not None:
            break
        if len(set(_HEADER.findall(line.text))) >= 3:
            header = list(lines[: index + 1])
    kept = remove_furniture(lines[len(header) :], header).lines
    keys = {key_of(line.text) for line in header}
    body = [line for line in kept if page_number(line.text) is None and key_of(line.text) not in keys]
    return body, bool(header)


@dataclass(slots=True)
class _Page:
    """A block of rows and the displaced blocks behind it."""

    records: list[Record] = field(default_factory=list)
    displaced: list[Sequence[Line]] = field(default_factory=list)


def _pages(blocks: Sequence[Sequence[Line]], layout: StrategyLayout) -> list[_Page]:
    pages: list[_Page] = []
    early: list[Sequence[Line]] = []
    for block in blocks:
        pieces = split_pieces(tuple(block[:MOST_BLOCK_LINES]))
        _, cells = Lattice(pieces, layout).read()
        if _holds_rows([cell_of(pieces[cell.start : cell.end]) for cell in _sections(cells)]):
            pages.append(_Page(records_of(pieces, cells, len(pages) + 1)))
            pages[-1].displaced += early
            early = []
        else:
            (pages[-1].displaced if pages else early).append(block)
    return pages


def _sections(cells: Sequence[Cell]) -> list[Cell]:
    return [cell for cell in cells if cell.column is Column.SECTION]


def _holds_rows(sections: Sequence[str]) -> bool:
    return any(is_unit_name(section) for section in sections)


def _complete(
    pages: Sequence[_Page], layout: StrategyLayout, reader: BlockReader
) -> tuple[list[Record], list[tuple[str, Line]]]:
    """Put all displaced cells back; return the records in order, and texts that no row misses."""
    records: list[Record] = []
    loose: list[tuple[str, int, Line]] = []
    left: list[tuple[str, Line]] = []
    displaced: list[list[Displaced]] = []
    for page in pages:
        runs = bare_runs(page.records)
        most = sum(max(len(run) // 2, 1) for run in runs)
        readings = [reader.read(block) for block in page.displaced]
        displaced.append(choose_readings(readings, len(runs), most))
    printed = order_of_print(displaced)
    for number, (page, groups) in enumerate(zip(pages, displaced, strict=True), start=1):
        placing = place_page(page.records, groups, layout.room_in(Column.PROJECT), printed)
        records += placing.records
        loose += [(text.text or "", number, text.line) for text in placing.texts]
        left += [
            ("、".join(filter(None, (group.kpi, group.project, group.label))), group.line)
            for group in placing.left_over
        ]
    unused = give_labels(records, gather_labels((text, number) for text, number, _ in loose))
    unused_texts = {label.text for label in unused}
    left += [(text, line) for text, _, line in loose if text in unused_texts]
    return records, left


def _raw(record: Record, by_number: dict[int, Line]) -> str:
    numbers = range(record.first.number, record.last.number + 1)
    return "\n".join(by_number[number].text for number in numbers if number in by_number)
