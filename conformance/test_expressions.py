"""Expressions as a user types them: the same text, the same error, the same warnings as with torch."""

import warnings

import numpy as np
import pytest

import refnn

torch = pytest.importorskip("torch")

# x is a matrix of ones, fixed an array that must not be written to.
ROWS = r"""
torch.asarray(x * x.requires_grad_())
torch.asarray(x.requires_grad_(), copy=True)
torch.asarray(x.requires_grad_(), dtype=torch.float64, requires_grad=True)
torch.asarray(x * x.requires_grad_(), requires_grad=False)
[torch.asarray(x.requires_grad_(), requires_grad=False), x]
[torch.asarray(x, requires_grad=True), x]
torch.asarray(x.long(), requires_grad=True)
torch.asarray(np.ones(2), device='cuda')
torch.as_tensor(x, device='cuda')
torch.as_tensor(np.ones(2), device='cuda')
torch.FloatTensor([1, 2.5]).type()
torch.FloatTensor(range(3))
torch.FloatTensor((2, 3))
torch.FloatTensor([[1, 2], [3]])
torch.FloatTensor([torch.tensor(1.0), torch.tensor(2.0)])
torch.FloatTensor([np.array([1.0, 2.0]), np.array([3.0, 4.0])])
torch.FloatTensor(2, 3).fill_(0)
torch.FloatTensor(size=(2, 3)).shape
torch.FloatTensor(torch.tensor([1.0, 2]))
torch.FloatTensor(torch.tensor([1, 2]))
torch.FloatTensor(3.5)
torch.FloatTensor(None)
torch.FloatTensor([1], device='cuda')
torch.FloatTensor(device='cpu')
torch.LongTensor([[1, 2], [3, 4]])
torch.LongTensor(2, 3).shape
torch.LongTensor(torch.Size([2])).shape
torch.LongTensor(np.int64(3)).shape
torch.LongTensor()
torch.LongTensor(np.array([1.5, 2]))
torch.LongTensor([1.5, 2.0])
torch.LongTensor('a')
torch.LongTensor([[]]).shape
torch.ByteTensor([1, 256])
torch.BoolTensor([0, 2])
[torch.DoubleTensor([1]), torch.HalfTensor([1]), torch.BFloat16Tensor([1]), torch.IntTensor([1])]
[torch.ShortTensor([1]), torch.CharTensor([1]), torch.LongTensor.dtype, torch.LongTensor.layout]
[torch.LongTensor.is_cuda, torch.LongTensor.is_sparse]
[isinstance(x, torch.FloatTensor), isinstance(x.double(), torch.FloatTensor), isinstance(1, torch.FloatTensor)]
[issubclass(torch.Tensor, torch.FloatTensor), issubclass(torch.FloatTensor, torch.Tensor)]
[x.type(torch.LongTensor), x.long().type(torch.Tensor), x.type('torch.DoubleTensor')]
x.type(int)
x.type('torch.Nothing')
[x.new(2, 3).shape, x.long().new([1, 2]), x.new().dtype]
x.new(3.5)
[f(t) for f in [torch.set_default_tensor_type] for t in (torch.DoubleTensor, 'torch.FloatTensor')]
torch.set_default_tensor_type('torch.LongTensor')
torch.set_default_tensor_type(3)
torch.Tensor(2, device='cuda')
[torch.Tensor(size=(2, 1)).shape, torch.Tensor(range(2)), torch.Tensor(np.int64(3)).shape]
torch.from_numpy(np.ones(3)[::-1])
torch.as_tensor(np.ones(3)[::-1])
torch.tensor(np.ones(3)[::-1])
torch.from_numpy(np.ones(3,'>f4'))
torch.tensor(np.ones(3,'>f4'))
torch.from_numpy(np.array([None]))
torch.tensor(np.array(["a"]))
torch.from_numpy(np.zeros(2,'datetime64[s]'))
torch.from_numpy(np.ones(2,np.longdouble))
torch.tensor(fixed)
torch.tensor(["a"])
torch.tensor([["a"]])
torch.tensor("a")
torch.tensor([[1,2],[3]])
torch.tensor([[1,2],3])
torch.tensor([1,[2]])
torch.tensor([1.5,[2]])
torch.tensor([1,"a"])
torch.tensor([1,None])
torch.tensor([1,2.5,True])
torch.tensor([True,1j])
torch.tensor(None)
torch.tensor({})
torch.tensor([object()])
torch.tensor([torch.ones(2),torch.ones(2)])
torch.tensor([torch.ones(1),torch.ones(1)])
torch.tensor([torch.tensor(1),2.5])
torch.tensor([1,2.5],dtype=torch.int64)
torch.tensor([1e40])
torch.tensor([2**70])
torch.tensor(2**63)
torch.tensor(300,dtype=torch.uint8)
torch.tensor([1,300],dtype=torch.int8)
torch.tensor(-1,dtype=torch.uint8)
torch.tensor([],dtype=torch.int64)
torch.tensor([[]])
torch.tensor(1,dtype="float32")
torch.tensor([1.5],dtype=float)
torch.tensor([1.5],dtype=int)
torch.tensor(torch.ones(2))
torch.zeros(2,dtype=int)
torch.zeros(2,dtype=bool)
torch.zeros(2,dtype=str)
x.new_zeros(size=(2,))
x.new_ones(size=(2,))
torch.ones(size=(2,3))
torch.full(size=(2,),fill_value=1)
x.new_ones("a")
x.new_zeros("a")
x.new_full("a",1)
x.new_zeros((2,),dtype="a")
torch.zeros(2,device="cuda")
torch.zeros(2,device="foo")
torch.zeros(2,device=0)
torch.zeros(2,device=1.5)
torch.randn(2,"a")
torch.arange(3,device="cuda")
torch.zeros_like(x,device="cuda")
torch.ones(2).to("cuda")
torch.ones(2).cuda()
torch.nn.Linear(1,1).cuda()
torch.nn.Linear(1,1).to("cuda")
torch.nn.Linear(1,1,device="cuda")
torch.device("cuda")
torch.device("cuda:1")
torch.device(0)
torch.device("meta")
torch.device("cpu:0")
torch.device("cpu",1)
torch.device(type="cpu",index=1)
torch.device("cuda",-2)
torch.device("foo")
torch.device("cpu:x")
torch.device("cpu:")
torch.device("")
torch.device(1.5)
torch.device("cuda").type
torch.tensor([1],device="cuda")
x.to("float32")
x.to(1)
x.to(torch.float32,"cpu")
x.to("cpu",torch.float64)
x.to(x.double())
x.to(np.ones(2))
x.to(dtype=float)
x.to(float)
x.to(device="cpu",dtype=torch.int64)
np.sum(x)
np.mean(x)
np.sum(x,axis=0)
np.max(x)
np.exp(x)
np.sort(x)
np.reshape(x,(3,2))
np.argmax(x)
np.cumsum(x)
np.clip(x,0,1)
np.add(x,1)
np.ones(3)*torch.ones(3)
torch.ones(3)*np.ones(3)
np.float64(2)*torch.ones(3)
x.fill_(1j)
x.fill_(x)
torch.full((2,),1j,dtype=torch.float32)
torch.ones(2,dtype=torch.int64).fill_(2.7)
torch.ones(2,dtype=torch.uint8).fill_(300)
torch.ones(2,dtype=torch.uint8).fill_(-1)
torch.ones(2,dtype=torch.bool).fill_(2)
torch.full((2,),2.5,dtype=torch.int64)
torch.full((2,),True)
torch.full((2,),"a")
torch.full("a",1)
torch.full((2,),torch.tensor(3))
torch.full_like(x,1j)
torch.asarray([1,2],copy=False)
torch.asarray(x,dtype=torch.float64)
torch.asarray(1.5)
torch.asarray(x,dtype=torch.float64,copy=False)
torch.as_tensor(object())
torch.as_tensor([1,2],dtype=torch.float32)
torch.ones(2,2,dtype=torch.bool).sum_to_size(1,2)
torch.scalar_tensor(1.5)
torch.scalar_tensor("a")
torch.from_numpy([1])
torch.from_numpy(1.5)
torch.as_tensor(np.float32(1.5))
torch.tensor(np.float32(1.5))
torch.tensor([np.float32(1.5),2])
torch.tensor([np.int32(1),2])
torch.tensor(range(3))
torch.tensor(x for x in range(3))
torch.tensor({1,2})
torch.tensor(b"ab")
torch.tensor([1,2],requires_grad=True)
torch.eye(2,dtype=torch.bool)
torch.eye(-1)
torch.zeros(-1)
torch.ones(2,-1)
torch.empty(-1)
torch.full((-1,),0)
torch.zeros(2.0)
torch.zeros((2,2.0))
torch.zeros(2,2.0)
torch.zeros([2],[3])
torch.zeros(True)
torch.zeros(torch.tensor(2))
torch.zeros(np.int64(2))
torch.arange(0,1,0)
torch.arange(1,0)
torch.arange("a")
torch.arange(1,2,3,4)
torch.linspace(0,1)
torch.linspace(0,1,-1)
torch.linspace(0,1,2.5)
torch.eye("a")
torch.eye(2,3,4)
sorted(torch.rand(size=(0,)).tolist())
torch.empty(size=(0,))
x.numpy() is x.numpy()
x.sum(axis=0)
torch.sort(x, 1, True)
torch.backends.cudnn.deterministic
torch.backends.cudnn.benchmark
torch.backends.cudnn.is_available()
torch.backends.cudnn.version()
torch.backends.mps.is_available()
torch.backends.mps.is_built()
torch.backends.cuda.is_built()
torch.backends.cuda.matmul.allow_tf32
torch.get_float32_matmul_precision()
torch.set_float32_matmul_precision("foo")
torch.use_deterministic_algorithms(1)
torch.use_deterministic_algorithms(False)
torch.are_deterministic_algorithms_enabled()
torch.get_deterministic_debug_mode()
torch.get_default_device()
torch.set_default_dtype(torch.int32)
torch.set_default_dtype("a")
""".strip().splitlines()


def outcome(lib, expression):
    fixed = np.ones(2)
    fixed.flags.writeable = False
    names = {"torch": lib, "np": np, "x": lib.ones(2, 3), "fixed": fixed}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            told = repr(eval(expression, names))
        except Exception as error:
            told = f"{type(error).__name__}: {error}"
    texts = [str(w.message).split(" (Triggered internally")[0] for w in caught]
    return told.replace("refnn", "torch"), [text for text in texts if "__array" not in text]


@pytest.mark.parametrize("expression", ROWS)
def test_expression(expression):
    assert outcome(refnn, expression) == outcome(torch, expression)


def test_a_difference_is_seen():
    assert outcome(refnn, "x.sum()") != outcome(torch, "x.mean()")


def test_warnings_that_come_once():
    """torch gives these once in a program, so that the texts are compared here, with the first ones."""
    for expression in ("torch.from_numpy(fixed)", "torch.as_tensor(fixed)", "torch.tensor([np.ones(2), np.ones(2)])"):
        (told, texts), (expected, first) = (outcome(lib, expression) for lib in (refnn, torch))
        assert told == expected
        assert texts in (first, []) or first == []
