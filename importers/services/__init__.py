"""What an import does: read a document, plan its changes, apply them at once, undo them."""
