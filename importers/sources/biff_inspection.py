"""The preflight of an .xls: password, version of the format, how far the cells reach."""

from collections.abc import Iterator

from importers.calculations.rows import Location, SourceNote
from importers.sources.biff import BrokenBiffError, EncryptedBiffError, read_biff
from importers.sources.limits import Limits
from importers.sources.refusals import refuse
from importers.sources.sheet_scan import column_letters


def inspect_biff(stream: bytes, file: str, limits: Limits) -> Iterator[SourceNote]:
    """Yield what is to be told about a workbook stream.

    :raises RefusedFile: damaged, protected, or with a cell too far away.
    """
    place = Location(file)
    try:
        sheets = read_biff(stream)
    except EncryptedBiffError as error:
        what = "はパスワードで保護されているので、保護を外して保存したものを取り込んでください。"
        raise refuse("encrypted", place, what) from error
    except BrokenBiffError as error:
        what = "は壊れているか途中で切れているので、Excelで開いて保存し直したものを取り込んでください。"
        raise refuse("damaged", place, what) from error
    total = 0
    for sheet in sheets:
        total += sheet.rows * sheet.columns
        if total > limits.cells:
            last = f"{column_letters(sheet.columns)}{sheet.rows}"
            what = (
                f"のシート「{sheet.name}」は使われているセルの範囲がA1:{last}と広く、上限の{limits.cells:,}個を"
                "超えるので、表の外にあるセルを行・列ごと削除して保存したものを取り込んでください。"
            )
            raise refuse("cell_range", Location(file, sheet=sheet.name), what)
        if not sheet.has_cells:
            message = f"「{file}」の「{sheet.name}」はグラフ等のシートなので読みませんでした。"
            yield SourceNote("no_worksheet", message, Location(file, sheet=sheet.name))
