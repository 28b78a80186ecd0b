"""A list of programs (事務事業) as text of a PDF: position, number, name, department, three texts.

Nothing in such a text marks the columns. How the cells are told apart is told in
docs/importing_txt.md; why so, in docs/adr/0013-txt-layout.md.
"""

import re
from collections.abc import Mapping, Sequence

from importers.calculations.rows import Doubt, Location, SourceDocument, SourceError, SourceNote, SourceRow
from importers.enums import DocumentKind
from importers.sources.heading_match import match_heading
from importers.sources.txt_furniture import Furniture, remove_furniture
from importers.sources.txt_language import Continuity
from importers.sources.txt_lines import (
    Line,
    Piece,
    ends_within_line,
    overlong_line,
    read_lines,
    split_pieces,
)
from importers.sources.txt_order import (
    goes_across,
    goes_down,
    is_streamed,
    one_cell_a_line,
    other_order,
    streamed_doubt,
)
from importers.sources.txt_programs.departments import split_departments
from importers.sources.txt_programs.evidence import gather_evidence
from importers.sources.txt_programs.habits import RESULTS
from importers.sources.txt_programs.layout import ProgramLayout, RecordEvidence, estimate_layout, read_record
from importers.sources.txt_programs.records import RecordStart, find_starts, whole_number
from importers.sources.txt_programs.rows import (
    ReadRecord,
    build_row,
    ends_abruptly,
    with_document_doubts,
)
from tsukuba_kpi.lib.japanese_text import parse_node_code

MOST_PIECES_OF_A_RECORD = 240
# Doubts that most rows have where the cells do not follow one another as a row has them.
_OF_ORDER = frozenset(("empty_cell", "section_missing", "gap_disagrees"))
_ACROSS = 5  # one line in so many, where empty lines say that cells have lines of their own
_UNCLEAR = _OF_ORDER | {"cell_boundary", "line_not_full", "line_too_wide"}
_OTHER_COLUMNS = re.compile(r"予算|決算|事業費|金額|対象|指標|目標値|評価|方向性|課題|備考|根拠|期間")


def parse_programs_text(
    text: str, file_name: str, known_sections: Mapping[str, str] | None = None
) -> SourceDocument:
    """Read a list of programs.

    `known_sections` gives the sections the city already has and their bureaus, which helps to cut the
    department's cell. Whatever the text is, a document comes back: what cannot be read stands in its errors.
    """
    lines = read_lines(text)
    refusal = _refusal(lines, file_name)
    if refusal is not None:
        return SourceDocument(file_name, DocumentKind.PROGRAMS, errors=(refusal,))
    cells = one_cell_a_line(lines, DocumentKind.PROGRAMS)
    lines = cells if cells is not None else lines
    streamed = is_streamed(lines)
    furniture = _without_furniture(lines)
    if goes_down(lines, DocumentKind.PROGRAMS) or (streamed and _is_unclear(furniture)):
        return SourceDocument(file_name, DocumentKind.PROGRAMS, errors=(other_order(file_name),))
    continuity = Continuity([line.text for line in furniture.lines])
    pieces = split_pieces(furniture.lines)
    starts = find_starts(pieces, continuity)
    if not starts or _reads_as_strategy(lines, starts):
        return SourceDocument(file_name, DocumentKind.PROGRAMS, errors=(_no_records(lines[0], file_name),))
    records = _records(pieces, starts, continuity)
    readable = [record for record in records if _is_readable(record)]
    rows: list[SourceRow] = []
    layout = estimate_layout(readable, streamed=streamed) if readable else None
    if layout is not None:
        rows = _rows(starts, records, layout, known_sections, file_name)
        rows = _with_stray_doubts(rows)
        rows = _with_end_doubt(rows, records[-1], layout, within_line=ends_within_line(text))
    if streamed:
        if _may_lack_records(rows, pieces, starts) or (cells is not None and _are_mostly_unclear(rows)):
            return SourceDocument(file_name, DocumentKind.PROGRAMS, errors=(other_order(file_name),))
        rows = [_add(row, streamed_doubt()) for row in rows]
    elif goes_across(furniture.lines, _ACROSS) and _are_mostly_unclear(rows):
        return SourceDocument(file_name, DocumentKind.PROGRAMS, errors=(other_order(file_name),))
    notes = _notes(furniture, pieces, starts, file_name)
    errors = tuple(
        SourceError("row_refused", row.location, row.refused) for row in rows if row.refused is not None
    )
    return SourceDocument(
        file_name, DocumentKind.PROGRAMS, tuple(_with_header_doubts(rows, furniture)), errors, notes
    )


