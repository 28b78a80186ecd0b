"""Let the standings be worked out again, now with the weights: derived rows come back when asked for."""

from django.db import migrations


def forget(apps, schema_editor):
    for name in ("KpiStanding", "KpiWords", "StandingCount"):
        apps.get_model("reports", name).objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0013_standing_weight"),
    ]

    operations = [
        migrations.RunPython(forget, migrations.RunPython.noop),
    ]
