"""The lockout counts failures by the visitor's own address, also behind a proxy."""

import pytest
from django.test import RequestFactory
from django.urls import reverse

from tests.factories.organization import UserFactory
from tsukuba_kpi.requests import client_address


@pytest.mark.parametrize(
    ("behind", "forwarded", "found"),
    [
        (False, "203.0.113.7", "10.0.0.1"),
        (True, "203.0.113.7", "203.0.113.7"),
        (True, "198.51.100.9, 203.0.113.7", "203.0.113.7"),
        (True, "", "10.0.0.1"),
    ],
)
def test_client_address_believes_only_our_own_proxy(settings, behind, forwarded, found):
    settings.BEHIND_PROXY = behind
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", headers={"X-Forwarded-For": forwarded})

    assert client_address(request) == found


def test_failures_of_one_machine_do_not_lock_another_out_behind_a_proxy(client, settings, db):
    settings.BEHIND_PROXY, settings.AXES_FAILURE_LIMIT = True, 3
    user = UserFactory(username="clerk")
    user.set_password("right words only")
    user.save()

    def sign_in(password, machine):
        data = {"username": "clerk", "password": password}
        return client.post(reverse("organization:sign_in"), data, headers={"X-Forwarded-For": machine})

    for _ in range(4):
        refused = sign_in("wrong", "203.0.113.7")
    locked = sign_in("right words only", "203.0.113.7")
    elsewhere = sign_in("right words only", "203.0.113.8")

    assert (refused.status_code, locked.status_code, elsewhere.status_code) == (429, 429, 302)
