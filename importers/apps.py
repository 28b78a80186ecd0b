"""App configuration."""

from django.apps import AppConfig


class ImportersConfig(AppConfig):
    """取込."""

    name = "importers"
    verbose_name = "取込"
