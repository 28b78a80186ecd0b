"""Workbooks that are written to be filled in and read back."""
