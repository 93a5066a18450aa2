"""Parametrizations: what a module is before, with, and after them."""

import copy
import pickle

import numpy as np
import pytest

import refnn
from refnn import nn
from refnn.nn.utils import parametrizations, parametrize


class Doubled(nn.Module):
    def forward(self, x):
        return 2 * x

    def right_inverse(self, x):
        return x / 2


class Sum(nn.Module):
    def forward(self, a, b):
        return a + b

    def right_inverse(self, x):
        return x - 1, refnn.ones_like(x)


@pytest.mark.parametrize("name", ["weight", "bias"])
@pytest.mark.parametrize("parametrization", [Doubled, Sum])
def test_there_and_back(parametrization, name):
    layer = nn.Linear(3, 2)
    before = getattr(layer, name).detach().clone()
    parametrize.register_parametrization(layer, name, parametrization())
    assert refnn.allclose(getattr(layer, name), before, atol=1e-6)
    assert type(layer).__name__ == "ParametrizedLinear"
    assert f"parametrizations.{name}.original" in " ".join(layer.state_dict())
    setattr(layer, name, before * 3)
    assert refnn.allclose(getattr(layer, name), before * 3, atol=1e-6)
    parametrize.remove_parametrizations(layer, name)
    assert type(layer) is nn.Linear
    assert isinstance(getattr(layer, name), nn.Parameter)
    assert refnn.allclose(getattr(layer, name), before * 3, atol=1e-6)


def test_order_of_two():
    layer = nn.Linear(1, 1)
    with refnn.no_grad():
        layer.weight.fill_(3.0)
    parametrize.register_parametrization(layer, "weight", Doubled())
    add_one = type("AddOne", (nn.Module,), {"forward": lambda self, x: x + 1})()
    parametrize.register_parametrization(layer, "weight", add_one)
    assert layer.weight.item() == 4.0
    with pytest.raises(RuntimeError, match="AddOne does not implement right_inverse"):
        layer.weight = refnn.zeros(1, 1)


def test_a_failed_registration_changes_nothing():
    layer = nn.Linear(2, 2)
    wrong = type("Wrong", (nn.Module,), {"forward": lambda self, x: x[0]})()
    with pytest.raises(ValueError, match="may not change the shape"):
        parametrize.register_parametrization(layer, "weight", wrong)
    assert type(layer) is nn.Linear
    assert isinstance(layer.weight, nn.Parameter)
    assert not parametrize.is_parametrized(layer)


def test_cached_values_are_computed_once():
    layer = nn.Linear(2, 2)
    parametrize.register_parametrization(layer, "weight", Doubled())
    with parametrize.cached():
        assert layer.weight is layer.weight
    assert layer.weight is not layer.weight


def test_copies_and_pickles():
    layer = nn.Linear(2, 2)
    parametrize.register_parametrization(layer, "weight", Doubled())
    twin = copy.deepcopy(layer)
    with refnn.no_grad():
        twin.parametrizations.weight.original.zero_()
    assert (twin.weight == 0).all()
    assert not (layer.weight == 0).all()
    with pytest.raises(RuntimeError, match="only supported through state_dict"):
        pickle.dumps(layer)


@pytest.mark.parametrize("shape", [(3, 3), (4, 2), (2, 4)])
@pytest.mark.parametrize("which", ["matrix_exp", "cayley", "householder"])
@pytest.mark.parametrize("base", [True, False])
def test_orthogonal(which, shape, base):
    layer = nn.Linear(shape[1], shape[0], dtype=refnn.float64)
    parametrizations.orthogonal(layer, orthogonal_map=which, use_trivialization=base)
    for _ in range(2):
        q = layer.weight.detach().numpy()
        q = q if shape[0] >= shape[1] else q.T
        np.testing.assert_allclose(q.T @ q, np.eye(q.shape[1]), atol=1e-12)
        with refnn.no_grad():
            original = layer.parametrizations.weight.original
            original.add_(refnn.randn(*shape, dtype=refnn.float64).tril(-1))


def test_orthogonal_takes_an_orthogonal_value():
    layer = parametrizations.orthogonal(nn.Linear(3, 3))
    q = nn.init.orthogonal_(refnn.empty(3, 3))
    layer.weight = q
    assert refnn.allclose(layer.weight, q, atol=1e-6)


def test_weight_norm():
    layer = parametrizations.weight_norm(nn.Linear(3, 2))
    g, v = layer.parametrizations.weight.original0, layer.parametrizations.weight.original1
    with refnn.no_grad():
        g.copy_(refnn.tensor([[2.0], [3.0]]))
    assert refnn.allclose(layer.weight.norm(dim=1, keepdim=True), g)
    assert refnn.allclose(layer.weight / g, v / v.norm(dim=1, keepdim=True))


@pytest.mark.parametrize("layer", [nn.Linear(4, 3), nn.Conv2d(2, 3, 2), nn.ConvTranspose1d(2, 3, 2)])
@pytest.mark.parametrize("norm", [parametrizations.spectral_norm, nn.utils.spectral_norm])
def test_spectral_norm(layer, norm):
    layer = norm(copy.deepcopy(layer))
    inputs = refnn.zeros(1, 4) if isinstance(layer, nn.Linear) else refnn.zeros(1, 2, *[3] * (layer.weight.dim() - 2))
    for _ in range(50):
        layer(inputs)
    weight = layer.weight.detach().numpy()
    weight = np.moveaxis(weight, 1, 0) if isinstance(layer, nn.ConvTranspose1d) else weight
    largest = np.linalg.svd(weight.reshape(weight.shape[0], -1), compute_uv=False)[0]
    assert largest == pytest.approx(1, abs=1e-4)


def test_eval_leaves_the_vectors():
    layer = parametrizations.spectral_norm(nn.Linear(4, 3)).eval()
    u = layer.parametrizations.weight[0]._u.clone()
    layer(refnn.zeros(1, 4))
    assert refnn.equal(layer.parametrizations.weight[0]._u, u)
