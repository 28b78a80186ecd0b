"""Let the standings be worked out again, now with the scopes by their order."""

from django.db import migrations


def forget(apps, schema_editor):
    for name in ("KpiStanding", "KpiWords", "StandingCount"):
        apps.get_model("reports", name).objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0011_standings_by_scope"),
    ]

    operations = [
        migrations.RunPython(forget, migrations.RunPython.noop),
    ]
