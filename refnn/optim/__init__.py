"""Optimizers and learning-rate schedules (torch.optim)."""

from refnn.optim import lr_scheduler
from refnn.optim.adam import Adam
from refnn.optim.adamw import AdamW
from refnn.optim.optimizer import Optimizer
from refnn.optim.rmsprop import RMSprop
from refnn.optim.sgd import SGD

__all__ = ["Adam", "AdamW", "Optimizer", "RMSprop", "SGD", "lr_scheduler"]
