"""How a reader says that a file cannot be taken in at all."""

from importers.calculations.rows import Location, SourceError


class RefusedFile(Exception):
    """A whole file was refused; `errors` holds the reasons, each a Japanese sentence with what to do."""

    def __init__(self, *errors: SourceError) -> None:
        super().__init__(errors[0].message)
        self.errors = errors


def refuse(code: str, place: Location, what: str) -> RefusedFile:
    """Return the exception for one reason; `what` goes on after the file's name, which it puts in 「」."""
    return RefusedFile(SourceError(code, place, f"「{place.file}」{what}"))
