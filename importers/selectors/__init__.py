"""What the importers read of the database: the state a document is compared with, runs, exports."""
