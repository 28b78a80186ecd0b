"""App configuration."""

from django.apps import AppConfig


class HistoryConfig(AppConfig):
    """変更履歴."""

    name = "history"
    verbose_name = "変更履歴"
