"""What a layer or a function is: its equation, refnn's NumPy and derivative, its corner cases, and torch beside it.

found = explain("nn.GRU")
found.kernels[0].place          # refnn/ops/gru.py and the line
show(page(explain("nn.GRU")))
"""

from refnn.explain.corner_cases import CornerCase, corner_cases
from refnn.explain.explanation import Explanation, explain
from refnn.explain.find import UnknownName
from refnn.explain.page import page, show

__all__ = ["CornerCase", "Explanation", "UnknownName", "corner_cases", "explain", "page", "show"]
