"""What every layer draws when it is built: the same bits as in torch, and the stream at the same position after.

The layers are those of torch's `module_db`, with all its constructor arguments, and the rows below; a layer that
refnn gets is compared from that day on. A layer's draws are made twice more by `reset_parameters`.
"""

import inspect
import warnings

import pytest
import torch

import refnn
from refnn.testing.conformance import names
from refnn.testing.conformance.convert import Copier, dtype_to_refnn
from refnn.testing.conformance.modules import INFOS, ModuleTest, samples

DTYPES = (torch.float32, torch.float64, torch.float16, torch.bfloat16)

# Constructor arguments that module_db has not: (class, expression).
ROWS = """
Linear|(700, 1300)
Linear|(3, 4, bias=False)
Bilinear|(3, 5, 7)
Conv1d|(6, 9, 5, groups=3)
Conv2d|(4, 8, (3, 5), padding="same", bias=False)
Conv3d|(2, 4, 3)
ConvTranspose1d|(6, 9, 5, groups=3)
ConvTranspose2d|(4, 8, (3, 5))
ConvTranspose3d|(2, 4, 3)
RNN|(3, 5, 3, bidirectional=True)
RNN|(3, 5, nonlinearity="relu", bias=False)
GRU|(4, 20, 2, dropout=0.5)
LSTM|(4, 20, 2, bidirectional=True)
LSTM|(4, 20, proj_size=7)
LSTM|(4, 20, 2, bidirectional=True, proj_size=7)
RNNBase|("LSTM", 3, 5, 2)
RNNCellBase|(3, 5, True, 4)
RNNCell|(3, 5)
LSTMCell|(3, 5, bias=False)
GRUCell|(3, 5)
Embedding|(20, 3)
Embedding|(20, 3, padding_idx=-2)
EmbeddingBag|(20, 3, padding_idx=2)
BatchNorm2d|(3,)
LayerNorm|((3, 4),)
GroupNorm|(2, 4)
RMSNorm|(5,)
PReLU|(3,)
MultiheadAttention|(8, 2)
MultiheadAttention|(8, 2, bias=False, add_bias_kv=True, kdim=3, vdim=5)
TransformerEncoderLayer|(8, 2, 16)
TransformerDecoderLayer|(8, 2, 16)
Transformer|(8, 2, 2, 2, 16)
AdaptiveLogSoftmaxWithLoss|(8, 20, [5, 10])
""".strip().split("\n")


def bits(tensor):
    plain = tensor.detach().contiguous()
    if str(plain.dtype) == "torch.bfloat16":
        plain = plain.float()
    return str(tensor.dtype), tuple(tensor.shape), tuple(tensor.stride()), plain.numpy().tobytes()


def stream(lib):
    return lib.get_rng_state().numpy().tobytes()


def drawn(lib, cls, args, kwargs):
    """The values of a layer as it is built, as it is reset, and where the stream was left each time; or an error."""
    lib.manual_seed(2**32 + 7)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            module = cls(*args, **kwargs)
        except Exception as error:
            return type(error).__name__, str(error)
        lazy = any(type(p).__name__ == "UninitializedParameter" for p in module.parameters())
        values = [] if lazy else [{name: bits(value) for name, value in module.state_dict().items()}]
        positions = [stream(lib)]
        for _ in range(2):
            for layer in module.modules():
                reset = getattr(layer, "reset_parameters", getattr(layer, "_reset_parameters", None))
                if reset is not None and not lazy:
                    reset()
            values.append({} if lazy else {name: bits(value) for name, value in module.state_dict().items()})
            positions.append(stream(lib))
    return values, positions


def same(name, cls, args, kwargs):
    expected = drawn(torch, getattr(torch.nn, name), *(Copier(torch)(v) for v in (args, kwargs)))
    found = drawn(refnn, cls, *(Copier(refnn)(v) for v in (args, kwargs)))
    if isinstance(expected[0], str):
        assert found == expected
        return
    assert found[0] == expected[0], (name, args, kwargs)
    assert found[1] == expected[1], (name, args, kwargs, "the stream's position")


def counterpart(name):
    try:
        return names.look_up(refnn.nn, name)
    except names.Missing:
        pytest.skip(f"missing: nn.{name}")


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("name", [name for name in INFOS if name not in names.excluded("modules")])
def test_modules_of_the_table(name, dtype):
    if dtype not in INFOS[name].supported_dtypes("cpu"):
        pytest.skip(f"torch's table has no {name} in {dtype}")
    short = name.removeprefix("nn.")
    cls = counterpart(short)
    for sample in samples(ModuleTest(name, dtype, True)):
        same(short, cls, sample.constructor_input.args, sample.constructor_input.kwargs)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("row", ROWS)
def test_rows(row, dtype):
    name, _, arguments = row.partition("|")
    cls = counterpart(name)
    args, kwargs = eval(f"(lambda *a, **k: (a, k)){arguments}")
    same(name, cls, args, {**kwargs, "dtype": dtype})


def test_every_layer_with_parameters_is_here():
    """A class of torch.nn that torch's table lacks, and that draws, must stand among the rows."""
    known = {name.removeprefix("nn.") for name in INFOS} | {row.partition("|")[0] for row in ROWS}
    for name, cls in vars(torch.nn).items():
        if inspect.isclass(cls) and issubclass(cls, torch.nn.Module) and hasattr(cls, "reset_parameters"):
            assert name in known or name.startswith(("Lazy", "Sync")), name


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_the_default_dtype_is_drawn(dtype):
    try:
        torch.set_default_dtype(dtype)
        refnn.set_default_dtype(dtype_to_refnn(dtype))
        same("Linear", refnn.nn.Linear, (30, 20), {})
        same("GRU", refnn.nn.GRU, (3, 20), {})
    finally:
        torch.set_default_dtype(torch.float32)
        refnn.set_default_dtype(refnn.float32)
