"""Every component renders, and refuses attributes it does not know."""

import re
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.cookie import CookieStorage
from django.template import Context, Template, TemplateSyntaxError
from django.test import RequestFactory

from tsukuba_kpi.components.figures import figure_text
from tsukuba_kpi.gallery import gallery
from tsukuba_kpi.templatetags.components import register


def render(source: str, **context: object) -> str:
    return Template("{% load components %}" + source).render(Context(context))


@pytest.fixture
def gallery_page(rf: RequestFactory) -> str:
    request = rf.get("/gallery/?sort=-code&page=4")
    request.user = AnonymousUser()
    request.resolver_match = None
    request._messages = CookieStorage(request)
    return gallery(request).content.decode()


def test_gallery_shows_every_component(gallery_page: str) -> None:
    source = (settings.BASE_DIR / "templates/gallery/gallery.html").read_text(encoding="utf-8")

    missing = [name for name in register.tags if not re.search(rf"{{%\s*{name}\b", source)]
    missing += [name for name in register.filters if f"|{name}" not in source]

    assert missing == ["notice_kind"]  # used by the layout's messages
    assert "{%" not in gallery_page
    assert "<h1>部品の見本</h1>" in gallery_page


@pytest.mark.parametrize(
    "source",
    [
        '{% button "保存" colour="red" %}',
        '{% notice "info" tilte="x" %}{% endnotice %}',
        '{% data_table "表" sticky=True %}{% enddata_table %}',
        '{% tag "x" onclick="y" %}',
    ],
)
def test_component_refuses_an_unknown_attribute(source: str) -> None:
    with pytest.raises(TemplateSyntaxError, match="unexpected keyword argument"):
        render(source)


@pytest.mark.parametrize(
    "source",
    [
        '{% button "保存" kind="big" %}',
        '{% notice "hint" %}{% endnotice %}',
        '{% tag "x" "pink" %}',
        '{% state_chip "lost" %}',
        '{% grade_chip "A" pattern="stars" %}',
        "{% field form.nmae %}",
        "{{ number|figure }}",
        '{% link_button "戻る" missing %}',
        '{% tab "概要" missing %}',
    ],
)
def test_component_refuses_an_unknown_value(source: str) -> None:
    with pytest.raises(TemplateSyntaxError):
        render(source, number=0.1)


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        ("2325.00000000", None, "2,325"),
        ("2325", 0, "2,325"),
        ("0.125", 2, "0.13"),
        ("-31.0", 1, "-31.0"),
        ("-0.04", 1, "0.0"),
        ("1E+5", None, "100,000"),
        ("0E-8", None, "0"),
        ("63.40000000", None, "63.4"),
        ("888032", 1, "888,032.0"),
    ],
)
def test_figure_text_rounds_half_up_and_groups(value: str, decimals: int | None, expected: str) -> None:
    assert figure_text(Decimal(value), decimals) == expected


def test_figure_of_a_missing_value_is_never_a_zero() -> None:
    pending = SimpleNamespace(value=None, status="pending")

    assert "0" not in render("{{ value|figure }}", value=None)
    assert "集計中" in render("{{ value|figure }}", value=pending)


def test_figure_of_a_zero_is_a_zero() -> None:
    kpi = SimpleNamespace(unit="人", decimals=0)

    text = render("{{ value|figure:kpi }}", value=Decimal("0.00000000"), kpi=kpi)

    assert re.sub(r"<[^>]+>", "", text) == "0人"


def test_figure_of_a_preliminary_value_says_so() -> None:
    text = render("{{ value|figure }}", value=SimpleNamespace(value=Decimal(191), status="preliminary"))

    assert re.sub(r"<[^>]+>", "", text) == "191 ◐速報"


@pytest.mark.parametrize(
    ("share", "expected"),
    [("0.23404255", "23.4％"), ("-1.555555", "-155.6％"), ("0.0005", "0.1％"), (None, "－")],
)
def test_percent_rounds_half_up(share: str | None, expected: str) -> None:
    assert render("{{ share|percent }}", share=None if share is None else Decimal(share)) == expected


def test_grade_chip_leaves_out_a_colour_that_is_not_one() -> None:
    text = render('{% grade_chip "A" colour=colour %}', colour='"/><script>')

    assert text == '<span class="grade">A</span>'


def test_components_escape_what_they_show() -> None:
    evil = "<script>"
    unconfirmed = {"name": {"reason": evil, "confidence": "0.6", "alternatives": [evil]}}

    text = render(
        "{% tag evil %}{% button evil %}{% review_mark unconfirmed %}{{ value|figure:kpi }}{% crumb evil %}",
        evil=evil,
        unconfirmed=unconfirmed,
        value=Decimal(1),
        kpi=SimpleNamespace(unit=evil, decimals=0),
    )

    assert "<script>" not in text
    assert text.count("&lt;script&gt;") == 6


def test_review_mark_tells_confidence_and_reason_of_one_field_only() -> None:
    unconfirmed = {"a": {"confidence": "0.605", "reason": "甲"}, "b": {"confidence": "0.9", "reason": "乙"}}

    text = render('{% review_mark unconfirmed "a" %}', unconfirmed=unconfirmed)

    assert "甲（確からしさ 61％）" in text
    assert "乙" not in text


@pytest.mark.parametrize("field", ["", "a"])
def test_review_mark_is_silent_when_nothing_waits(field: str) -> None:
    assert render("{% review_mark unconfirmed field %}", unconfirmed={}, field=field) == ""


@pytest.mark.parametrize(
    ("content", "is_empty"),
    [("", True), ("  <span class='text'>\n</span> ", True), ("0", False), ("<meter></meter>", False)],
)
def test_definition_without_content_says_so(content: str, is_empty: bool) -> None:
    text = render("{% definition '計算方法' %}" + content + "{% enddefinition %}")

    assert ("未設定" in text) == is_empty
