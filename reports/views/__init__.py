"""Pages that are read: inside (`reading`), by the public (`public`), and the act of publishing."""
