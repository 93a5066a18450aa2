"""Automatic differentiation: the tape, grad modes, user-defined functions, gradient checks."""

from refnn.autograd.engine import backward, grad
from refnn.autograd.function import Function
from refnn.autograd.gradcheck import gradcheck, gradgradcheck
from refnn.autograd.modes import enable_grad, inference_mode, no_grad, set_grad_enabled

__all__ = [
    "Function",
    "backward",
    "enable_grad",
    "grad",
    "gradcheck",
    "gradgradcheck",
    "inference_mode",
    "no_grad",
    "set_grad_enabled",
]
