"""Let the standings be worked out again: settled years count by what stood when they were settled."""

from django.db import migrations


def forget(apps, schema_editor):
    for name in ("KpiStanding", "KpiWords", "StandingCount"):
        apps.get_model("reports", name).objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0009_forget_standings_out_of_force"),
        ("history", "0005_find_what_has_gone"),
    ]

    operations = [
        migrations.RunPython(forget, migrations.RunPython.noop),
    ]
