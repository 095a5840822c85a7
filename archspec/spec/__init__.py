"""The document: what a spec says, checked as far as that is possible before it is lowered."""

from archspec.spec.blocks import Block
from archspec.spec.document import Document, parse_document
from archspec.spec.layer_spec import LayerSpec
from archspec.spec.params import Param

__all__ = ["Block", "Document", "LayerSpec", "Param", "parse_document"]
