# SPDX-License-Identifier: Apache-2.0
"""Bad input: exit code 2 or 1, one sentence on standard error, nothing written. One table.

usage: refusals.py ATTNWALK ROOT
"""

import re
import sys
from pathlib import Path

from bad_files import FILES
from block_models import ROWS as BLOCK_MODELS
from command import Tally, run, scratch
from ignored_options import ROWS as IGNORED_OPTIONS

HEAD = ["--qk", "heads.npz"]

# (arguments, exit code, words that the sentence must contain[, standard input])
ROWS = [
    # the command line itself
    ([], 2, "name a verb"),
    (["frobnicate"], 2, "frobnicate"),
    (["gap", "ring:w=1", "-n", "8", "--frobnicate"], 2, "--frobnicate"),
    (["gap", "ring:w=1", "-n"], 2, "-n"),
    (["gap", "ring:w=1", "-n", "8", "extra"], 2, "extra"),
    (["gaps"], 2, "did you mean gap?"),
    (["gap", "ring:w=1", "-n", "8", "--jsn"], 2, "did you mean --json?"),
    (["check", "universality", "full", "-n", "8", "--stric"], 2, "did you mean --strict?"),
    (["gap", "ring:w=1", "-n", "8", "--only", "sleem"], 2, "did you mean 'slem'?"),
    (["explain", "kemenny"], 2, "did you mean 'kemeny'?"),
    (["completion", "tcsh"], 2, "bash, zsh, fish"),
    (["gap"], 2, "no input"),
    (["gap", ""], 2, "no input"),
    (["compare", "full"], 2, "two inputs"),
    (["compare", "window:w=?", "full", "-n", "9"], 2, "leaves a number open: say what for, with --per-row or --vary"),
    (["compare", "window:w=?", "full", "--per-row", "4"], 2, "-n is needed to find w"),
    (["compare", "window:w=?", "full", "-n", "9", "--per-row", "10"], 2, "--per-row = 10"),
    (["compare", "window:w=?+random:d=?", "full", "-n", "9", "--per-row", "4"], 2, "two numbers open"),
    (["compare", "full", "ring:w=1", "-n", "9", "--vary", "n=4:8"], 2, "two sizes"),
    (["compare", "full", "--vary", "w=1:8", "-n", "9"], 2, "no input leaves w open"),
    (["compare", "full", "--vary", "n=8:4"], 2, "doubles from a"),
    (["compare", "full", "none", "-n", "9", "--by", "lambda"], 2, "--by = lambda"),
    (["compare", "full", "none", "-n", "9", "--plot-kind", "gaps"], 2, "--plot-kind belongs to"),
    (["compare", "-", "-"], 2, "standard input"),
    (["propagate", "-", "--pairs", "-", "-q"], 2, "standard input"),
    (["propagate", *HEAD, "--rollout", "--layers", "0,1", "--mask", "-", "-q"], 2, "standard input"),
    (["info", "none", "-n", "1x2500000000000"], 1, "TiB"),
    (["gap", "ring:w=1", "-n", "-8"], 2, "-8"),
    (["gap", "ring:w=1", "-n", "8.5"], 2, "8.5"),
    (["gap", "ring:w=1", "-n", "eight"], 2, "eight"),
    (["gap", "ring:w=1", "-n", "1.5e0"], 2, "1.5e0"),
    (["gap", "ring:w=1", "-n", "10kk"], 2, "10kk"),
    (["gap", "ring:w=1", "-n", "1e20"], 2, "1e20"),
    (["gap", "ring:w=1", "-n", "20000000000Gi"], 2, "20000000000Gi"),
    (["gap", "ring:w=1", "-n", "99999999999999999999"], 2, "99999999999999999999"),
    (["gap", "ring:w=1", "-n", "8x"], 2, "must be an integer"),
    (["info", "full", "-n", "8x-3"], 2, "-3"),
    (["pattern", "random:d=2", "-n", "8", "--seed", "18446744073709551616"], 2, "seed"),
    (["pattern", "random:d=2", "-n", "8", "--seed", "-1"], 2, "seed"),
    (["gap", "ring:w=1", "-n", "8", "--threads", "-2"], 2, "threads"),
    (["gap", "ring:w=1", "-n", "8", "--kind", "sideways"], 2, "sideways"),
    (["gap", "ring:w=1", "-n", "8", "--empty-rows", "maybe"], 2, "maybe"),
    (["gap", "ring:w=1", "-n", "8", "--tolerance", "nan"], 2, "tolerance"),
    (["gap", "ring:w=1", "-n", "8", "--tolerance", "-1"], 2, "tolerance"),
    (["gap", "ring:w=1", "-n", "8", "--tolerance", "1e-3x"], 2, "1e-3x"),
    (["gap", "ring:w=1", "-n", "8", "--failure", "2"], 2, "failure"),
    (["gap", "ring:w=1", "-n", "8", "--steps", "0"], 2, "steps"),
    (["gap", "ring:w=1", "-n", "8", "--max-products", "0"], 2, "max-products"),
    (["info", "ring:w=1", "-n", "8", "--confidence", "1.5"], 2, "confidence"),
    (["info", "ring:w=1", "-n", "8", "--hops", "-1"], 2, "hops"),
    (["gap", "ring:w=1", "-n", "8", "--plot-kind", "pie"], 2, "pie"),
    (["export", "full", "-n", "8", "--form", "block_mask"], 2, "bit_table"),
    (["export", "full", "-n", "8", "--form", "index_lists", "--block", "4"], 2, "--form"),
    (["export", "full", "-n", "10", "--block", "4", "-o", "new.npz"], 2, "multiple of the block of 4"),
    (["export", "full", "-n", "8x4", "--order", "rcm"], 2, "8 and 4"),
    (["export", "full", "-n", "8", "-o", "new.mtx"], 2, ".mtx"),
    (["export", "full", "-n", "8", "-o", "-"], 2, ".npz"),
    # specs: the sentence, then the text and a caret
    (["pattern", "frob:w=3", "-n", "8"], 2, "frob"),
    (["pattern", "window:w", "-n", "8"], 2, "w"),
    (["pattern", "window:w=3,w=4", "-n", "8"], 2, "w"),
    (["pattern", "window:v=3", "-n", "8"], 2, "v"),
    (["pattern", "window", "-n", "8"], 2, "w"),
    (["pattern", "window:w=-1", "-n", "8"], 2, "-1"),
    (["pattern", "causal(full", "-n", "8"], 2, ")"),
    (["pattern", "full+", "-n", "8"], 2, "+"),
    (["pattern", "window:w=3"], 2, "n"),
    (["pattern", "random:d=9", "-n", "8"], 2, "9"),
    (["pattern", "regular:d=3", "-n", "7"], 2, "odd"),
    (["pattern", "erdos:prob=1.5", "-n", "8"], 2, "1.5"),
    (["pattern", "hypercube", "-n", "100"], 2, "128"),
    (["pattern", "torus:a=3,b=4", "-n", "13"], 2, "12"),
    (["pattern", "ring:w=2", "-n", "4x8"], 2, "ring"),
    (["pattern", "full", "-n", "100000000"], 1, "B"),
    (["gap", "random:d=64", "-n", "1000000000000"], 1, "bytes"),
    (["pattern", "symmetric(full)", "-n", "2x3"], 2, "rectangular"),
    (["pattern", "none", "-n", "9000000000000000000"], 2, "2^53"),
    (["pattern", "sbm:file=missing.npz,layer=0,head=0"], 1, "missing.npz"),
    # files
    (["gap", "missing.mtx"], 1, "missing.mtx"),
    (["gap", "no/such/folder/file.npz"], 1, "file.npz"),
    (["gap", "folder.npz"], 1, "folder.npz"),
    (["gap", "./unknown.xyz"], 1, "unknown.xyz"),
    (["gap", "ring.mtx", "-n", "3"], 2, "-n"),
    (["gap", "ring.mtx", "--mask", "full"], 2, "mask"),
    (["gap", "ring.mtx", "--layer", "1"], 2, "layer"),
    (["gap", "ring.mtx", "--qk", "heads.npz"], 2, "two inputs"),
    (["compare", "ring.mtx", "ring.mtx", "-n", "3"], 2, "-n"),
    (["compare", "ring.mtx", "wide.mtx"], 2, "2 x 3"),
    (["gap", "negative.mtx"], 2, "-0.5"),
    (["info", "negative.mtx"], 2, "-0.5"),
    (["gap", "nan.mtx"], 1, "nan.mtx"),
    (["gap", "inf.mtx"], 1, "inf.mtx"),
    (["gap", "index.mtx"], 1, "index.mtx"),
    (["gap", "zero_index.mtx"], 1, "zero_index.mtx"),
    (["gap", "column.mtx"], 1, "9"),
    (["gap", "twice.mtx"], 1, "twice.mtx"),
    (["gap", "short.mtx"], 1, "short.mtx"),
    (["gap", "long.mtx"], 1, "long.mtx"),
    (["gap", "lying.mtx"], 1, "999999999999"),
    (["gap", "sizes.mtx"], 1, "sizes.mtx"),
    (["gap", "words.mtx"], 1, "words.mtx"),
    (["gap", "complex.mtx"], 1, "complex"),
    (["gap", "banner.mtx"], 1, "banner.mtx"),
    (["gap", "empty.mtx"], 1, "empty.mtx"),
    (["gap", "binary.mtx"], 1, "binary.mtx"),
    (["gap", "-"], 1, "standard input"),
    (["gap", "-"], 1, "standard input", b"not a matrix\n"),
    (["gap", "empty.npz"], 1, "empty.npz"),
    (["gap", "text.npz"], 1, "text.npz"),
    (["gap", "cut.npz"], 1, "cut.npz"),
    (["gap", "other.npz"], 1, "other.npz"),
    (["gap", "indptr.npz"], 1, "indptr.npz"),
    (["gap", "falling.npz"], 1, "falling.npz"),
    (["gap", "indices.npz"], 1, "indices.npz"),
    (["gap", "twice.npz"], 1, "twice.npz"),
    (["gap", "nan.npz"], 1, "nan.npz"),
    (["gap", "shape.npz"], 1, "shape.npz"),
    (["gap", "cut.npy"], 1, "cut.npy"),
    (["gap", "lying.npy"], 1, "lying.npy"),
    (["gap", "magic.npy"], 1, "magic.npy"),
    (["gap", "cube.npy"], 1, "cube.npy"),
    (["gap", "cut.safetensors"], 1, "cut.safetensors"),
    (["gap", "lying.safetensors"], 1, "lying.safetensors"),
    (["gap", "json.safetensors"], 1, "json.safetensors"),
    (["gap", "offsets.safetensors"], 1, "offsets.safetensors"),
    (["gap", "negative.npz"], 2, "-0.5"),
    (["gap", "inf.npz"], 1, "inf.npz"),
    (["gap", "lying.npz"], 1, "lying.npz"),
    (["gap", "negative.npy"], 2, "-0.5"),
    (["gap", "nan.npy"], 1, "nan.npy"),
    (["gap", "twice.safetensors"], 1, "twice.safetensors"),
    (["gap", "index.safetensors"], 1, "7"),
    (["gap", "falling.safetensors"], 1, "falls"),
    (["compare", "wide.npy", "ring.mtx"], 2, "2 x 3"),
    # heads
    (["gap", "--qk", "missing.npz"], 1, "missing.npz"),
    (["gap", *HEAD, "--layer", "7"], 2, "2 layers"),
    (["gap", *HEAD, "--head", "2"], 2, "2 heads"),
    (["gap", *HEAD, "--layer", "-1"], 2, "layer"),
    (["gap", *HEAD, "-n", "4"], 2, "-n"),
    (["gap", *HEAD, "--mask", "wide.mtx"], 2, "2 x 3"),
    (["gap", *HEAD, "--mask", "window"], 2, "w"),
    (["gap", *HEAD, "--scale", "inf"], 2, "scale"),
    (["gap", "--qk", "nan_heads.npz"], 1, "nan"),
    (["gap", "--qk", "flat.npz"], 1, "flat.npz"),
    (["gap", "--qk", "unequal.npz"], 1, "unequal.npz"),
    (["gap", "--qk", "no_k.npz"], 1, "no_k.npz"),
    (["gap", "--qk", "bad_mask.npz"], 1, "bad_mask.npz"),
    # attention
    (["attend"], 2, "no input"),
    (["attend", *HEAD], 1, "no array v"),
    (["attend", "two.npy"], 2, "--q, --k and --v"),
    (["attend", "--q", "two.npy"], 2, "belong together"),
    (["attend", "qkv.npz", "--q", "two.npy"], 2, "two inputs"),
    (["attend", "qkv.npz", *HEAD], 2, "two inputs"),
    (["attend", "qkv.npz", "--head", "1"], 2, "--qk"),
    (["attend", "qkv.npz", "-n", "4"], 2, "-n"),
    (["attend", "other.npz"], 1, "other.npz"),
    (["attend", "--q", "two.npy", "--k", "two.npy", "--v", "deep.npy"], 1, "5 dimensions"),
    (["attend", "--q", "two.npy", "--k", "two.npy", "--v", "missing.npy"], 1, "missing.npy"),
    (["attend", "--q", "two.npy", "--k", "deep.npy", "--v", "two.npy"], 1, "deep.npy"),
    (["attend", "qkv.npz", "--mask", "ring:w=1"], 2, "rectangular"),
    (["attend", "qkv.npz", "--mask", "ring.mtx"], 2, "4 queries and 6 keys"),
    (["attend", "nan_qkv.npz"], 2, "row 0, column 1"),
    (["attend", "three.npz"], 2, "3 heads"),
    (["attend", "qkv.npz", "--dropout", "1"], 2, "dropout"),
    (["attend", "qkv.npz", "--dropout", "-0.5"], 2, "dropout"),
    (["attend", "qkv.npz", "--dtype", "half"], 2, "half"),
    (["attend", "qkv.npz", "--dtype", "bfloat16", "--backend", "graphblas"], 2, "bfloat16"),
    (["attend", "qkv.npz", "--backend", "cuda"], 2, "cuda"),
    (["attend", "qkv.npz", "--scale", "nan"], 2, "scale"),
    (["attend", "qkv.npz", "--importance", "poisson"], 2, "importance needs a block model"),
    (["attend", "qkv.npz", "--importance", "poisson", "--mask", "full"], 2, "mask = full is no block model"),
    (["attend", "qkv.npz", "--importance", "poisson", "--mask", "wide.mtx"], 2, "wide.mtx is no block model"),
    (["attend", "qkv.npz", "--importance", "poisson", "--mask", "sbm:k=5,in=.5,out=.1"], 2, "k = 5"),
    (["attend", "qkv.npz", "--importance", "full"], 2, "importance = full"),
    (["attend", *HEAD, "--importance", "bernoulli"], 1, "no array"),
    (["attend", "--weights-only", *HEAD, "--importance", "poisson"], 2, "--importance"),
    (["attend", "qkv.npz", "-o", "-"], 2, "-o -"),
    (["attend", "qkv.npz", "-o", "z.mtx"], 2, "z.mtx"),
    (["attend", "qkv.npz", "--lse", "-o", "z.npy"], 2, "--lse"),
    (["attend", "--weights-only", *HEAD, "--lse"], 2, "--weights-only"),
    (["attend", "--weights-only", "qkv.npz"], 2, "--qk"),
    (["attend", "--weights-only"], 2, "--qk"),
    (["attend", "--weights-only", *HEAD, "--mask", "noloops(causal(full))", "--empty-rows", "error"], 2,
     "query 0"),
    # diffusion
    (["diffuse", "ring:w=1", "-n", "8"], 2, "--random-v"),
    (["diffuse"], 2, "no input"),
    (["diffuse", *HEAD], 2, "stores none"),
    (["diffuse", "ring:w=1", "-n", "8", "--v", "two.npy"], 2, "8 tokens"),
    (["diffuse", "window:w=1", "-n", "2", "--v", "two.npy", "--random-v", "3"], 2, "two inputs"),
    (["diffuse", "full", "-n", "2x3", "--random-v", "3"], 2, "2 x 3"),
    (["diffuse", "ring:w=1", "-n", "8", "--random-v", "0"], 2, "--random-v"),
    (["diffuse", "ring:w=1", "-n", "8", "--random-v", "2", "--alpha", "1.5"], 2, "1.5"),
    (["diffuse", "ring:w=1", "-n", "8", "--random-v", "2", "--alpha", "0", "--method", "exact"], 2, "alpha"),
    (["diffuse", "ring:w=1", "-n", "8", "--random-v", "2", "--hops", "-1"], 2, "hops"),
    (["diffuse", "ring:w=1", "-n", "8", "--random-v", "2", "--tolerance", "0"], 2, "tolerance"),
    (["diffuse", "ring:w=1", "-n", "8", "--random-v", "2", "--method", "magic"], 2, "magic"),
    (["diffuse", "ring:w=1", "-n", "8", "--random-v", "2", "--method", "heat", "-t", "-1"], 2, "-1"),
    (["diffuse", "exponential", "-n", "8", "--random-v", "2", "--method", "cg"], 2, "reversib"),
    (["diffuse", "negative.mtx", "--random-v", "2"], 2, "-0.5"),
    (["diffuse", "window:w=1", "-n", "2", "--v", "nan.npy"], 2, "nan"),
    (["propagate", "nan.mtx", "-q"], 1, "nan.mtx"),
    (["diffuse", "ring:w=1", "-n", "8", "--random-v", "2", "-o", "z.mtx"], 2, "z.mtx"),
    # propagation
    (["propagate"], 2, "no input"),
    (["propagate", "full", "-n", "2x3", "-q"], 2, "2 x 3"),
    (["propagate", "full", "-n", "8", "--semiring", "plus_plus"], 2, "plus_plus"),
    (["propagate", "full", "-n", "8", "--hops", "-2"], 2, "hops"),
    (["propagate", "full", "-n", "8", "--from", "8"], 2, "no token 8"),
    (["propagate", "full", "-n", "8", "--from", "1,,2"], 2, "--from"),
    (["propagate", "full", "-n", "8", "--from", "1", "--to", "2"], 2, "--to"),
    (["propagate", "full", "-n", "8", "--theta", "1,2"], 2, "--pairs"),
    (["propagate", "full", "-n", "8", "--theta", "1,x", "--pairs", "full"], 2, "x"),
    (["propagate", "full", "-n", "8", "--theta", "1", "--pairs", "full", "--from", "1"], 2, "--theta"),
    (["propagate", "full", "-n", "3", "--pairs", "wide.mtx", "-q"], 2, "2 x 3"),
    (["propagate", "full", "-n", "8", "--restricted"], 2, "--restricted"),
    (["propagate", "full", "-n", "8", "--layers", "0,1"], 2, "--rollout"),
    (["propagate", *HEAD, "--rollout"], 2, "--layers"),
    (["propagate", *HEAD, "--rollout", "--layers", "0,9"], 2, "2 layers"),
    (["propagate", "ring.mtx", "--rollout"], 2, "--rollout"),
    (["propagate", "full;full", "-n", "8", "--rollout", "--residual", "2"], 2, "residual"),
    (["propagate", "full;full", "-n", "8", "--rollout", "--semiring", "min_plus"], 2, "min_plus"),
    (["propagate", "none", "-n", "8", "--semiring", "min_plus", "--cost", "money"], 2, "money"),
    (["propagate", "full", "-n", "500", "--max-bytes", "1000", "-q"], 1, "1000"),
    (["propagate", "full", "-n", "8", "-o", "x.npy", "-q"], 2, "x.npy"),
    # block models
    *BLOCK_MODELS,
    # options in a mode that would ignore them
    *IGNORED_OPTIONS,
    # words that are empty, as an unset shell variable gives
    (["pattern", "ring:w=1", "-n", ""], 2, '-n = ""'),
    (["pattern", "ring:w=1", "-n", "8", "-o", ""], 2, "--output is empty"),
    (["gap", "ring:w=1", "-n", "8", "--plot", ""], 2, "--plot is empty"),
    (["gap", "ring:w=1", "-n", "8", "--tolerance", ""], 2, '--tolerance = ""'),
    (["gap", *HEAD, "--mask", ""], 2, "--mask is empty"),
    (["gap", "--qk", ""], 2, "--qk is empty"),
    (["compare", "full", "", "-n", "4"], 2, "no input"),
    (["attend", "--q", "", "--k", "two.npy", "--v", "two.npy"], 2, "--q is empty"),
    (["diffuse", "ring:w=1", "-n", "8", "--v", ""], 2, "--v is empty"),
    (["propagate", "ring:w=1", "-n", "8", "--pairs", "", "-q"], 2, "--pairs is empty"),
    (["propagate", "ring:w=1", "-n", "8", "--from", "", "-q"], 2, '--from = ""'),
    (["sample", "sbm:k=2,in=.5,out=.1", "-n", "8", "--test", ""], 2, "--test is empty"),
    # numbers beyond what arithmetic or memory holds
    (["gap", "huge_weights.mtx"], 2, "sum to inf"),
    (["info", "huge_weights.mtx"], 2, "scale the weights"),
    (["gap", "tiny_weights.mtx"], 2, "smallest normal number"),
    (["gap", "ring:w=1", "-n", "8", "--tolerance", "1e400"], 2, "1e400"),
    (["gap", "ring:w=1", "-n", "8", "--dense-below", "99999999"], 2, "20000"),
    (["gap", "ring:w=1", "-n", "8", "--threads", "99999999999"], 2, "4096"),
    (["gap", "sizes_63_bits.mtx"], 1, "63 bits"),
    (["gap", "rows.mtx"], 1, "7.3 TiB"),
    (["pattern", "torus:a=4611686018427387904,b=4"], 2, "9007199254740992"),
    (["diffuse", "ring:w=1", "-n", "8", "--random-v", "999999999999"], 1, "TiB"),
    (["propagate", "ring:w=1", "-n", "8", "--max-bytes", "-1", "-q"], 2, "max_bytes = -1"),
    # files that are not what they should be
    (["attend", "cut_qkv.npz"], 1, "cut_qkv.npz"),
    (["attend", "--q", "folder.npz", "--k", "two.npy", "--v", "two.npy"], 1, "directory"),
    (["gap", "certified.mtx"], 1, "certified.mtx.json"),
    (["diffuse", "window:w=1", "-n", "2", "--v", "cut.npy"], 1, "cut.npy"),
    (["propagate", "ring:w=1", "-n", "3", "--pairs", "lying.npy", "-q"], 1, "lying.npy"),
    # options that go together with others, or not
    (["propagate", "full", "-n", "8", "--cost", "neglog", "-q"], 2, "min_plus"),
    (["gap", "exponential", "-n", "8", "--kind", "undirected"], 2, "symmetric"),
    (["gap", "none", "-n", "4", "--empty-rows", "error"], 2, "row 0"),
    (["compare", "full", "full;full", "-n", "4"], 2, "several layers"),
    # outputs: refused before any work
    (["pattern", "ring.mtx", "-o", "ring.mtx"], 2, "would replace an input"),
    (["attend", "qkv.npz", "-o", "./qkv.npz"], 2, "would replace an input"),
    (["diffuse", "window:w=1", "-n", "2", "--v", "two.npy", "-o", "two.npy"], 2, "would replace an input"),
    (["propagate", "full", "-n", "3", "--pairs", "ring.mtx", "-o", "ring.mtx", "-q"], 2, "replace an input"),
    (["sample", "sbm:k=2,in=.5,out=.1", "-n", "8", "-o", "folder.npz"], 1, "directory"),
    (["diffuse", "ring:w=1", "-n", "8", "--random-v", "2", "-o", "no/such/z.npz"], 1, "no/such"),
    (["pattern", "full", "-n", "4", "-o", "out.xyz"], 2, "out.xyz"),
    (["pattern", "full", "-n", "4", "-o", "out"], 2, "out"),
    (["pattern", "full", "-n", "4", "-o", "no/such/out.mtx"], 1, "no/such"),
    (["pattern", "full", "-n", "4", "-o", "folder.npz"], 1, "directory"),
    (["pattern", "full", "-n", "4", "-o", "-", "--json"], 2, "--json"),
    (["gap", "ring:w=1", "-n", "8", "--plot", "out.pdf"], 2, "out.pdf"),
    (["gap", "ring:w=1", "-n", "8", "--plot", "-"], 2, "--plot"),
    (["gap", "ring:w=1", "-n", "8", "--plot", "/proc/out.svg"], 1, "/proc"),
    (["pattern", "full", "-n", "4", "-o", "a.mtx", "--plot", "a.mtx"], 2, "a.mtx"),
]


