#!/bin/sh
# Makes a release archive: a static, stripped binary with completions, manual pages and licences.
# Usage: tools/release.sh [TARGET]
# Without TARGET it is musl's, if it can be built for, and else the machine's own, with its C library linked in statically.
set -eu
cd "$(dirname "$0")/.."
host=$(rustc -vV | sed -n 's/^host: //p')
target=${1:-$(uname -m)-unknown-linux-musl}
if [ $# -eq 0 ]; then
    libraries=$(rustc --print target-libdir --target "$target")
    if [ ! -d "$libraries" ] || ! command -v musl-gcc > /dev/null; then
        target=$host
    fi
fi
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
name=prover-$version-$target
out=target/release-archive
rm -rf "${out:?}/$name"
mkdir -p "$out/$name/completions" "$out/$name/man"
# With --target the flags are for the program alone, not for build scripts and macros, which cannot be static.
RUSTFLAGS="${RUSTFLAGS:-} -C target-feature=+crt-static" \
    CARGO_PROFILE_RELEASE_STRIP=symbols CARGO_PROFILE_RELEASE_DEBUG=0 \
    cargo build --release --locked --target "$target"
binary=target/$target/release/prover
cp "$binary" README.md CHANGELOG.md LICENSE-APACHE LICENSE-MIT "$out/$name/"
"$binary" completions bash > "$out/$name/completions/prover.bash"
"$binary" completions zsh > "$out/$name/completions/_prover"
"$binary" completions fish > "$out/$name/completions/prover.fish"
"$binary" -q man "$out/$name/man"
# The same archive from the same files: no owners, no times, no permissions of this machine.
chmod -R u=rwX,go=rX "$out/$name"
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -C "$out" -cf - "$name" | gzip -9n > "$out/$name.tar.gz"
if ldd "$binary" 2>&1 | grep -q '=>'; then
    echo "$binary is not static" >&2
    exit 1
fi
start=$(date +%s%N)
for _ in 1 2 3 4 5 6 7 8 9 10; do "$binary" --version > /dev/null; done
end=$(date +%s%N)
echo "binary: $(wc -c < "$binary") bytes, static; archive: $(wc -c < "$out/$name.tar.gz") bytes"
echo "start: $(((end - start) / 10000)) microseconds (mean of 10 runs of --version)"
echo "$out/$name.tar.gz"
