"""App configuration."""

from django.apps import AppConfig


class EvaluationsConfig(AppConfig):
    """評価."""

    name = "evaluations"
    verbose_name = "評価"
