"""From a trained nano to the files a reader needs: one checkpoint and small ONNX graphs that point into it.

- `model.safetensors` holds the weights once: matrices in int8 with a scale per row, `name.scale` beside `name`, the
  rest in fp32. A row is a first index: an output of a layer, a channel of a convolution, a symbol of an embedding.
  Rounding to 1/127 of a row's largest weight moves nano's numbers less than they vary from run to run (LOG.md), and
  halves the file.
- The graphs carry no weights: their initialisers name byte ranges of that file (ONNX external data), widened when they
  are loaded. So torch and onnxruntime read the same bytes.
- Nets of `ALONE` have a file of weights of their own: small ones that are taught more often than the rest.
- One encoder graph per mode, since a page has one of four sizes; the classifier, the decoder step and the smaller nets
  (`nets`) take any shape.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from sokdok.model.checkpoints.files import read_tensors
from sokdok.model.nano.alphabet import Alphabet
from sokdok.model.nano.formats.figures import SIDE_PX
from sokdok.model.preprocess import MODES
from sokdok.pages.cells import END, MARKS
from sokdok_lab.synth.alphabet import recogniser_chars
from sokdok_lab.training.checkpoint import write_checksums
from sokdok_lab.training.nano import Nano, SymbolLogits
from sokdok_lab.training.nets import NETS, RECOGNISERS

if TYPE_CHECKING:
    import onnx

WEIGHTS = "model.safetensors"
RECOGNISER_ALPHABET = "recogniser.json"  # the recogniser's alphabet, larger than that of drawn pages (tokenizer.json)
COLOURED = ("geometry", "chart_texts", "chart_marks", "figure_kind")  # nets that see colours
ALONE = ("figure_kind", "chart_marks", "chart_texts", "recogniser")  # nets whose weights are in `NAME.safetensors`
Ranges = dict[str, tuple[int, int]]
_INT8 = ".int8"  # of int8 graphs, and of tensors in int8
SCALE = ".scale"
_EXACT_NUMBERS = 2048  # tensors of up to so many numbers keep their precision
ENCODED_MODES = ("tiny", "small", "base", "large")
_INLINE_BYTES = 1024  # initialisers up to this size stay in the graph: shapes, constants, single numbers


def pack(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Pack large tensors as int8 and scales, the others in fp32; leave out integers, such as counts of batches seen."""
    packed: dict[str, Tensor] = {}
    for name, value in tensors.items():
        if not value.is_floating_point():
            continue
        value = value.detach().cpu().float().contiguous()
        if value.dim() < 2 or value.numel() <= _EXACT_NUMBERS:
            packed[name] = value
            continue
        scale = value.flatten(1).abs().amax(1).clamp(min=1e-12) / 127
        packed[name] = (value / _along(scale, value)).round().to(torch.int8)
        packed[name + SCALE] = scale
    return packed


