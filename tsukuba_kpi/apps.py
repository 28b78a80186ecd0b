"""The frame as a Django app: it brings the component tags."""

from django.apps import AppConfig


class FrameConfig(AppConfig):
    """Frame of the product."""

    name = "tsukuba_kpi"
    verbose_name = "共通"
