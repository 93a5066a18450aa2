"""torch.backends.cuda: switches of CUDA. There is none."""

from refnn.backends._absent import is_built

__all__ = ["is_built", "matmul"]


class _Matmul:
    """How CUDA would multiply matrices."""

    def __init__(self) -> None:
        self.allow_tf32 = False
        self.allow_fp16_reduced_precision_reduction = True
        self.allow_bf16_reduced_precision_reduction = True


matmul = _Matmul()
