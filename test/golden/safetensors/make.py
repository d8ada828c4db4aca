"""Makes mixed.safetensors and mixed.json: one tensor of each dtype, written by the reference writer.

Run from the repository's root:
pip install safetensors==0.8.0 ml_dtypes numpy && python test/golden/safetensors/make.py
"""

import json

import ml_dtypes
import numpy
import safetensors
from safetensors.numpy import save

FOLDER = "test/golden/safetensors"

# Ties to even and to odd, the ends of the normal and subnormal ranges, overflow, and both zeros.
values = numpy.array(
    [0.0, -0.0, 1.0, -2.5, 1.00390625, 1.01171875, 1.00048828125, 1.00146484375, 65504.0, 65519.0, 65520.0,
     6.103515625e-05, 5.960464477539063e-08, 2.9802322387695312e-08, 3.0e-08, 1e-40, 3.4e38, -3.4e38,
     3.14159274, -0.1, numpy.inf, -numpy.inf],
    dtype=numpy.float32,
)  # fmt: skip
with numpy.errstate(over="ignore"):
    tensors = {
        "a.half": values.astype(numpy.float16),
        "b.brain": values.astype(ml_dtypes.bfloat16),
        "z.float": values.reshape(2, 11),
        "integer": numpy.array([-(2**31), -1, 0, 2**31 - 1], dtype=numpy.int32),
        "scalar": numpy.array(0.5, dtype=numpy.float32),
        "empty": numpy.zeros((0, 3), dtype=numpy.float32),
        "\U0001f600 \u00e9 \"quoted\"": numpy.array([1.0], dtype=numpy.float32),
        "\uff5e wide": numpy.array([2.0], dtype=numpy.float32),
    }

with open(f"{FOLDER}/mixed.safetensors", "wb") as file:
    file.write(save(tensors, {"format": "pt"}))
with open(f"{FOLDER}/mixed.json", "w", encoding="utf-8") as file:
    bits = {
        name: {
            "shape": list(tensor.shape),
            "float32Bits": tensor.astype(numpy.float32).ravel().view(numpy.uint32).tolist(),
        }
        for name, tensor in tensors.items()
        if tensor.dtype != numpy.int32
    }
    expected = {
        "safetensors": safetensors.__version__,
        "sourceBits": values.view(numpy.uint32).tolist(),
        "integer": tensors["integer"].tolist(),
        "floats": bits,
    }
    json.dump(expected, file, ensure_ascii=False)
    file.write("\n")
