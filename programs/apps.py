"""App configuration."""

from django.apps import AppConfig


class ProgramsConfig(AppConfig):
    """事務事業."""

    name = "programs"
    verbose_name = "事務事業"
