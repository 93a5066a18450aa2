"""torch.version: of the torch that this stands for, and of what it is built with, which is nothing."""

__all__ = ["__version__", "cuda", "debug", "hip"]

__version__ = "2.13.0+refnn"
debug = False
cuda: str | None = None
hip: str | None = None
