# SPDX-License-Identifier: Apache-2.0
"""interop.py CONVERT: NumPy and SciPy read what attnwalk writes, and the other way round. Safetensors
files are checked by a reader of 20 lines, since the Python package is not in Debian 12."""

import json
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

try:
    import numpy as np
    import scipy.io
    import scipy.sparse as sparse
except ImportError:
    sys.exit(77)

CONVERT = sys.argv[1]
TYPES = ["?", "u1", "i1", "<u2", "<i2", "<u4", "<i4", "<u8", "<i8", "<f2", "<f4", "<f8"]
TENSORS = dict(zip(["BOOL", "U8", "I8", "U16", "I16", "U32", "I32", "U64", "I64", "F16", "F32", "F64"],
                   TYPES))


def convert(kind, source, target):
    done = subprocess.run([CONVERT, kind, source, target], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return target


def load_safetensors(path):
    """Tensors and metadata; asserts all that the format asks for."""
    data = Path(path).read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    assert data[8:9] == b"{" and length % 8 == 0
    header = json.loads(data[8:8 + length])
    metadata = header.pop("__metadata__", {})
    assert all(isinstance(value, str) for value in metadata.values())
    body, end, tensors = data[8 + length:], 0, {}
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        first, last = entry["data_offsets"]
        assert first == end, "holes or overlaps"
        dtype = np.dtype(TENSORS[entry["dtype"]])
        assert last - first == dtype.itemsize * int(np.prod(entry["shape"]))
        tensors[name] = np.frombuffer(body[first:last], dtype).reshape(entry["shape"])
        end = last
    assert end == len(body)
    return tensors, metadata


def same(a, b):
    assert a.dtype == b.dtype and a.shape == b.shape, (a.dtype, b.dtype, a.shape, b.shape)
    assert a.tobytes() == b.tobytes()


def matrices():
    draw = np.random.default_rng(1)
    A = sparse.random(60, 40, 0.1, "csr", random_state=1)
    A.data = draw.standard_normal(A.nnz) * 10.0 ** draw.integers(-300, 300, A.nnz)
    yield "float64", A
    yield "float32", sparse.random(20, 30, 0.2, "csr", dtype="f4", random_state=2)
    yield "integers", sparse.csr_matrix(draw.integers(-3, 4, (9, 9)))
    yield "boolean", (A != 0).tocsr()
    yield "empty", sparse.csr_matrix((5, 3))
    wide = A.copy()
    wide.indptr, wide.indices = wide.indptr.astype("i8"), wide.indices.astype("i8")
    yield "int64 indices", wide
    shuffled = A.copy()
    for row in range(60):
        part = slice(*shuffled.indptr[row:row + 2])
        shuffled.indices[part] = shuffled.indices[part][::-1].copy()
        shuffled.data[part] = shuffled.data[part][::-1].copy()
    shuffled.has_sorted_indices = False
    yield "unsorted", shuffled


def equal(A, B):
    assert A.shape == B.shape and A.nnz == B.nnz
    A, B = A.tocsr().sorted_indices(), B.tocsr().sorted_indices()
    assert (A.indptr == B.indptr).all() and (A.indices == B.indices).all()
    assert (A.data.astype("f8") == B.data.astype("f8")).all()


def main(folder):
    arrays = {f"{np.dtype(t).name}_{n}": np.arange(n * 3).reshape(n, 3).astype(t)
              for t in TYPES for n in (0, 4)}
    arrays["scalar"] = np.float16(-1.5)
    arrays["deep"] = np.arange(24.0).reshape(2, 3, 2, 2)
    arrays["fortran"] = np.asfortranarray(np.arange(6).reshape(2, 3))
    for name, save in (("a.npz", np.savez), ("b.npz", np.savez_compressed)):
        save(folder / name, **arrays)
        for target in ("stored.npz", "deflated.npz"):
            with np.load(convert("arrays", folder / name, folder / target)) as loaded:
                assert set(loaded.files) == set(arrays)
                for key, array in arrays.items():
                    same(np.asarray(array), loaded[key])
        tensors, metadata = load_safetensors(convert("arrays", folder / name, folder / "a.safetensors"))
        assert metadata == {"origin": "convert"} and set(tensors) == set(arrays)
        for key, array in arrays.items():
            same(np.asarray(array), tensors[key])
    for array in arrays.values():
        np.save(folder / "a.npy", array)
        same(np.asarray(array), np.load(convert("arrays", folder / "a.npy", folder / "b.npy")))

    for name, A in matrices():
        for packed in (True, False):
            sparse.save_npz(folder / "in.npz", A, compressed=packed)
            equal(A, sparse.load_npz(convert("sparse", folder / "in.npz", folder / "out.npz")))
            equal(A, scipy.io.mmread(convert("sparse", folder / "in.npz", folder / "out.mtx")))
            tensors, metadata = load_safetensors(
                convert("sparse", folder / "in.npz", folder / "out.safetensors"))
            B = sparse.csr_matrix((tensors["data"], tensors["indices"], tensors["indptr"]),
                                  tensors["shape"])
            equal(A, B)
            if metadata.get("certificate"):
                assert json.loads(metadata["certificate"])["entries"] == A.nnz
        for form in (A.tocsc(), A.tocoo()):
            sparse.save_npz(folder / "in.npz", form)
            equal(A, sparse.load_npz(convert("sparse", folder / "in.npz", folder / "out.npz")))
        # 17 digits are more than SciPy 1.15 can write of a float32: it leaves random bytes behind them.
        scipy.io.mmwrite(folder / "in.mtx", A.astype("f8") if A.dtype in (bool, "f4") else A, precision=17)
        equal(A, sparse.load_npz(convert("sparse", folder / "in.mtx", folder / "out.npz")))
    symmetric = sparse.csr_matrix(np.array([[1.0, 2, 0], [2, 0, 3], [0, 3, 4]]))
    scipy.io.mmwrite(folder / "in.mtx", symmetric, symmetry="symmetric")
    equal(symmetric, sparse.load_npz(convert("sparse", folder / "in.mtx", folder / "out.npz")))
    dense = np.array([[0.0, 1.5], [-2, 0]])
    scipy.io.mmwrite(folder / "in.mtx", dense)
    equal(sparse.csr_matrix(dense), sparse.load_npz(
        convert("sparse", folder / "in.mtx", folder / "out.npz")))


with tempfile.TemporaryDirectory() as place:
    main(Path(place))
