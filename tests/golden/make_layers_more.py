#!/usr/bin/python3
"""Golden values of the layer kinds over lines, transposed convolutions, sequences and attention, as make_layers.py.

    /usr/bin/python3 tests/golden/make_layers_more.py

Writes layers_more.h5."""
import torch
import torch.nn.functional as F

from make_layers import KINDS, bias, same_padding, write
from torch_recurrent import cases as recurrent
from torch_recurrent import one


def line_padded(c, x, k, s, d, value=0.0):
    """x (n, channels, length) with the cells that the padding adds."""
    mode = c.options.get("padding", "valid")
    before, after = {"valid": (0, 0), "causal": ((k - 1) * d, 0), "same": same_padding(x.shape[2], k, s, d)}[mode]
    return F.pad(x, (before, after), value=value)


def line_window(c):
    return one(c, "kernel_size", 1), one(c, "strides", 1), one(c, "dilation_rate", 1)


def conv1d(c, x):
    k, s, d = line_window(c)
    groups, filters = one(c, "groups", 1), one(c, "filters", 0)
    w = c.weight(k, x.shape[2] // groups, filters).permute(2, 1, 0)
    x = line_padded(c, x.transpose(1, 2), k, s, d)
    return F.conv1d(x, w, bias(c, filters), stride=s, dilation=d, groups=groups).transpose(1, 2)


def depthwise1d(c, x):
    k, s, d = line_window(c)
    cin, m = x.shape[2], one(c, "depth_multiplier", 1)
    w = c.weight(k, cin, m).permute(1, 2, 0).reshape(cin * m, 1, k)
    return F.conv1d(line_padded(c, x.transpose(1, 2), k, s, d), w, stride=s, dilation=d, groups=cin)


def depthwise_conv1d(c, x):
    y = depthwise1d(c, x).transpose(1, 2)
    b = bias(c, y.shape[2])
    return y if b is None else y + b


def separable_conv1d(c, x):
    y, filters = depthwise1d(c, x), one(c, "filters", 0)
    w = c.weight(1, y.shape[1], filters).permute(2, 1, 0)
    return F.conv1d(y, w, bias(c, filters)).transpose(1, 2)


def transposed_axis(c, size, kernel, stride, dilation, extra):
    """Output size, and the cells that TensorFlow's padding cuts off in front."""
    span, same = (kernel - 1) * dilation + 1, c.options.get("padding") == "same"
    if extra is None:
        out = size * stride + (0 if same else max(span - stride, 0))
    else:
        out = (size - 1) * stride + span - (2 * (span // 2) if same else 0) + extra
    return out, max((size - 1) * stride + span - out, 0) // 2 if same else 0


def conv2d_transpose(c, x):
    kernel, stride, dilation = c.pair("kernel_size", 1), c.pair("strides", 1), c.pair("dilation_rate", 1)
    filters = one(c, "filters", 0)
    extra = c.pair("output_padding", 0) if "output_padding" in c.options else (None, None)
    w = c.weight(*kernel, filters, x.shape[3]).permute(3, 2, 0, 1)
    full = F.conv_transpose2d(x.permute(0, 3, 1, 2), w, stride=stride, dilation=dilation).permute(0, 2, 3, 1)
    for axis in (0, 1):
        out, before = transposed_axis(c, x.shape[1 + axis], kernel[axis], stride[axis], dilation[axis], extra[axis])
        missing = max(before + out - full.shape[1 + axis], 0)
        full = F.pad(full, (0, 0) * (2 - axis) + (0, missing)).narrow(1 + axis, before, out)
    b = bias(c, filters)
    return full if b is None else full + b


def conv1d_transpose(c, x):
    k, s, d = line_window(c)
    filters = one(c, "filters", 0)
    extra = one(c, "output_padding", 0) if "output_padding" in c.options else None
    w = c.weight(k, filters, x.shape[2]).permute(2, 1, 0)
    full = F.conv_transpose1d(x.transpose(1, 2), w, stride=s, dilation=d).transpose(1, 2)
    out, before = transposed_axis(c, x.shape[1], k, s, d, extra)
    full = F.pad(full, (0, 0, 0, max(before + out - full.shape[1], 0))).narrow(1, before, out)
    b = bias(c, filters)
    return full if b is None else full + b


def pool1d(c, x, average):
    k = one(c, "pool_size", 2)
    s = one(c, "strides", k)
    x = x.transpose(1, 2)
    if not average:
        return F.max_pool1d(line_padded(c, x, k, s, 1, -1e300), k, s).transpose(1, 2)
    y, count = (F.avg_pool1d(line_padded(c, v, k, s, 1), k, s) for v in (x, torch.ones_like(x)))
    return (y / count).transpose(1, 2)


def line_sides(c, key):
    v = [int(a) for a in c.list(key, "1")]
    return v[0], v[-1]


def zero_padding1d(c, x):
    return F.pad(x, (0, 0) + line_sides(c, "padding"))


def cropping1d(c, x):
    before, after = line_sides(c, "cropping")
    return x[:, before:x.shape[1] - after]


def up_sampling2d(c, x):
    size = c.pair("size", 2)
    y = F.interpolate(x.permute(0, 3, 1, 2), scale_factor=size, mode="bilinear", align_corners=False)
    return y.permute(0, 2, 3, 1)


def softmax(c, x):
    return F.softmax(x, int(c.options["axis"]))


def embedding(c, x):
    rows_n = one(c, "input_dim", 0)
    table = c.weight(rows_n, one(c, "output_dim", 0))
    ids = torch.clamp(torch.trunc(x.detach()), 0, rows_n - 1).long()
    return F.embedding(ids, table) + 0 * x.unsqueeze(-1)


def dot(c, x, z):
    axes = [int(a) for a in c.list("axes")]
    x, z = x.movedim(axes[0], -1), z.movedim(axes[-1], -1)
    if c.real("normalize", 0):
        x, z = (v * torch.rsqrt(torch.clamp((v * v).sum(-1, keepdim=True), min=1e-12)) for v in (x, z))
    y = x.reshape(len(x), -1, x.shape[-1]) @ z.reshape(len(z), -1, z.shape[-1]).transpose(1, 2)
    return y.reshape([len(x)] + (list(x.shape[1:-1]) + list(z.shape[1:-1]) or [1]))


def attention(c, query, value, key=None):
    key = value if key is None else key
    scale = c.weight() if c.real("use_scale", 0) else 1.0
    return F.softmax(scale * query @ key.transpose(1, 2), -1) @ value


def multi_head_attention(c, query, value, key):
    heads, k = one(c, "num_heads", 1), one(c, "key_dim", 1)
    v, out = one(c, "value_dim", k), one(c, "output_shape", query.shape[2])

    def projected(x, size):
        """(n, heads, steps, size)"""
        y = torch.einsum("abc,cde->abde", x, c.weight(x.shape[2], heads, size))
        return (y + c.weight(heads, size) if c.real("use_bias", 1) else y).transpose(1, 2)
    q, k_, v_ = projected(query, k), projected(key, k), projected(value, v)
    o = F.softmax(q @ k_.transpose(2, 3) / k ** 0.5, -1) @ v_
    y = torch.einsum("nhtv,hvo->nto", o, c.weight(heads, v, out))
    return y + c.weight(out) if c.real("use_bias", 1) else y


KINDS.update({
    "dot": dot, "attention": attention, "multi_head_attention": multi_head_attention,
    "conv1d": conv1d, "depthwise_conv1d": depthwise_conv1d, "separable_conv1d": separable_conv1d,
    "conv2d_transpose": conv2d_transpose, "conv1d_transpose": conv1d_transpose,
    "max_pooling1d": lambda c, x: pool1d(c, x, False), "average_pooling1d": lambda c, x: pool1d(c, x, True),
    "global_max_pooling1d": lambda c, x: x.amax(1, keepdim=bool(c.real("keepdims", 0))),
    "global_average_pooling1d": lambda c, x: x.mean(1, keepdim=bool(c.real("keepdims", 0))),
    "zero_padding1d": zero_padding1d, "cropping1d": cropping1d,
    "up_sampling1d": lambda c, x: x.repeat_interleave(one(c, "size", 2), 1),
    "up_sampling2d": up_sampling2d, "softmax": softmax, "embedding": embedding,
    "log_softmax": lambda c, x: F.log_softmax(x, -1), "@log_softmax": lambda c, x: F.log_softmax(x, -1),
    "thresholded_relu": lambda c, x: torch.where(x > c.real("theta", 1), x, torch.zeros_like(x)),
})


def lines():
    for padding in ("valid", "same", "causal"):
        for cin, cout in ((1, 10), (3, 33), (16, 5)):
            yield f"conv1d filters={cout} kernel_size=3 padding={padding} : 9x{cin}"
            yield f"conv1d filters={cout} kernel_size=4 strides=2 padding={padding} +relu : 8x{cin}"
        yield f"conv1d filters=7 kernel_size=3 dilation_rate=3 padding={padding} : 11x6"
        yield f"conv1d filters=7 kernel_size=2 dilation_rate=2 strides=3 use_bias=0 padding={padding} : 10x6"
        yield f"conv1d filters=6 kernel_size=3 groups=3 padding={padding} : 8x9"
        yield f"conv1d filters=17 kernel_size=1 padding={padding} : 6x19"
        yield f"separable_conv1d filters=10 kernel_size=3 padding={padding} : 9x5"
        yield f"separable_conv1d filters=3 kernel_size=3 strides=2 depth_multiplier=2 padding={padding} +relu : 8x5"
        if padding == "causal":
            continue
        yield f"depthwise_conv1d kernel_size=3 padding={padding} : 9x5"
        yield f"depthwise_conv1d kernel_size=2 strides=2 depth_multiplier=3 use_bias=0 padding={padding} +relu : 9x4"
        for rest in ("kernel_size=3", "kernel_size=3 strides=2", "kernel_size=4 strides=2 +relu",
                     "kernel_size=2 strides=3", "kernel_size=1 strides=2 +relu",
                     "kernel_size=3 dilation_rate=2 use_bias=0",
                     "kernel_size=5 strides=3 output_padding=1", "kernel_size=4 strides=2 output_padding=1"):
            yield f"conv1d_transpose filters=5 {rest} padding={padding} : 5x7"
            yield f"conv2d_transpose filters=3 {rest} padding={padding} : 4x3x5"
        yield f"conv2d_transpose filters=17 kernel_size=3,2 strides=2,1 padding={padding} : 3x4x18"
        yield f"conv2d_transpose filters=1 kernel_size=1,4 strides=3 +relu padding={padding} : 3x4x2"
        for kind in ("max_pooling1d", "average_pooling1d"):
            for rest in ("", "pool_size=3 strides=2", "pool_size=3 strides=1", "pool_size=2 strides=3"):
                yield f"{kind} {rest} padding={padding} : 8x5"


OTHERS = """\
dot axes=1 : 17 17
dot axes=-1 normalize=1 : 5 5
dot axes=2,1 : 3x4 4x19
dot axes=1 : 4x3 4x5
dot axes=1,-1 normalize=1 : 7x3 5x7
dot axes=2 : 2x5x3 3x5x2
dot axes=3,1 normalize=1 : 2x3x4 4
attention : 4x3 5x3
attention : 6x17 6x17
attention use_scale=1 reach=1 : 2x3 5x6 5x3
multi_head_attention num_heads=1 key_dim=4 : 4x5 4x5 4x5
multi_head_attention num_heads=2 key_dim=3 reach=1 : 6x8 5x8 5x8
multi_head_attention num_heads=4 key_dim=17 value_dim=5 reach=0.5 : 3x5 18x4 18x6
multi_head_attention num_heads=3 key_dim=2 value_dim=4 output_shape=3 use_bias=0 : 2x5 4x3 4x6
bidirectional layer=lstm units=5 : 6x4
bidirectional layer=lstm units=5 return_sequences=1 : 6x4
bidirectional merge_mode=sum layer=gru units=17 reset_after=1 return_sequences=1 : 5x3
bidirectional merge_mode=mul layer=simple_rnn units=4 : 5x3
bidirectional merge_mode=mul layer=gru units=4 return_sequences=1 go_backwards=1 : 5x3
bidirectional merge_mode=ave layer=cudnn_lstm units=4 return_sequences=1 : 5x3
bidirectional layer=cudnn_gru units=4 : 5x3
bidirectional layer=gru units=3 return_sequences=1 backward_layer=lstm units=5 return_sequences=1 go_backwards=1 : 5x3
time_distributed layer=dense units=10 : 5x7
time_distributed layer=conv2d filters=3 kernel_size=3 strides=2 padding=same : 3x5x4x2
time_distributed layer=depthwise_conv2d kernel_size=3 : 2x5x4x3
time_distributed layer=max_pooling2d : 2x4x5x3
time_distributed layer=batch_normalization : 3x4x5
time_distributed layer=flatten : 3x2x4
time_distributed layer=lstm units=4 : 3x4x2
time_distributed layer=embedding input_dim=5 output_dim=3 reach=6 : 2x4
global_max_pooling1d : 7x5
global_max_pooling1d keepdims=1 : 6x3
global_average_pooling1d : 7x5
global_average_pooling1d keepdims=1 : 6x3
zero_padding1d : 4x3
zero_padding1d padding=0,3 : 4x3
cropping1d : 6x3
cropping1d cropping=2,0 : 6x3
up_sampling1d : 4x3
up_sampling1d size=3 : 4x5
up_sampling2d interpolation=bilinear : 4x3x5
up_sampling2d interpolation=bilinear size=3,4 : 3x4x2
up_sampling2d interpolation=bilinear size=5,1 : 2x1x3
softmax axis=1 : 5x7
softmax axis=2 : 3x4x5
softmax axis=-2 reach=20 : 4x6
log_softmax : 9
log_softmax reach=30 : 3x21
@log_softmax : 17
thresholded_relu : 37
thresholded_relu theta=0.25 reach=5 : 37
embedding input_dim=7 output_dim=5 reach=9 : 6
embedding input_dim=3 output_dim=4 : 2x5"""


def cases():
    yield from lines()
    yield from recurrent()
    yield from OTHERS.split("\n")


if __name__ == "__main__":
    write("layers_more.h5", cases())
