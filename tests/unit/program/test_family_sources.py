"""What the source of a family says where its variants differ in more than numbers."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
import yaml

import archspec
from archspec.errors import EmitError, Span


def _source(text: str, backend: str) -> str:
    return archspec.emit_family(yaml.safe_load(dedent(text)), backend)


PADDED = """
    archspec: 1
    name: net
    inputs: {image: [9, 9, 3]}
    params: {padding: 1}
    variants: {one: {}, two: {padding: same}}
    layers:
      - {name: conv, layer_type: Conv2D, filters: 4, kernel_size: 3, strides: 2, padding: $padding}
      - {layer_type: MaxPooling2D, pool_size: 3, strides: 2, padding: $padding}
"""


def test_layers_of_several_forms_are_chosen_by_a_word() -> None:
    said = _source(PADDED.replace("9, 9", "8, 8"), "torch")
    assert 'Conv2dSame(3, 4, 3, stride=2)\n            if padding == "same"\n            else nn.Conv2d(3, 4' in said
    assert "x = self.conv(x)" in said


def test_a_layer_of_several_forms_is_an_if_in_keras() -> None:
    said = _source(PADDED.replace("9, 9", "8, 8"), "tensorflow")
    assert (
        'if padding == "same":\n        x = layers.Conv2D(4, 3, strides=2, padding="same", name="conv")(image)' in said
    )
    assert "else:\n        x = layers.ZeroPadding2D(padding)(image)" in said


def test_layers_of_one_form_are_not_chosen() -> None:
    said = _source(PADDED, "tensorflow")
    assert "if padding" not in said


ACTIVATED = """
    archspec: 1
    name: net
    inputs: {image: [8, 8, 3]}
    params: {activation: relu, batch_norm: false}
    variants: {one: {activation: linear}, two: {batch_norm: true}}
    layers:
      - {name: first, layer_type: Conv2D, filters: 4, kernel_size: 1, activation: $activation}
      - {name: second, layer_type: Conv2D, filters: 4, kernel_size: 1}
      - {name: bn, layer_type: BatchNormalization, when: $batch_norm}
      - {layer_type: ReLU}
"""


def test_an_activation_that_one_variant_lacks_is_linear_in_keras() -> None:
    said = _source(ACTIVATED, "tensorflow")
    assert 'layers.Conv2D(4, 1, activation=activation, name="first")(image)' in said
    assert "one() -> keras.Model:" in said
    assert 'activation="linear"' in said


def test_an_activation_that_no_layer_takes_in_one_variant_is_a_layer_in_all() -> None:
    said = _source(ACTIVATED, "tensorflow")
    assert 'layers.Conv2D(4, 1, name="second")(x)' in said
    assert "layers.ReLU()" in said


def test_a_param_with_the_name_of_a_module_has_another() -> None:
    text = """
        archspec: 1
        name: net
        inputs: {image: [8, 8, 3]}
        params: {keras: false}
        variants: {one: {}, two: {keras: true}}
        layers:
          - {name: bn, layer_type: BatchNormalization, epsilon: $(0.001 if keras else 0.1)}
    """
    said = _source(text, "tensorflow")
    assert "def net(keras_: bool = False, *, name: str) -> keras.Model:" in said
    assert "epsilon=0.001 if keras_ else 0.1" in said
    assert "keras_=True" in said
    assert "keras: bool" in _source(text, "torch")


def test_lists_of_one_name_in_several_groups_are_told_apart() -> None:
    said = _source(
        """
        archspec: 1
        name: net
        inputs: {image: [8, 8, 3]}
        params: {dropout: false}
        variants: {one: {}, two: {dropout: true}}
        layers:
          - for: {stage: [1, 2]}
            name: stage$stage
            layer_type: Sequential
            layers:
              - name: unit
                layer_type: Sequential
                layers:
                  - {name: conv, layer_type: Conv2D, filters: 4, kernel_size: 1}
                  - {layer_type: Dropout, rate: 0.5, when: $dropout}
        """,
        "torch",
    )
    lists = [line.split(":")[0].strip() for line in said.splitlines() if "OrderedDict[str, nn.Module]" in line]
    assert len(set(lists)) == len(lists) == 2


def test_positions_after_an_activation_that_some_variants_lack_are_refused() -> None:
    text = """
        archspec: 1
        name: net
        inputs: {image: [8, 8, 3]}
        params: {activation: relu}
        variants: {one: {}, two: {activation: linear}}
        layers:
          - {layer_type: Conv2D, filters: 4, kernel_size: 1, activation: $activation}
          - {layer_type: Conv2D, filters: 4, kernel_size: 1}
    """
    with pytest.raises(EmitError, match="the position of a layer"):
        _source(text, "tensorflow")


def test_a_param_that_follows_from_others_is_a_variable_of_the_network() -> None:
    text = """
        archspec: 1
        name: net
        inputs: {image: [8, 8, 3]}
        params: {depth: 1.0, two: $(ceil(2 * depth)), total: $(two + 1)}
        variants: {one: {}, deeper: {depth: 1.2}}
        blocks:
          Stage:
            params: {depth: required}
            layers:
              - {layer_type: Conv2D, repeat: $depth, filters: 3, kernel_size: 1}
              - {layer_type: Dropout, rate: $(0.2 * depth / total)}
        layers:
          - {name: a, layer_type: Stage, depth: $two}
          - {name: b, layer_type: Stage, depth: $(two + total)}
    """
    said = _source(text, "torch")
    assert "two = math.ceil(2 * depth)\n        total = two + 1\n" in said
    assert "self.a = Stage(3, two, total)" in said
    assert "0.2 * depth / total" in said


CHOSEN = """
    archspec: 1
    name: net
    inputs: {image: [8, 8, 3]}
    params: {block: Wide}
    variants: {one: {}, two: {block: Narrow}}
    blocks:
      Wide:
        params: {filters: required}
        layers: [{name: conv, layer_type: Conv2D, filters: $(4 * filters), kernel_size: 1}]
      Narrow:
        params: {filters: required}
        layers: [{name: conv, layer_type: Conv2D, filters: $filters, kernel_size: 1}]
    layers:
      - {name: a, layer_type: $block, filters: 8}
      - {name: b, layer_type: $block, filters: 16}
