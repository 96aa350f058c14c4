#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/fuzz/run.sh BUILD_DIR [SECONDS [TARGET...]]: runs the fuzz targets, one line each. Exits 1 on a
# finding; the input that shows it and the log stay in BUILD_DIR/fuzz/TARGET, and the input in base64
# on the output. From an empty corpus equal binaries try equal inputs in equal order, so that a
# finding comes back; SEED=number before the command tries others.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 1 ] || { echo "usage: $0 BUILD_DIR [SECONDS [TARGET...]]" >&2; exit 2; }
build=$(cd "$1" && pwd) || exit 2
seconds=${2:-60}
shift $(($# < 2 ? $# : 2))
if [ $# -eq 0 ]; then
  for binary in "$build"/tests/fuzz/fuzz_*; do
    [ -f "$binary" ] && [ -x "$binary" ] && set -- "$@" "${binary##*/fuzz_}"
  done
fi
[ $# -gt 0 ] || { echo "no fuzz targets in $build: configure with -Dfuzz=enabled" >&2; exit 2; }

# Names, keys and words of the grammar, quoted, from its table of terms.
grammar_words() {
  grep -ohE '\.(name|choices|fallback) = "[^"]+"' "$here"/../../lib/attnwalk/grammar/terms*.cpp |
    sed 's/.* = "//; s/"$//' | tr ' ' '\n' | sort -u | sed 's/.*/"&"/'
}

export UBSAN_OPTIONS=${UBSAN_OPTIONS:-halt_on_error=1:print_stacktrace=1}
# What libFuzzer keeps depends on addresses.
fixed=()
setarch -R true 2>/dev/null && fixed=(setarch -R)

status=0
for target in "$@"; do
  work=$build/fuzz/$target
  mkdir -p "$work/corpus"
  seeds=("$here/corpus/$target"/*)
  options=(-seed="${SEED:-1}" -reload=0 -seed_inputs="$(IFS=,; echo "${seeds[*]}")"
    -max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=2048
    -print_final_stats=1 -artifact_prefix="$work/")
  [ -f "$here/$target.dict" ] && options+=(-dict="$here/$target.dict")
  [ "$target" = grammar ] && grammar_words >"$work/dict" && options+=(-dict="$work/dict")
  if "${fixed[@]}" "$build/tests/fuzz/fuzz_$target" "${options[@]}" "$work/corpus" \
    >"$work/log" 2>&1; then
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/log")
    covered=$(grep -o 'cov: [0-9]*' "$work/log" | tail -1)
    echo "fuzz $target: no finding in ${runs:-?} runs, $seconds s, ${covered:-cov: ?}"
  else
    status=1
    echo "fuzz $target: FINDING, see $work/log"
    grep -E 'ERROR|SUMMARY|runtime error|^Base64' "$work/log" | head -5
  fi
done
exit $status
