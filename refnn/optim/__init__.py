"""Optimizers and learning-rate schedules (torch.optim)."""

from refnn.optim import lr_scheduler, swa_utils
from refnn.optim.adadelta import Adadelta
from refnn.optim.adagrad import Adagrad
from refnn.optim.adam import Adam
from refnn.optim.adamax import Adamax
from refnn.optim.adamw import AdamW
from refnn.optim.asgd import ASGD
from refnn.optim.lbfgs import LBFGS
from refnn.optim.nadam import NAdam
from refnn.optim.optimizer import Optimizer
from refnn.optim.radam import RAdam
from refnn.optim.rmsprop import RMSprop
from refnn.optim.rprop import Rprop
from refnn.optim.sgd import SGD

__all__ = [
    "ASGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "LBFGS",
    "NAdam",
    "Optimizer",
    "RAdam",
    "RMSprop",
    "Rprop",
    "SGD",
    "lr_scheduler",
    "swa_utils",
]