def unpack(packed: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Unpack tensors of any mixture of formats to fp32."""
    scales = {name: value for name, value in packed.items() if name.endswith(SCALE)}
    return {
        name: value.float() * _along(scales[name + SCALE], value) if name + SCALE in scales else value.float()
        for name, value in packed.items()
        if name not in scales
    }


def load_packed(path: Path) -> dict[str, Tensor]:
    """Load packed weights, or plain ones, in fp32. Raises what safetensors raises."""
    return unpack(load_file(path))


def _along(scale: Tensor, value: Tensor) -> Tensor:
    return scale.reshape(-1, *[1] * (value.dim() - 1))


class Called(nn.Module):
    """A function of a net as a module; the net is called `nano`, so that its tensors have their names."""

    def __init__(self, nano: nn.Module, call: Callable[..., Any]) -> None:
        super().__init__()
        self.nano, self.call = nano, call

    def forward(self, *inputs: Tensor) -> Any:
        return self.call(self.nano, *inputs)


def _encode(nano: Nano, pixels: Tensor) -> tuple[Tensor, ...]:
    """Pixels (B, 3, H, W) -> subcell features (B, N, F), prefix keys and values (layers, B, heads, P, head_dim)."""
    tokens, subcells = nano.encode(pixels)
    return (subcells, *nano.prefill(tokens))


def _classify(nano: Nano, features: Tensor) -> tuple[Tensor, ...]:
    """The parallel decoder: subcell features (N, F) -> classes (N, 3) and their log-probability (N,), twice.

    First the likeliest symbols, then the likeliest given that the text does not end there.
    """
    logits = nano.dense_head(features)
    first = logits[0].clone()
    first[..., sorted(MARKS).index(END)] = -torch.inf
    return (*choose(logits), *choose((first, *logits[1:])))


def _step(nano: Nano, *inputs: Tensor) -> tuple[Tensor, ...]:
    """The autoregressive decoder: `Nano.step`, answered greedily: classes (B, T, 3), their log-probability, moves."""
    logits, moves, keys, values = nano.step(*inputs)
    classes, logprob = choose(logits)
    return classes, logprob, moves.argmax(-1), keys, values


def choose(logits: SymbolLogits) -> tuple[Tensor, Tensor]:
    """Greedy classes (..., 3) int64 and the log-probability (...) of the three together."""
    best = [head.max(-1) for head in logits]
    logprob = sum(b.values - head.logsumexp(-1) for b, head in zip(best, logits, strict=True))
    return torch.stack([b.indices for b in best], -1), logprob  # type: ignore[return-value]  # a sum of tensors


def _step_inputs(nano: Nano, batch: int = 2, steps: int = 3, past: int = 5) -> dict[str, Tensor]:
    decoder = nano.config.decoder
    cache = torch.zeros(decoder.layers, batch, decoder.kv_heads, past, decoder.head_dim)  # type: ignore[arg-type]
    return {
        "symbols": torch.zeros(batch, steps, 3, dtype=torch.long),
        "moves": torch.zeros(batch, steps, dtype=torch.long),
        "local": torch.zeros(batch, steps, nano.config.subcell_width),
        "edges": torch.zeros(batch, steps, 2, dtype=torch.long),
        "positions": torch.zeros(batch, steps, dtype=torch.long),
        "keys": cache,
        "values": cache.clone(),
        "mask": torch.ones(batch, 1, steps, past + steps, dtype=torch.bool),
    }


def export(nano: Nano, alphabet: Alphabet, folder: Path) -> None:
    """Write config.json, tokenizer.json, model.safetensors, graphs and checksums of a nano; others are replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(nano.config.to_dict(), indent=1))
    alphabet.save(folder / "tokenizer.json")
    replace(folder, {"nano": nano})


def replace(folder: Path, nets: Mapping[str, nn.Module]) -> None:
    """Put newly trained nets into a folder: those of `nets.NETS`, and nano itself under its name.

    What else the folder holds stays as it is; an int8 graph of a replaced net goes, since it has the weights of before.
    """
    for weights in {file_of(name) for name in nets}:
        own = {name: net.float().eval() for name, net in nets.items() if file_of(name) == weights}
        states = {name: net.state_dict() for name, net in own.items()}
        packed = pack(
            {
                key if name == "nano" else f"{name}.{key}": value
                for name, state in states.items()
                for key, value in state.items()
            }
        )
        before = load_file(folder / weights) if (folder / weights).is_file() else {}
        kept = {name: value for name, value in before.items() if _owner(name.partition(".")[0]) not in own}
        save_file(kept | packed, folder / weights, metadata={"format": "pt"})
        ranges = byte_ranges(folder / weights)
        for path in sorted(folder.glob("*.onnx")):
            owner, int8 = _owner(path.stem.removesuffix(_INT8)), path.stem.endswith(_INT8)
            if owner in own and int8:
                path.unlink()
            elif owner not in own and not int8 and file_of(owner) == weights:
                _repoint(path, ranges, weights)
        for name, net in own.items():
            if isinstance(
                net, Nano
            ):  # it is traced with rounded weights, so that what is exported is what was measured
                net.load_state_dict({key: value for key, value in unpack(packed).items() if key in states[name]})
                _export_nano(net, folder, ranges)
            else:
                _export_net(name, net, folder, ranges, weights)
    if not nets.keys().isdisjoint(RECOGNISERS):
        Alphabet(recogniser_chars()).save(folder / RECOGNISER_ALPHABET)
    write_checksums(folder)


