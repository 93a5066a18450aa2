"""What scripts ask of torch's backends, and set on them, before they begin. refnn has none: NumPy computes.

The switches hold what they are set to. Those of CUDA, cuDNN and MPS steer what is not there, and refnn computes the
same from run to run whatever they say. Source: torch.backends.
"""

from refnn.backends import cuda, cudnn, mkl, mkldnn, mps, openmp

__all__ = ["cuda", "cudnn", "mkl", "mkldnn", "mps", "openmp"]
