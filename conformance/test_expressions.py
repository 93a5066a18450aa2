"""Expressions as a user types them: the same text, the same error, the same warnings as with torch."""

import collections
import math
import warnings

import numpy as np
import pytest

import refnn

torch = pytest.importorskip("torch")

# x is a matrix of ones, waves(*shape) sines, fixed an array that must not be written to.
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
reversed(torch.arange(6).reshape(2, 3))
reversed(torch.tensor(3))
[x[:, torch.newaxis].shape, torch.version.cuda, torch.version.hip, torch.version.debug]
torch.__version__ == torch.version.__version__
x[[[0], [1]]]
x[[0, 1]]
[x.__setitem__([slice(0, 1), None], 2), x]
torch.zeros(3).index_add_(0, torch.tensor([5]), torch.ones(1))
torch.zeros(3).index_add(0, torch.tensor([-1]), torch.ones(1))
torch.zeros(3, 2).index_add_(0, torch.tensor([5]), torch.ones(1, 2))
[m := torch.nn.DataParallel(torch.nn.Linear(2, 1), [0, 1]), m.device_ids, list(m.state_dict()), m(x.T).shape]
torch.nn.DataParallel(torch.nn.Linear(2, 1)).dim
[m := torch.nn.parallel.DataParallel(torch.nn.ReLU()), m(-x), m.eval().module.training, m.module(input=x)]
torch.sort(x, 1, True)
torch.backends.cudnn.deterministic
torch.backends.cudnn.benchmark
torch.backends.cudnn.is_available()
torch.backends.cudnn.version()
torch.backends.cudnn.enabled
torch.backends.mkl.__name__
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
[y := torch.ones(3, dtype=torch.uint16), y.__setitem__(torch.tensor([True, False, True]), 2)]
[y := torch.ones(3, dtype=torch.uint16), y.__setitem__(torch.tensor([True, False, True]), torch.tensor(2))]
[y := torch.ones(3, dtype=torch.uint16), y.__setitem__(torch.tensor([True, False]), 2)]
[y := torch.ones(3, dtype=torch.uint16), y.__setitem__(0, 2)]
torch.ones(3, dtype=torch.uint16).masked_fill(torch.tensor([True, False]), 2)
torch.ones(3, dtype=torch.uint32).masked_fill(torch.tensor([True, False, True]), 2**40)
torch.ones(0, dtype=torch.uint64).masked_fill(torch.ones(0, dtype=torch.bool), torch.tensor(2))
torch.ones(3, dtype=torch.uint16).masked_fill_(torch.tensor([True, False, True]), 2)
torch.ones(3, dtype=torch.uint16).masked_scatter(torch.ones(3).bool(), torch.ones(3, dtype=torch.uint16))
torch.ones(3, dtype=torch.uint16).index_fill(0, torch.tensor([0]), 2)
torch.ones(3).masked_fill_(torch.tensor([True, False]), 2)
torch.ones(3).masked_fill_(torch.ones(2, 3, dtype=torch.bool), 2)
torch.ones(3).masked_scatter_(torch.tensor([True, False]), torch.ones(3))
torch.ones(3).masked_scatter_(torch.ones(2, 3, dtype=torch.bool), torch.ones(6))
torch.ones(3).masked_scatter_(torch.tensor(True), torch.ones(3) * 2)
F.fractional_max_pool2d(torch.ones(1, 1, 5, 5), -1, output_size=2)
F.fractional_max_pool2d(waves(1, 5, 5), (2, -3), None, 0.5, True, torch.ones(1, 1, 2) / 3)
F.fractional_max_pool3d(waves(1, 1, 5, 5, 5), (2, -1, 0), 2, None, True, torch.ones(1, 1, 3) / 3)
torch.nn.FractionalMaxPool2d(-1, output_size=2)(torch.ones(1, 1, 5, 5))
torch.nn.FractionalMaxPool3d(-1, output_size=2)
torch.nn.FractionalMaxPool3d([2, 0, 2], output_ratio=2.0)
torch.nn.FractionalMaxPool3d(0)
F.bilinear(torch.ones(3, 4), torch.ones(3, 5), torch.ones(2, 4, 6).double())
F.bilinear(torch.ones(3, 4), torch.ones(5).double(), torch.ones(2, 4, 5))
F.bilinear(waves(3, 4), waves(3, 5), waves(2, 4, 5), torch.ones(3).double())
F.bilinear(waves(3, 4), waves(3, 5), waves(2, 4, 5), torch.ones(3, 2))
F.bilinear(waves(3, 4), waves(3, 5), waves(2, 4, 5), torch.ones(2, 1))
F.bilinear(waves(3, 4), waves(3, 5), waves(2, 4, 5), torch.ones(2, 3, 2))
F.bilinear(torch.ones(2, 4), torch.ones(2, 5), torch.ones(2, 4, 5), torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
F.bilinear(waves(3, 4), waves(3, 5), waves(2, 4, 5), torch.ones(()))
F.bilinear(torch.ones(3, 4).bool(), torch.ones(3, 5).bool(), torch.ones(2, 4, 5).bool())
F.bilinear(torch.ones(0, 4).bool(), torch.ones(0, 5).bool(), torch.ones(2, 4, 5).bool())
F.scaled_dot_product_attention(*(waves(1, 2, n, 4) for n in (3, 7, 5)))
F.scaled_dot_product_attention(*(waves(1, 2, n, 4) for n in (3, 7, 5)), is_causal=True)
F.scaled_dot_product_attention(*(waves(1, 2, n, 4) for n in (3, 7, 5)), torch.ones(3, 7))
F.scaled_dot_product_attention(*(waves(1, 2, n, 4) for n in (3, 7, 5)), torch.ones(3, 5))
F.scaled_dot_product_attention(*(waves(1, 2, n, 4) for n in (3, 7, 5)), torch.ones(3, 1))
F.scaled_dot_product_attention(*(waves(1, 2, n, 4) for n in (3, 7, 5)), dropout_p=0.5)
F.scaled_dot_product_attention(*(waves(2, n, 4) for n in (3, 7, 5)))
F.scaled_dot_product_attention(*(waves(1, h, n, 4) for h, n in ((4, 3), (2, 7), (2, 5))), enable_gqa=True)
F.scaled_dot_product_attention(*(waves(1, h, n, 4) for h, n in ((4, 3), (1, 7), (2, 5))), enable_gqa=True)
[y := waves(1, 2, 7, 4).requires_grad_(), F.scaled_dot_product_attention(y, y, y[:, :, :5]).sum().backward(), y.grad]
F.scaled_dot_product_attention(*torch.ones(3, 1, 2, 5, 4), dropout_p=float("nan"))
F.scaled_dot_product_attention(*torch.ones(3, 2, 5, 4), dropout_p=float("nan"))
F.scaled_dot_product_attention(*torch.ones(3, 1, 2, 5, 4), dropout_p=-0.5)
[y.stride() for y in (x[None, 0], x[:, None], torch.tensor(1.0)[None])]
[y.stride() for y in (x[:, [0, 2]], x[:, torch.tensor([True, False, True])], x.t()[[0, 2]])]
[waves(3, 4, 5).mT[key].stride() for key in (np.s_[:, :, [0, 1]], np.s_[:, [0, 1]], np.s_[[0, 1]])]
[waves(3, 4, 5).permute(2, 1, 0)[key].stride() for key in (np.s_[:, :, [0, 1]], np.s_[:, [0, 1]], np.s_[[0, 1]])]
[waves(2, 3, 4)[key].stride() for key in (np.s_[:, [0, 1]], np.s_[:, :, [0, 1]], np.s_[[0, 1], :, [0, 1]])]
[y.stride() for y in (torch.cat([x.t()] * 2), torch.stack([x.t()] * 2), x.t().softmax(0), x.t().cumsum(0))]
[x.t().roll(1, 0).stride(), x.t().repeat(1, 1).stride()]
[torch.cat([waves(2, 3, 4).transpose(1, 2)] * 2, 1).view(-1).shape, x.t().log_softmax(1).view(-1).shape]
[y.stride() for y in (x.flip(0), x.t().flip(0), x.rot90(), x.rot90(3), x.t().sort(1)[0], x.t().argsort(0))]
waves(2, 3, 4).permute(2, 0, 1).flip(1).stride()
[getattr(waves(2, 3, 4).permute(2, 0, 1), f)(dim=1).stride() for f in ('sum', 'mean', 'prod', 'amax', 'std')]
[getattr(waves(2, 3, 4).permute(2, 0, 1), f)(dim=1).stride() for f in ('var', 'nansum', 'logsumexp', 'norm')]
[y := waves(2, 3, 4, 5).to(memory_format=torch.channels_last), y[[1, 0]].stride(), torch.cat([y] * 2, 1).stride()]
[waves(2, 1).expand(2, -1).stride(), waves(2, 1).expand(4, 2, 3).stride(), waves(2, 1).expand(2, 1).add_(1)]
[x.nonzero().stride(), torch.index_select(waves(3, 4, 5).permute(2, 1, 0), 2, torch.tensor([0])).stride()]
torch.index_select(x, 1, torch.tensor([3]))
torch.index_select(x, 0, torch.tensor([-1]))
[x[..., ...].shape, x[..., 0, ...].shape]
torch.view_as_complex(waves(2, 4)[:, 1:3])
torch.view_as_complex(waves(2, 2).t())
torch.view_as_complex(waves(3, 3)[:, :2])
torch.adjoint(torch.tensor(1.0))
torch.broadcast_shapes((2,), (3,))
torch.rot90(x, 1, (0, 2))
torch.rot90(x, 1, (0, -2))
x.view(3, 2, dtype=torch.float32)
torch.tril_indices(-1, 4)
torch.triu_indices(3, 3, dtype=torch.float32)
torch.unique(torch.ones(0, 2), dim=1)
torch.unique(torch.tensor([1j]))
[1 / (torch.tensor([7.0, -6.0, 0.0, -0.0]) % n) for n in (-3, 3, torch.tensor(-2.0))]
[torch.concat([x, x], axis=1).shape, torch.stack([x, x], axis=2).shape, torch.max(x, axis=1, keepdims=True)]
[torch.sum(x, 0, out=torch.ones(3, dtype=torch.int64)), torch.prod(x * 1.5, 0, out=torch.ones(3, dtype=torch.int64))]
torch.max(x, dim=1, out=(torch.ones(2), torch.ones(2, dtype=torch.int64)))
torch.sort(x, dim=1, out=(torch.ones(2, 3), torch.ones(2, 3, dtype=torch.int64)))
torch.Size([1.5])
[torch.Size([torch.tensor(2), np.int64(3)]), (1,) + x.shape, [1] * 2, torch.Size(range(2))]
torch.Size(2)
[torch.finfo(torch.bfloat16), torch.finfo(torch.bfloat16).resolution]
torch.finfo(torch.int32)
torch.iinfo(torch.float32)
torch.iinfo(torch.bool)
torch.arange(end=3)
torch.arange(0, 5, 2, out=torch.ones(2))
[torch.linspace(0, 1, 3, out=torch.ones(1)), torch.eye(2, out=torch.ones(1)), torch.zeros(2, out=torch.ones(3))]
torch.linspace(math.inf, 1, 3)
torch.full((2,), torch.tensor([3]))
torch.empty(2, memory_format=torch.preserve_format)
x.new_tensor(torch.tensor([1, 2]))
[torch.tensor([[], [1]]).shape, torch.tensor([[[], 2], []]).shape]
torch.tensor(1j, dtype=torch.float32)
[torch.tensor(memoryview(b"ab")), torch.tensor(collections.deque([1, 2.5]))]
x.stride(2)
x.size("a")
x.requires_grad_("a")
setattr(x, "requires_grad", 1)
setattr(x, "data", 1)
x.requires_grad_().apply_(abs)
[x.apply_(lambda v: v + 1), x._version, x.resize_(3, 2)._version]
[reversed(waves(2, 2)), reversed(torch.tensor(1.0))]
torch.set_grad_enabled(1)
torch.as_strided(waves(9), (4, 4), (3, 1))
torch.as_strided(waves(9), (2,), (-1,))
torch.as_strided(waves(9), (2, 2), (1,))
torch.as_strided(waves(9), (-1,), (1,))
torch.empty_strided((2, 3), (-1, 2))
torch.empty_strided((2, 3), (1,))
[torch.empty_strided((2, 3), (1, 2)).stride(), x.new_empty_strided((2, 3), (1, 1), dtype=torch.int8).dtype]
torch.reshape(x, (3, 2), axis=1)
""".strip().splitlines()


def outcome(lib, expression):
    fixed = np.ones(2)
    fixed.flags.writeable = False
    names = {"torch": lib, "F": lib.nn.functional, "np": np, "x": lib.ones(2, 3), "fixed": fixed}
    names |= {"math": math, "collections": collections}
    names["waves"] = lambda *shape: lib.arange(math.prod(shape), dtype=lib.float32).reshape(shape).sin()
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
