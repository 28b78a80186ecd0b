"""A card on the page of its run: each value with the address of its own cell."""

import pytest

from importers.enums import DocumentKind
from importers.selectors.source_pieces import source_piece
from importers.services.previews import _table_to_dict
from importers.sources.wire import encode
from tests.factories.importers import ImportRowFactory, ImportRunFactory
from tests.importers.made_files import write_xlsx
from tests.importers.reading import read_here

pytestmark = pytest.mark.django_db


def test_source_piece_of_a_card_names_the_cell_of_each_value(tmp_path):
    path = tmp_path / "cards.xlsx"
    rows = [["事業番号", 12, "事業名", "広報"], ["担当課", "秘書課", "目的", "伝える。"]]
    write_xlsx(path, {"個票": (rows, [])})
    document = read_here(path, DocumentKind.PROGRAMS)
    (read,) = document.rows
    tables = [_table_to_dict(table) for table in document.tables]
    run = ImportRunFactory(kind="programs", format="xlsx", tables=tables)
    row = ImportRowFactory(
        run=run, location=read.location.to_dict(), fields=dict(read.fields), source=encode(read)
    )

    piece = source_piece(run, row)

    assert [(cell.address, cell.heading, cell.text) for cell in piece.cells] == [
        ("B1", "事業番号", "12"),
        ("D1", "事業名", "広報"),
        ("B2", "担当課", "秘書課"),
        ("D2", "目的", "伝える。"),
    ]
