"""The document of a spec, checked as far as possible before lowering."""

from archspec.spec.blocks import Block
from archspec.spec.document import Document, parse_document
from archspec.spec.layer_spec import LayerSpec
from archspec.spec.params import Param

__all__ = ["Block", "Document", "LayerSpec", "Param", "parse_document"]
