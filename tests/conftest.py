"""Fixtures every test may ask for: the database, the small world, a real browser, accessibility, queries."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.test import Client, TransactionTestCase
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from history import triggers
from organization.models import User
from tests.factories.world import World, build_world

# Playwright's sync API runs an event loop in the test's thread; the ORM would refuse to work beside it.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

# A property holds or not; how fast a shared machine was at that moment says nothing about it.
hypothesis_settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("house")

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
CHROMIUM_FLAGS = [
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def chromium_path() -> str | None:
    """Return the machine's Chromium, or None."""
    return next((path for path in map(shutil.which, CHROMIUM_NAMES) if path), None)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer what the second database's run needs."""
    parser.addoption(
        "--only-database-tests", action="store_true", help="leave out the tests that touch no database"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what a second engine cannot change, and skip browser stories where there is no Chromium."""
    if config.getoption("--only-database-tests"):
        pure = [item for item in items if not _touches_database(item)]
        config.hook.pytest_deselected(items=pure)
        items[:] = [item for item in items if _touches_database(item)]
    _skip_without_chromium(items)


def _touches_database(item: pytest.Item) -> bool:
    if item.get_closest_marker("same_on_every_database") is not None:
        return False
    fixtures = {"db", "transactional_db", "live_server"}
    asked = fixtures.intersection(getattr(item, "fixturenames", ()))
    return bool(asked) or item.get_closest_marker("django_db") is not None


def _skip_without_chromium(items: list[pytest.Item]) -> None:
    """Skip browser stories where there is no Chromium (`dev.py test` says so, and fails in CI)."""
    if chromium_path():
        return
    skip = pytest.mark.skip(reason="Chromium がこの機械にありません")
    for item in items:
        if "browser" in item.fixturenames:  # type: ignore[attr-defined]
            item.add_marker(skip)


# --- database ---------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Keep SQLite's test database in a file: an in-memory one is one connection for all threads."""
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Remember what the migrations put into the tables, for the tests that empty them."""
    with django_db_blocker.unblock():
        global _content_of_migrations
        _content_of_migrations = connection.creation.serialize_db_to_string()


_content_of_migrations = ""


def _empty_and_refill(test_case: TransactionTestCase) -> None:
    """Empty all tables after a test that committed, and put back what the migrations had put there.

    Revisions refuse to be deleted, so their triggers step aside for this moment only: inside every
    test they are at work, on both engines.
    """
    for alias in test_case._databases_names(include_mirrors=False):
        database = connections[alias]
        triggers.remove(database)
        _flush(alias)
        database.creation.deserialize_db_from_string(_content_of_migrations)
        triggers.install(database)


def _flush(alias: str, tries: int = 3) -> None:
    """Empty all tables; again when a late request of a browser's page still held one of them.

    PostgreSQL ends one of two who wait for each other, and that may be the one who empties.
    """
    try:
        call_command(
            "flush",
            verbosity=0,
            interactive=False,
            database=alias,
            reset_sequences=False,
            inhibit_post_migrate=True,
        )
    except CommandError:
        if tries == 1:
            raise
        _flush(alias, tries - 1)


TransactionTestCase._fixture_teardown = _empty_and_refill  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def _own_files(settings: Any, tmp_path: Path) -> None:
    """Let a test write its files into a directory of its own."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.PAPERS_ROOT = tmp_path / "papers"


@pytest.fixture
def world(db: None) -> World:
    """Return the small world: two sections, everybody's roles, a plan, its KPIs, programs and a round."""
    return build_world()


@pytest.fixture
def as_user() -> Callable[[User], Client]:
    """Return a function that signs a user in and returns their client."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in


QueryCounter = Callable[[int], AbstractContextManager[None]]


@pytest.fixture
def assert_queries(db: None) -> QueryCounter:
    """Return `with assert_queries(5): …`; a different number fails and names every query."""

    @contextmanager
    def counting(expected: int) -> Iterator[None]:
        with CaptureQueriesContext(connection) as captured:
            yield
        if len(captured) != expected:
            named = "\n".join(
                f"{number:3}. {query['sql']}" for number, query in enumerate(captured.captured_queries, 1)
            )
            pytest.fail(f"{len(captured)} queries instead of {expected}:\n{named}", pytrace=False)

    return counting


# --- browser ----------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return the machine's Chromium, started once for the whole run."""
    flags = [*CHROMIUM_FLAGS]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        flags.append("--no-sandbox")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium_path(), headless=True, args=flags)
        yield running
        running.close()


@pytest.fixture
def browser_context(browser: Browser) -> Iterator[BrowserContext]:
    """Return a fresh browser profile: Japanese, the city's time zone, a small office screen."""
    context = browser.new_context(
        locale="ja-JP", timezone_id="Asia/Tokyo", viewport={"width": 1366, "height": 768}
    )
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture
def page(browser_context: BrowserContext, live_server: Any) -> Iterator[Page]:
    """Return an open tab beside the live server; a script error or a broken CSP fails the test."""
    tab = browser_context.new_page()
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.on("console", lambda message: errors.append(message.text) if _is_violation(message) else None)
    yield tab
    tab.close()
    assert errors == []


def _is_violation(message: Any) -> bool:
    """Return whether the browser's console reports a broken content security policy."""
    return message.type == "error" and "Content Security Policy" in message.text


@pytest.fixture
def open_as(page: Page, live_server: Any, as_user: Callable[[User], Client]) -> Callable[[User, str], Page]:
    """Return a function that opens an address in the browser, signed in as a user."""

    def open_page(user: User, address: str) -> Page:
        cookie = as_user(user).cookies["sessionid"].value
        page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
        page.goto(live_server.url + address)
        return page

    return open_page


@pytest.fixture
def assert_accessible() -> Callable[[Page], None]:
    """Return a function that fails for every violation axe finds on the page, naming the elements."""
    source = AXE.read_text(encoding="utf-8")

    def assert_page(page: Page) -> None:
        page.evaluate(source)
        result = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
        found = [
            f"{violation['id']} ({violation['impact']}): {violation['help']}\n"
            + "\n".join(f"    {node['target']} {node['html'][:160]}" for node in violation["nodes"])
            for violation in result["violations"]
        ]
        assert found == [], f"{page.url}\n" + "\n".join(found)

    return assert_page
