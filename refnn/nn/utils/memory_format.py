"""The memory format of convolutions' weights, layer by layer."""

from __future__ import annotations

from typing import Any, TypeVar

from refnn.nn.modules.conv import Conv2d, Conv3d, ConvTranspose2d, ConvTranspose3d
from refnn.nn.modules.module import Module
from refnn.types import memory_format as _memory_format
from refnn.types import preserve_format

__all__ = ["convert_conv2d_weight_memory_format", "convert_conv3d_weight_memory_format"]

_AnyModule = TypeVar("_AnyModule", bound=Module)


def _convert(module: Any, memory_format: _memory_format, layers: tuple[type[Any], ...]) -> None:
    for layer in module.modules():
        if isinstance(layer, layers):
            weight = layer.weight.detach().clone(memory_format=memory_format)
            if memory_format is preserve_format:
                raise RuntimeError("Unsupported memory formatPreserve")
            layer.weight.data = weight


def convert_conv2d_weight_memory_format(module: _AnyModule, memory_format: _memory_format) -> _AnyModule:
    """Lay the weights of all Conv2d and ConvTranspose2d, here and below, in a memory format. Returns the module.

    The values stay; a convolution of channels-last weights returns channels-last results.

    Raises RuntimeError for a format of another number of dimensions.

    Source: torch.nn.utils.convert_conv2d_weight_memory_format.
    """
    _convert(module, memory_format, (Conv2d, ConvTranspose2d))
    return module


def convert_conv3d_weight_memory_format(module: _AnyModule, memory_format: _memory_format) -> _AnyModule:
    """Lay the weights of all Conv3d and ConvTranspose3d, here and below, in a memory format. Returns the module.

    Source: torch.nn.utils.convert_conv3d_weight_memory_format.
    """
    _convert(module, memory_format, (Conv3d, ConvTranspose3d))
    return module
