"""Batch and instance normalisation: running statistics, old states, lazy forms, conversion."""

import copy
import pickle

import pytest

import refnn
from refnn import nn

X = refnn.tensor([[1.0, 10.0], [3.0, 30.0]])


def test_the_unbiased_variance_is_stored():
    layer = nn.BatchNorm1d(2)
    layer(X)
    assert refnn.allclose(layer.running_mean, refnn.tensor([0.2, 2.0]))
    assert refnn.allclose(layer.running_var, refnn.tensor([0.9 + 0.1 * 2, 0.9 + 0.1 * 200]))
    assert layer.num_batches_tracked.item() == 1


def test_cumulative_average():
    layer = nn.BatchNorm1d(2, momentum=None)
    for k in range(4):
        layer(X + k)
    assert refnn.allclose(layer.running_mean, refnn.tensor([3.5, 21.5]))
    assert refnn.allclose(layer.running_var, refnn.tensor([2.0, 200.0]))


def test_evaluation_uses_the_running_statistics():
    layer = nn.BatchNorm1d(2, affine=False, eps=0.0).eval()
    layer.running_mean.fill_(1)
    layer.running_var.fill_(4)
    assert layer(X).tolist() == [[0.0, 4.5], [1.0, 14.5]]
    assert layer.num_batches_tracked.item() == 0


def test_statistics_that_are_not_tracked():
    layer = nn.BatchNorm1d(2, track_running_stats=False).eval()
    assert list(layer.state_dict()) == ["weight", "bias"]
    assert refnn.allclose(layer(X), refnn.tensor([[-1.0, -1.0], [1.0, 1.0]]), atol=1e-4)


def test_an_activation_in_place_after_it():
    """The backward pass needs the input and the statistics, not the result."""
    layer, x = nn.BatchNorm1d(2), X.clone().requires_grad_()
    nn.functional.relu_(layer(x)).sum().backward()
    assert x.grad is not None


def test_running_statistics_change_without_a_version():
    """As in torch: a training pass does not spoil the backward pass of an evaluation before it."""
    layer, x = nn.BatchNorm1d(2).eval(), X.clone().requires_grad_()
    version, y = layer.running_mean._version, layer(x)
    layer.train()(x)
    y.sum().backward()
    assert layer.running_mean._version == version


def test_states_without_the_count():
    layer = nn.BatchNorm1d(2)
    layer(X)
    old = layer.state_dict()
    del old["num_batches_tracked"]
    with pytest.raises(RuntimeError, match="num_batches_tracked"):
        nn.BatchNorm1d(2).load_state_dict(old)
    for version in (None, 1):
        old._metadata[""]["version"] = version
        fresh = nn.BatchNorm1d(2)
        fresh.load_state_dict(copy.copy(old))
        assert refnn.equal(fresh.running_mean, layer.running_mean)
        assert fresh.num_batches_tracked.item() == 0


def test_old_states_of_instance_normalisation():
    old = nn.InstanceNorm1d(2, track_running_stats=True).state_dict()
    old._metadata[""].pop("version")
    del old["num_batches_tracked"]
    with pytest.raises(RuntimeError, match='"running_mean" and "running_var" for InstanceNorm1d with track'):
        nn.InstanceNorm1d(2).load_state_dict(old)
    old._metadata[""]["version"] = 1
    with pytest.raises(RuntimeError, match="Unexpected key"):
        nn.InstanceNorm1d(2).load_state_dict(old)


def test_instance_statistics_are_averaged_over_the_examples():
    layer = nn.InstanceNorm1d(1, track_running_stats=True, momentum=1.0)
    layer(refnn.tensor([[[0.0, 2.0]], [[0.0, 6.0]]]))
    assert layer.running_mean.tolist() == [2.0]
    assert layer.running_var.tolist() == [10.0]


def test_channels_that_are_not_used():
    with pytest.warns(UserWarning, match="does not match num_features"):
        nn.InstanceNorm1d(3)(refnn.randn(2, 4, 5))
    with pytest.raises(ValueError, match="match num_features"):
        nn.InstanceNorm1d(3, affine=True)(refnn.randn(2, 4, 5))


LAZY = {
    nn.LazyBatchNorm1d: (2, 3, 4),
    nn.LazyBatchNorm2d: (2, 3, 4, 5),
    nn.LazyBatchNorm3d: (2, 3, 4, 5, 2),
    nn.LazyInstanceNorm1d: (2, 3, 4),
    nn.LazyInstanceNorm2d: (2, 3, 4, 5),
    nn.LazyInstanceNorm3d: (2, 3, 4, 5, 2),
}


@pytest.mark.parametrize("cls", LAZY, ids=lambda cls: cls.__name__)
def test_first_call_gives_the_plain_layer(cls):
    plain = getattr(nn, cls.__name__.removeprefix("Lazy"))
    lazy, x = cls(momentum=0.3), refnn.randn(LAZY[cls])
    assert lazy.has_uninitialized_params()
    y = lazy(x)
    expected = plain(3, momentum=0.3, affine=True, track_running_stats=True)
    assert type(lazy) is plain
    assert repr(lazy) == repr(expected)
    assert refnn.equal(y, expected(x))
    assert all(map(refnn.equal, lazy.state_dict().values(), expected.state_dict().values()))


def test_a_lazy_layer_takes_the_sizes_of_a_state():
    lazy, trained = nn.LazyBatchNorm1d(), nn.BatchNorm1d(2)
    trained(X)
    lazy.load_state_dict(trained.state_dict())
    assert not lazy.has_uninitialized_params()
    assert refnn.equal(lazy.running_var, trained.running_var)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))], ids=["copy", "pickle"])
def test_copies_have_statistics_of_their_own(copied):
    layer = nn.BatchNorm1d(2)
    layer(X)
    twin = copied(layer)
    twin(X)
    assert twin.num_batches_tracked.item() == 2
    assert layer.num_batches_tracked.item() == 1
    assert not refnn.equal(twin.running_mean, layer.running_mean)


def test_conversion_for_several_processes():
    net = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2), nn.Sequential(nn.BatchNorm1d(2, affine=False))).eval()
    first, inner = net[1], net[2][0]
    converted = nn.SyncBatchNorm.convert_sync_batchnorm(net, "group")
    assert converted is net
    assert type(net[1]) is type(net[2][0]) is nn.SyncBatchNorm
    assert net[1].weight is first.weight
    assert net[1].running_mean is first.running_mean
    assert net[2][0].num_batches_tracked is inner.num_batches_tracked
    assert not net[1].training
    assert net[1].process_group == "group"
    assert refnn.equal(net[1](X), first(X))
