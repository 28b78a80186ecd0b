"""Pure rules of what happened: rates, the expected path, judgement, its explanation, roll-ups.

Decimals in, frozen dataclasses out; no Django, no clock, no rounding before a figure is shown.
docs/formulas.md tells every rule in prose with a worked example.
"""
