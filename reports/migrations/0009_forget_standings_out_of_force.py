"""Let the standings be worked out again: a KPI has no grade in years in which it is not in force."""

from django.db import migrations


def forget(apps, schema_editor):
    for name in ("KpiStanding", "KpiWords", "StandingCount"):
        apps.get_model("reports", name).objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0008_withdrawn_publications"),
    ]

    operations = [
        migrations.RunPython(forget, migrations.RunPython.noop),
    ]
