"""What only the layouts need."""

from django.http import HttpRequest
from django.template import Library
from django.template.context import Context

from tsukuba_kpi.navigation import Item, navigation_for

register = Library()


@register.simple_tag(takes_context=True)
def navigation(context: Context) -> list[Item]:
    """Return the navigation of the signed-in user: `{% navigation as items %}`."""
    request = context.get("request")
    return navigation_for(request) if isinstance(request, HttpRequest) and hasattr(request, "user") else []
