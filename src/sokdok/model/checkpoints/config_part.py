"""A part of somebody's `config.json`, whose values are of the kind that is asked for, or named with their place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sokdok.model.config import MOST, ConfigError

Json = Mapping[str, Any]
_KINDS = {bool: "true or false", str: "a text", list: "a list", dict: "an object", int: "a number", float: "a number"}


@dataclass(frozen=True)
class Part:
    """An object in a parsed `config.json`. All methods raise ConfigError; a default also stands for null."""

    values: Json
    place: str  # its keys from the top, with dots between them; empty for the whole

    def part(self, key: str) -> Part:
        """An object within this one."""
        return Part(self._of(key, dict, "an object"), self._named(key))

    def whole(self, key: str, default: int | None = None) -> int:
        """A count, a size or an identifier."""
        value = self.number(key, default)
        if value != int(value):
            raise ConfigError(f"its {self._named(key)} is {value:g}, no whole number")
        return int(value)

    def number(self, key: str, default: float | None = None) -> float:
        """A number that is not out of all bounds."""
        if default is not None and self.values.get(key) is None:
            return default
        value = self._of(key, (int, float), "a number")
        if not -MOST <= value <= MOST:  # NaN is neither
            raise ConfigError(f"its {self._named(key)} is no number between -{MOST:,} and {MOST:,}")
        return value  # type: ignore[no-any-return]

    def wholes(self, key: str) -> tuple[int, ...]:
        """A list of whole numbers."""
        found = self._of(key, list, "a list of numbers")
        one_by_one = Part({str(place): value for place, value in enumerate(found)}, self._named(key))
        return tuple(one_by_one.whole(place) for place in one_by_one.values)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; none where there is no list."""
        if self.values.get(key) is None:
            return ()
        found = self._of(key, list, "a list of texts")
        if not all(isinstance(value, str) for value in found):
            raise ConfigError(f"its {self._named(key)} holds other things than texts")
        return tuple(found)

    def flag(self, key: str) -> bool:
        """Whether something is so."""
        return bool(self._of(key, bool, "true or false"))

    def _of(self, key: str, kinds: type | tuple[type, ...], wanted: str) -> Any:
        if key not in self.values:
            raise ConfigError(f"it lacks {self._named(key)}")
        value = self.values[key]
        if not isinstance(value, kinds) or (isinstance(value, bool) and kinds is not bool):
            raise ConfigError(f"its {self._named(key)} is {_KINDS.get(type(value), 'null')} where {wanted} belongs")
        return value

    def _named(self, key: str) -> str:
        return f"{self.place}.{key}" if self.place else key
