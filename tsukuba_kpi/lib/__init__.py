"""Pure rules of figures, years and Japanese text. Nothing here knows Django."""
