"""The architecture: one set of modules that runs `nano` and the published checkpoints of the family.

- `config` and `preprocess` need no torch; the rest does. Import from the submodule you need.
"""
