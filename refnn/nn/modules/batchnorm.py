"""Batch normalisation of channels, with running statistics for evaluation; its lazy and its synchronised forms.

`_NormBase` holds what batch and instance normalisation share: parameters, statistics, their state.
"""

from __future__ import annotations

from typing import Any, ClassVar

from refnn.autograd.modes import no_grad
from refnn.dtypes import int64
from refnn.functions.creation import ones, zeros
from refnn.functions.from_data import tensor
from refnn.nn import functional as F
from refnn.nn.modules._affine import add_scale, reset_scale
from refnn.nn.modules.lazy import LazyModuleMixin
from refnn.nn.modules.module import Module
from refnn.nn.modules.utils import own_constructor
from refnn.nn.parameter import UninitializedBuffer, UninitializedParameter

__all__ = [
    "BatchNorm1d",
    "LazyBatchNorm1d",
    "BatchNorm2d",
    "LazyBatchNorm2d",
    "BatchNorm3d",
    "LazyBatchNorm3d",
    "SyncBatchNorm",
]

Tensor = Any


class _NormBase(Module):
    """Weight, bias and running statistics, one value of each for a channel.

    Args:
        num_features: the number of channels C.
        eps: added to the variance.
        momentum: the share of a batch in the running statistics; None for the plain average of all batches.
        affine: whether there are a weight, ones at first, and a bias, zeros at first.
        track_running_stats: whether there are running statistics: running_mean, running_var and
            num_batches_tracked.
        bias: whether there is a bias, if affine.

    Version 2 of the state has num_batches_tracked; in an older one it counts as the module's own.
    """

    _version = 2
    __constants__ = ["track_running_stats", "momentum", "eps", "num_features", "affine"]
    num_features: int
    eps: float
    momentum: float | None
    affine: bool
    track_running_stats: bool

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        factory = {"device": device, "dtype": dtype}
        super().__init__()
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        add_scale(self, num_features, affine, affine and bias, **factory)
        tracked = track_running_stats
        self.register_buffer("running_mean", zeros(num_features, **factory) if tracked else None)
        self.register_buffer("running_var", ones(num_features, **factory) if tracked else None)
        self.register_buffer("num_batches_tracked", tensor(0, dtype=int64, device=device) if tracked else None)
        self.reset_parameters()

    def reset_running_stats(self) -> None:
        """Mean 0, variance 1, no batch seen."""
        if self.track_running_stats:
            self.running_mean.zero_()
            self.running_var.fill_(1)
            self.num_batches_tracked.zero_()

    def reset_parameters(self) -> None:
        """Weight 1, bias 0, and the running statistics."""
        reset_scale(self.weight, self.bias)
        self.reset_running_stats()

    def _check_input_dim(self, input: Tensor) -> None:
        raise NotImplementedError

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )

    def _load_from_state_dict(self, state_dict: Any, prefix: str, local_metadata: Any, *rest: Any) -> None:
        version = local_metadata.get("version", None)
        if (version is None or version < 2) and self.track_running_stats:
            own = self.num_batches_tracked
            state_dict.setdefault(prefix + "num_batches_tracked", tensor(0, dtype=int64) if own is None else own)
        super()._load_from_state_dict(state_dict, prefix, local_metadata, *rest)


@own_constructor
class _BatchNorm(_NormBase):
    """Normalisation by the batch in training, by the running statistics in evaluation.

    Without running statistics it is by the batch in evaluation too.
    """

    _ranks: ClassVar[tuple[int, ...]] = ()

    def forward(self, input: Tensor) -> Tensor:
        self._check_input_dim(input)
        return self._normalized(input)

    def _normalized(self, input: Tensor) -> Tensor:
        momentum = 0.0 if self.momentum is None else self.momentum
        if self.training and self.track_running_stats and self.num_batches_tracked is not None:
            self.num_batches_tracked.add_(1)
            if self.momentum is None:
                momentum = 1.0 / float(self.num_batches_tracked)
        by_batch = self.training or (self.running_mean is None and self.running_var is None)
        used = not self.training or self.track_running_stats
        mean, var = (self.running_mean, self.running_var) if used else (None, None)
        return F.batch_norm(input, mean, var, self.weight, self.bias, by_batch, momentum, self.eps)

    def _check_input_dim(self, input: Tensor) -> None:
        if not self._ranks:
            raise NotImplementedError
        if input.dim() not in self._ranks:
            ranks = " or ".join(f"{rank}D" for rank in self._ranks)
            raise ValueError(f"expected {ranks} input (got {input.dim()}D input)")


class BatchNorm1d(_BatchNorm):
    """y = (x − m) / √(v + eps) · weight + bias for each channel of x (N, C) or (N, C, L).

    In training m and v are the mean and the biased variance over N and L, and running statistics follow them:
    r ← (1 − momentum) r + momentum m, the variance's with the unbiased one. In evaluation they are m and v.

    Args: see `_NormBase`.

    Raises ValueError for another number of dimensions and for one value per channel in training.

    Source: torch.nn.BatchNorm1d; Ioffe & Szegedy, 2015.
    """

    _ranks = (2, 3)


