"""Numbers that a request brings: keys and versions, whatever somebody puts in their place."""

import pytest
from django.urls import reverse

from evaluations.enums import SheetState
from evaluations.models import KpiSheet
from evaluations.selectors.sheets import drafts_of
from tsukuba_kpi.requests import sent_number

ODD = ["9" * 5000, "²", "１", "-1", "", "1.0", "9" * 16]


@pytest.mark.parametrize("text", ODD)
def test_sent_number_is_none_for_what_no_key_or_version_is(text):
    assert sent_number(text) is None


def test_sent_number_reads_digits():
    assert [sent_number("0"), sent_number("12"), sent_number("9" * 15)] == [0, 12, 10**15 - 1]


@pytest.mark.parametrize("text", ["9" * 5000, "²"])
def test_pages_answer_an_odd_number_without_an_error(world, as_user, text):
    sheet = world.industry_sheet
    clerk, planning = as_user(world.of_industry.clerk), as_user(world.planning)
    own = {"kind": "kpi", "pk": sheet.pk}

    found = [
        clerk.post(reverse("evaluations:sheet_draft", kwargs=own), {"sheet_version": text}),
        clerk.post(reverse("evaluations:sheet_comment", kwargs=own), {"parent": text, "text": "a"}),
        clerk.post(
            reverse("evaluations:round_grid", args=[world.round.pk]),
            {f"figure.{sheet.pk}": "5", f"seen.{sheet.pk}": f"1.{text}"},
        ),
        planning.post(
            reverse("evaluations:sheet_assign", kwargs=own), {"section": text, "sheet_version": text}
        ),
        planning.post(reverse("evaluations:round_open", args=[world.round.pk]), {"kpi": text}),
    ]

    large = "9" * 30
    found += [
        planning.get(f"/imports/rounds/{world.round.pk}/sections/{large}/file/"),
        clerk.get(reverse("evaluations:kpi_sheet_detail", args=[int(large)])),
    ]
    assert [response.status_code < 500 for response in found] == [True] * len(found)
    sheet.refresh_from_db()
    assert (sheet.state, sheet.section) == (SheetState.NOT_STARTED, world.industry)
    assert KpiSheet.objects.get(pk=sheet.pk).version == 1


def test_text_typed_on_a_final_sheet_is_kept_whatever_version_the_page_claims(world, as_user):
    sheet, clerk = world.industry_sheet, world.of_industry.clerk
    KpiSheet.objects.filter(pk=sheet.pk).update(state=SheetState.FINALISED.value)

    response = as_user(clerk).post(
        sheet.get_absolute_url(),
        {"sheet_version": "9" * 30, "figure_version": "1", "figure": "205", "note": "打った文"},
    )

    assert response.status_code < 500
    kept = drafts_of(sheet, clerk)
    assert (kept["note"].text, kept["note"].sheet_version) == ("打った文", 1)
