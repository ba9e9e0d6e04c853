"""Norms folded into the convolutions before them: what a trained net is exported as.

onnxruntime folds them itself only where all weights are constants in the graph; ours lie packed in the checkpoint.
"""

from __future__ import annotations

import copy

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


def folded(net: nn.Module) -> nn.Module:
    """A copy of a net in which each norm that follows a convolution is part of it; the answers are the same."""
    result = copy.deepcopy(net).eval()
    for module in result.modules():
        if isinstance(module, nn.Sequential):
            _fold(module)
    return result


def _fold(row: nn.Sequential) -> None:
    for i in range(len(row) - 1):
        conv, norm = row[i], row[i + 1]
        if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
            row[i], row[i + 1] = fuse_conv_bn_eval(conv, norm), nn.Identity()
