class DataError(Exception):
    """A fault of the data, which the message tells."""
