"""What the tests of the citizens' side share: a finished round, and a walk over everything public."""

import io
import re
import zipfile
from datetime import UTC, datetime

import openpyxl
import pypdf
from django.urls import reverse

from evaluations.enums import RoundState, SheetState
from evaluations.models import Round
from history.services import Authorship

AT = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)


def authorship(world) -> Authorship:
    return Authorship(by=world.planning, at=AT)


def finalise(sheet, **values):
    type(sheet).objects.filter(pk=sheet.pk).update(state=SheetState.FINALISED, **values)


def end_round(collection):
    Round.objects.filter(pk=collection.pk).update(state=RoundState.FINALISED)
    collection.refresh_from_db()


def words_of(response) -> str:
    """Return what a response says, whatever form it has, with what stands in its heads and hidden corners."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    heads = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
    return f"{words_in(content, response['Content-Type'])}\n{heads}"


def words_in(content: bytes, kind: str) -> str:
    """Return what a file says: workbooks with every part of theirs, PDFs with their marks and bookmarks."""
    if "spreadsheetml" in kind:
        return f"{_cells(content)}\n{_parts(content)}"
    if kind == "application/pdf":
        return _pdf_words(content)
    return content.decode("cp932" if "Shift_JIS" in kind else "utf-8")


def _cells(content: bytes) -> str:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return "\n".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row)


def _parts(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        return "\n".join(parts.read(name).decode("utf-8", errors="replace") for name in parts.namelist())


def _pdf_words(content: bytes) -> str:
    reader = pypdf.PdfReader(io.BytesIO(content))
    text = "\n".join(sheet.extract_text() for sheet in reader.pages)
    marks = f"{reader.metadata} {reader.outline} {dict(reader.attachments)} {reader.named_destinations}"
    # Alternative texts of pictures stand in the structure, not on a page.
    alternatives = [str(each.get("/Alt")) for each in _objects(reader) if "/Alt" in each]
    return "\n".join([text, marks, *alternatives])


def _objects(reader: pypdf.PdfReader) -> list[pypdf.generic.DictionaryObject]:
    found = (reader.get_object(number) for number in range(1, int(reader.trailer["/Size"])))
    return [each for each in found if isinstance(each, pypdf.generic.DictionaryObject)]


def crawl(client) -> dict[str, object]:
    """Follow every link from the public's first page; return the responses by address."""
    waiting, found = [reverse("reports:public_home")], {}
    while waiting:
        address = waiting.pop()
        if address in found or not address.startswith("/public/"):
            continue
        response = client.get(address)
        assert response.status_code == 200, address
        found[address] = response
        if response["Content-Type"].startswith("text/html"):
            links = re.findall(r'href="([^"#]+)"', response.content.decode())
            waiting += [
                link if link.startswith("/") else address.partition("?")[0] + link
                for link in links
                if link[0] in "/?"
            ]
    assert len(found) > 1
    return found


def public_pages(client) -> str:
    """Crawl everything the public can reach and return it as one text."""
    return "\n".join(words_of(response) for response in crawl(client).values())
