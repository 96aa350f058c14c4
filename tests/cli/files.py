# SPDX-License-Identifier: Apache-2.0
"""Writes small .npy, .npz and .safetensors files by hand, well formed or broken on purpose."""

import io
import json
import struct
import zipfile

FORMATS = {"<f8": "d", "<f4": "f", "<i8": "q", "<i4": "i", "|u1": "B"}


def npy(shape, values, dtype="<f8", claimed=None):
    """Bytes of a .npy; `claimed` is the shape in the header if it is to lie."""
    shape = tuple(shape)
    text = repr({"descr": dtype, "fortran_order": False, "shape": claimed or shape})
    text += " " * (-(len(text) + 11) % 64) + "\n"
    data = struct.pack(f"<{len(values)}{FORMATS[dtype]}", *values)
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode() + data


def sparse_tensors(indptr, indices):
    """Bytes of a square pattern in a .safetensors file."""
    data = struct.pack(f"<{len(indptr) + len(indices)}q", *indptr, *indices)
    cut = 8 * len(indptr)
    return safetensors(
        {"indptr": {"dtype": "I64", "shape": [len(indptr)], "data_offsets": [0, cut]},
         "indices": {"dtype": "I64", "shape": [len(indices)], "data_offsets": [cut, len(data)]}}, data)


def npz(**arrays):
    """Bytes of an .npz from names and .npy bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in arrays.items():
            archive.writestr(name + ".npy", content)
    return out.getvalue()


def csr(rows, cols, indptr, indices, data=None):
    """Bytes of an .npz in SciPy's CSR layout (a pattern without `data`)."""
    arrays = {"indptr": npy([len(indptr)], indptr, "<i8"),
              "indices": npy([len(indices)], indices, "<i8"),
              "shape": npy([2], [rows, cols], "<i8")}
    if data is not None:
        arrays["data"] = npy([len(data)], data)
        arrays["format"] = b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + (
            "{'descr': '|S3', 'fortran_order': False, 'shape': ()}".ljust(117) + "\n").encode() + b"csr"
    return npz(**arrays)


def heads(layers, count, tokens, width, value=0.5, **more):
    """Bytes of an .npz with q and k filled with one value."""
    size = layers * count * tokens * width
    shape = (layers, count, tokens, width)
    arrays = {"q": npy(shape, [value] * size), "k": npy(shape, [value] * size)}
    return npz(**{**arrays, **more})


def safetensors(tensors, data, claimed=None):
    """Bytes of a .safetensors; `claimed` is the header length if it is to lie."""
    header = json.dumps(tensors).encode()
    return struct.pack("<Q", len(header) if claimed is None else claimed) + header + data


def mtx(banner, sizes, *lines):
    """Bytes of a Matrix Market file."""
    return "\n".join([f"%%MatrixMarket matrix {banner}", sizes, *lines, ""]).encode()
