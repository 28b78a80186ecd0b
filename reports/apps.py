"""App configuration."""

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """閲覧・公表."""

    name = "reports"
    verbose_name = "閲覧・公表"
