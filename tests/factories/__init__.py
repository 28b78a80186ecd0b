"""Real objects for tests, one file per app; `world` builds the small city that most tests start from."""
