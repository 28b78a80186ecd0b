"""What a clerk does with a workbook, and what then stands in the review and in the sheets."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from evaluations.models import Actual, KpiSheet
from importers.models import ImportRun
from importers.services.round_runs import comparison_stamp, differences_of
from tests.importers.round_books.files import opened

NAME, SECOND = "創業者数", "二つ目の指標"


class Desk:
    def __init__(self, world, client, committing):
        self.world, self.client, self.committing = world, client, committing

    def take(self, collection=None):
        address = reverse("importers:round_book_file", args=[(collection or self.world.round).pk])
        return opened(self.client.get(address).content)

    def bring(self, content, collection=None, name="2019_産業振興課.xlsx"):
        address = reverse("importers:round_book_upload", args=[(collection or self.world.round).pk])
        with self.committing(execute=True):
            response = self.client.post(address, {"file": SimpleUploadedFile(name, content)})
        assert response.status_code == 302, response.content.decode()
        return ImportRun.objects.latest("pk")

    def press(self, run, do="apply", **data):
        shown = {"stamp": comparison_stamp(list(run.rows.all()))}
        return self.client.post(
            reverse("importers:round_book_apply", args=[run.pk]), {"do": do, **shown, **data}, follow=True
        )


def row(run, name=NAME):
    return next(row for row in run.rows.all() if name in row.fields["title"])


def sides(run, name=NAME):
    return {each.field: each.side.value for each in differences_of(row(run, name))}


def told(run, name=NAME):
    return "".join(doubt["message"] for doubt in row(run, name).doubts)


def sheet_of(world):
    return KpiSheet.objects.get(pk=world.industry_sheet.pk)


def actual_of(world):
    return Actual.objects.filter(kpi=world.industry_kpi, fiscal_year=2019).first()
