"""Pure shapes of what is published."""
