"""The sweep: every address × method × role × ownership, against the one table in `rights_table.py`."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from history.models import Revision
from organization.models import User
from tests.factories.world import World
from tests.rights_rule import ROLES, Rule
from tests.rights_table import OBJECTS, RULES

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ADMIN = "admin"


def named_addresses(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    """Yield the full name of every address; one without a name stops the sweep."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            inner = f"{prefix}{entry.namespace}:" if entry.namespace else prefix
            yield from named_addresses(entry, inner)
        else:
            assert isinstance(entry, URLPattern)
            assert entry.name or prefix == f"{ADMIN}:", f"{entry.pattern} has no name"
            yield f"{prefix}{entry.name or ''}"


def all_addresses() -> set[str]:
    """Return the names of every address outside the admin, which has a sweep of its own below."""
    return {name for name in named_addresses(get_resolver()) if not name.startswith(f"{ADMIN}:")}


def person(world: World, role: str) -> User | None:
    """Return who stands for a role in the small world."""
    people: dict[str, User | None] = {
        "anonymous": None,
        "clerk": world.of_industry.clerk,
        "chief": world.of_industry.chief,
        "deputy": world.of_industry.deputy,
        "other_clerk": world.of_publicity.clerk,
        "other_chief": world.of_publicity.chief,
    }
    return people[role] if role in people else getattr(world, role)


def client_of(world: World, role: str) -> Client:
    """Return a client that is signed in as the role."""
    client, user = Client(), person(world, role)
    if user:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def outcome_of(response: HttpResponseBase) -> str:
    """Return what an answer means in the words of the table."""
    location = response.headers.get("Location", "")
    if response.status_code == 302 and location.startswith(reverse(settings.LOGIN_URL) + "?next="):
        return "sign-in"
    if response.status_code < 400 or response.status_code in {400, 409, 422}:
        return "yes"
    return {403: "refused", 404: "absent", 405: "405"}.get(response.status_code, str(response.status_code))


def filled(data: dict[str, Any], world: World) -> dict[str, Any]:
    """Return what is sent, with "{world.…}" put in: keys of records differ from run to run."""
    return {
        name: value.format(world=world) if isinstance(value, str) and value.startswith("{world.") else value
        for name, value in data.items()
    }


def ask(client: Client, rule: Rule, address: str, method: str) -> str:
    """Send one request, undo what it did, and return its outcome; a refusal must not have written."""
    with transaction.atomic():
        before = Revision.objects.count()
        send: Any = getattr(client, method.lower())
        response = send(address, rule.data) if method in {"GET", "POST"} else send(address)
        if response.streaming:
            b"".join(response.streaming_content)  # reading to the end closes the file behind it
        outcome = outcome_of(response)
        if outcome != "yes":
            assert Revision.objects.count() == before, f"{method} {address} answered {outcome} and wrote"
        transaction.set_rollback(True)
    return outcome


def test_every_address_has_a_rule():
    assert all_addresses() == {rule.name for rule in RULES}


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_rule_speaks_of_every_role_once(rule):
    groups = Counter(f"{rule.yes} {rule.refused} {rule.absent}".split())

    assert {role for role, times in groups.items() if times > 1} == set()
    assert set(rule.expected()) == set(ROLES)
    assert rule.on in OBJECTS


def test_no_rule_stands_twice():
    assert [name for name, times in Counter(map(str, RULES)).items() if times > 1] == []


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_address_answers_each_role_as_the_table_says(world, rule):
    address = reverse(rule.name, kwargs=OBJECTS[rule.on](world))
    rule = replace(rule, data=filled(rule.data, world))

    found = {role: ask(client_of(world, role), rule, address, rule.method) for role in ROLES}

    assert found == rule.expected()


@pytest.mark.parametrize("name", sorted({rule.name for rule in RULES}))
def test_method_without_rule_is_refused_to_everybody(world, name):
    rules = [rule for rule in RULES if rule.name == name]
    address = reverse(name, kwargs=OBJECTS[rules[0].on](world))
    unlisted = set(METHODS) - {rule.method for rule in rules}

    found = {
        (method, role): ask(client_of(world, role), rules[0], address, method)
        for method in unlisted
        for role in ("planning", "administrator", "clerk", "anonymous")
    }

    assert {key: outcome for key, outcome in found.items() if outcome not in {"405", "sign-in"}} == {}


def admin_addresses(resolver: URLResolver, prefix: str) -> Iterator[str]:
    """Yield every address of the admin as a path, with an object nobody has in it."""
    for entry in resolver.url_patterns:
        part = re.sub(r"<[a-z]+:\w+>", "999999", str(entry.pattern))
        part = re.sub(r"\(\?P<\w+>([^|)]+)[^)]*\)", r"\1", part).strip("^$")  # the first of the alternatives
        if isinstance(entry, URLResolver):
            yield from admin_addresses(entry, prefix + part)
        else:
            yield prefix + part.removesuffix(".*")


def admin_resolver() -> URLResolver:
    """Return where the admin hangs."""
    found = [e for e in get_resolver().url_patterns if isinstance(e, URLResolver) and e.namespace == ADMIN]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize("role", [role for role in ROLES if role != "administrator"])
def test_admin_is_closed_to_everybody_but_administrators(world, role):
    client = client_of(world, role)
    for_all = {reverse("admin:login"), reverse("admin:logout")}
    addresses = set(admin_addresses(admin_resolver(), "/admin/")) - for_all

    shown = {address: client.get(address) for address in addresses}

    open_to_role = {a for a, r in shown.items() if outcome_of(r) == "yes" and not _leads_to_sign_in(r)}
    assert len(addresses) > 10
    assert open_to_role == set()


def _leads_to_sign_in(response: HttpResponseBase) -> bool:
    location = response.headers.get("Location", "")
    return response.status_code == 302 and location.startswith(reverse("admin:login"))