def _refusal(lines: Sequence[Line], file_name: str) -> SourceError | None:
    place = Location(file=file_name)
    if not lines:
        return SourceError(
            "text_empty", place, f"{file_name}：文字がありません。文書をテキストに書き出し直してください。"
        )
    overlong = overlong_line(tuple(lines))
    if overlong is not None:
        place = Location(file=file_name, line=overlong.number)
        return SourceError(
            "line_too_long",
            place,
            f"{place}：1行が長すぎ、PDFから書き出したテキストとして読めません。文書を書き出し直してください。",
        )
    return None


def _is_unclear(furniture: Furniture) -> bool:
    """Tell whether a text without empty lines has its cells out of order, or a column that is not known."""
    known = [match_heading((word,), DocumentKind.PROGRAMS)[0] for word in furniture.header]
    return goes_across(furniture.lines) or ("bureau" in known and "section" in known)


def _may_lack_records(
    rows: Sequence[SourceRow], pieces: Sequence[Piece], starts: Sequence[RecordStart]
) -> bool:
    """Tell whether cells stand out of order, or a record may have been taken for the end of another."""
    strained = sum(any(doubt.code in _OF_ORDER for doubt in row.doubts) for row in rows)
    if starts[0].at > 0 or strained * 2 > len(rows) or any(row.refused for row in rows):
        return True
    if all(row.fields["order"] is not None for row in rows):
        return any(doubt.code == "order_gap" for row in rows for doubt in row.doubts)
    known = {start.at for start in starts}
    return any(
        whole_number(piece.text) is not None and not piece.ends_line and at not in known
        for at, piece in enumerate(pieces)
    )


def _are_mostly_unclear(rows: Sequence[SourceRow]) -> bool:
    """Tell whether the borders of cells are unclear in more than half of the rows: rather out of order."""
    unclear = sum(any(doubt.code in _UNCLEAR for doubt in row.doubts) for row in rows)
    return unclear * 2 > len(rows)


def _reads_as_strategy(lines: Sequence[Line], starts: Sequence[RecordStart]) -> bool:
    return sum(parse_node_code(line.text) is not None for line in lines) > max(3, len(starts))


def _no_records(first: Line, file_name: str) -> SourceError:
    place = Location(file=file_name, page=first.page, line=first.number)
    return SourceError(
        "no_records",
        place,
        f"{file_name}：順番と事業番号で始まる事務事業の行が見つかりません。"
        "事務事業一覧のPDFから書き出したテキストか確認してください。",
    )


def _without_furniture(lines: Sequence[Line]) -> Furniture:
    pieces = split_pieces(tuple(lines))
    starts = find_starts(pieces, Continuity([]))
    first = pieces[starts[0].at].line.number if starts else 0
    return remove_furniture(lines, [line for line in lines if line.number < first])


def _records(
    pieces: Sequence[Piece], starts: Sequence[RecordStart], continuity: Continuity
) -> list[RecordEvidence]:
    ends = [*(start.at for start in starts[1:]), len(pieces)]
    records = []
    for start, end in zip(starts, ends, strict=True):
        # From the number on, so that the gap before the name is seen.
        end = min(end, start.name_at + MOST_PIECES_OF_A_RECORD + 1)
        records.append(RecordEvidence(gather_evidence(pieces[start.name_at - 1 : end], continuity), 1))
    return records


def _is_readable(record: RecordEvidence) -> bool:
    return 3 <= len(record.evidence.pieces) <= MOST_PIECES_OF_A_RECORD


