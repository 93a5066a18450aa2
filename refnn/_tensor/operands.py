"""What an operator takes beside a tensor."""

from __future__ import annotations

import numpy as np

from refnn.autograd.base import TensorBase

OPERANDS = (TensorBase, int, float, complex, np.generic)
