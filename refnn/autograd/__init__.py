"""Automatic differentiation: the tape, grad modes, user-defined functions, gradient checks."""

from refnn.autograd import functional, graph
from refnn.autograd.anomaly_mode import detect_anomaly, set_detect_anomaly
from refnn.autograd.engine import backward, grad
from refnn.autograd.function import Function
from refnn.autograd.gradcheck import gradcheck, gradgradcheck
from refnn.autograd.modes import enable_grad, inference_mode, no_grad, set_grad_enabled
from refnn.autograd.variable import Variable, variable

__all__ = [
    "Function",
    "Variable",
    "backward",
    "detect_anomaly",
    "enable_grad",
    "functional",
    "grad",
    "gradcheck",
    "gradgradcheck",
    "graph",
    "inference_mode",
    "no_grad",
    "set_detect_anomaly",
    "set_grad_enabled",
    "variable",
]
