"""The card of a dataset: a README whose head tells the Hugging Face `datasets` library what the shards hold.

Without it `datasets` guesses the types from the first five samples, and stumbles over a list that is empty in all of
them. So the types are collected from every sample: a `Schema` grows as it sees rows, and is written as YAML.
"""

from __future__ import annotations

import json
from typing import Any

_SCALARS = {bool: "bool", int: "int64", float: "float64", str: "string"}
_TEMPLATE = """\
---
configs:
- config_name: default
  data_files: "*.tar"
dataset_info:
  features:
  - name: {image}
    dtype: image
  - name: json
    struct:
{features}
  - name: __key__
    dtype: string
  - name: __url__
    dtype: string
---
# {count:,} synthetic samples: {kind}

Made by `sokdok synth {kind} -n {count} --seed {seed}`; every sample follows from its seed alone.

- `{kind}-*.tar`: WebDataset shards; a sample is `KEY.{image}` and `KEY.json` (prompt, text, text_boxes and what else is
  known of this kind). Boxes are left, top, right, bottom in pixels.
- `manifest.jsonl`: one line a sample: key, shard, seed, width, height, prompt, text.

```python
datasets.load_dataset("THIS FOLDER", split="train")          # or streaming=True
webdataset.WebDataset("THIS FOLDER/{kind}-{{000000..{last:06d}}}.tar")
```
"""


class Schema:
    """The type of JSON values seen so far: a scalar's name, a list of a schema, or fields by name."""

    def __init__(self) -> None:
        self.scalar = ""
        self.items: Schema | None = None
        self.fields: dict[str, Schema] = {}

    def see(self, value: Any) -> None:
        """Take in a value; a number that is sometimes whole is a float, and None says nothing."""
        if isinstance(value, dict):
            for name, inner in value.items():
                self.fields.setdefault(name, Schema()).see(inner)
        elif isinstance(value, list):
            self.items = self.items or Schema()
            for inner in value:
                self.items.see(inner)
        elif value is not None and self.scalar != "float64":
            self.scalar = _SCALARS[type(value)]

    def lines(self, indent: int) -> list[str]:
        """Write the type as YAML below the key of a feature."""
        pad = " " * indent
        if self.fields:
            return [f"{pad}struct:", *self.named(indent)]
        if self.items is None:
            return [f"{pad}dtype: {self.scalar or 'string'}"]
        if self.items.fields:
            return [f"{pad}list:", *self.items.named(indent)]
        if self.items.items is None:
            return [f"{pad}list: {self.items.scalar or 'string'}"]
        return [f"{pad}list:", *self.items.lines(indent + 2)]

    def named(self, indent: int) -> list[str]:
        """Write the fields as a YAML list."""
        pad = " " * indent
        return [
            line
            for name, inner in self.fields.items()
            for line in (f"{pad}- name: {json.dumps(name)}", *inner.lines(indent + 2))
        ]


def card(kind: str, count: int, seed: int, shards: int, image: str, schema: Schema) -> str:
    """Write the README of a finished dataset; `image` is the ending of its pictures."""
    features = "\n".join(schema.named(4))
    return _TEMPLATE.format(kind=kind, count=count, seed=seed, last=shards - 1, image=image, features=features)
