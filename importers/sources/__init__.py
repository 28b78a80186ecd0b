"""Readers of documents: one file format or layout each. Nothing here knows Django or writes anything."""
