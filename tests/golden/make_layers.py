#!/usr/bin/python3
"""Golden values of every layer kind: torch in float64, autograd for the input gradients.

    /usr/bin/python3 tests/golden/make_layers.py        (Debian: python3-torch python3-h5py)

Writes layers.h5: /case, lines in the language of tests/layer/layer_case.h, and /value, for each case in turn the output
of two samples, then the gradient of sum(output * dy) with respect to each input. Inputs, weights and dy are made
here by the same formula as in tests/layer/layer_case.c, so they need not be stored."""
import math
import os

import h5py
import numpy as np
import torch
import torch.nn.functional as F

SAMPLES = 2
STREAM_X, STREAM_WEIGHT, STREAM_DY = 100, 200, 300


def stream(number, size, reach=1.0):
    """size floats of a stream, uniform in (-reach, reach), as float32 computes them."""
    i = np.arange(size, dtype=np.uint64)
    mask = np.uint64(0xFFFFFFFF)
    h = (np.uint64(number * 0x9E3779B9 & 0xFFFFFFFF) + i * np.uint64(0x85EBCA6B)) & mask
    h = ((h ^ h >> np.uint64(16)) * np.uint64(0x85EBCA6B)) & mask
    h = ((h ^ h >> np.uint64(13)) * np.uint64(0xC2B2AE35)) & mask
    h ^= h >> np.uint64(16)
    v = (h >> np.uint64(8)).astype(np.int64) - (1 << 23)
    v = v.astype(np.float32) / np.float32(1 << 23) + np.float32(2.0 ** -24)
    return np.float32(reach) * v


class Case:
    """A line of the language: kind, options, shapes."""

    def __init__(self, text):
        head, tail = text.split(" :")
        words = head.split()
        self.text, self.kind = text, words[0]
        self.relu = "+relu" in words
        self.options = dict(w.split("=") for w in words[1:] if "=" in w)
        self.shapes = [[int(d) for d in s.split("x")] for s in tail.split()]
        self.weights = 0

    def real(self, key, default):
        return float(self.options.get(key, default))

    def pair(self, key, default):
        v = [int(x) for x in self.options.get(key, str(default)).split(",") if x]
        return (v[0], v[-1])

    def list(self, key, default=""):
        return [float(x) for x in self.options.get(key, default).split(",") if x]

    def weight(self, *shape, variance=False):
        v = stream(STREAM_WEIGHT + self.weights, int(np.prod(shape)))
        self.weights += 1
        if variance:
            v = np.abs(v) + np.float32(0.25)
        return torch.tensor(v.astype(np.float64)).reshape(shape)


