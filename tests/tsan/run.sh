#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# run.sh FOLDER [JOBS [CLANG++]]: builds tests/tsan/races.cpp with what it needs of the library under ThreadSanitizer
# and runs it. clang with libomp and its Archer tool, which tells the sanitizer what OpenMP orders; g++'s
# libgomp gives false reports by the hundred. Exit 77 where
# clang++ or Archer is missing.
set -euo pipefail
folder=$1
jobs=${2:-1}
root=$(cd "$(dirname "$0")/../.." && pwd)
clang=${3:-clang++}
archer=$("$clang" -print-resource-dir 2>/dev/null)/../../libarcher.so
[ -e "$archer" ] || { echo "no $clang, or no libarcher.so of its libomp"; exit 77; }

sources=(core/{error,isa,memory,random,threads}.cpp
         kernels/{dense_rows,edge_ops,plan,split,spmv,vectors}.cpp kernels/cpu/{edge_kernels,edge_table,run}.cpp
         sparse/{symmetry,transpose,validate}.cpp
         structure/{components,graph,reach,strong_components,structure,sweeps,wide_search}.cpp)
flags=(-std=c++20 -O1 -g1 -fsanitize=thread -fopenmp -I"$root/lib" -DATTNWALK_FLOAT_KERNELS=float_baseline
       -DATTNWALK_DOUBLE_KERNELS=double_baseline)
mkdir -p "$folder"
cd "$folder"
printf '%s\n' "${sources[@]/#/$root/lib/attnwalk/}" "$root/tests/tsan/races.cpp" |
  xargs -P "$jobs" -I{} "$clang" "${flags[@]}" -c {}
"$clang" -fsanitize=thread -fopenmp *.o -o races
OMP_TOOL_LIBRARIES="$archer" TSAN_OPTIONS='ignore_noninstrumented_modules=1 halt_on_error=0' \
  OMP_NUM_THREADS=4 timeout 100 ./races