def _rows(
    starts: Sequence[RecordStart],
    records: Sequence[RecordEvidence],
    layout: ProgramLayout,
    known_sections: Mapping[str, str] | None,
    file_name: str,
) -> list[SourceRow]:
    reads = [
        ReadRecord(start, record, read_record(record, layout) if _is_readable(record) else ())
        for start, record in zip(starts, records, strict=True)
    ]
    departments = split_departments((read.department() for read in reads if read.divisions), known_sections)
    rows = [build_row(read, _raw(read.pieces), layout, departments, file_name) for read in reads]
    return with_document_doubts(rows)


def _raw(pieces: Sequence[Piece]) -> str:
    lines = {piece.line.number: piece.line for piece in pieces}
    return "\n".join(line.text + (" " if line.typed_break else "") for line in lines.values())


def _with_end_doubt(
    rows: list[SourceRow], last: RecordEvidence, layout: ProgramLayout, *, within_line: bool
) -> list[SourceRow]:
    width = layout.text.measures.width_of(last.evidence.pieces[-1].line.text)
    full = width >= layout.text.columns[RESULTS] - 200
    if within_line or ends_abruptly(last.evidence.pieces, full):
        doubt = Doubt(
            "maybe_cut_off",
            "results",
            "文書が文の途中で終わっています。最後まで書き出されているか元の文書を確認してください。",
        )
        rows[-1] = _add(rows[-1], doubt)
    return rows


_AROUND_A_HEADING = re.compile(r"^[\s■□●○◆◇【〔［＜〈《（]+|[\s】〕］＞〉》）]+$")
_NOTE_BELOW = re.compile(r"^(?:※|＊|[（(]?(?:注|備考)\s?[0-9０-９]*\s?[)）：:　])")


def _with_stray_doubts(rows: Sequence[SourceRow]) -> list[SourceRow]:
    """Mark results that may end with a heading of the next records, or with a note below the table."""
    bureaus = {row.fields["bureau"] for row in rows}
    result = []
    for index, row in enumerate(rows):
        ending = row.raw.rstrip().rsplit("\n", 1)[-1].strip()
        following = rows[index + 1] if index + 1 < len(rows) else None
        name = _AROUND_A_HEADING.sub("", ending)
        if following is not None and name and name in (bureaus | {following.fields["section"]}):
            row = _add(
                row,
                Doubt(
                    "maybe_heading",
                    "results",
                    f"成果の末尾の「{ending}」は、次の事業からの見出しかもしれません。成果に含めてよいか確認してください。",
                ),
            )
        if following is None and _NOTE_BELOW.match(ending):
            row = _add(
                row,
                Doubt(
                    "maybe_note",
                    "results",
                    f"成果の末尾の「{ending[:40]}」は、表の下の注記かもしれません。成果に含めてよいか確認してください。",
                ),
            )
        result.append(row)
    return result


def _add(row: SourceRow, doubt: Doubt) -> SourceRow:
    return SourceRow(
        row.location, row.fields, row.raw, row.extra, row.inferred, (*row.doubts, doubt), row.refused
    )


def _with_header_doubts(rows: Sequence[SourceRow], furniture: Furniture) -> list[SourceRow]:
    strange = [word for word in furniture.header if _OTHER_COLUMNS.search(word)]
    if not strange:
        return list(rows)
    doubt = Doubt(
        "unknown_column",
        None,
        f"見出しに「{'」「'.join(strange)}」の列があり、本文の欄に混じっているおそれがあります。"
        "内容を確認してください。",
    )
    return [_add(row, doubt) for row in rows]


def _notes(
    furniture: Furniture, pieces: Sequence[Piece], starts: Sequence[RecordStart], file_name: str
) -> tuple[SourceNote, ...]:
    notes = []
    if not furniture.header:
        notes.append(
            SourceNote(
                "header_missing", f"{file_name}：見出しの行がありません。列の順序を既定として読みました。"
            )
        )
    before = pieces[: starts[0].at]
    if before:
        place = Location(file=file_name, page=before[0].line.page, line=before[0].line.number)
        sample = " ".join(piece.text for piece in before)[:60]
        notes.append(
            SourceNote(
                "before_first_record", f"{place}：最初の事業の前の文字は取り込みません：{sample}", place
            )
        )
    if all(start.order is None for start in starts):
        notes.append(
            SourceNote("order_missing", f"{file_name}：順番の列がありません。文書の並び順を使います。")
        )
    return tuple(notes)
