#!/usr/bin/env bash
# Tests and measures the kernels on a GPU in at most nine minutes, the most telling first. Each part has its own limit of
# time and its own log, and the rest goes on where one fails.
#
#     tools/gpu-figures.sh build [FOLDER]                 # where there is a compiler: puts all that is needed into FOLDER
#     tools/gpu-figures.sh run [FOLDER] [DEVICE] [LOGS]   # where there is a GPU: tests, measures, prints the tables
#     tools/gpu-figures.sh rehearse [FOLDER]              # here, on the stand-in driver: every part starts and is logged
#
# FOLDER is target/gpu-figures if not given, DEVICE cuda:0, LOGS FOLDER/logs. `build` pins the version of CUDA whose
# driver is asked for (CUDARC_CUDA_VERSION, 12080 if not set): a later driver has all of it. The folder holds NVRTC and
# the headers as well; a machine that has a toolkit of its own uses that (CUDA_PATH, LD_LIBRARY_PATH).
set -euo pipefail

root="$(cd "$(dirname "$0")/.." && pwd)"
what="${1:?build, run or rehearse}"
folder="${2:-$root/target/gpu-figures}"

build() {
    cd "$root"
    mkdir -p "$folder/peers"
    export CARGO_PROFILE_RELEASE_DEBUG=0 CARGO_PROFILE_RELEASE_STRIP=symbols
    export CUDARC_CUDA_VERSION="${CUDARC_CUDA_VERSION:-12080}"
    cargo build --release --locked -p prover-gpu --features cuda --example figures
    # The program's path stands in the report that Cargo writes.
    local tests
    tests="$(cargo test --release --locked -p prover-gpu --features cuda-tests --lib --no-run --message-format json |
        sed -n 's/.*"executable":"\([^"]*\)".*/\1/p' | tail -1)"
    cp "$tests" "$folder/tests"
    cp target/release/examples/figures "$folder/figures"
    cp benches/peers/sdpa_torch.py benches/peers/step_torch.py "$folder/peers/"
    cp tools/gpu-figures.sh "$folder/"
    kernels/stand-in/setup.sh target/stand-in
    rm -rf "$folder/toolkit" "$folder/compiler"
    cp -r target/stand-in/toolkit "$folder/toolkit"
    # Not as links.
    cp -rL target/stand-in/compiler "$folder/compiler"
    rm -f "$folder"/compiler/*.alt.*
    du -sh "$folder"
}

# part NAME SECONDS COMMAND...: runs a part, says how it ended, and goes on.
part() {
    local name="$1" limit="$2" start=$SECONDS left status=0
    shift 2
    left=$((deadline - SECONDS))
    if [ "$left" -lt 5 ]; then
        printf '%-22s not started: the time is over\n' "$name" | tee -a "$logs/summary"
        return
    fi
    if [ "$limit" -gt "$left" ]; then limit=$left; fi
    timeout -k 5 "$limit" "$@" >"$logs/$name" 2>&1 || status=$?
    if [ "$status" -eq 124 ] || [ "$status" -eq 137 ]; then status="stopped after $limit s"; fi
    printf '%-22s %-18s %4d s\n' "$name" "$([ "$status" = 0 ] && echo ok || echo "$status")" $((SECONDS - start)) |
        tee -a "$logs/summary"
}

# What one H200 can do at best: bytes a second, and operations a second in 16 bits with sums in 32.
peaks=(--bandwidth 4300 --rate 790000)

run() {
    local device="${3:-cuda:0}" many=600 few=24
    logs="${4:-$folder/logs}"
    mkdir -p "$logs"
    : >"$logs/summary"
    deadline=$((SECONDS + 530))
    export CUDA_PATH="${CUDA_PATH:-$folder/toolkit}"
    export LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$folder/compiler"
    # The kernels are compiled once for all parts.
    export XDG_CACHE_HOME="${XDG_CACHE_HOME:-$folder/cache}"
    if [ "$what" = rehearse ]; then many=2 few=1; fi
    local figures=("$folder/figures" "$device" "${peaks[@]}")
    (nvidia-smi || echo "no nvidia-smi") >"$logs/device" 2>&1

    part tests 150 env PROVER_TEST_CUDA=1 "$folder/tests" --test-threads 4
    part model 50 "${figures[@]}" --group model --states "$few"
    part attention 40 "${figures[@]}" --group attention --states "$many" --precision bf16
    part peer-attention 60 python3 "$folder/peers/sdpa_torch.py" --dtype bfloat16
    part peer-step 90 python3 "$folder/peers/step_torch.py" --dtype bfloat16 --states "$few"
    part latency-tiny 25 "${figures[@]}" --group latency --size tiny
    part latency-base 25 "${figures[@]}" --group latency --size base
    part products 35 "${figures[@]}" --group products --states "$many" --precision bf16
    part memory 35 "${figures[@]}" --group memory --states "$many" --precision bf16
    printf '\n'
    cat "$logs/summary"
    local log
    for log in model attention peer-attention peer-step latency-tiny latency-base products memory; do
        printf '\n== %s\n' "$log"
        tail -40 "$logs/$log" 2>/dev/null || true
    done
}

rehearse() {
    local stand_in="$root/target/stand-in"
    "$root/kernels/stand-in/setup.sh" "$stand_in"
    export LD_LIBRARY_PATH="$stand_in/driver" STAND_IN_NUMBERS=1
    run "$@"
}

case "$what" in
build | run | rehearse) "$what" "$@" ;;
*)
    echo "unknown: $what" >&2
    exit 2
    ;;
esac
