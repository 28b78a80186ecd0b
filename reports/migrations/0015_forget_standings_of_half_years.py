"""Let the standings be worked out again, half years without grades: derived rows come back when asked for."""

from django.db import migrations


def forget(apps, schema_editor):
    for name in ("KpiStanding", "KpiWords", "StandingCount"):
        apps.get_model("reports", name).objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0014_forget_standings_without_weight"),
    ]

    operations = [
        migrations.RunPython(forget, migrations.RunPython.noop),
    ]
