"""The admin: a workshop for superusers beside the product's own pages."""

from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme


class ProductAdminSite(AdminSite):
    """Superusers only: `is_staff` alone opens nothing. Signing in happens on the product's own page."""

    site_header = "総合戦略KPI・事務事業評価　システム管理"
    site_title = "システム管理"
    index_title = "データの一覧"
    site_url = "/"
    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        """Return whether the request comes from an active superuser."""
        return request.user.is_active and request.user.is_superuser

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Refuse who is signed in without the right; lead others to the sign-in page and back here."""
        target = request.GET.get("next", "")
        if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
            target = resolve_url("admin:index")
        if self.has_permission(request):
            return redirect(target)
        if request.user.is_authenticated:
            raise PermissionDenied("システム管理は、システム管理者（スーパーユーザー）だけが使えます。")
        return redirect_to_login(target, resolve_url(settings.LOGIN_URL))
