"""Pages of the yearly round. A view asks one question of the selectors or makes one call of a service."""
