"""nn.utils.rnn: padding, packing and back; what a PackedSequence is and can do."""

import copy
import pickle

from conformance.programs import program


def sequences(torch, *lengths):
    return [torch.arange(2.0 * n).reshape(n, 2) + 10 * n for n in lengths]


@program
def padding(torch, show):
    pad = torch.nn.utils.rnn.pad_sequence
    for side in ("right", "left"):
        for first in (True, False):
            show(pad(sequences(torch, 3, 1, 2), first, -1.0, side), pad(sequences(torch, 2), first, 0, side))
    show(pad([torch.tensor([1, 2]), torch.tensor([3])], padding_value=7), pad(torch.ones(2, 3)))
    show(pad(iter(sequences(torch, 1, 2))).shape, pad([torch.ones(0), torch.ones(2)], True))
    for wrong in ([], 3, None, [torch.ones(1), 2], [torch.ones(2, 3), torch.ones(2, 4)], [torch.ones(())]):
        show.raises(pad, wrong)
    show.raises(pad, sequences(torch, 1), padding_side="middle")


@program
def unpadding(torch, show):
    r = torch.nn.utils.rnn
    given = sequences(torch, 3, 1, 2)
    for first in (True, False):
        padded = r.pad_sequence(given, first)
        show(r.unpad_sequence(padded, torch.tensor([3, 1, 2]), first), padded.shape)
    show.raises(r.unpad_sequence, r.pad_sequence(given), torch.tensor([3, 1]))
    show(r.unpack_sequence(r.pack_sequence(given, enforce_sorted=False)))


@program
def packing(torch, show):
    r = torch.nn.utils.rnn
    padded = r.pad_sequence(sequences(torch, 2, 3, 1))
    for lengths in (torch.tensor([2, 3, 1]), [2, 3, 1], (2, 3, 1), torch.tensor([2, 3, 1], dtype=torch.int32)):
        packed = r.pack_padded_sequence(padded, lengths, enforce_sorted=False)
        show(packed, r.pad_packed_sequence(packed), r.pad_packed_sequence(packed, True, 9.0, 5))
    for lengths in (
        [2, 3, 1],
        [3, 2],
        [3, 0, 0],
        [3, 2, -1],
        torch.tensor(3),
        torch.tensor([[3]]),
        [3.0, 2.0, 1.0],
        [],
    ):
        show.raises(r.pack_padded_sequence, padded, lengths)
    show.raises(r.pack_padded_sequence, padded, [2, 3, 1], False, False)
    show.raises(r.pack_padded_sequence, torch.ones(0, 3), [1, 1, 1])
    show.raises(r.pack_padded_sequence, torch.ones(3), [3])
    show.raises(r.pad_packed_sequence, r.pack_sequence(sequences(torch, 3, 1)), total_length=2)
    show.raises(r.pack_sequence, sequences(torch, 1, 3))
    show.raises(r.pack_sequence, [])
    show(r.pack_sequence(sequences(torch, 3, 3, 1)))


@program
def packed_sequences(torch, show):
    r = torch.nn.utils.rnn
    p = r.pack_sequence(sequences(torch, 1, 3), enforce_sorted=False)
    show(p._fields, len(p), p.data is p[0], isinstance(p, tuple), p.is_cuda, p.is_pinned())
    show(p.double().data.dtype, p.float() is p, p.half().data.dtype, p.int().data, p.long().data.dtype)
    show(p.short().data.dtype, p.char().data.dtype, p.byte().data.dtype, p.cpu() is p, p.to("cpu") is p)
    show(p.to(torch.float64).unsorted_indices, p.to(torch.ones(1, dtype=torch.float16)).data.dtype)
    show(r.PackedSequence(p.data, p.batch_sizes), r.PackedSequence((p.data, p.batch_sizes)))
    show.raises(r.PackedSequence, p.data)
    show.raises(r.PackedSequence)
    show(r.invert_permutation(None), r.invert_permutation(torch.tensor([2, 0, 1])))
    show(copy.deepcopy(p), pickle.loads(pickle.dumps(p)), p == p)
    x = torch.ones(2, 2, requires_grad=True)
    q = r.pack_padded_sequence(x, [2, 1])
    r.pad_packed_sequence(q)[0].sum().backward()
    show(q.data.requires_grad, x.grad)


@program
def vectors(torch, show):
    u = torch.nn.utils
    m = torch.nn.Linear(2, 2)
    v = u.parameters_to_vector(m.parameters())
    show(v, v.shape)
    u.vector_to_parameters(torch.arange(6.0), m.parameters())
    show(m.weight, m.bias)
    show.raises(u.vector_to_parameters, torch.arange(3.0), m.parameters())
    show.raises(u.vector_to_parameters, [1.0], m.parameters())
    show.raises(u.parameters_to_vector, [])


@program
def skipped_initial_values(torch, show):
    skip = torch.nn.utils.skip_init
    m = skip(torch.nn.Linear, 3, 2, bias=False, dtype=torch.float64)
    show(m, m.weight.shape, m.weight.dtype, m.bias, torch.rand(1))
    show(skip(torch.nn.Conv1d, 1, 2, 3, device="cpu").bias.shape)
    show.raises(skip, torch.nn.ReLU)
    show.raises(skip, int)


class Statistics:
    """What fusion asks of a batch normalisation."""

    def __new__(cls, torch, features, affine=True):
        bn = torch.nn.Module()
        bn.num_features, bn.eps = features, 0.5
        bn.register_buffer("running_mean", torch.arange(1.0 * features))
        bn.register_buffer("running_var", torch.arange(1.0 * features) + 1)
        bn.weight = torch.nn.Parameter(torch.arange(1.0 * features) + 2) if affine else None
        bn.bias = torch.nn.Parameter(torch.ones(features)) if affine else None
        return bn.eval()


@program
def fusion(torch, show):
    u = torch.nn.utils
    for affine in (True, False):
        bn = Statistics(torch, 4, affine)
        for bias in (True, False):
            conv = torch.nn.Conv1d(3, 4, 2, bias=bias).eval()
            fused = u.fuse_conv_bn_eval(conv, bn)
            show(fused, fused.weight, fused.bias, fused.weight is conv.weight)
            conv = torch.nn.ConvTranspose1d(3, 4, 2, bias=bias).half().eval()
            show(u.fuse_conv_bn_eval(conv, bn, transpose=True).bias)
            if affine:
                linear = torch.nn.Linear(3, 4, bias=bias).eval()
                fused = u.fuse_linear_bn_eval(linear, bn)
                show(fused, fused.weight, fused.bias)
    show.raises(u.fuse_conv_bn_eval, conv.train(), bn)
    show.raises(u.fuse_linear_bn_eval, linear.train(), bn)
    bn.running_mean = None
    show.raises(u.fuse_conv_bn_eval, conv.eval(), bn)
    show.raises(u.fuse_linear_bn_eval, linear.eval(), bn)
    show.raises(u.fuse_linear_bn_eval, linear.eval(), Statistics(torch, 3))
