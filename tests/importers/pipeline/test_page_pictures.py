"""The piece of the document beside a row: the page's picture with marks, or the cells with their places."""

import io

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from PIL import Image

from importers.selectors.source_pieces import source_piece
from importers.services.page_pictures import page_picture, pictures_of
from importers.services.previews import discard_run
from tests.factories.importers import ImportRowFactory, ImportRunFactory
from tests.importers.pipeline.documents import FIXTURES

pytestmark = pytest.mark.django_db

PLACE = {"file": "a.pdf", "page": 1, "row": 2, "box": [17, 85, 823, 174]}


@pytest.fixture
def row():
    """Return a row of a PDF that asks about its name."""
    run = ImportRunFactory(kind="programs", format="pdf", file_name="a.pdf")
    run.stored_file.save("a.pdf", ContentFile((FIXTURES / "midoridai" / "programs_r6.pdf").read_bytes()))
    return ImportRowFactory(run=run, position=1, location=PLACE)


def test_page_picture_is_the_band_around_the_row_with_the_row_shaded(row):
    picture = Image.open(page_picture(row.run, row)).convert("RGB")
    whole = Image.open(page_picture(row.run, row, whole=True)).convert("RGB")

    assert picture.width == whole.width <= 1600
    assert picture.height < whole.height / 2
    shaded = [colour for _, colour in whole.getcolors(64) if colour[0] - colour[2] > 25 and colour[1] > 200]
    assert shaded


def test_page_picture_is_drawn_once(row):
    first = page_picture(row.run, row)
    drawn = first.stat().st_mtime_ns

    assert page_picture(row.run, row) == first
    assert first.stat().st_mtime_ns == drawn
    assert list(pictures_of(row.run).iterdir()) == [first]


def test_page_picture_of_a_file_that_cannot_be_drawn_is_none(row):
    row.run.stored_file.save("b.pdf", ContentFile(b"%PDF-1.7 nothing"))

    assert page_picture(row.run, row) is None


def test_page_picture_of_a_page_that_is_not_there_is_none(row):
    row.location = PLACE | {"page": 99}

    assert page_picture(row.run, row) is None


def test_pictures_go_with_the_file(row, django_capture_on_commit_callbacks):
    page_picture(row.run, row)
    kept = pictures_of(row.run)

    with django_capture_on_commit_callbacks(execute=True):
        discard_run(row.run)

    assert not kept.exists()


def test_import_row_picture_is_sent_to_those_who_may_see_the_run(row, world, as_user):
    address = reverse("importers:import_row_picture", args=[row.run.pk, 1])

    sent = as_user(world.planning).get(address)

    assert sent["Content-Type"] == "image/png"
    assert Image.open(io.BytesIO(b"".join(sent.streaming_content))).format == "PNG"
    assert as_user(world.of_industry.clerk).get(address).status_code == 404


def test_source_piece_of_a_workbook_names_each_cell_and_the_rows_around():
    columns = [
        {"letters": "A", "heading": "番号", "field": "number", "how": "heading", "samples": []},
        {"letters": "B", "heading": "事業名", "field": "name", "how": "heading", "samples": []},
    ]
    run = ImportRunFactory(
        kind="programs",
        format="xlsx",
        tables=[{"place": "a.xlsx　シート「一覧」　3行目", "columns": columns, "missing": []}],
    )
    for position in (1, 2):
        asked = [{"code": "x", "field": "name", "message": "", "review": True}] if position == 2 else []
        ImportRowFactory(
            run=run,
            position=position,
            location={"file": "a.xlsx", "sheet": "一覧", "row": position + 3},
            raw=f"{position}\t事業{position}" if asked else "",
            fields={"number": position, "name": f"事業{position}"},
            doubts=asked,
        )

    piece = source_piece(run, run.rows.get(position=2))

    assert [(cell.address, cell.heading, cell.text, cell.is_asked) for cell in piece.cells] == [
        ("A5", "番号", "2", False),
        ("B5", "事業名", "事業2", True),
    ]
    assert [(other.label, other.place, other.text) for other in piece.neighbours] == [
        ("前の行", "シート「一覧」　4行目", "1　事業1")
    ]
