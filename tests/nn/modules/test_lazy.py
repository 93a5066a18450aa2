"""Lazy layers: sizes learnt from the first call or from a state, and then the plain layer's behaviour."""

import copy
import pickle

import pytest

import refnn
from refnn import nn

LAYERS = {
    nn.LazyLinear: ((4,), (2, 3)),
    nn.LazyConv1d: ((4, 2), (2, 3, 6)),
    nn.LazyConv2d: ((4, 2), (2, 3, 6, 5)),
    nn.LazyConv3d: ((4, 2), (2, 3, 3, 4, 5)),
    nn.LazyConvTranspose1d: ((4, 2), (2, 3, 6)),
    nn.LazyConvTranspose2d: ((4, 2), (2, 3, 6, 5)),
    nn.LazyConvTranspose3d: ((4, 2), (2, 3, 3, 4, 5)),
}


@pytest.mark.parametrize("cls", LAYERS, ids=lambda cls: cls.__name__)
def test_first_call_gives_the_plain_layer(cls):
    args, shape = LAYERS[cls]
    plain = getattr(nn, cls.__name__.removeprefix("Lazy"))
    lazy, x = cls(*args), refnn.randn(shape)
    refnn.manual_seed(3)
    y = lazy(x)
    refnn.manual_seed(3)
    expected = plain(3, *args)
    assert type(lazy) is plain
    assert repr(lazy) == repr(expected)
    assert refnn.equal(lazy.weight, expected.weight)
    assert refnn.equal(lazy.bias, expected.bias)
    assert refnn.equal(y, expected(x))


@pytest.mark.parametrize("cls", LAYERS, ids=lambda cls: cls.__name__)
def test_without_bias(cls):
    args, shape = LAYERS[cls]
    lazy = cls(*args, bias=False)
    lazy(refnn.ones(shape))
    assert lazy.bias is None


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))], ids=["copy", "pickle"])
def test_a_copy_learns_its_own_size(copied):
    first = nn.LazyLinear(2)
    second = copied(first)
    second(refnn.ones(1, 5))
    assert second.weight.shape == (2, 5)
    assert not second._forward_pre_hooks
    assert first.has_uninitialized_params()


def test_a_state_brings_the_sizes():
    plain, lazy = nn.Linear(3, 2), nn.LazyLinear(2)
    lazy.load_state_dict(plain.state_dict())
    assert refnn.equal(lazy.weight, plain.weight)
    with pytest.raises(AssertionError, match="inferred from input: 4"):
        lazy(refnn.ones(1, 4))
    lazy(refnn.ones(1, 3))
    assert type(lazy) is nn.Linear


def test_a_state_without_sizes_loads_into_a_lazy_layer_only():
    lazy = nn.LazyLinear(2)
    assert lazy.load_state_dict(nn.LazyLinear(2).state_dict()).missing_keys == []
    with pytest.raises(RuntimeError, match="Can't access the shape of an uninitialized parameter"):
        nn.Linear(3, 2).load_state_dict(lazy.state_dict())


def test_casts_before_the_first_call():
    model = nn.Sequential(nn.LazyConv1d(2, 1), nn.LazyLinear(2)).double()
    assert model(refnn.ones(1, 3, 4, dtype=refnn.float64)).dtype is refnn.float64


def test_channels_that_the_groups_do_not_divide():
    with pytest.raises(ValueError, match="in_channels must be divisible by groups"):
        nn.LazyConv1d(4, 2, groups=2)(refnn.ones(1, 3, 5))


def test_wrong_number_of_dimensions():
    with pytest.raises(RuntimeError, match=r"Expected 3D \(unbatched\) or 4D \(batched\) input to LazyConv2d"):
        nn.LazyConv2d(4, 2)(refnn.ones(1, 3))


@pytest.mark.parametrize("make", [nn.UninitializedParameter, nn.UninitializedBuffer])
def test_nothing_can_be_computed_with_what_has_no_values(make):
    tensor = make()
    for use in (tensor.detach, tensor.numel, tensor.sum, tensor.requires_grad_, tensor.dim, lambda: tensor + 1):
        with pytest.raises(ValueError, match="Attempted to use an uninitialized parameter"):
            use()
    with pytest.raises(RuntimeError, match="Can't access the shape"):
        tensor.shape  # noqa: B018


@pytest.mark.parametrize("make", [nn.UninitializedParameter, nn.UninitializedBuffer])
def test_materialize(make):
    tensor = make(dtype=refnn.float64)
    tensor.materialize((2, 3))
    assert type(tensor) is make.cls_to_become
    assert (tensor.shape, tensor.dtype) == ((2, 3), refnn.float64)
    assert tensor.requires_grad is (make is nn.UninitializedParameter)


def test_a_buffer_stays_a_buffer_when_cast():
    module = nn.Module()
    module.register_buffer("seen", nn.UninitializedBuffer())
    module.half()
    assert isinstance(module.seen, nn.UninitializedBuffer)
    assert module.seen.dtype is refnn.float16
