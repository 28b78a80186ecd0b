"""Requests with what the middleware put on them, for the type checker."""

from django.http import HttpRequest

from organization.models import User


class SignedInRequest(HttpRequest):
    """A request behind LoginRequiredMiddleware: its user is one of ours."""

    user: User
