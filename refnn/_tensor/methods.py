"""All other methods: functions of refnn/functions/, taken over as they are."""

from __future__ import annotations

from refnn._tensor.elementwise import Elementwise
from refnn.functions import (
    complexes,
    conversion,
    creation,
    cumulative,
    gathering,
    index_dim,
    indexing,
    joining,
    linalg,
    linalg_matrix,
    linalg_sums,
    masks,
    parts,
    random_inplace,
    random_sampling,
    rearranging,
    reduction,
    sorting,
    statistics,
    strided,
    transposed,
)
from refnn.functions import quantile as quantiles
from refnn.functions import shape as shapes


class Methods(Elementwise):
    """Methods by family; the tensor is the first argument."""

    # reduction
    sum = reduction.sum
    nansum = reduction.nansum
    mean = reduction.mean
    nanmean = reduction.nanmean
    prod = reduction.prod
    count_nonzero = reduction.count_nonzero
    max = reduction.max
    min = reduction.min
    amax = reduction.amax
    amin = reduction.amin
    aminmax = reduction.aminmax
    argmax = reduction.argmax
    argmin = reduction.argmin
    any = reduction.any
    all = reduction.all

    # statistics
    var = statistics.var
    std = statistics.std
    logsumexp = statistics.logsumexp
    norm = statistics.norm_method
    dist = statistics.dist
    renorm = statistics.renorm
    renorm_ = statistics.renorm_
    quantile = quantiles.quantile
    nanquantile = quantiles.nanquantile
    cov = statistics.cov
    corrcoef = statistics.corrcoef
    histc = statistics.histc
    bincount = statistics.bincount

    # sorting
    sort = sorting.sort
    argsort = sorting.argsort
    msort = sorting.msort
    topk = sorting.topk
    kthvalue = sorting.kthvalue
    median = sorting.median
    nanmedian = sorting.nanmedian
    mode = sorting.mode
    unique = sorting.unique
    unique_consecutive = sorting.unique_consecutive

    # cumulative
    cumsum = cumulative.cumsum
    cumsum_ = cumulative.cumsum_
    cumprod = cumulative.cumprod
    cumprod_ = cumulative.cumprod_
    cummax = cumulative.cummax
    cummin = cumulative.cummin
    logcumsumexp = cumulative.logcumsumexp
    diff = cumulative.diff

    # shape
    reshape = shapes.reshape
    view = shapes.view
    view_as = shapes.view_as
    reshape_as = shapes.reshape_as
    flatten = shapes.flatten
    unflatten = shapes.unflatten
    permute = shapes.permute
    transpose = shapes.transpose
    t = shapes.t
    adjoint = transposed.adjoint
    swapaxes = shapes.swapaxes
    swapdims = shapes.swapdims
    movedim = shapes.movedim
    moveaxis = shapes.moveaxis
    squeeze = shapes.squeeze
    unsqueeze = shapes.unsqueeze
    expand = shapes.expand
    expand_as = shapes.expand_as
    broadcast_to = shapes.broadcast_to
    sum_to_size = shapes.sum_to_size
    ravel = shapes.ravel

    # joining
    split = joining.split_method
    split_with_sizes = joining.split_with_sizes
    chunk = joining.chunk
    unbind = joining.unbind
    tensor_split = joining.tensor_split
    hsplit = joining.hsplit
    vsplit = joining.vsplit
    dsplit = joining.dsplit

    # rearranging
    repeat = rearranging.repeat
    tile = rearranging.tile
    repeat_interleave = rearranging.repeat_interleave
    flip = rearranging.flip_method
    fliplr = rearranging.fliplr
    flipud = rearranging.flipud
    roll = rearranging.roll
    rot90 = rearranging.rot90
    tril = rearranging.tril
    tril_ = rearranging.tril_
    triu = rearranging.triu
    triu_ = rearranging.triu_

    # parts
    narrow = parts.narrow
    select = parts.select
    diagonal = parts.diagonal
    diag = parts.diag
    diag_embed = parts.diag_embed
    diagflat = parts.diagflat
    unfold = parts.unfold
    as_strided = strided.as_strided
    as_strided_ = strided.as_strided_
    select_scatter = parts.select_scatter
    slice_scatter = parts.slice_scatter
    diagonal_scatter = parts.diagonal_scatter

    # gathering
    gather = gathering.gather
    take_along_dim = gathering.take_along_dim
    scatter = gathering.scatter
    scatter_ = gathering.scatter_
    scatter_add = gathering.scatter_add
    scatter_add_ = gathering.scatter_add_
    scatter_reduce = gathering.scatter_reduce
    scatter_reduce_ = gathering.scatter_reduce_
    index_select = index_dim.index_select
    index_add = index_dim.index_add
    index_add_ = index_dim.index_add_
    index_copy = index_dim.index_copy
    index_copy_ = index_dim.index_copy_
    index_fill = index_dim.index_fill
    index_fill_ = index_dim.index_fill_
    index_reduce = index_dim.index_reduce
    index_reduce_ = index_dim.index_reduce_
    take = index_dim.take
    put = index_dim.put
    put_ = index_dim.put_

    # masks
    masked_fill = masks.masked_fill
    masked_fill_ = masks.masked_fill_
    masked_select = masks.masked_select
    masked_scatter = masks.masked_scatter
    masked_scatter_ = masks.masked_scatter_
    nonzero = masks.nonzero
    argwhere = masks.argwhere

    # indexing
    index_put = indexing.index_put
    index_put_ = indexing.index_put_

    # linalg
    dot = linalg.dot
    mv = linalg.mv
    mm = linalg.mm
    bmm = linalg.bmm
    matmul = linalg.matmul
    outer = linalg.outer
    addmm = linalg_sums.addmm
    baddbmm = linalg_sums.baddbmm
    addmm_ = linalg_sums.addmm_
    baddbmm_ = linalg_sums.baddbmm_
    addbmm = linalg_sums.addbmm
    addbmm_ = linalg_sums.addbmm_
    addmv = linalg_sums.addmv
    addmv_ = linalg_sums.addmv_
    addr = linalg_sums.addr
    addr_ = linalg_sums.addr_
    trace = linalg.trace
    ger = linalg.ger
    vdot = linalg.vdot
    inner = linalg.inner
    kron = linalg.kron
    cross = linalg.cross
    matrix_exp = linalg_matrix.matrix_exp
    pinverse = linalg_matrix.pinverse
    geqrf = linalg_matrix.geqrf
    orgqr = linalg_matrix.orgqr

    # creation
    new_zeros = creation.new_zeros
    new_ones = creation.new_ones
    new_empty = creation.new_empty
    new_empty_strided = strided.new_empty_strided
    new_full = creation.new_full
    new_tensor = creation.new_tensor
    clone = conversion.clone
    is_contiguous = conversion.is_contiguous
    contiguous = conversion.contiguous
    to = conversion.to
    type_as = conversion.type_as
    half = conversion.half
    bfloat16 = conversion.bfloat16
    float = conversion.float
    double = conversion.double
    byte = conversion.byte
    char = conversion.char
    short = conversion.short
    int = conversion.int_
    long = conversion.long
    bool = conversion.bool_
    cfloat = conversion.cfloat
    cdouble = conversion.cdouble
    conj = complexes.conj
    conj_physical = complexes.conj_physical
    conj_physical_ = complexes.conj_physical_
    resolve_conj = complexes.resolve_conj
    resolve_neg = complexes.resolve_neg
    is_conj = complexes.is_conj
    is_neg = complexes.is_neg
    angle = complexes.angle
    is_nonzero = conversion.is_nonzero
    is_floating_point = conversion.is_floating_point
    is_complex = conversion.is_complex
    is_distributed = conversion.is_distributed
    is_same_size = conversion.is_same_size

    # random_inplace
    uniform_ = random_inplace.uniform_
    normal_ = random_inplace.normal_
    exponential_ = random_inplace.exponential_
    log_normal_ = random_inplace.log_normal_
    cauchy_ = random_inplace.cauchy_
    bernoulli_ = random_inplace.bernoulli_
    geometric_ = random_inplace.geometric_
    random_ = random_inplace.random_

    # random_sampling
    bernoulli = random_sampling.bernoulli
    multinomial = random_sampling.multinomial
