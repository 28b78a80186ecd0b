"""App configuration."""

from django.apps import AppConfig


class StrategyConfig(AppConfig):
    """計画・指標."""

    name = "strategy"
    verbose_name = "計画・指標"
