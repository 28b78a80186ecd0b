"""What `dev.py` does, one topic a file. Standard library only: it runs before anything is installed."""
