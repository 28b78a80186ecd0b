"""Reads over plans and KPIs: who answers for what, what a definition still lacks."""
