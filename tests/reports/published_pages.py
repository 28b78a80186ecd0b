"""What the tests of the citizens' side share: a finished round, and a walk over everything public."""

import io
import re
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
    """Return what a response says, whatever form it has."""
    kind = response["Content-Type"]
    content = b"".join(response.streaming_content) if response.streaming else response.content
    if "spreadsheetml" in kind:
        book = openpyxl.load_workbook(io.BytesIO(content))
        return "\n".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row)
    if kind == "application/pdf":
        return "\n".join(sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(content)).pages)
    return content.decode("cp932" if "Shift_JIS" in kind else "utf-8")


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
