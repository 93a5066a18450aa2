"""The overloads of torch's functions and of Tensor's methods, as its argument parser declares them.

Names stand above the overloads that they share, in the order in which they are tried. After a type, [2] is the
length to which a single number is repeated, and ? allows None. OPTIONS are those of a new tensor. A method has the
overloads of the function without its first tensor and without `out`, and one in place those of the method, unless
it stands under METHODS. A dash marks a deprecated order of arguments, of which torch does not speak.
"""

# ruff: noqa: E501

OPTIONS = (
    "torch.dtype? dtype = None, torch.layout? layout = None, torch.device? device = None, "
    "bool? pin_memory = False, bool? requires_grad = False"
)

FUNCTIONS = """
abs absolute acos acosh angle arccos arccosh arcsin arcsinh arctan arctanh asin asinh atan atanh bitwise_not ceil
conj_physical cos cosh deg2rad digamma erf erfc erfinv exp exp2 expm1 fix floor frac i0 isneginf isposinf lgamma log
log10 log1p log2 logical_not msort neg negative nonzero rad2deg reciprocal rsqrt sgn sigmoid sign signbit sin sinc
sinh sqrt square tan tanh trunc
    Tensor input, *, Tensor out = None
abs_ acos_ acosh_ adjoint arccos_ arccosh_ arcsin_ arcsinh_ arctan_ arctanh_ argwhere asin_ asinh_ atan_ atanh_
ceil_ conj conj_physical_ corrcoef cos_ cosh_ deg2rad_ erf_ erfc_ exp2_ exp_ expm1_ fix_ fliplr flipud floor_ frac_
i0_ imag is_complex is_conj is_distributed is_floating_point is_neg is_nonzero is_signed isfinite isinf isnan isreal
log10_ log1p_ log2_ log_ neg_ negative_ positive rad2deg_ ravel real reciprocal_ relu relu_ resolve_conj resolve_neg rsqrt_ selu selu_ sigmoid_
sin_ sinc_ sinh_ sqrt_ square_ t tan_ tanh_ trace trunc_ view_as_complex view_as_real
    Tensor input
add sub
    - Tensor input, Number alpha, Tensor other, *, Tensor out = None
    Tensor input, Tensor other, *, Number alpha = 1, Tensor out = None
adaptive_max_pool1d
    Tensor input, tuple of ints[1] output_size
addbmm
    - Number beta, Tensor input, Number alpha, Tensor batch1, Tensor batch2, *, Tensor out = None
    - Number beta, Tensor input, Tensor batch1, Tensor batch2, *, Tensor out = None
    Tensor input, Tensor batch1, Tensor batch2, *, Number beta = 1, Number alpha = 1, Tensor out = None
addcdiv addcmul
    - Tensor input, Number value, Tensor tensor1, Tensor tensor2, *, Tensor out = None
    Tensor input, Tensor tensor1, Tensor tensor2, *, Number value = 1, Tensor out = None
addmm
    - Number beta, Tensor input, Number alpha, Tensor mat1, Tensor mat2, *, Tensor out = None
    - Number beta, Tensor input, Tensor mat1, Tensor mat2, *, Tensor out = None
    Tensor input, Tensor mat1, Tensor mat2, *, Number beta = 1, Number alpha = 1, Tensor out = None
    Tensor input, Tensor mat1, Tensor mat2, torch.dtype out_dtype, *, Number beta = 1, Number alpha = 1, Tensor out = None
addmv
    - Number beta, Tensor input, Number alpha, Tensor mat, Tensor vec, *, Tensor out = None
    - Number beta, Tensor input, Tensor mat, Tensor vec, *, Tensor out = None
    Tensor input, Tensor mat, Tensor vec, *, Number beta = 1, Number alpha = 1, Tensor out = None
addmv_
    - Number beta, Tensor input, Number alpha, Tensor mat, Tensor vec
    - Number beta, Tensor input, Tensor mat, Tensor vec
    Tensor input, Tensor mat, Tensor vec, *, Number beta = 1, Number alpha = 1
addr
    - Number beta, Tensor input, Number alpha, Tensor vec1, Tensor vec2, *, Tensor out = None
    - Number beta, Tensor input, Tensor vec1, Tensor vec2, *, Tensor out = None
    Tensor input, Tensor vec1, Tensor vec2, *, Number beta = 1, Number alpha = 1, Tensor out = None
all any
    Tensor input, *, Tensor out = None
    Tensor input, tuple of ints? dim = None, bool keepdim = False, *, Tensor out = None
    Tensor input, int dim, bool keepdim = False, *, Tensor out = None
allclose isclose
    Tensor input, Tensor other, float rtol = 1e-05, float atol = 1e-08, bool equal_nan = False
alpha_dropout alpha_dropout_ dropout dropout_ feature_alpha_dropout feature_alpha_dropout_ feature_dropout
feature_dropout_
    Tensor input, float p, bool train
amax amin
    Tensor input, tuple of ints[1] dim = None, bool keepdim = False, *, Tensor out = None
aminmax
    Tensor input, *, int? dim = None, bool keepdim = False, tuple of Tensors[2] out = None
arange
    Number end, *, Tensor out = None, OPTIONS
    Number start, Number end, *, OPTIONS
    Number start, Number end, Number step = 1, *, Tensor out = None, OPTIONS
arctan2 atan2 fmax fmin gcd hypot inner kron lcm ldexp logaddexp logaddexp2 logical_and logical_or logical_xor
matmul maximum minimum mul nextafter vdot
    Tensor input, Tensor other, *, Tensor out = None
argmax argmin
    Tensor input, int? dim = None, bool keepdim = False, *, Tensor out = None
argsort
    Tensor input, *, bool stable, int dim = -1, bool descending = False, Tensor out = None
    Tensor input, int dim = -1, bool descending = False
as_tensor
    object data, *, torch.dtype? dtype = None, torch.device? device = None
asarray
    object obj, *, torch.dtype? dtype = None, torch.device? device = None, bool? copy = None, bool requires_grad = False
baddbmm
    - Number beta, Tensor input, Number alpha, Tensor batch1, Tensor batch2, *, Tensor out = None
    - Number beta, Tensor input, Tensor batch1, Tensor batch2, *, Tensor out = None
    Tensor input, Tensor batch1, Tensor batch2, *, Number beta = 1, Number alpha = 1, Tensor out = None
    Tensor input, Tensor batch1, Tensor batch2, torch.dtype out_dtype, *, Number beta = 1, Number alpha = 1, Tensor out = None
batch_norm
    Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, bool training, float momentum, float eps, bool cudnn_enabled
binary_cross_entropy_with_logits
    Tensor input, Tensor target, Tensor? weight = None, Tensor? pos_weight = None, int reduction = 0
bernoulli
    Tensor input, *, torch.Generator? generator = None, Tensor out = None
    Tensor input, float p, *, torch.Generator? generator = None
bincount
    Tensor input, Tensor? weights = None, int minlength = 0
bitwise_and bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor remainder
    Tensor input, Tensor other, *, Tensor out = None
    Number self, Tensor other
    Tensor input, Number other, *, Tensor out = None
bmm mm
    Tensor input, Tensor mat2, *, Tensor out = None
    Tensor input, Tensor mat2, torch.dtype out_dtype, *, Tensor out = None
broadcast_to
    Tensor input, tuple of ints size
bucketize
    Tensor input, Tensor boundaries, *, bool out_int32 = False, bool right = False, Tensor out = None
    Number self, Tensor boundaries, *, bool out_int32 = False, bool right = False
can_cast
    torch.dtype from_, torch.dtype to
cat concat concatenate stack
    tuple of Tensors tensors, int dim = 0, *, Tensor out = None
celu celu_
    Tensor input, Number alpha = 1.0
channel_shuffle native_channel_shuffle
    Tensor input, int groups
chunk
    Tensor input, int chunks, int dim = 0
clamp clip
    Tensor input, Tensor? min = None, Tensor? max = None, *, Tensor out = None
    Tensor input, Number? min = None, Number? max = None, *, Tensor out = None
clamp_ clip_
    Tensor input, Tensor? min = None, Tensor? max = None
    Tensor input, Number? min = None, Number? max = None
clamp_max
    Tensor input, Tensor max, *, Tensor out = None
    Tensor input, Number max, *, Tensor out = None
clamp_max_
    Tensor input, Tensor max
    Tensor input, Number max
clamp_min
    Tensor input, Tensor min, *, Tensor out = None
    Tensor input, Number min, *, Tensor out = None
clamp_min_
    Tensor input, Tensor min
    Tensor input, Number min
clone
    Tensor input, *, torch.memory_format? memory_format = None
column_stack dstack hstack row_stack vstack
    tuple of Tensors tensors, *, Tensor out = None
combinations
    Tensor input, int r = 2, bool with_replacement = False
complex
    Tensor real, Tensor imag, *, Tensor out = None
copysign eq fmod ge greater greater_equal gt le less less_equal lt ne not_equal
    Tensor input, Tensor other, *, Tensor out = None
    Tensor input, Number other, *, Tensor out = None
cosine_embedding_loss margin_ranking_loss
    Tensor input1, Tensor input2, Tensor target, float margin = 0.0, int reduction = at::Reduction::Mean
cosine_similarity
    Tensor x1, Tensor x2, int dim = 1, float eps = 1e-08
count_nonzero
    Tensor input, int? dim = None
    Tensor input, tuple of ints dim
cov
    Tensor input, *, int correction = 1, Tensor? fweights = None, Tensor? aweights = None
cross
    Tensor input, Tensor other, int? dim = None, *, Tensor out = None
ctc_loss
    Tensor log_probs, Tensor targets, tuple of ints input_lengths, tuple of ints target_lengths, int blank = 0, int reduction = at::Reduction::Mean, bool zero_infinity = False
    Tensor log_probs, Tensor targets, Tensor input_lengths, Tensor target_lengths, int blank = 0, int reduction = at::Reduction::Mean, bool zero_infinity = False
cummax cummin
    Tensor input, int dim, *, tuple of Tensors[2] out = None
cumprod cumsum
    Tensor input, int dim, *, torch.dtype? dtype = None, Tensor out = None
cumulative_trapezoid trapezoid
    Tensor y, Tensor x, *, int dim = -1
    Tensor y, *, Number dx = 1, int dim = -1
diag tril triu
    Tensor input, int diagonal = 0, *, Tensor out = None
diag_embed
    Tensor input, int offset = 0, int dim1 = -2, int dim2 = -1
diagflat
    Tensor input, int offset = 0
diagonal
    Tensor input, int offset = 0, int dim1 = 0, int dim2 = 1
diagonal_scatter
    Tensor input, Tensor src, int offset = 0, int dim1 = 0, int dim2 = 1
diff
    Tensor input, int n = 1, int dim = -1, Tensor? prepend = None, Tensor? append = None, *, Tensor out = None
dist
    Tensor input, Tensor other, Number p = 2
div
    Tensor input, Tensor other, *, Tensor out = None
    Tensor input, Tensor other, *, str? rounding_mode, Tensor out = None
    Tensor input, Number other, *, str? rounding_mode
divide
    Tensor input, Tensor other, *, Tensor out = None
    Tensor input, Tensor other, *, str? rounding_mode, Tensor out = None
    Tensor input, Number other
    Tensor input, Number other, *, str? rounding_mode
dot
    Tensor input, Tensor tensor, *, Tensor out = None
dsplit hsplit vsplit
    Tensor input, int sections
    Tensor input, tuple of ints indices
empty
    tuple of ints size, *, torch.memory_format? memory_format = None, Tensor out = None, OPTIONS
empty_like ones_like zeros_like
    Tensor input, *, torch.memory_format? memory_format = None, OPTIONS
equal gcd_ is_same_size lcm_ ldexp_
    Tensor input, Tensor other
eye
    int n, *, Tensor out = None, OPTIONS
    int n, int m, *, Tensor out = None, OPTIONS
flatten
    Tensor input, int start_dim = 0, int end_dim = -1
flip permute tile
    Tensor input, tuple of ints dims
float_power pow
    Tensor input, Tensor exponent, *, Tensor out = None
    Number self, Tensor exponent, *, Tensor out = None
    Tensor input, Number exponent, *, Tensor out = None
floor_divide multiply true_divide
    Tensor input, Tensor other, *, Tensor out = None
    Tensor input, Number other
frexp
    Tensor input, *, tuple of Tensors[2] out = None
full
    tuple of ints size, Number fill_value, *, Tensor out = None, OPTIONS
full_like
    Tensor input, Number fill_value, *, torch.memory_format? memory_format = None, OPTIONS
gather
    Tensor input, int dim, Tensor index, *, bool sparse_grad = False, Tensor out = None
ger outer
    Tensor input, Tensor vec2, *, Tensor out = None
group_norm
    Tensor input, int num_groups, Tensor? weight = None, Tensor? bias = None, float eps = 1e-05, bool cudnn_enabled = True
hardshrink
    Tensor input, Number lambd = 0.5, *, Tensor out = None
gru_cell rnn_relu_cell rnn_tanh_cell
    Tensor input, Tensor hx, Tensor w_ih, Tensor w_hh, Tensor? b_ih = None, Tensor? b_hh = None
heaviside
    Tensor input, Tensor values, *, Tensor out = None
hinge_embedding_loss
    Tensor input, Tensor target, float margin = 1.0, int reduction = at::Reduction::Mean
histc
    Tensor input, int bins = 100, Number min = 0, Number max = 0, *, Tensor out = None
index_add
    Tensor input, int dim, Tensor index, Tensor source, *, Number alpha = 1, Tensor out = None
index_copy
    Tensor input, int dim, Tensor index, Tensor source, *, Tensor out = None
index_fill
    Tensor input, int dim, Tensor index, Tensor value
    Tensor input, int dim, Tensor index, Number value
index_put index_put_
    Tensor input, tuple of Tensors indices, Tensor values, bool accumulate = False
index_reduce
    Tensor input, int dim, Tensor index, Tensor source, str reduce, *, bool include_self = True, Tensor out = None
index_select
    Tensor input, int dim, Tensor index, *, Tensor out = None
instance_norm
    Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, bool use_input_stats, float momentum, float eps, bool cudnn_enabled
isin
    Tensor elements, Tensor test_elements, *, bool assume_unique = False, bool invert = False, Tensor out = None
    Number element, Tensor test_elements, *, bool assume_unique = False, bool invert = False, Tensor out = None
    Tensor elements, Number test_element, *, bool assume_unique = False, bool invert = False, Tensor out = None
kl_div
    Tensor input, Tensor target, int reduction = at::Reduction::Mean, *, bool log_target = False
kthvalue
    Tensor input, int k, int dim = -1, bool keepdim = False, *, tuple of Tensors[2] out = None
layer_norm
    Tensor input, tuple of ints normalized_shape, Tensor? weight = None, Tensor? bias = None, float eps = 1e-05, bool cudnn_enable = True
lerp
    Tensor input, Tensor end, Tensor weight, *, Tensor out = None
    Tensor input, Tensor end, Number weight, *, Tensor out = None
linspace
    Tensor start, Tensor end, int steps, *, Tensor out = None, OPTIONS
    Number start, Tensor end, int steps, *, Tensor out = None, OPTIONS
    Tensor start, Number end, int steps, *, Tensor out = None, OPTIONS
    Number start, Number end, int steps, *, Tensor out = None, OPTIONS
log_softmax softmax
    Tensor input, int dim, torch.dtype? dtype = None, *, Tensor out = None
logcumsumexp
    Tensor input, int dim, *, Tensor out = None
logit
    Tensor input, float? eps = None, *, Tensor out = None
logit_
    Tensor input, float? eps = None
logspace
    Tensor start, Tensor end, int steps, float base = 10.0, *, Tensor out = None, OPTIONS
    Number start, Tensor end, int steps, float base = 10.0, *, Tensor out = None, OPTIONS
    Tensor start, Number end, int steps, float base = 10.0, *, Tensor out = None, OPTIONS
    Number start, Number end, int steps, float base = 10.0, *, Tensor out = None, OPTIONS
logsumexp
    Tensor input, tuple of ints[1] dim, bool keepdim = False, *, Tensor out = None
lstm_cell
    Tensor input, tuple of Tensors hx, Tensor w_ih, Tensor w_hh, Tensor? b_ih = None, Tensor? b_hh = None
masked_fill
    Tensor input, Tensor mask, Tensor value
    Tensor input, Tensor mask, Number value
masked_scatter
    Tensor input, Tensor mask, Tensor source
masked_select
    Tensor input, Tensor mask, *, Tensor out = None
max_pool1d
    Tensor input, tuple of ints[1] kernel_size, tuple of ints[1] stride = None, tuple of ints[1] padding = 0, tuple of ints[1] dilation = 1, bool ceil_mode = False
max_pool2d
    Tensor input, tuple of ints[2] kernel_size, tuple of ints[2] stride = None, tuple of ints[2] padding = 0, tuple of ints[2] dilation = 1, bool ceil_mode = False
max_pool3d
    Tensor input, tuple of ints[3] kernel_size, tuple of ints[3] stride = None, tuple of ints[3] padding = 0, tuple of ints[3] dilation = 1, bool ceil_mode = False
max min
    Tensor input, *, Tensor out = None
    Tensor input, Tensor other, *, Tensor out = None
    Tensor input, int dim, bool keepdim = False, *, tuple of Tensors[2] out = None
mean
    Tensor input, *, torch.dtype? dtype = None, Tensor out = None
    Tensor input, tuple of ints[1]? dim, bool keepdim = False, *, torch.dtype? dtype = None, Tensor out = None
median nanmedian
    Tensor input
    Tensor input, int dim, bool keepdim = False, *, tuple of Tensors[2] out = None
mode
    Tensor input, int dim = -1, bool keepdim = False, *, tuple of Tensors[2] out = None
moveaxis movedim
    Tensor input, int source, int destination
    Tensor input, tuple of ints source, tuple of ints destination
multinomial
    Tensor input, int num_samples, bool replacement = False, *, torch.Generator? generator = None, Tensor out = None
mv
    Tensor input, Tensor vec, *, Tensor out = None
nan_to_num
    Tensor input, float? nan = None, float? posinf = None, float? neginf = None, *, Tensor out = None
nan_to_num_
    Tensor input, float? nan = None, float? posinf = None, float? neginf = None
nanmean nansum
    Tensor input, tuple of ints[1]? dim = None, bool keepdim = False, *, torch.dtype? dtype = None, Tensor out = None
nanquantile quantile
    Tensor input, Tensor q, int? dim = None, bool keepdim = False, *, str interpolation = "linear", Tensor out = None
    Tensor input, float q, int? dim = None, bool keepdim = False, *, str interpolation = "linear", Tensor out = None
narrow
    Tensor input, int dim, Tensor start, int length
    Tensor input, int dim, int start, int length
native_dropout
    Tensor input, float p, bool? train
normal
    Tensor mean, Tensor std, *, torch.Generator? generator = None, Tensor out = None
    Tensor mean, float std = 1, *, torch.Generator? generator = None, Tensor out = None
    float mean, Tensor std, *, torch.Generator? generator = None, Tensor out = None
    float mean, float std, tuple of ints size, *, torch.Generator? generator = None, Tensor out = None, OPTIONS
ones zeros
    tuple of ints size, *, Tensor out = None, OPTIONS
pairwise_distance
    Tensor x1, Tensor x2, float p = 2, float eps = 1e-06, bool keepdim = False
pdist
    Tensor input, float p = 2
pixel_shuffle
    Tensor input, int upscale_factor
pixel_unshuffle
    Tensor input, int downscale_factor
poisson
    Tensor input, torch.Generator? generator = None
poisson_nll_loss
    Tensor input, Tensor target, bool log_input, bool full, float eps, int reduction
polar
    Tensor abs, Tensor angle, *, Tensor out = None
polygamma
    int n, Tensor input, *, Tensor out = None
prelu
    Tensor input, Tensor weight
prod
    Tensor input, *, torch.dtype? dtype = None
    Tensor input, int dim, bool keepdim = False, *, torch.dtype? dtype = None, Tensor out = None
promote_types
    torch.dtype type1, torch.dtype type2
put
    Tensor input, Tensor index, Tensor source, bool accumulate = False
rand randn
    tuple of ints size, *, torch.Generator? generator, Tensor out = None, OPTIONS
    tuple of ints size, *, Tensor out = None, OPTIONS
rand_like randn_like
    Tensor input, *, torch.Generator? generator, torch.memory_format? memory_format = None, OPTIONS
    Tensor input, *, torch.memory_format? memory_format = None, OPTIONS
randint
    int high, tuple of ints size, *, torch.Generator? generator, Tensor out = None, OPTIONS
    int high, tuple of ints size, *, Tensor out = None, OPTIONS
    int low, int high, tuple of ints size, *, torch.Generator? generator, Tensor out = None, OPTIONS
    int low, int high, tuple of ints size, *, Tensor out = None, OPTIONS
randint_like
    Tensor input, int low, int high, *, torch.Generator? generator, torch.memory_format? memory_format = None, OPTIONS
    Tensor input, int low, int high, *, torch.memory_format? memory_format = None, OPTIONS
    Tensor input, Tensor high, *, torch.Generator? generator, torch.memory_format? memory_format = None, OPTIONS
    Tensor input, Tensor high, *, torch.memory_format? memory_format = None, OPTIONS
    Tensor input, int high, *, torch.Generator? generator, torch.memory_format? memory_format = None, OPTIONS
    Tensor input, int high, *, torch.memory_format? memory_format = None, OPTIONS
randperm
    int n, *, torch.Generator? generator, Tensor out = None, OPTIONS
    int n, *, Tensor out = None, OPTIONS
renorm
    Tensor input, Number p, int dim, Number maxnorm, *, Tensor out = None
repeat_interleave
    Tensor input, Tensor repeats, int? dim = None, *, int? output_size = None
    Tensor repeats, *, int? output_size = None
    Tensor input, int repeats, int? dim = None, *, int? output_size = None
reshape
    Tensor input, tuple of ints shape
result_type
    Tensor tensor, Tensor other
    Number scalar, Tensor tensor
    Tensor tensor, Number other
    Number scalar1, Number scalar2
rms_norm
    Tensor input, tuple of ints normalized_shape, Tensor? weight = None, float? eps = None
roll
    Tensor input, tuple of ints[1] shifts, tuple of ints[1] dims = None
rot90
    Tensor input, int k = 1, tuple of ints dims = {0,1}
round
    Tensor input, *, Tensor out = None
    Tensor input, *, int decimals, Tensor out = None
round_
    Tensor input
    Tensor input, *, int decimals
rrelu rrelu_
    Tensor input, Number lower = 0.125, Number upper = 0.3333333333333333, bool training = False, torch.Generator? generator = None
rsub
    Tensor input, Tensor other, *, Number alpha = 1
    Tensor input, Number other, Number alpha = 1
scalar_tensor
    Number s, *, OPTIONS
scatter
    Tensor input, int dim, Tensor index, Tensor src, *, Tensor out = None
    Tensor input, int dim, Tensor index, Tensor src, *, str reduce, Tensor out = None
    Tensor input, int dim, Tensor index, Number value, *, Tensor out = None
    Tensor input, int dim, Tensor index, Number value, *, str reduce, Tensor out = None
scatter_add
    Tensor input, int dim, Tensor index, Tensor src, *, Tensor out = None
scatter_reduce
    Tensor input, int dim, Tensor index, Tensor src, str reduce, *, bool include_self = True, Tensor out = None
searchsorted
    Tensor sorted_sequence, Tensor input, *, bool out_int32 = False, bool right = False, str? side = None, Tensor? sorter = None, Tensor out = None
    Tensor sorted_sequence, Number self, *, bool out_int32 = False, bool right = False, str? side = None, Tensor? sorter = None, Tensor out = None
as_strided as_strided_
    Tensor input, tuple of ints size, tuple of ints stride, int? storage_offset = None
empty_strided
    tuple of ints size, tuple of ints stride, *, OPTIONS
select
    Tensor input, int dim, int index
select_scatter
    Tensor input, Tensor src, int dim, int index
slice_scatter
    Tensor input, Tensor src, int dim = 0, int? start = None, int? end = None, int step = 1
sort
    Tensor input, *, bool? stable, int dim = -1, bool descending = False, tuple of Tensors[2] out = None
    Tensor input, int dim = -1, bool descending = False, *, tuple of Tensors[2] out = None
split_with_sizes
    Tensor input, tuple of ints split_sizes, int dim = 0
squeeze
    Tensor input
    Tensor input, int dim
    Tensor input, tuple of ints dim
std var
    Tensor input, tuple of ints[1]? dim, bool unbiased = True, bool keepdim = False, *, Tensor out = None
    Tensor input, tuple of ints[1]? dim = None, *, Number? correction = None, bool keepdim = False, Tensor out = None
    Tensor input, bool unbiased = True
std_mean var_mean
    Tensor input, tuple of ints[1]? dim, bool unbiased = True, bool keepdim = False
    Tensor input, tuple of ints[1]? dim = None, *, Number? correction = None, bool keepdim = False
    Tensor input, bool unbiased = True
subtract
    Tensor input, Tensor other, *, Number alpha = 1, Tensor out = None
    Tensor input, Number other, Number alpha = 1
sum
    Tensor input, *, torch.dtype? dtype = None
    Tensor input, tuple of ints[1]? dim, bool keepdim = False, *, torch.dtype? dtype = None, Tensor out = None
swapaxes
    Tensor input, int axis0, int axis1
swapdims transpose
    Tensor input, int dim0, int dim1
take
    Tensor input, Tensor index, *, Tensor out = None
take_along_dim
    Tensor input, Tensor indices, int? dim = None, *, Tensor out = None
tensor
    object data, *, torch.dtype? dtype = None, torch.device? device = None, bool pin_memory = False, bool requires_grad = False, tuple of names? names = None
tensor_split
    Tensor input, tuple of ints indices, int dim = 0
    Tensor input, Tensor tensor_indices_or_sections, int dim = 0
    Tensor input, int sections, int dim = 0
threshold
    Tensor input, Number threshold, Number value, *, Tensor out = None
threshold_
    Tensor input, Number threshold, Number value
topk
    Tensor input, int k, int dim = -1, bool largest = True, bool sorted = True, *, tuple of Tensors[2] out = None
trapz
    Tensor y, *, float dx = 1, int dim = -1
    Tensor y, Tensor x, *, int dim = -1
tril_indices triu_indices
    int row, int col, int offset = 0, *, OPTIONS
triplet_margin_loss
    Tensor anchor, Tensor positive, Tensor negative, float margin = 1.0, float p = 2, float eps = 1e-06, bool swap = False, int reduction = at::Reduction::Mean
unbind
    Tensor input, int dim = 0
unflatten
    Tensor input, int dim, tuple of ints sizes
unsqueeze
    Tensor input, int dim
where
    Tensor condition
    Tensor condition, Tensor input, Tensor other, *, Tensor out = None
    Tensor condition, Number self, Tensor other
    Tensor condition, Tensor input, Number other
    Tensor condition, Number self, Number other
xlogy
    Tensor input, Tensor other, *, Tensor out = None
    Number self, Tensor other, *, Tensor out = None
    Tensor input, Number other, *, Tensor out = None
xlogy_
    Tensor input, Tensor other
    Tensor input, Number other
_weight_norm
    Tensor v, Tensor g, int dim = 0
affine_grid_generator
    Tensor theta, tuple of ints size, bool align_corners
embedding
    Tensor weight, Tensor indices, int padding_idx = -1, bool scale_grad_by_freq = False, bool sparse = False
embedding_renorm_
    Tensor input, Tensor indices, float max_norm, float norm_type
geqrf
    Tensor input, *, tuple of Tensors out = None
grid_sampler grid_sampler_2d grid_sampler_3d
    Tensor input, Tensor grid, int interpolation_mode, int padding_mode, bool align_corners
matrix_exp
    Tensor input
norm_except_dim
    Tensor v, int pow = 2, int dim = 0
orgqr
    Tensor input, Tensor input2, *, Tensor out = None
pinverse
    Tensor input, float rcond = 1e-15
zero_
    Tensor input
embedding_bag
    Tensor weight, Tensor indices, Tensor offsets, bool scale_grad_by_freq, int mode, bool sparse, Tensor? per_sample_weights, bool include_last_offset, int? padding_idx
    Tensor weight, Tensor indices, Tensor offsets, bool scale_grad_by_freq = False, int mode = 0, bool sparse = False, Tensor? per_sample_weights = None, bool include_last_offset = False
"""