class BatchNorm2d(_BatchNorm):
    """BatchNorm1d over N, H and W of x (N, C, H, W).

    Source: torch.nn.BatchNorm2d; Ioffe & Szegedy, 2015.
    """

    _ranks = (4,)


class BatchNorm3d(_BatchNorm):
    """BatchNorm1d over N, D, H and W of x (N, C, D, H, W).

    Source: torch.nn.BatchNorm3d; Ioffe & Szegedy, 2015.
    """

    _ranks = (5,)


# Channels yet unknown -----------------------------------------------------------------------------------


class _LazyNormBase(LazyModuleMixin, _NormBase):
    """A normalisation whose num_features is the first input's size(1). Before that it is 0."""

    def __init__(
        self,
        eps: Any = 1e-5,
        momentum: Any = 0.1,
        affine: Any = True,
        track_running_stats: Any = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: Any = True,
    ) -> None:
        factory = {"device": device, "dtype": dtype}
        super().__init__(0, eps, momentum, False, False, **factory, bias=False)
        self.affine = affine
        self.track_running_stats = track_running_stats
        if affine:
            self.weight = UninitializedParameter(**factory)
            if bias:
                self.bias = UninitializedParameter(**factory)
        if track_running_stats:
            self.running_mean = UninitializedBuffer(**factory)
            self.running_var = UninitializedBuffer(**factory)
            self.num_batches_tracked = tensor(0, dtype=int64, device=device)

    def reset_parameters(self) -> None:
        """As in the class that it becomes, if it has a shape."""
        if not self.has_uninitialized_params() and self.num_features != 0:
            super().reset_parameters()

    def initialize_parameters(self, input: Tensor) -> None:
        """Give parameters and statistics the size of the input's channels, and their first values."""
        if not self.has_uninitialized_params():
            return
        self.num_features = input.shape[1]
        held = [self.weight, self.bias] if self.affine else []
        if self.track_running_stats:
            held += [self.running_mean, self.running_var]
        for each in held:
            if each is not None:
                each.materialize((self.num_features,))
        self.reset_parameters()


class LazyBatchNorm1d(_LazyNormBase, _BatchNorm):
    """BatchNorm1d whose num_features is the first input's size(1). Source: torch.nn.LazyBatchNorm1d."""

    cls_to_become = BatchNorm1d
    _ranks = BatchNorm1d._ranks


class LazyBatchNorm2d(_LazyNormBase, _BatchNorm):
    """BatchNorm2d whose num_features is the first input's size(1). Source: torch.nn.LazyBatchNorm2d."""

    cls_to_become = BatchNorm2d
    _ranks = BatchNorm2d._ranks


class LazyBatchNorm3d(_LazyNormBase, _BatchNorm):
    """BatchNorm3d whose num_features is the first input's size(1). Source: torch.nn.LazyBatchNorm3d."""

    cls_to_become = BatchNorm3d
    _ranks = BatchNorm3d._ranks


# Several processes --------------------------------------------------------------------------------------


_CONFIGURATION = ("num_features", "eps", "momentum", "affine", "track_running_stats")


class SyncBatchNorm(_BatchNorm):
    """Batch normalisation of x (N, C, *) over the batches of all processes of a group.

    refnn runs in one process: it is batch normalisation of x with at least two dimensions, as torch's is there.

    Args: see `_NormBase`, and
        process_group: kept as an attribute.

    Raises ValueError for fewer dimensions and for no channels.

    Source: torch.nn.SyncBatchNorm.
    """

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        process_group: Any | None = None,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)
        self.process_group = process_group

    def _check_input_dim(self, input: Tensor) -> None:
        ndim = input.dim()
        if ndim < 2:
            raise ValueError(f"expected at least 2D input (got {ndim}D input)")

    def _check_non_zero_input_channels(self, input: Tensor) -> None:
        if input.size(1) == 0:
            raise ValueError("SyncBatchNorm number of input channels should be non-zero")

    def forward(self, input: Tensor) -> Tensor:
        self._check_input_dim(input)
        self._check_non_zero_input_channels(input)
        return self._normalized(input)

    @classmethod
    def convert_sync_batchnorm(cls, module: Any, process_group: Any = None) -> Any:
        """The module with every batch normalisation in it replaced by a SyncBatchNorm of the same tensors.

        A batch normalisation itself is not changed: its replacement is returned.
        """
        converted = module
        if isinstance(module, _BatchNorm):
            kept: dict[str, Any] = {name: getattr(module, name) for name in _CONFIGURATION}
            converted = SyncBatchNorm(**kept, process_group=process_group, bias=module.bias is not None)
            shared = ["running_mean", "running_var", "num_batches_tracked", "training"]
            with no_grad():
                for name in ["weight", "bias"] * module.affine + shared + ["qconfig"] * hasattr(module, "qconfig"):
                    setattr(converted, name, getattr(module, name))
        for name, child in module.named_children():
            converted.add_module(name, cls.convert_sync_batchnorm(child, process_group))
        return converted
