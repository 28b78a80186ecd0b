"""`{% load components %}`: every component of the product at once."""

from django.template import Library

from tsukuba_kpi.components import buttons, chips, fields, figures, notices, revisions, tables

register = Library()
for module in (buttons, chips, fields, figures, notices, revisions, tables):
    register.tags.update(module.register.tags)
    register.filters.update(module.register.filters)