METHODS = """
addmm
    - Number beta, Number alpha, Tensor mat1, Tensor mat2
    - Number beta, Tensor mat1, Tensor mat2
    Tensor mat1, Tensor mat2, *, Number beta = 1, Number alpha = 1
baddbmm
    - Number beta, Number alpha, Tensor batch1, Tensor batch2
    - Number beta, Tensor batch1, Tensor batch2
    Tensor batch1, Tensor batch2, *, Number beta = 1, Number alpha = 1
bernoulli_
    Tensor p, *, torch.Generator? generator = None
    float p = 0.5, *, torch.Generator? generator = None
bfloat16 bool byte cdouble cfloat char double float half int is_contiguous long short
    *, torch.memory_format? memory_format = None
bmm mm
    Tensor mat2
cauchy_
    float median = 0, float sigma = 1, *, torch.Generator? generator = None
contiguous
    *, torch.memory_format memory_format = c10::MemoryFormat::Contiguous
copy_
    Tensor other, bool non_blocking = False
    - Tensor other, bool async = False
detach is_inference retain_grad zero_
    ()
expand
    tuple of ints size, *, bool implicit = False
expand_as reshape_as type_as view_as
    Tensor other
exponential_
    float lambd = 1, *, torch.Generator? generator = None
fill_
    Tensor value
    Number value
fill_diagonal_
    Number fill_value, bool wrap = False
geometric_
    float p, *, torch.Generator? generator = None
is_set_to
    Tensor tensor
log_normal_
    float mean = 1, float std = 2, *, torch.Generator? generator = None
map2_
    Tensor x, Tensor y, object callable
map_
    Tensor other, object callable
new_empty new_ones new_zeros
    tuple of ints size, *, OPTIONS
new_full
    tuple of ints size, Number fill_value, *, OPTIONS
new_tensor
    object data, *, torch.dtype? dtype = None, torch.device? device = None, bool requires_grad = False
nonzero
    ()
    *, bool as_tuple
normal_
    float mean = 0, float std = 1, *, torch.Generator? generator = None
polygamma
    int n
random_
    *, torch.Generator? generator = None
    int from, int? to, *, torch.Generator? generator = None
    int to, *, torch.Generator? generator = None
new_empty_strided
    tuple of ints size, tuple of ints stride, *, OPTIONS
repeat
    tuple of ints repeats
resize_
    tuple of ints size, *, torch.memory_format? memory_format = None
sum_to_size
    tuple of ints size
to
    torch.device device = None, torch.dtype dtype = None, bool non_blocking = False, bool copy = False, *, torch.memory_format memory_format = None
    torch.dtype dtype, bool non_blocking = False, bool copy = False, *, torch.memory_format memory_format = None
    Tensor tensor, bool non_blocking = False, bool copy = False, *, torch.memory_format memory_format = None
unfold
    int dimension, int size, int step
uniform_
    float from = 0, float to = 1, *, torch.Generator? generator = None
view
    torch.dtype dtype
    tuple of ints size
where
    Tensor condition, Tensor other
    Tensor condition, Number other
"""
