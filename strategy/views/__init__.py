"""Pages of plans, definitions and rating schemes that need nothing from the floors above."""
