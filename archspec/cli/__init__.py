"""The command line: arguments, tables and exit codes; what is done, the API does."""

from archspec.cli.app import main

__all__ = ["main"]
