#!/usr/bin/env bash
# Makes a folder with all that the CUDA back end needs on a machine without a GPU: the stand-in driver (driver.c), and from
# NVIDIA's wheels, pinned, the compiler that the program loads at run time (NVRTC), its headers, and what tells of machine
# code: ptxas, nvdisasm. A folder that is complete is left as it is. (NVRTC 12.9 asks the driver for an undocumented table.)
#
#     kernels/stand-in/setup.sh FOLDER
#     PROVER_STAND_IN=FOLDER cargo test --release -p prover-gpu --features cuda --test stand_in
#
# Exit status: 0, or 3 where the wheels cannot be had.
set -euo pipefail

wheels=(nvidia-cuda-nvrtc-cu12==12.8.93 nvidia-cuda-runtime-cu12==12.8.90 nvidia-cuda-nvcc-cu12==12.8.93
    nvidia-cuda-nvdisasm==13.5.37)
source="$(cd "$(dirname "$0")" && pwd)"
folder="${1:?the folder to make}"
mkdir -p "$folder"
folder="$(cd "$folder" && pwd)"

if [ "$(cat "$folder/wheels.txt" 2>/dev/null)" != "${wheels[*]}" ]; then
    rm -rf "${folder:?}"/*
    # The wheels are for Linux on x86; whatever Python is here, none of its code is in them.
    python=python3
    if ! python3 -m pip --version >/dev/null 2>&1; then
        python3 -m venv "$folder/python"
        python="$folder/python/bin/python3"
    fi
    if ! "$python" -m pip install --quiet --no-deps --disable-pip-version-check --root-user-action ignore \
        --target "$folder/wheels" "${wheels[@]}"; then
        echo "SKIPPED: NVIDIA's wheels are not to be had here"
        exit 3
    fi
    echo "${wheels[*]}" >"$folder/wheels.txt"
fi

# The toolkit as one folder, and the driver and the compiler each in one of its own, so that either can be left out.
mkdir -p "$folder/toolkit/include" "$folder/driver" "$folder/compiler" "$folder/bin"
nvidia="$folder/wheels/nvidia"
cp -r "$nvidia"/cuda_runtime/include/. "$nvidia"/cuda_nvcc/include/. "$folder/toolkit/include/"
for library in "$nvidia"/cuda_nvrtc/lib/libnvrtc*.so.*; do
    ln -sf "$library" "$folder/compiler/"
done
ln -sf "$nvidia/cuda_nvrtc/lib/libnvrtc.so.12" "$folder/compiler/libnvrtc.so"
ln -sf "$nvidia/cuda_nvcc/bin/ptxas" "$nvidia/cu13/bin/nvdisasm" "$folder/bin/"
chmod +x "$nvidia/cuda_nvcc/bin/ptxas" "$nvidia/cu13/bin/nvdisasm"
cc -shared -fPIC -O1 -o "$folder/driver/libcuda.so.1" "$source/driver.c"
ln -sf libcuda.so.1 "$folder/driver/libcuda.so"
echo "the stand-in driver and NVRTC are in $folder"
