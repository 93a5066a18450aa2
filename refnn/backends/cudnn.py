"""torch.backends.cudnn: switches of cuDNN, with torch's defaults. There is no cuDNN."""

from refnn.backends._absent import is_available

__all__ = ["is_available", "version"]

enabled = True
benchmark = False
benchmark_limit = 10
deterministic = False
allow_tf32 = True


def version() -> None:
    """None: there is no cuDNN."""
