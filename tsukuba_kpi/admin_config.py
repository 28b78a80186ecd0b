"""Puts our admin site in the place of Django's: apart from `admin_site`, which needs loaded apps."""

from django.contrib.admin.apps import AdminConfig


class ProductAdminConfig(AdminConfig):
    """The admin, for superusers only."""

    default_site = "tsukuba_kpi.admin_site.ProductAdminSite"
