"""PDF files: what a page prints, its rulings and tables, and the lists without any."""