def file_of(net: str) -> str:
    """Return the name of the file of a net's weights."""
    return f"{net}.safetensors" if net in ALONE else WEIGHTS


def _owner(name: str) -> str:
    """Return the net that a tensor or a graph belongs to by the beginning of its name."""
    return name if name in NETS else "nano"


def _repoint(path: Path, ranges: Ranges, weights: str) -> None:
    """Write where a graph's tensors lie now."""
    import onnx

    model = onnx.load(path, load_external_data=False)
    for tensor in model.graph.initializer:
        if tensor.external_data:
            place = ranges[tensor.name.removeprefix("nano.").removesuffix(_INT8)]
            _point(tensor, tensor.name, tensor.data_type, list(tensor.dims), place, weights)
    path.write_bytes(model.SerializeToString())


def _export_net(name: str, net: nn.Module, folder: Path, ranges: Ranges, weights: str) -> None:
    """A net of any batch and, but for characters and kinds of figures, any picture size."""
    auto = torch.export.Dim.AUTO
    shape, outputs = {0: auto, 2: auto, 3: auto}, ["logits"]
    image = torch.zeros(2, 3 if name in COLOURED else 1, 64, 64)
    if name in RECOGNISERS:
        image, shape, outputs = image[:, :, :32], {0: auto, 3: auto}, ["first", "vowel", "final"]
    elif name == "geometry_letters":
        image, shape = image[:, :, :24, :24], {0: auto}
    elif name == "figure_kind":
        image, shape = torch.zeros(2, 3, SIDE_PX, SIDE_PX), {0: auto}
    named = nn.Module()
    named.add_module(name, net)  # so that its tensors are called as in the checkpoint
    call = Called(named, lambda nano, pixels: getattr(nano, name)(pixels)).eval()
    _write(_trace(call, {"pixels": image}, outputs, (shape,)), folder / f"{name}.onnx", ranges, weights)


def _export_nano(nano: Nano, folder: Path, ranges: Ranges) -> None:
    batch, steps, past = (torch.export.Dim(name, max=2**16) for name in ("batch", "steps", "past"))
    for mode in ENCODED_MODES:
        side = MODES[mode].base
        pixels = torch.zeros(2, 3, side, side)
        outputs = ["subcells", "keys", "values"]
        model = _trace(Called(nano, _encode), {"pixels": pixels}, outputs, ({0: batch},))
        _write(model, folder / f"encoder-{mode}.onnx", ranges)
    features = {"features": torch.zeros(4, nano.config.subcell_width)}
    count = torch.export.Dim("count", max=2**20)
    outputs = ["classes", "logprob", "other_classes", "other_logprob"]
    _write(_trace(Called(nano, _classify), features, outputs, ({0: count},)), folder / "classifier.onnx", ranges)
    row, cache = {0: batch, 1: steps}, {1: batch, 3: past}
    shapes = (row, row, row, row, row, cache, cache, {0: batch, 2: steps, 3: torch.export.Dim.AUTO})
    outputs = ["classes", "logprob", "next_moves", "new_keys", "new_values"]
    _write(_trace(Called(nano, _step), _step_inputs(nano), outputs, shapes), folder / "decoder.onnx", ranges)


def _trace(module: nn.Module, inputs: dict[str, Tensor], outputs: list[str], shapes: Any) -> onnx.ModelProto:
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH):  # the fused kernels have no ONNX form
        program = torch.onnx.export(
            module,
            tuple(inputs.values()),
            input_names=list(inputs),
            output_names=outputs,
            dynamic_shapes=(shapes,),
            dynamo=True,
            optimize=False,  # folding would bake transposed copies of the weights into the graph
            verbose=False,
        )
    return program.model_proto  # type: ignore[union-attr]


def byte_ranges(path: Path) -> Ranges:
    """(offset, length) in bytes of every tensor in a safetensors file, counted from the start of the file."""
    return {name: (entry.begin, entry.nbytes) for name, entry in read_tensors(path).items()}


