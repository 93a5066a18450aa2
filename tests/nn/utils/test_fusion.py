"""A layer and the batch normalisation behind it, folded into one: the oracle is one after the other."""

import pytest

import refnn
from refnn import nn
from refnn.nn import utils


def normalisation(features, affine=True):
    """What fusion asks of a batch normalisation, and its value by the definition."""
    bn = nn.Module()
    bn.num_features, bn.eps = features, 0.1
    bn.register_buffer("running_mean", refnn.randn(features))
    bn.register_buffer("running_var", refnn.rand(features) + 0.5)
    bn.weight = nn.Parameter(refnn.rand(features) + 0.5) if affine else None
    bn.bias = nn.Parameter(refnn.randn(features)) if affine else None
    return bn.eval()


def applied(bn, y, spatial):
    shape = (-1, *(1,) * spatial)
    mean, var = bn.running_mean.reshape(shape), bn.running_var.reshape(shape)
    y = (y - mean) / (var + bn.eps).sqrt()
    return y if bn.weight is None else y * bn.weight.reshape(shape) + bn.bias.reshape(shape)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("affine", [True, False])
@pytest.mark.parametrize("cls", [nn.Conv2d, nn.ConvTranspose2d])
def test_convolutions(cls, affine, bias):
    conv, bn, x = (
        cls(3, 4, 2, bias=bias).double().eval(),
        normalisation(4, affine).double(),
        refnn.randn(2, 3, 5, 5).double(),
    )
    fused = utils.fuse_conv_bn_eval(conv, bn, transpose=cls is nn.ConvTranspose2d)
    assert refnn.allclose(fused(x), applied(bn, conv(x), 2), rtol=1e-12, atol=1e-12)
    assert fused.weight.requires_grad
    assert fused.bias.requires_grad is bias


@pytest.mark.parametrize("bias", [True, False])
def test_linear(bias):
    linear, bn, x = nn.Linear(3, 4, bias=bias).double().eval(), normalisation(4).double(), refnn.randn(2, 3).double()
    fused = utils.fuse_linear_bn_eval(linear, bn)
    assert refnn.allclose(fused(x), applied(bn, linear(x), 0), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    "layer, fuse", [(nn.Conv1d(1, 2, 1), utils.fuse_conv_bn_eval), (nn.Linear(1, 2), utils.fuse_linear_bn_eval)]
)
def test_refused(layer, fuse):
    bn = normalisation(2)
    with pytest.raises(AssertionError, match="Fusion only for eval!"):
        fuse(layer.train(), bn)
    bn.running_var = None
    with pytest.raises(AssertionError, match="must not be None"):
        fuse(layer.eval(), bn)


def test_skip_init_draws_nothing():
    refnn.manual_seed(1)
    expected = refnn.rand(1)
    refnn.manual_seed(1)
    module = utils.skip_init(nn.Linear, 3, 2, dtype=refnn.float64)
    assert (module.weight.shape, module.weight.dtype) == ((2, 3), refnn.float64)
    assert refnn.equal(refnn.rand(1), expected)
    with pytest.raises(RuntimeError, match="must support a 'device' arg"):
        utils.skip_init(nn.ReLU)
    with pytest.raises(RuntimeError, match="Expected a Module"):
        utils.skip_init(int)
