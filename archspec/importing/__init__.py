"""Specs from files of models: Keras's `.keras`, whole-model `.h5` and JSON. Nothing in a file is executed."""

from archspec.importing.refusal import ModelError
from archspec.importing.text import spec_text
from archspec.importing.whole import ModelWarning, import_model, read_document_of

__all__ = ["ModelError", "ModelWarning", "import_model", "read_document_of", "spec_text"]
