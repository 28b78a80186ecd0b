"""What the pages of definitions read from a request."""