def same_padding(size, kernel, stride, dilation):
    out = -(-size // stride)
    total = max((out - 1) * stride + (kernel - 1) * dilation + 1 - size, 0)
    return total // 2, total - total // 2


def padded(c, x, kernel, stride, dilation, value=0.0):
    """x (n, c, h, w) with the border of padding=same, if asked for."""
    if c.options.get("padding") != "same":
        return x
    top, bottom = same_padding(x.shape[2], kernel[0], stride[0], dilation[0])
    left, right = same_padding(x.shape[3], kernel[1], stride[1], dilation[1])
    return F.pad(x, (left, right, top, bottom), value=value)


def to_nchw(x):
    return x.permute(0, 3, 1, 2)


def to_nhwc(x):
    return x.permute(0, 2, 3, 1)


def window(c):
    kernel = c.pair("kernel_size", 1)
    return kernel, c.pair("strides", 1), c.pair("dilation_rate", 1)


def bias(c, size):
    return c.weight(size) if c.real("use_bias", 1) else None


def conv2d(c, x):
    kernel, stride, dilation = window(c)
    filters, groups, cin = int(c.real("filters", 0)), int(c.real("groups", 1)), x.shape[3]
    w = c.weight(*kernel, cin // groups, filters).permute(3, 2, 0, 1)
    x = padded(c, to_nchw(x), kernel, stride, dilation)
    return to_nhwc(F.conv2d(x, w, bias(c, filters), stride=stride, dilation=dilation, groups=groups))


def depthwise(c, x):
    kernel, stride, dilation = window(c)
    cin, m = x.shape[3], int(c.real("depth_multiplier", 1))
    w = c.weight(*kernel, cin, m).permute(2, 3, 0, 1).reshape(cin * m, 1, *kernel)
    return F.conv2d(padded(c, to_nchw(x), kernel, stride, dilation), w, stride=stride, dilation=dilation, groups=cin)


def depthwise_conv2d(c, x):
    y = to_nhwc(depthwise(c, x))
    b = bias(c, y.shape[3])
    return y if b is None else y + b


def separable_conv2d(c, x):
    y, filters = depthwise(c, x), int(c.real("filters", 0))
    w = c.weight(1, 1, y.shape[1], filters).permute(3, 2, 0, 1)
    return to_nhwc(F.conv2d(y, w, bias(c, filters)))


def dense(c, x):
    units = int(c.real("units", 0))
    y = x @ c.weight(x.shape[-1], units)
    b = bias(c, units)
    return y if b is None else y + b


def pool_window(c):
    size = c.pair("pool_size", 2)
    return size, c.pair("strides", c.options.get("pool_size", 2))


def max_pooling2d(c, x):
    size, stride = pool_window(c)
    return to_nhwc(F.max_pool2d(padded(c, to_nchw(x), size, stride, (1, 1), -math.inf), size, stride))


def average_pooling2d(c, x):
    size, stride = pool_window(c)
    ones = torch.ones_like(to_nchw(x))
    total = [F.avg_pool2d(padded(c, v, size, stride, (1, 1)), size, stride) for v in (to_nchw(x), ones)]
    return to_nhwc(total[0] / total[1])


def batch_normalization(c, x):
    k = x.shape[-1]
    gamma = c.weight(k) if c.real("scale", 1) else 1.0
    beta = c.weight(k) if c.real("center", 1) else 0.0
    mean, variance = c.weight(k), c.weight(k, variance=True)
    return (x - mean) / torch.sqrt(variance + c.real("epsilon", 1e-3)) * gamma + beta


def layer_normalization(c, x):
    axes = sorted(int(a) for a in c.list("axis", "-1"))
    shape = x.shape[len(x.shape) - len(axes):]
    gamma = c.weight(*shape) if c.real("scale", 1) else None
    beta = c.weight(*shape) if c.real("center", 1) else None
    return F.layer_norm(x, shape, gamma, beta, c.real("epsilon", 1e-3))


def relu(c, x):
    limit, slope, threshold = c.real("max_value", math.inf), c.real("negative_slope", 0), c.real("threshold", 0)
    return torch.where(x > threshold, torch.clamp(x, max=limit), slope * (x - threshold))


def leaky_relu(c, x):
    return F.leaky_relu(x, c.real("negative_slope", 0.3))


def prelu(c, x):
    shape = list(x.shape[1:])
    for axis in c.list("shared_axes"):
        shape[int(axis) - 1] = 1
    return torch.where(x > 0, x, c.weight(*shape) * x)


def normalization(c, x):
    axes = c.list("axis", "-1")
    shape = [] if not axes else list(x.shape[1:]) if len(axes) > 1 else [x.shape[-1]]
    if "mean" in c.options:
        mean, variance = (torch.tensor(c.list(k), dtype=torch.float64) for k in ("mean", "variance"))
        mean, variance = (v if len(v) > 1 else v[0] for v in (mean, variance))
    else:
        mean, variance = c.weight(*shape), c.weight(*shape, variance=True)
    deviation = torch.clamp(torch.sqrt(variance), min=1e-7)
    return x * deviation + mean if c.real("invert", 0) else (x - mean) / deviation


def sides(c, key, default):
    v = [int(x) for x in c.list(key, default)]
    top, bottom, left, right = v if len(v) == 4 else (v[0], v[0], v[-1], v[-1])
    return top, bottom, left, right


def zero_padding2d(c, x):
    top, bottom, left, right = sides(c, "padding", "1")
    return F.pad(x, (0, 0, left, right, top, bottom))


def cropping2d(c, x):
    top, bottom, left, right = sides(c, "cropping", "0")
    return x[:, top:x.shape[1] - bottom, left:x.shape[2] - right]


def fold(operation):
    def run(c, *x):
        y = x[0]
        for z in x[1:]:
            while z.dim() < y.dim():
                z = z.unsqueeze(1)
            y = operation(y, z)
        return y
    return run


def concatenate(c, *x):
    return torch.cat(x, dim=int(c.real("axis", -1)))


def up_sampling2d(c, x):
    size = c.pair("size", 2)
    return x.repeat_interleave(size[0], 1).repeat_interleave(size[1], 2)


def rescaling(c, x):
    scale, offset = (torch.tensor(v, dtype=torch.float64) for v in (c.list("scale"), c.list("offset", "0")))
    return x * scale + offset


def hard_sigmoid(c, x):
    return torch.clamp(0.2 * x + 0.5, 0, 1)


KINDS = {
    "input": lambda c, x: x, "dropout": lambda c, x: x, "activation": lambda c, x: x,
    "dense": dense, "conv2d": conv2d, "depthwise_conv2d": depthwise_conv2d, "separable_conv2d": separable_conv2d,
    "max_pooling2d": max_pooling2d, "average_pooling2d": average_pooling2d,
    "global_max_pooling2d": lambda c, x: x.amax((1, 2), keepdim=bool(c.real("keepdims", 0))),
    "global_average_pooling2d": lambda c, x: x.mean((1, 2), keepdim=bool(c.real("keepdims", 0))),
    "batch_normalization": batch_normalization, "layer_normalization": layer_normalization,
    "relu": relu, "leaky_relu": leaky_relu, "elu": lambda c, x: F.elu(x, c.real("alpha", 1)), "prelu": prelu,
    "softmax": lambda c, x: F.softmax(x, -1),
    "add": fold(torch.add), "subtract": fold(torch.sub), "multiply": fold(torch.mul),
    "average": lambda c, *x: fold(torch.add)(c, *x) / len(x),
    "maximum": fold(torch.maximum), "minimum": fold(torch.minimum), "concatenate": concatenate,
    "flatten": lambda c, x: x.flatten(1),
    "reshape": lambda c, x: x.reshape([len(x)] + [int(d) for d in c.list("target_shape")]),
    "permute": lambda c, x: x.permute([0] + [int(d) for d in c.list("dims")]),
    "repeat_vector": lambda c, x: x.unsqueeze(1).repeat(1, int(c.real("n", 1)), 1),
    "zero_padding2d": zero_padding2d, "cropping2d": cropping2d, "up_sampling2d": up_sampling2d,
    "rescaling": rescaling, "normalization": normalization,
    "@relu": lambda c, x: F.relu(x), "@relu6": lambda c, x: F.relu6(x),
    "@leaky_relu": lambda c, x: F.leaky_relu(x, 0.2),
    "@elu": lambda c, x: F.elu(x), "@selu": lambda c, x: F.selu(x), "@sigmoid": lambda c, x: torch.sigmoid(x),
    "@hard_sigmoid": hard_sigmoid,
    "@hard_sigmoid6": lambda c, x: torch.clamp(x / 6 + 0.5, 0, 1), "@tanh": lambda c, x: torch.tanh(x),
    "@softplus": lambda c, x: torch.logaddexp(x, x * 0),
    "@softsign": lambda c, x: F.softsign(x), "@exponential": lambda c, x: torch.exp(x),
    "@swish": lambda c, x: F.silu(x),
    "@silu": lambda c, x: F.silu(x), "@hard_swish": lambda c, x: x * F.relu6(x + 3) / 6,
    "@hard_silu": lambda c, x: x * F.relu6(x + 3) / 6, "@gelu": lambda c, x: F.gelu(x),
    "@mish": lambda c, x: x * torch.tanh(torch.logaddexp(x, x * 0)), "@softmax": lambda c, x: F.softmax(x, -1),
    "@linear": lambda c, x: x,
}


def convolutions():
    """Sizes odd and even, strides, padding, dilation, groups, input channels 1 3 16, filters 1 10 33."""
    for padding in ("valid", "same"):
        for cin, cout in ((1, 10), (3, 1), (3, 33), (16, 10), (5, 16)):
            yield f"conv2d filters={cout} kernel_size=3 padding={padding} : 7x6x{cin}"
            yield f"conv2d filters={cout} kernel_size=3,2 strides=2 padding={padding} +relu : 6x7x{cin}"
        yield f"conv2d filters=10 kernel_size=3 dilation_rate=2 padding={padding} : 7x6x3"
        yield f"conv2d filters=10 kernel_size=2,3 dilation_rate=3,2 padding={padding} : 7x6x16"
        yield f"conv2d filters=4 kernel_size=3 dilation_rate=2 strides=2 padding={padding} : 8x7x6"
        yield f"conv2d filters=4 kernel_size=3 dilation_rate=2 strides=3,4 padding={padding} : 9x8x6"
        yield f"conv2d filters=6 kernel_size=3 groups=3 padding={padding} : 5x6x9"
        yield f"conv2d filters=36 kernel_size=2 groups=2 strides=2 padding={padding} : 5x6x34"
        yield f"conv2d filters=9 kernel_size=1 padding={padding} : 4x5x16"
        yield f"conv2d filters=9 kernel_size=1 strides=2,3 padding={padding} use_bias=0 : 5x5x16"
        yield f"conv2d filters=3 kernel_size=2 strides=4 padding={padding} : 9x8x5"
        yield f"conv2d filters=3 kernel_size=5,4 padding={padding} +relu : 5x4x5"
        for rest in ("", "strides=2", "dilation_rate=2", "strides=2,1 depth_multiplier=3"):
            yield f"depthwise_conv2d kernel_size=3 padding={padding} {rest} : 7x6x5"
            yield f"separable_conv2d filters=10 kernel_size=3,2 padding={padding} {rest} : 7x6x3"
        for kind in ("max_pooling2d", "average_pooling2d"):
            for rest in ("", "pool_size=3 strides=2", "pool_size=2,3 strides=1", "pool_size=2 strides=3"):
                yield f"{kind} padding={padding} {rest} : 7x8x3"
    yield "depthwise_conv2d kernel_size=3 padding=same use_bias=0 +relu : 6x6x17"
    yield "separable_conv2d filters=33 kernel_size=3 padding=same use_bias=0 +relu : 5x4x16"


OTHERS = """\
input : 5x4x3
dense units=10 : 1
dense units=1 : 33
dense units=33 +relu : 16
dense units=10 use_bias=0 : 3x2x5
global_max_pooling2d : 4x3x5
global_max_pooling2d keepdims=1 : 5x5x3
global_average_pooling2d : 4x3x5
global_average_pooling2d keepdims=1 : 7x7x3
batch_normalization : 4x3x17
batch_normalization scale=0 epsilon=1e-5 : 7
batch_normalization center=0 : 3x5
layer_normalization : 3x2x17
layer_normalization axis=-2,-1 center=0 epsilon=1e-6 : 3x4x5
layer_normalization scale=0 : 9
activation : 5
relu : 37
relu max_value=1.5 negative_slope=0.25 threshold=0.5 : 37
relu max_value=6 reach=12 : 37
leaky_relu : 37
leaky_relu negative_slope=0.15 : 37
leaky_relu negative_slope=0.05 : 37
elu alpha=0.75 : 37
prelu : 3x2x4
prelu shared_axes=1,2 : 3x2x4
softmax : 2x9
softmax reach=30 : 33
dropout : 3x4
add : 3x2x4 3x2x4 3x2x4
add : 3x2x4 1x1x4 4
subtract : 3x2x4 3x2x4
subtract : 3x2x4 1x2x1
multiply : 3x2x4 3x2x4 3x2x4
multiply : 3x2x4 1x1x4 3x1x1
average : 3x2x4 3x2x4 3x2x4
maximum : 3x2x4 3x2x4 3x1x4
minimum : 3x2x4 3x2x4
concatenate : 3x2x4 3x2x1
concatenate axis=1 : 3x2x4 1x2x4 2x2x4
concatenate axis=2 : 3x2x4 3x5x4
flatten : 3x2x4
reshape target_shape=4,-1 : 3x2x4
permute dims=3,1,2 : 3x2x4
permute dims=2,1 : 3x5
repeat_vector n=3 : 5
zero_padding2d : 3x2x4
zero_padding2d padding=1,0,2,3 : 3x2x4
zero_padding2d padding=0,2 : 3x2x1
cropping2d cropping=1,2 : 5x6x3
cropping2d cropping=1,0,0,2 : 5x6x3
up_sampling2d : 3x2x4
up_sampling2d size=2,3 : 3x2x3
rescaling scale=0.00392156862745098 reach=255 : 3x2x3
rescaling scale=0.5,2,-3 offset=1 : 3x2x3
normalization : 3x2x4
normalization axis= mean=0.5 variance=4 : 3x2x4
normalization mean=100,-50,0.25 variance=1,4,9 reach=128 : 5x3
normalization mean=0.5 variance=0 : 5
normalization axis=-3,-2,-1 invert=1 : 3x2x4
@hard_sigmoid6 reach=5 : 37
@softmax : 7"""


def cases():
    yield from convolutions()
    yield from OTHERS.split("\n")
    for kind in KINDS:
        if kind[0] == "@" and kind != "@softmax":
            yield f"{kind} reach={1 if kind == '@linear' else 9} : 67"


def values(text):
    """Output and input gradients of a case, flat."""
    c = Case(text)
    reach = c.real("reach", 2)
    x = [torch.tensor(stream(STREAM_X + i, SAMPLES * int(np.prod(s)), reach).astype(np.float64)).reshape([SAMPLES] + s)
         .requires_grad_() for i, s in enumerate(c.shapes)]
    y = KINDS[c.kind](c, *x)
    if c.relu:
        y = F.relu(y)
    dy = torch.tensor(stream(STREAM_DY, y.numel()).astype(np.float64)).reshape(y.shape)
    torch.sum(y * dy).backward()
    return [v.detach().reshape(-1).numpy() for v in [y] + [v.grad for v in x]]


def write(name, texts):
    """The cases and their values, beside this script."""
    lines, numbers = [], []
    for text in texts:
        text = " ".join(text.split())
        lines.append(text)
        numbers += values(text)
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name)
    with h5py.File(path, "w", track_order=False) as f:
        f.create_dataset("case", data=np.array([s.encode() for s in lines]))
        f.create_dataset("value", data=np.concatenate(numbers).astype(np.float32), compression="gzip", shuffle=True)
    print(f"{len(lines)} cases, {sum(map(len, numbers))} values, {os.path.getsize(path)} bytes")


if __name__ == "__main__":
    write("layers.h5", cases())
