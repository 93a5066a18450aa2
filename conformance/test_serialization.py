"""Files cross over: torch reads what refnn saved, and refnn what torch saved."""

import io
import pickle
from collections import Counter, OrderedDict, defaultdict, deque

import pytest

import refnn
from refnn.testing.conformance.convert import array_of

torch = pytest.importorskip("torch")
DTYPES = [
    "float16",
    "bfloat16",
    "float32",
    "float64",
    "complex64",
    "complex128",
    "uint8",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint16",
    "uint32",
    "uint64",
    "bool",
]


def stepped(t, name):
    t.manual_seed(0)
    model = t.nn.Sequential(t.nn.Linear(2, 3), t.nn.BatchNorm1d(3))
    optimizer = getattr(t.optim, name)(model.parameters(), lr=0.1)
    model(t.ones(4, 2) * t.arange(4.0)[:, None]).sum().backward()
    optimizer.step()
    return {"epoch": 3, "model": model.state_dict(), "optimizer": optimizer.state_dict(), "loss": 0.5, "note": None}


def matrix(t):
    return t.arange(12.0).view(3, 4)


ROWS = {
    "matrix": matrix,
    "transposed": lambda t: matrix(t).t(),
    "views of one storage": lambda t: [matrix(t), *(lambda x: (x, x[1], x[:, 1:3]))(matrix(t))],
    "0-dim": lambda t: t.tensor(3),
    "empty": lambda t: t.zeros(0, 3),
    "expanded": lambda t: t.ones(1).expand(4),
    "channels last": lambda t: t.arange(24.0).view(1, 2, 3, 4).to(memory_format=t.channels_last),
    "dtypes": lambda t: [matrix(t).to(getattr(t, name)) for name in DTYPES],
    "parameter": lambda t: [t.nn.Parameter(matrix(t)), t.nn.Parameter(matrix(t), requires_grad=False)],
    "requires grad": lambda t: matrix(t).requires_grad_(),
    "plain": lambda t: {
        "dtype": t.float32,
        "size": t.Size([1, 2]),
        "device": t.device("cpu"),
        "set": {1, 2},
        "n": None,
    },
    "ordered": lambda t: OrderedDict(a=matrix(t), b=(1, 2.5, True, "text", b"bytes", 1j)),
    "Adam": lambda t: stepped(t, "Adam"),
    "SGD": lambda t: stepped(t, "SGD"),
    "packed": lambda t: t.nn.utils.rnn.pack_sequence([t.ones(3), t.ones(2)]).data,
}


def told(value):
    """The value without its library: arrays with what a tensor knows of them."""
    if isinstance(value, (torch.Tensor, refnn.Tensor)):
        return type(value).__name__, str(value.dtype), value.stride(), value.requires_grad, array_of(value).tolist()
    if isinstance(value, dict):
        return type(value).__name__, [(key, told(item)) for key, item in value.items()]
    if isinstance(value, (list, tuple)):
        return type(value).__name__, [told(item) for item in value]
    return repr(value).replace("refnn", "torch")


@pytest.mark.parametrize("writer, reader", [(torch, refnn), (refnn, torch), (refnn, refnn)], ids=["to", "from", "own"])
@pytest.mark.parametrize("name", ROWS)
def test_read_as_written(name, writer, reader):
    file = io.BytesIO()
    value = ROWS[name](writer)
    writer.save(value, file)
    file.seek(0)
    assert told(reader.load(file)) == told(value)


@pytest.mark.parametrize("writer, reader", [(torch, refnn), (refnn, torch)], ids=["to", "from"])
def test_whole_models_and_shared_memory(writer, reader, tmp_path):
    x = matrix(writer)
    model = writer.nn.Sequential(writer.nn.Conv2d(1, 2, 3), writer.nn.ReLU(), writer.nn.Flatten())
    writer.save([model, x, x[1]], tmp_path / "model.pt")
    found, whole, row = reader.load(tmp_path / "model.pt", weights_only=False)
    assert repr(found) == repr(model)
    assert type(found) is reader.nn.Sequential
    whole[1, 2] = 99
    assert row[2] == 99
    with pytest.raises(Exception, match="Weights only load failed") as error:
        reader.load(tmp_path / "model.pt")
    assert type(error.value).__name__ == "UnpicklingError"


CONTAINERS = [
    {1, 2},
    frozenset([1]),
    Counter("aab"),
    defaultdict(int, a=1),
    deque([1]),
    bytearray(b"a"),
    b"a",
    1j,
    range(3),
    slice(1),
    2**100,
]


@pytest.mark.parametrize("value", CONTAINERS, ids=lambda value: type(value).__name__)
def test_weights_only_lets_through_what_torch_does(value):
    def loaded(t):
        file = io.BytesIO()
        t.save(value, file)
        file.seek(0)
        try:
            return t.load(file)
        except pickle.UnpicklingError as error:
            return str(error)[:24]

    assert loaded(refnn) == loaded(torch)


CALLS = {
    "a folder that is not there": lambda t: t.save(matrix(t), "/nowhere/at/all.pt"),
    "no file to write": lambda t: t.save(matrix(t), 3),
    "no file to read": lambda t: t.load(3),
    "an absent file": lambda t: t.load("/nowhere/at/all.pt"),
    **{
        f"map_location={where!r}": lambda t, where=where: again(t, where)
        for where in ("cpu", "cuda", "cuda:1", "foo", {"cuda:0": "cpu"}, {"cpu": "cuda:0"})
    },
    "map_location, a function": lambda t: again(t, lambda storage, place: storage),
    "map_location, a function that declines": lambda t: again(t, lambda storage, place: None),
    "map_location, a device": lambda t: again(t, t.device("cpu")),
}


def again(t, where):
    file = io.BytesIO()
    t.save(matrix(t), file)
    file.seek(0)
    return t.load(file, map_location=where)


@pytest.mark.parametrize("name", CALLS)
def test_calls(name):
    results = []
    for t in (torch, refnn):
        try:
            results.append(told(CALLS[name](t)))
        except Exception as error:
            results.append((type(error).__name__, str(error)))
    assert results[1] == results[0]
