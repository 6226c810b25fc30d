"""What goes wrong."""


class Error(Exception):
    """Something that fieldtap could not do."""


class CaptureError(Error):
    """A file that could not be read as a capture."""

    file: str
    """The file."""
    offset: int | None
    """Where in the capture, in octets from its beginning and after decompression, if it is one place."""
    reason: str
    """What is wrong."""

    def __init__(self, file: str, offset: int | None, reason: str) -> None:
        super().__init__(file, offset, reason)
        self.file = file
        self.offset = offset
        self.reason = reason

    def __str__(self) -> str:
        """The file, and what is wrong with it."""
        return f"{self.file}: {self.reason}"
