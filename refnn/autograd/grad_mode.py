"""torch.autograd.grad_mode: the modes under the name of the file in which torch has them."""

from refnn.autograd.modes import enable_grad, inference_mode, no_grad, set_grad_enabled

__all__ = ["enable_grad", "inference_mode", "no_grad", "set_grad_enabled"]
