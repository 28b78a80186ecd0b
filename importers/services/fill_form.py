"""Fill a city's own form after the inspection that every uploaded file passes."""

from collections.abc import Mapping

from importers.calculations.rows import Location
from importers.enums import SourceFormat
from importers.sources.limits import MEGABYTE, Limits
from importers.sources.preflight import inspect_bytes
from importers.sources.refusals import refuse
from importers.workbooks.filled_form import FilledForm, FormUnfit, FormValue, write_values

FORM_LIMITS = Limits(
    file_bytes=5 * MEGABYTE, unpacked_bytes=30 * MEGABYTE, cells=100_000, merges=2_000, parts=300
)

_UNFIT = {
    "macros": "はマクロ付きのブックです。「Excelブック（*.xlsx）」に保存し直して様式にしてください。",
    "external_links": (
        "はほかのブックを参照しています。Excelの「データ」→「リンクの編集」で解除してから様式にしてください。"
    ),
}


def fill_form(data: bytes, file: str, values: Mapping[str, FormValue]) -> FilledForm:
    """Return the form with the values in its named cells.

    :raises RefusedFile: for anything but a plain xlsx with named cells; nothing is filled then
    """
    inspection = inspect_bytes(data, file, limits=FORM_LIMITS)
    if inspection.format is not SourceFormat.XLSX:
        raise refuse("form_not_xlsx", Location(file), "はExcelブック（xlsx）ではないため、様式に使えません。")
    for note in inspection.notes:
        if note.code in _UNFIT:
            raise refuse("form_unfit", Location(file), _UNFIT[note.code])
    try:
        return write_values(data, values)
    except FormUnfit as unfit:
        raise refuse("form_unfit", Location(file), str(unfit)) from unfit
