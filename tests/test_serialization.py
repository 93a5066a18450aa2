"""What save writes, load reads: values, memory that is shared, and what weights_only lets through."""

import io
import pickle
from collections import OrderedDict
from zipfile import ZipFile

import numpy as np
import pytest

import refnn
from refnn import nn, serialization


def again(value, **options):
    file = io.BytesIO()
    refnn.save(value, file)
    file.seek(0)
    return refnn.load(file, **options)


X = refnn.arange(12.0).view(3, 4)
TENSORS = {
    "matrix": X,
    "transposed": X.t(),
    "row": X[1],
    "every other": X[:, ::2],
    "reversed": X.flip(0),
    "expanded": refnn.ones(3, 1).expand(3, 4),
    "0-dim": refnn.tensor(3),
    "empty": refnn.zeros(0, 3),
    "of channels last": refnn.randn(2, 3, 4, 5).to(memory_format=refnn.channels_last),
    "bool": X > 3,
    "complex": refnn.complex(X, X),
    "half": X.half(),
    "unsigned": X.to(refnn.uint16)[1:],
    "with a gradient": X.clone().requires_grad_(),
}


@pytest.mark.parametrize("name", TENSORS)
def test_tensors(name):
    given, found = TENSORS[name], again(TENSORS[name])
    assert found.dtype is given.dtype
    assert found.requires_grad == given.requires_grad
    np.testing.assert_array_equal(found.detach().numpy(), given.detach().numpy())
    if given.stride() and min(given.detach().numpy().strides) > 0:
        assert found.stride() == given.stride()


def test_shared_memory_stays_shared():
    whole, row = again([X, X[1]])
    whole[1, 2] = 99
    assert row[2] == 99


def test_a_parameter_and_what_was_set_on_a_tensor():
    p = nn.Parameter(X.clone(), requires_grad=False)
    p.note = "mine"
    t = X.clone()
    t.note = "too"
    p, t = again([p, t])
    assert type(p) is nn.Parameter
    assert not p.requires_grad
    assert (p.note, t.note) == ("mine", "too")


def test_a_checkpoint(tmp_path):
    model = nn.Sequential(nn.Linear(4, 2), nn.BatchNorm1d(2))
    optimizer = refnn.optim.Adam(model.parameters(), lr=0.1)
    model(X).sum().backward()
    optimizer.step()
    refnn.save({"epoch": 3, "model": model.state_dict(), "optimizer": optimizer.state_dict()}, tmp_path / "all.pt")
    read = refnn.load(tmp_path / "all.pt", map_location="cpu")
    other = nn.Sequential(nn.Linear(4, 2), nn.BatchNorm1d(2))
    assert str(other.load_state_dict(read["model"])) == "<All keys matched successfully>"
    assert isinstance(read["model"], OrderedDict)
    refnn.optim.Adam(other.parameters()).load_state_dict(read["optimizer"])
    model.eval(), other.eval()
    assert refnn.equal(model(X), other(X))


class Own:
    value = 3


def test_weights_only_takes_no_other_classes():
    with pytest.raises(pickle.UnpicklingError, match=r"Weights only load failed[^$]*Own"):
        again(Own())
    assert again(Own(), weights_only=False).value == 3
    with serialization.safe_globals([Own]):
        assert again(Own()).value == 3
    assert serialization.get_safe_globals() == []
    assert again(nn.Linear(2, 3), weights_only=False).out_features == 3


def archive(text):
    file = io.BytesIO()
    with ZipFile(file, "w") as written:
        written.writestr("archive/data.pkl", text)
        written.writestr("archive/version", "3")
    file.seek(0)
    return file


FOREIGN = {
    "a call": b"cos\nsystem\n(X\x04\x00\x00\x00exittR.",
    "state for a class": b"ctorch\nTensor\nN}X\x05\x00\x00\x00ownedK\x01s\x86b.",
    "state for a function": b"ctorch._utils\n_rebuild_tensor_v2\n}X\x05\x00\x00\x00ownedK\x01sb.",
    "a class of refnn's": b"ctorch.nn.modules.linear\nLinear\n(K\x01K\x01tR.",
    "a function of refnn's": b"ctorch.serialization\nload\n(X\x01\x00\x00\x00atR.",
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_file_that_says_more_than_weights_is_refused(name):
    with pytest.raises(pickle.UnpicklingError, match="Weights only load failed"):
        refnn.load(archive(b"\x80\x02" + FOREIGN[name]))
    assert not hasattr(refnn.Tensor, "owned")
    assert not hasattr(serialization._rebuild_tensor, "owned")


class Interrupting:
    def __reduce__(self):
        raise KeyboardInterrupt


def test_an_interrupted_write_leaves_what_was_there(tmp_path, monkeypatch):
    path = tmp_path / "all.pt"
    refnn.save({"x": X}, path)
    with pytest.raises(KeyboardInterrupt):
        refnn.save([X, Interrupting()], path)
    monkeypatch.setattr(ZipFile, "writestr", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        refnn.save([X], path)
    monkeypatch.undo()
    assert refnn.equal(refnn.load(path)["x"], X)
    assert [file.name for file in tmp_path.iterdir()] == ["all.pt"]


def test_files_of_another_kind():
    with pytest.raises(RuntimeError, match="zip format"):
        refnn.load(io.BytesIO(pickle.dumps(3)))
    with pytest.raises(FileNotFoundError):
        refnn.load("/nowhere/at/all.pt")


WRONG = {
    "a folder that is not there": (
        lambda: refnn.save(X, "/nowhere/at/all.pt"),
        RuntimeError,
        "Parent directory /nowhere",
    ),
    "no file to write": (lambda: refnn.save(X, 3), AttributeError, "expected 'f' to be string, path"),
    "no file to read": (lambda: refnn.load(3), AttributeError, "has no attribute 'seek'. You can only torch.load"),
    "to another device": (lambda: again(X, map_location="cuda:0"), RuntimeError, "on a CUDA device"),
    "by a dict to another device": (lambda: again(X, map_location={"cpu": "cuda"}), RuntimeError, "on a CUDA device"),
    "to nowhere": (lambda: again(X, map_location="foo"), RuntimeError, r"tagged with foo\)"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_calls(name):
    call, kind, text = WRONG[name]
    with pytest.raises(kind, match=text):
        call()


@pytest.mark.parametrize(
    "location", ["cpu", refnn.device("cpu"), {"cuda:0": "cpu"}, lambda kept, _: kept, lambda *_: None]
)
def test_locations(location):
    assert refnn.equal(again(X, map_location=location), X)
