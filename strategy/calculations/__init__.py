"""Pure rules of what was promised: rating schemes and the bands a figure falls into."""
