"""Every page of the product in a real browser: accessible, whole at two widths, alone with its server.

The pages are those of the rights table. Django's test client fetches each inside the test's transaction, in
the state the table names, and hands it to the browser; what a page asks for later is answered with nothing.
"""

from collections.abc import Callable, Iterator
from typing import TypeGuard
from urllib.parse import urlencode, urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from playwright.sync_api import Browser, ConsoleMessage, Page, Route, ViewportSize

from tests.factories.world import World
from tests.rights_rule import Rule
from tests.rights_table import OBJECTS, RULES
from tests.test_rights import client_of, filled

pytestmark = [pytest.mark.browser, pytest.mark.django_db, pytest.mark.same_on_every_database]
HOST = "https://testserver"
# Whoever sees most of a page looks at it.
LOOKERS = ("planning", "administrator", "clerk", "chief", "committee", "reader", "anonymous")
OFFICE: ViewportSize = {"width": 1366, "height": 768}
PHONE: ViewportSize = {"width": 390, "height": 844}
PAGES = [rule for rule in RULES if rule.method == "GET" and set(LOOKERS) & set(rule.yes.split())]


class Window:
    """One tab for all pages, as opening one costs more than a page; what goes wrong in it is written down."""

    def __init__(self, browser: Browser) -> None:
        self.context = browser.new_context(locale="ja-JP", timezone_id="Asia/Tokyo", viewport=OFFICE)
        self.context.set_default_timeout(10_000)
        self.tab = self.context.new_page()
        self.shown: HttpResponse = HttpResponse()
        self.faults: list[str] = []
        self.tab.on("console", self._hear)
        self.tab.on("pageerror", lambda error: self.faults.append(str(error)))
        self.tab.route("**/*", self._answer)

    def show(self, response: HttpResponse, address: str) -> Page:
        """Show an answer as if the browser had asked for it."""
        self.shown, self.faults = response, []
        self.tab.set_viewport_size(OFFICE)
        self.tab.goto(HOST + address)
        return self.tab

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.faults.append(f"{message.text} {message.location}")

    def _answer(self, route: Route) -> None:
        url = urlsplit(route.request.url)
        if f"{url.scheme}://{url.netloc}" != HOST:
            self.faults.append(f"asks another server: {route.request.url}")
            route.abort()
        elif url.path.startswith("/static/"):
            path = finders.find(url.path.removeprefix("/static/"))
            assert isinstance(path, str), url.path
            route.fulfill(path=path)
        elif route.request.is_navigation_request():
            headers = dict(self.shown.headers.items())
            route.fulfill(status=self.shown.status_code, headers=headers, body=self.shown.content)
        else:
            route.fulfill(status=204)


@pytest.fixture(scope="module")
def window(browser: Browser) -> Iterator[Window]:
    """Return the one tab."""
    opened = Window(browser)
    yield opened
    opened.context.close()


def is_page(response: HttpResponseBase) -> TypeGuard[HttpResponse]:
    """Return whether an answer is a page a person reads: not a file, a fragment or another address."""
    is_html = response.headers.get("Content-Type", "").startswith("text/html")
    return isinstance(response, HttpResponse) and is_html and b"<html" in response.content


@pytest.mark.parametrize("rule", PAGES, ids=str)
def test_page_is_accessible_whole_and_alone(
    rule: Rule, window: Window, world: World, assert_accessible: Callable[[Page], None]
) -> None:
    role = next(role for role in LOOKERS if role in rule.yes.split())
    query = urlencode(filled(rule.data, world))
    address = reverse(rule.name, kwargs=OBJECTS[rule.on](world)) + (f"?{query}" if query else "")
    response = client_of(world, role).get(address)
    response.close()  # a file's answer keeps it open
    if not is_page(response):
        return

    tab = window.show(response, address)
    assert_accessible(tab)
    too_wide = [size["width"] for size in (OFFICE, PHONE) if overflows(tab, size)]

    assert (window.faults, too_wide) == ([], [])


def overflows(tab: Page, size: ViewportSize) -> bool:
    """Return whether the page as a whole must be scrolled sideways at a width."""
    tab.set_viewport_size(size)
    return bool(tab.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))
