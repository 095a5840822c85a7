"""The package that `compile` writes: source, weights in the framework's format, and a record of the compilation."""

from archspec.bundle.naming import package_name
from archspec.bundle.record import archspec_version
from archspec.bundle.writing import Bundle, write_bundle

__all__ = ["Bundle", "archspec_version", "package_name", "write_bundle"]
