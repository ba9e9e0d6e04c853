"""Read the published `config.json` files into a `ModelConfig`.

- Two layouts: the original repositories (`vision_config.width`, `language_config`) and the one that transformers writes
  (`vision_config.sam_config`, `encoder_config`, `text_config`).
- The original files omit what their code hard-codes (window, neck, feed-forward width, all of the query encoder but its
  width); those come from `DEEPSEEK_OCR` and `DEEPSEEK_OCR_2`. Their `mlp_ratio` of 3.7362 is used by nothing.
- DeepSeek-OCR-2's says that SAM's map has 1024 channels; its code and weights have 896, the query encoder's width.
- A setting that would change the arithmetic (latent attention, renormalised or grouped routing) is refused.
- The file may be anybody's: a value that is missing or of another kind than is asked for is named (`Part`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from sokdok.model.config import (
    DEEPSEEK_OCR,
    DEEPSEEK_OCR_2,
    MOST,
    UNLIMITED_OCR,
    ClipConfig,
    ConfigError,
    DecoderConfig,
    ModelConfig,
    QueryEncoderConfig,
    SamConfig,
)

Json = Mapping[str, Any]
_KINDS = {bool: "true or false", str: "a text", list: "a list", dict: "an object", int: "a number", float: "a number"}


@dataclass(frozen=True)
class Part:
    """An object in a parsed `config.json`. All methods raise ConfigError; a default also stands for null."""

    values: Json
    place: str  # its keys from the top, with dots between them; empty for the whole

    def part(self, key: str) -> Part:
        """An object within this one."""
        return Part(self._value(key, dict, "an object"), self._strings(key))

    def whole(self, key: str, default: int | None = None) -> int:
        """A count, a size or an identifier."""
        value = self.number(key, default)
        if value != int(value):
            raise ConfigError(f"its {self._strings(key)} is {value:g}, no whole number")
        return int(value)

    def sizes(self, **keys: str) -> dict[str, Any]:
        """Counts and sizes by our names for them, from their names here."""
        return {name: self.whole(key) for name, key in keys.items()}

    def number(self, key: str, default: float | None = None) -> float:
        """A number that is not out of all bounds."""
        if default is not None and self.values.get(key) is None:
            return default
        value = self._value(key, (int, float), "a number")
        if not -MOST <= value <= MOST:  # NaN is neither
            raise ConfigError(f"its {self._strings(key)} is no number between -{MOST:,} and {MOST:,}")
        return value  # type: ignore[no-any-return]

    def wholes(self, key: str) -> tuple[int, ...]:
        """A list of whole numbers."""
        found = self._value(key, list, "a list of numbers")
        one_by_one = Part({str(place): value for place, value in enumerate(found)}, self._strings(key))
        return tuple(one_by_one.whole(place) for place in one_by_one.values)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; none where there is no list."""
        if self.values.get(key) is None:
            return ()
        found = self._value(key, list, "a list of texts")
        if not all(isinstance(value, str) for value in found):
            raise ConfigError(f"its {self._strings(key)} holds other things than texts")
        return tuple(found)

    def flag(self, key: str) -> bool:
        """Whether something is so."""
        return bool(self._value(key, bool, "true or false"))

    def _value(self, key: str, kinds: type | tuple[type, ...], wanted: str) -> Any:
        if key not in self.values:
            raise ConfigError(f"it lacks {self._strings(key)}")
        value = self.values[key]
        if not isinstance(value, kinds) or (isinstance(value, bool) and kinds is not bool):
            raise ConfigError(f"its {self._strings(key)} is {_KINDS.get(type(value), 'null')} where {wanted} belongs")
        return value

    def _strings(self, key: str) -> str:
        return f"{self.place}.{key}" if self.place else key


Encoders = tuple[SamConfig, ClipConfig | QueryEncoderConfig]

# Text settings the decoder implements in one way only: as here, or left out.
_FIXED: dict[str, Any] = dict.fromkeys(["use_mla", "norm_topk_prob", "tie_word_embeddings", "attention_bias"], False)
_FIXED |= {"routed_scaling_factor": 1.0, "n_group": 1, "topk_method": "greedy"}


def config_from_hf(values: Json) -> ModelConfig:
    """Build the configuration described by a parsed `config.json` of the family. Raises ConfigError."""
    top = Part(values, "")
    text = next((top.part(key) for key in ("text_config", "language_config") if values.get(key)), top)
    vision = top.part("vision_config") if values.get("vision_config") else Part({}, "vision_config")
    sam, second = _transformers_vision(vision) if "sam_config" in vision.values else _original_vision(vision)
    decoder = _decoder(text, top)
    first = DEEPSEEK_OCR if decoder.sliding_window is None else UNLIMITED_OCR
    return ModelConfig(
        name=(first if isinstance(second, ClipConfig) else DEEPSEEK_OCR_2).name,
        sam=sam,
        clip=second if isinstance(second, ClipConfig) else None,
        query_encoder=second if isinstance(second, QueryEncoderConfig) else None,
        decoder=decoder,
        image_token_id=top.whole("image_token_id", DEEPSEEK_OCR.image_token_id),
        bos_token_id=text.whole("bos_token_id", DEEPSEEK_OCR.bos_token_id),
        eos_token_id=text.whole("eos_token_id", DEEPSEEK_OCR.eos_token_id),
        pad_token_id=text.whole("pad_token_id", 0) or DEEPSEEK_OCR.pad_token_id,
    )