"""


def test_blocks_to_choose_from_say_how_many_channels_they_give() -> None:
    said = _source(CHOSEN, "torch")
    assert "class Wide(nn.Module):\n    expansion = 4\n" in said
    assert "self.b = block(8 * block.expansion, 16)" in said


def test_no_attribute_hides_a_layer() -> None:
    said = _source(CHOSEN.replace("name: conv", "name: expansion"), "torch")
    assert "expansion = 4" not in said
    assert "self.b = block(32 if block is Wide else 8, 16)" in said


HEADED = """
    archspec: 1
    name: net
    inputs: {image: [8, 8, 3]}
    params: {aux: false}
    variants: {one: {aux: true}, two: {}}
    layers:
      - {name: body, layer_type: Conv2D, filters: 4, kernel_size: 1}
      - {name: head, layer_type: Conv2D, filters: 2, kernel_size: 1}
      - {name: other, layer_type: Conv2D, filters: 3, kernel_size: 1, inputs: body, when: $aux}
    outputs: [head, other]
"""


def test_an_output_that_some_variants_lack_is_returned_where_it_is_there() -> None:
    said = _source(HEADED, "torch")
    assert 'if self.aux:\n            return {"head": head, "other": self.other(body)}\n        return head' in said
    assert "def forward(self, x: Tensor) -> Tensor | dict[str, Tensor]:" in said
    assert '{"head": head, "other": other} if aux else head' in _source(HEADED, "tensorflow")


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_a_head_that_no_chosen_output_needs_is_in_no_variant(backend: str) -> None:
    said = archspec.emit_family(yaml.safe_load(dedent(HEADED)), backend, outputs="body")
    assert not any(word in said for word in ("head", "other", "aux"))


def test_outputs_that_differ_are_refused() -> None:
    text = HEADED.replace("outputs: [head, other]", 'outputs: $(["other", "head"] if aux else ["head", "body"])')
    with pytest.raises(EmitError, match="the outputs have other names in some variants"):
        _source(text, "torch")


NAMED_ROWS = """\
archspec: 1
name: net
inputs: {image: [9, 9, 3]}
params: {widths: [8, 16]}
variants: {one: {}, two: {widths: [8, 16, 32]}}
layers:
  - {name: stem, layer_type: Conv2D, filters: 8, kernel_size: 1}
  - for: {stage: $(range(len(widths)))}
    name: s$stage
    layer_type: Conv2D
    filters: $(widths[stage])
    kernel_size: 1
"""


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_rows_with_names_of_their_own_are_refused_at_their_place(backend: str, tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(NAMED_ROWS, encoding="utf-8")
    with pytest.raises(EmitError) as refusal:
        archspec.emit_family(path, backend)
    where = refusal.value.where
    assert isinstance(where, Span)
    assert (where.line, where.column) == (8, 10)
    assert "the names of layers have a column in them" in refusal.value.message
    assert refusal.value.message.endswith("rows are written one by one: there are 2 to 3 rows")


def test_a_layer_that_a_backend_lacks_in_a_family_is_refused_at_its_place() -> None:
    layer = {"name": "pool", "layer_type": "MaxPooling2D", "pool_size": 2, "strides": 4, "ceil_mode": True}
    spec = {"inputs": {"image": [None, None, 3]}, "variants": {"one": {}, "two": {}}, "layers": [layer]}
    with pytest.raises(EmitError, match=r"^layers\[0\]") as refusal:
        archspec.emit_family(spec, "tensorflow")
    assert refusal.value.path == "pool"


ROWS = """
    archspec: 1
    name: net
    inputs: {image: [8, 8, 3]}
    params: {stages: [{filters: 4, depth: 1, act: relu}, {filters: 8, depth: 2, act: relu6}]}
    variants: {one: {}, two: {stages: [{filters: 16, depth: 3, act: tanh}]}}
    blocks:
      Unit:
        params: {filters: required, act: relu}
        layers: [{name: conv, layer_type: Conv2D, filters: $filters, kernel_size: 1, activation: $act}]
    layers:
      - {name: body, layers: [{rows: $stages, layer_type: Unit, repeat: $depth, filters: $filters, act: $act}]}
"""


def test_rows_are_tuples_in_keras_too() -> None:
    said = _source(ROWS, "tensorflow")
    assert "stages: list[tuple[int, int, str]]" in said
    assert "for filters, depth, act in stages:" in said
    assert 'stages=[(16, 3, "tanh")]' in said
