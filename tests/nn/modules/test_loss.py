"""Losses as modules: configuration, buffers, text."""

import copy
import inspect
import pickle

import pytest

import refnn
from refnn import nn
from refnn.nn import functional as F

ALL = [nn.L1Loss, nn.MSELoss, nn.NLLLoss, nn.CrossEntropyLoss, nn.BCELoss, nn.BCEWithLogitsLoss]


@pytest.mark.parametrize("cls", ALL)
def test_defaults(cls):
    loss = cls()
    assert repr(loss) == f"{cls.__name__}()"
    assert loss.reduction == "mean"
    assert dict(loss.state_dict()) == {}
    assert list(loss.parameters()) == []


@pytest.mark.parametrize(
    "loss, keys",
    [
        (nn.NLLLoss(refnn.ones(3)), ["weight"]),
        (nn.CrossEntropyLoss(refnn.ones(3)), ["weight"]),
        (nn.BCELoss(refnn.ones(3)), ["weight"]),
        (nn.BCEWithLogitsLoss(refnn.ones(3), pos_weight=refnn.ones(3)), ["weight", "pos_weight"]),
        (nn.BCEWithLogitsLoss(pos_weight=refnn.ones(3)), ["pos_weight"]),
    ],
)
def test_weights_are_buffers(loss, keys):
    assert list(loss.state_dict()) == keys
    assert loss.double().get_buffer(keys[0]).dtype is refnn.float64
    for again in (copy.deepcopy(loss), pickle.loads(pickle.dumps(loss))):
        assert again.get_buffer(keys[0]).tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    "cls, options, function, target",
    [
        (nn.L1Loss, {"reduction": "sum"}, F.l1_loss, refnn.zeros(2, 3)),
        (nn.MSELoss, {"reduction": "none"}, F.mse_loss, refnn.zeros(2, 3)),
        (nn.NLLLoss, {"ignore_index": 1, "reduction": "sum"}, F.nll_loss, refnn.tensor([1, 2])),
        (nn.CrossEntropyLoss, {"weight": refnn.arange(3.0)}, F.cross_entropy, refnn.tensor([1, 2])),
        (nn.CrossEntropyLoss, {"label_smoothing": 0.2}, F.cross_entropy, refnn.tensor([1, 2])),
        (nn.CrossEntropyLoss, {"ignore_index": 2, "reduction": "none"}, F.cross_entropy, refnn.tensor([1, 2])),
        (nn.BCELoss, {"weight": refnn.arange(3.0)}, F.binary_cross_entropy, refnn.ones(2, 3)),
        (
            nn.BCEWithLogitsLoss,
            {"pos_weight": refnn.arange(3.0), "reduction": "sum"},
            F.binary_cross_entropy_with_logits,
            refnn.ones(2, 3),
        ),
    ],
)
def test_forward_is_the_function(cls, options, function, target):
    x = refnn.tensor([[0.1, 0.2, 0.3], [0.4, 0.5, 0.9]])
    assert cls(**options)(x, target).tolist() == function(x, target, **options).tolist()


def test_older_arguments():
    with pytest.warns(UserWarning, match="please use reduction='sum' instead"):
        assert nn.MSELoss(size_average=False).reduction == "sum"
    with pytest.warns(UserWarning, match="please use reduction='none' instead"):
        assert nn.CrossEntropyLoss(None, None, -100, False).reduction == "none"


def test_nll_loss_2d_is_deprecated():
    with pytest.warns(FutureWarning, match="`NLLLoss2d` has been deprecated"):
        loss = nn.NLLLoss2d(ignore_index=3)
    assert loss.ignore_index == 3


@pytest.mark.parametrize("cls", ALL)
def test_reduction_is_not_checked_before_the_call(cls):
    assert cls(reduction="x").reduction == "x"
    assert list(inspect.signature(cls.forward).parameters) == ["self", "input", "target"]
