"""Requests with what the middleware put on them, and where they come from."""

from django.conf import settings
from django.http import HttpRequest

from organization.models import User


class SignedInRequest(HttpRequest):
    """A request behind LoginRequiredMiddleware: its user is one of ours."""

    user: User


# No key, version or position is longer; a database refuses what is much longer, and so does int().
_DIGITS = 15


def sent_number(text: str) -> int | None:
    """Return a whole number that a request brought, None where it is none that could be meant."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else None


def client_address(request: HttpRequest) -> str | None:
    """Return the address of the visitor's machine, for the lockout of repeated failures.

    Behind a proxy every request comes from the proxy's own address: there the last entry of
    X-Forwarded-For counts, the one our own proxy wrote; those before it are the visitor's claim.
    """
    if settings.BEHIND_PROXY:
        claimed = request.headers.get("X-Forwarded-For", "").rsplit(",", 1)[-1].strip()
        if claimed:
            return claimed
    address = request.META.get("REMOTE_ADDR")
    return str(address) if address else None
