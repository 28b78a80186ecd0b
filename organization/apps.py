"""App configuration."""

from django.apps import AppConfig


class OrganizationConfig(AppConfig):
    """組織・利用者."""

    name = "organization"
    verbose_name = "組織・利用者"