def one_sentence(stderr):
    """One line; for a spec the text and a caret below it, both indented."""
    lines = stderr.rstrip("\n").split("\n")
    if not lines[0].startswith("attnwalk: ") or len(lines[0]) > 400:
        return False
    return len(lines) == 1 or (len(lines) == 3 and lines[1].startswith("  ")
                               and re.fullmatch(r" +\^", lines[2]) is not None)


def main():
    tally = Tally()
    with scratch() as folder:
        for name, content in FILES.items():
            Path(folder, name).write_bytes(content)
        Path(folder, "folder.npz").mkdir()
        before = sorted(Path(folder).rglob("*"))
        for args, code, words, *stdin in ROWS:
            got, out, err = run(*args, cwd=folder, stdin=stdin[0] if stdin else b"")
            shown = "attnwalk " + " ".join(map(str, args))
            tally.check(got == code, f"{shown}: exit {got}, not {code}: {err.strip()[:200]}")
            tally.check(one_sentence(err), f"{shown}: not one sentence: {err[:300]!r}")
            tally.check(words in err, f"{shown}: {words!r} is not in {err[:300]!r}")
            tally.check(out == "", f"{shown}: wrote to standard output: {out[:100]!r}")
            after = sorted(Path(folder).rglob("*"))
            tally.check(after == before, f"{shown}: left files {set(after) - set(before)}")
    print(f"{len(ROWS)} bad inputs")
    tally.check(len(ROWS) >= 60, "the table has fewer than 60 rows")
    tally.done()


if __name__ == "__main__":
    sys.exit(main())
