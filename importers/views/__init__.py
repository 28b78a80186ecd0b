"""Pages of imports: the list, the upload, the review of a run and of one row, columns, undoing."""