def _original_vision(vision: Part) -> Encoders:
    towers = vision.part("width")
    second = towers.values.keys() & {"clip-l-14-224", "qwen2-0-5b"}
    if "sam_vit_b" not in towers.values or len(second) != 1:
        raise ConfigError(
            f"config.json names the encoders {sorted(towers.values)}; "
            "sam_vit_b with either clip-l-14-224 or qwen2-0-5b is supported"
        )
    eye = towers.part("sam_vit_b")
    sam = replace(
        DEEPSEEK_OCR.sam,
        **eye.sizes(width="width", depth="layers", heads="heads"),
        image_size=vision.whole("image_size", DEEPSEEK_OCR.sam.image_size),
        compressor_widths=eye.wholes("downsample_channels"),
        global_blocks=eye.wholes("global_attn_indexes"),
    )
    if "clip-l-14-224" in second:
        sizes = towers.part("clip-l-14-224").sizes(
            width="width", depth="layers", heads="heads", image_size="image_size", patch_size="patch_size"
        )
        return sam, ClipConfig(**sizes, mlp_width=4 * sizes["width"])
    width = towers.part("qwen2-0-5b").whole("dim")
    sam = replace(sam, compressor_widths=(sam.compressor_widths[0], width))
    return sam, replace(DEEPSEEK_OCR_2.second_encoder, width=width)


def _transformers_vision(vision: Part) -> Encoders:
    second = vision.part("encoder_config")
    convert = _transformers_clip if "image_size" in second.values else _transformers_qwen2
    return _transformers_sam(vision.part("sam_config")), convert(second)


def _transformers_sam(sam: Part) -> SamConfig:
    return SamConfig(
        **sam.sizes(
            width="hidden_size", depth="num_hidden_layers", heads="num_attention_heads", window="window_size",
            image_size="image_size", neck_width="output_channels", patch_size="patch_size",
        ),
        compressor_widths=sam.wholes("downsample_channels"),
        global_blocks=sam.wholes("global_attn_indexes"),
        mlp_ratio=sam.number("mlp_dim") / (sam.whole("hidden_size") or 1),
        abs_pos=sam.flag("use_abs_pos"),
    )  # fmt: skip


def _transformers_clip(clip: Part) -> ClipConfig:
    return ClipConfig(
        **clip.sizes(
            width="hidden_size", depth="num_hidden_layers", heads="num_attention_heads",
            mlp_width="intermediate_size", image_size="image_size", patch_size="patch_size",
        )
    )  # fmt: skip


def _transformers_qwen2(qwen2: Part) -> QueryEncoderConfig:
    return QueryEncoderConfig(
        **qwen2.sizes(
            width="hidden_size", depth="num_hidden_layers", heads="num_attention_heads",
            kv_heads="num_key_value_heads", mlp_width="intermediate_size",
        ),
        rope_theta=qwen2.part("rope_parameters").number("rope_theta"),
        norm_eps=qwen2.number("rms_norm_eps"),
    )  # fmt: skip


def _decoder(text: Part, top: Part) -> DecoderConfig:
    for key, accepted in _FIXED.items():
        if text.values.get(key) not in (accepted, None):
            raise ConfigError(
                f"config.json sets {key} to {text.values[key]!r}; this decoder implements {accepted!r} only"
            )
    rope = text.part("rope_parameters") if text.values.get("rope_parameters") else Part({}, "rope_parameters")
    return DecoderConfig(
        **text.sizes(
            hidden="hidden_size", layers="num_hidden_layers", heads="num_attention_heads",
            dense_ffn="intermediate_size", moe_ffn="moe_intermediate_size", experts="n_routed_experts",
            experts_per_token="num_experts_per_tok", vocab="vocab_size",
        ),
        kv_heads=text.whole("num_key_value_heads", 0),
        shared_experts=text.whole("n_shared_experts", 0),
        first_dense=_first_dense(text),
        rope_theta=rope.number("rope_theta", 0) or text.number("rope_theta", 0) or DEEPSEEK_OCR.decoder.rope_theta,
        max_positions=text.whole("max_position_embeddings", DEEPSEEK_OCR.decoder.max_positions),
        norm_eps=text.number("rms_norm_eps", DEEPSEEK_OCR.decoder.norm_eps),
        sliding_window=_window(text, top),
    )  # fmt: skip


def _first_dense(text: Part) -> int:
    kinds = text.texts("mlp_layer_types")
    if text.values.get("mlp_layer_types") is None:
        return text.whole("first_k_dense_replace", DEEPSEEK_OCR.decoder.first_dense)
    first = kinds.index("sparse") if "sparse" in kinds else len(kinds)
    if "dense" in kinds[first:]:
        raise ConfigError(f"config.json mixes layer kinds: {kinds}; dense layers must come first")
    return first


def _window(text: Part, top: Part) -> int | None:
    """The layer types have the last word: transformers keeps an integer even where every layer attends fully."""
    kinds = set(text.texts("layer_types"))
    if len(kinds) > 1:
        raise ConfigError(f"config.json mixes attention kinds: {sorted(kinds)}")
    if kinds == {"full_attention"}:
        return None
    part = text if "sliding_window" in text.values else top
    return None if part.values.get("sliding_window") is None else part.whole("sliding_window")
