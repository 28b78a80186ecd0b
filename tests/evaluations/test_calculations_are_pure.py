"""The calculations import and run where there is no Django at all."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

PROGRAM = """
import importlib, pkgutil, sys

class NoDjango:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "django":
            raise ImportError("django is not here")

sys.meta_path.insert(0, NoDjango())
names = []
for package in ("strategy.calculations", "evaluations.calculations"):
    module = importlib.import_module(package)
    names += [package, *(f"{package}.{found.name}" for found in pkgutil.iter_modules(module.__path__))]
for name in names:
    importlib.import_module(name)
assert not any(name.split(".")[0] == "django" for name in sys.modules)
from evaluations.calculations.judge_table import judge_table
assert judge_table("[]") == []
print(len(names))
"""


def test_calculations_import_without_django():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout) > 20
