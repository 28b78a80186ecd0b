"""Pure shapes and rules of getting documents in. Nothing here knows Django."""
