"""Pruning: which values go, and what is left after several methods."""

import numpy as np
import pytest

import refnn
from refnn import nn
from refnn.nn.utils import prune


def layer():
    made = nn.Linear(4, 3)
    with refnn.no_grad():
        made.weight.copy_(refnn.tensor([[4.0, -1, 3, 2], [-8, 7, 6, -5], [9, 10, -12, 13]]))
    return made


def mask_of(module):
    return module.weight_mask.numpy().astype(int).tolist()


def test_smallest_values():
    m = prune.l1_unstructured(layer(), "weight", 3)
    assert mask_of(m) == [[1, 0, 0, 0], [1, 1, 1, 1], [1, 1, 1, 1]]
    assert refnn.equal(m.weight, m.weight_orig * m.weight_mask)


def test_smallest_slices():
    assert mask_of(prune.ln_structured(layer(), "weight", 1, n=2, dim=0)) == [[0] * 4, [1] * 4, [1] * 4]
    assert mask_of(prune.ln_structured(layer(), "weight", 0.25, n=1, dim=1)) == [[1, 0, 1, 1]] * 3


@pytest.mark.parametrize("amount, count", [(0.5, 6), (5, 5), (0, 0), (1.0, 12)])
def test_random_counts(amount, count):
    assert sum(map(sum, mask_of(prune.random_unstructured(layer(), "weight", amount)))) == 12 - count


def test_random_slices():
    mask = np.array(mask_of(prune.random_structured(layer(), "weight", 2, dim=1)))
    assert sorted(mask.sum(0).tolist()) == [0, 0, 3, 3]


def test_a_second_method_counts_what_the_first_left():
    m = prune.l1_unstructured(layer(), "weight", 6)
    prune.l1_unstructured(m, "weight", 0.5)
    assert sum(map(sum, mask_of(m))) == 3
    assert len(m._forward_pre_hooks) == 1


def test_gradients_reach_only_what_is_left():
    m = prune.l1_unstructured(layer(), "weight", 3)
    m(refnn.ones(1, 4)).sum().backward()
    assert refnn.equal(m.weight_orig.grad, m.weight_mask)


def test_removal_keeps_the_zeros():
    m = prune.l1_unstructured(layer(), "weight", 3)
    pruned = m.weight.detach().clone()
    prune.remove(m, "weight")
    assert isinstance(m.weight, nn.Parameter)
    assert refnn.equal(m.weight, pruned)
    assert list(m.state_dict()) == ["bias", "weight"]
    assert not prune.is_pruned(m)


def test_globally_the_smallest_of_all():
    a, b = layer(), nn.Linear(2, 2, bias=False)
    with refnn.no_grad():
        b.weight.copy_(refnn.tensor([[0.5, 100.0], [0.25, 200.0]]))
    prune.global_unstructured([(a, "weight"), (b, "weight")], prune.L1Unstructured, amount=3)
    assert mask_of(a) == [[1, 0, 1, 1], [1] * 4, [1] * 4]
    assert mask_of(b) == [[0, 1], [0, 1]]


def test_what_fails_leaves_the_parameter():
    m = layer()
    with pytest.raises(ValueError, match="should be smaller than the number of parameters"):
        prune.l1_unstructured(m, "weight", 13)
    assert sorted(m.state_dict()) == ["bias", "weight"]
