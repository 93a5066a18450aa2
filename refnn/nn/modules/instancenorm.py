"""Instance normalisation: every channel of every example by itself."""

from __future__ import annotations

import warnings
from typing import Any, ClassVar

from refnn.nn import functional as F
from refnn.nn.modules.batchnorm import _LazyNormBase, _NormBase

__all__ = [
    "InstanceNorm1d",
    "InstanceNorm2d",
    "InstanceNorm3d",
    "LazyInstanceNorm1d",
    "LazyInstanceNorm2d",
    "LazyInstanceNorm3d",
]

Tensor = Any


class _InstanceNorm(_NormBase):
    """As batch normalisation, but by default without parameters and running statistics.

    States of version None with running statistics are refused where the module keeps none.
    """

    _rank: ClassVar[int]  # the number of dimensions after the channels

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)

    def _check_input_dim(self, input: Tensor) -> None:
        if input.dim() not in (self._rank + 1, self._rank + 2):
            wanted = f"{self._rank + 1}D or {self._rank + 2}D"
            raise ValueError(f"expected {wanted} input (got {input.dim()}D input)")

    def _get_no_batch_dim(self) -> int:
        return self._rank + 1

    def _handle_no_batch_input(self, input: Tensor) -> Tensor:
        return self._apply_instance_norm(input.unsqueeze(0)).squeeze(0)

    def _apply_instance_norm(self, input: Tensor) -> Tensor:
        by_input = self.training or not self.track_running_stats
        momentum = self.momentum if self.momentum is not None else 0.0
        statistics = (self.running_mean, self.running_var)
        return F.instance_norm(input, *statistics, self.weight, self.bias, by_input, momentum, self.eps)

    def forward(self, input: Tensor) -> Tensor:
        self._check_input_dim(input)
        channel_dim = input.dim() - self._get_no_batch_dim()
        if input.size(channel_dim) != self.num_features:
            if self.affine:
                raise ValueError(
                    f"expected input's size at dim={channel_dim} to match num_features ({self.num_features}), "
                    f"but got: {input.size(channel_dim)}."
                )
            warnings.warn(
                f"input's size at dim={channel_dim} does not match num_features. You can silence this warning by "
                "not passing in num_features, which is not used because affine=False",
                stacklevel=2,
            )
        unbatched = input.dim() == self._get_no_batch_dim()
        return self._handle_no_batch_input(input) if unbatched else self._apply_instance_norm(input)

    def _load_from_state_dict(
        self,
        state_dict: Any,
        prefix: str,
        local_metadata: Any,
        strict: bool,
        missing_keys: Any,
        unexpected_keys: Any,
        error_msgs: Any,
    ) -> None:
        if local_metadata.get("version", None) is None and not self.track_running_stats:
            names = ("running_mean", "running_var")
            found = [prefix + name for name in names if prefix + name in state_dict]
            if found:
                listed, kind = " and ".join(f'"{key}"' for key in found), type(self).__name__
                error_msgs.append(
                    f"Unexpected running stats buffer(s) {listed} for {kind} with track_running_stats=False. If "
                    f"state_dict is a checkpoint saved before 0.4.0, this may be expected because {kind} does not "
                    "track running stats by default since 0.4.0. Please remove these keys from state_dict. If the "
                    f"running stats are actually needed, instead set track_running_stats=True in {kind} to enable "
                    f"them. See the documentation of {kind} for details."
                )
            for key in found:
                state_dict.pop(key)
        lists = (missing_keys, unexpected_keys, error_msgs)
        super()._load_from_state_dict(state_dict, prefix, local_metadata, strict, *lists)


class InstanceNorm1d(_InstanceNorm):
    """y = (x − m) / √(v + eps) · weight + bias for each channel of each example of x (N, C, L) or (C, L).

    m and v are the mean and the biased variance over L, or, with track_running_stats in evaluation, the running
    statistics, which in training move by the mean of the examples' statistics.

    Args: see `refnn.nn.modules.batchnorm._NormBase`.

    Raises ValueError for another number of dimensions, for L = 1, and for other channels if affine; warns of them
    if not.

    Source: torch.nn.InstanceNorm1d; Ulyanov, Vedaldi & Lempitsky, 2016.
    """

    _rank = 1


class InstanceNorm2d(_InstanceNorm):
    """InstanceNorm1d over H and W of x (N, C, H, W) or (C, H, W).

    Source: torch.nn.InstanceNorm2d; Ulyanov, Vedaldi & Lempitsky, 2016.
    """

    _rank = 2


class InstanceNorm3d(_InstanceNorm):
    """InstanceNorm1d over D, H and W of x (N, C, D, H, W) or (C, D, H, W).

    Source: torch.nn.InstanceNorm3d; Ulyanov, Vedaldi & Lempitsky, 2016.
    """

    _rank = 3


class LazyInstanceNorm1d(_LazyNormBase, _InstanceNorm):
    """InstanceNorm1d whose num_features is the first input's size(1). Source: torch.nn.LazyInstanceNorm1d."""

    cls_to_become = InstanceNorm1d
    _rank = 1


class LazyInstanceNorm2d(_LazyNormBase, _InstanceNorm):
    """InstanceNorm2d whose num_features is the first input's size(1). Source: torch.nn.LazyInstanceNorm2d."""

    cls_to_become = InstanceNorm2d
    _rank = 2


class LazyInstanceNorm3d(_LazyNormBase, _InstanceNorm):
    """InstanceNorm3d whose num_features is the first input's size(1). Source: torch.nn.LazyInstanceNorm3d."""

    cls_to_become = InstanceNorm3d
    _rank = 3
