"""Lists taken away as files."""

from django.http import Http404, HttpResponse

from tsukuba_kpi.lib.flat_table import FlatTable, to_csv, to_xlsx

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ENCODINGS = {"csv": ("utf-8-sig", "utf-8"), "cp932.csv": ("cp932", "Shift_JIS")}


def table_file(table: FlatTable, stem: str, form: str) -> HttpResponse:
    """Return a table as a download: csv (UTF-8 with BOM), cp932.csv (for older Excel) or xlsx.

    :raises Http404: in no other form
    """
    if form == "xlsx":
        response = HttpResponse(to_xlsx([table], cut_long=True).content, content_type=XLSX)
    elif form in ENCODINGS:
        encoding, charset = ENCODINGS[form]
        written = to_csv(table, encoding)
        response = HttpResponse(written.content, content_type=f"text/csv; charset={charset}")
        if written.lost:
            response["X-Replaced-Characters"] = str(len(written.lost))
    else:
        raise Http404
    response["Content-Disposition"] = f'attachment; filename="{stem}.{form}"'
    return response
