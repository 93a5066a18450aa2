"""What scripts ask of torch's backends, and set on them, before they begin. refnn has none: NumPy computes.

The switches hold what they are set to. Those of CUDA, cuDNN and MPS steer what is not there, and refnn computes the
same from run to run whatever they say. Source: torch.backends.
"""

from __future__ import annotations

__all__ = ["cuda", "cudnn", "mkl", "mkldnn", "mps", "openmp"]


class _Absent:
    """A library that is not there."""

    def is_available(self) -> bool:
        """False."""
        return False


class _Cudnn(_Absent):
    """Switches of cuDNN, with torch's defaults."""

    def __init__(self) -> None:
        self.enabled = True
        self.benchmark = False
        self.benchmark_limit = 10
        self.deterministic = False
        self.allow_tf32 = True

    def version(self) -> None:
        """None: there is no cuDNN."""


class _Mps(_Absent):
    """Apple's graphics processors."""

    def is_built(self) -> bool:
        """False."""
        return False


class _Matmul:
    """How CUDA would multiply matrices."""

    def __init__(self) -> None:
        self.allow_tf32 = False
        self.allow_fp16_reduced_precision_reduction = True
        self.allow_bf16_reduced_precision_reduction = True


class _Cuda:
    """Switches of CUDA."""

    def __init__(self) -> None:
        self.matmul = _Matmul()

    def is_built(self) -> bool:
        """False."""
        return False


cuda, cudnn, mps = _Cuda(), _Cudnn(), _Mps()
mkl, mkldnn, openmp = _Absent(), _Absent(), _Absent()
