"""The `torch.linalg` namespace, as far as layers need it."""

from refnn.functions.linalg_matrix import LinAlgError, householder_product, solve
from refnn.functions.linalg_matrix import linalg_matrix_exp as matrix_exp

__all__ = ["LinAlgError", "householder_product", "matrix_exp", "solve"]
