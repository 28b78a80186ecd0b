#!/usr/bin/env python3
"""One command for everything a developer or a trial needs; only Python is required.

    python3 dev.py run              set up, load the city's documents, serve http://127.0.0.1:8000 (PORT)
    python3 dev.py test [ARGS…]     pytest on SQLite and on PostgreSQL; ARGS go to pytest
    python3 dev.py check            linters, types, import contracts, templates, migrations, deployment
    python3 dev.py manage ARGS…     Django's manage.py
    python3 dev.py lock             pin requirements*.in into requirements*.txt (needs uv)
    python3 dev.py help             this text

The environment lives in .venv and is renewed when a requirements file changes. A directory
`wheelhouse/` with all wheels makes the set-up work without a network. DATABASE_URL chooses the
database everywhere; without it `run` keeps SQLite in var/ and `test` tries both engines.
"""

import sys


def main(arguments):
    """Carry out one command; return its exit status."""
    if sys.version_info < (3, 11):  # noqa: UP036 - the very message for those who have an older one
        print("Python 3.11 以上が必要です。", file=sys.stderr)
        return 1
    from workbench import checking, house, running, testing

    for console in (sys.stdout, sys.stderr):
        console.reconfigure(encoding="utf-8", errors="replace")
    commands = {
        "run": running.run,
        "test": testing.test,
        "check": checking.check,
        "manage": checking.manage,
        "lock": checking.lock,
    }
    name, rest = (arguments[0], arguments[1:]) if arguments else ("help", [])
    if name in {"help", "-h", "--help"}:
        house.say(__doc__)
        return 0
    if name not in commands:
        house.say(f"「{name}」という命令はありません。\n\n{__doc__}", sys.stderr)
        return 2
    try:
        return commands[name](rest)
    except house.Refusal as refusal:
        house.say(str(refusal), sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
