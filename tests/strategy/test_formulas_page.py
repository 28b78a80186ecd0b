"""評価の考え方: the document that tests compute, as a page for everybody."""

import pytest
from django.urls import reverse


@pytest.mark.django_db
def test_formulas_shows_the_document(world, as_user):
    page = as_user(world.outsider).get(reverse("strategy:formulas")).content.decode()

    assert "<h1>評価の考え方</h1>" in page
    assert "<strong>値がないことを0とみなしません。</strong>" in page
    assert "<td>-155.6％</td>" in page
    assert "| ---" not in page


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_formulas_is_accessible(world, open_as, assert_accessible):
    assert_accessible(open_as(world.reader, reverse("strategy:formulas")))