def _write(model: onnx.ModelProto, path: Path, ranges: Ranges, weights: str = WEIGHTS) -> None:
    """Replace every initialiser that the file of weights holds by its byte range, then save."""
    import onnx

    graph = model.graph
    _drop_zero_biases(graph)
    widened, scales = [], []
    for tensor in graph.initializer:
        used, shape = tensor.name, list(tensor.dims)
        name = used.removeprefix("nano.")
        if name not in ranges:
            if prod(shape) * 4 > _INLINE_BYTES * 64:
                raise ValueError(f"{used}: {shape} is no parameter of the checkpoint")
            continue
        if name + SCALE not in ranges:
            _point(tensor, used, onnx.TensorProto.FLOAT, shape, ranges[name], weights)
            continue
        _point(tensor, used + _INT8, onnx.TensorProto.INT8, shape, ranges[name], weights)
        scales.append(onnx.TensorProto())
        _point(scales[-1], f"{used}{SCALE}", onnx.TensorProto.FLOAT, shape[:1], ranges[name + SCALE], weights)
        inputs = [used + _INT8, f"{used}{SCALE}"]
        widened.append(onnx.helper.make_node("DequantizeLinear", inputs, [used], axis=0))
    graph.initializer.extend(scales)
    nodes = list(graph.node)
    del graph.node[:]
    graph.node.extend(widened + nodes)
    del graph.value_info[:]
    for node in graph.node:  # traces of the exporter: source paths and module stacks
        del node.metadata_props[:]
        node.doc_string = ""
    path.write_bytes(model.SerializeToString())


def _drop_zero_biases(graph: onnx.GraphProto) -> None:
    """Leave out the zeros that the exporter computes for convolutions without bias, and what only computes them.

    A bias that is no constant keeps onnxruntime from folding the norm behind a convolution into it.
    """
    made_by = {output: node for node in graph.node for output in node.output}
    for node in graph.node:
        if node.op_type == "Conv" and len(node.input) == 3 and node.input[2] in made_by:
            del node.input[2]
    while True:
        used = {name for node in graph.node for name in node.input} | {output.name for output in graph.output}
        unused = [node for node in graph.node if used.isdisjoint(node.output)]
        if not unused:
            break
        for node in unused:
            graph.node.remove(node)
    for tensor in [tensor for tensor in graph.initializer if tensor.name not in used]:
        graph.initializer.remove(tensor)


def _point(
    tensor: onnx.TensorProto, name: str, kind: int, shape: list[int], place: tuple[int, int], weights: str
) -> None:
    """Make a tensor name bytes of a file of weights instead of holding its own."""
    import onnx

    tensor.Clear()
    tensor.name, tensor.data_type = name, kind
    tensor.dims.extend(shape)
    tensor.data_location = onnx.TensorProto.EXTERNAL
    for key, value in {"location": weights, "offset": str(place[0]), "length": str(place[1])}.items():
        tensor.external_data.add(key=key, value=value)


def load(folder: Path) -> tuple[Nano, Alphabet]:
    """The torch model and alphabet of a folder that `export` wrote, weights in fp32."""
    from sokdok.model.config import NanoConfig

    nano = Nano(NanoConfig.from_dict(json.loads((folder / "config.json").read_text())))
    known = nano.state_dict()
    nano.load_state_dict({name: value for name, value in load_packed(folder / WEIGHTS).items() if name in known})
    return nano.eval(), Alphabet.load(folder / "tokenizer.json")


def load_nets(folder: Path) -> dict[str, nn.Module]:
    """The smaller nets of such a folder."""
    tensors = load_packed(folder / WEIGHTS)
    for path in (folder / f"{name}.safetensors" for name in ALONE):
        tensors |= load_packed(path) if path.is_file() else {}
    nets = {}
    for name, make in NETS.items():
        own = {key.removeprefix(f"{name}."): value for key, value in tensors.items() if key.startswith(f"{name}.")}
        if own:
            nets[name] = make().eval()
            nets[name].load_state_dict(own, strict=False)  # counts of batches seen are not kept
    return nets
