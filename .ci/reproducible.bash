# shellcheck shell=bash
# Flags for every build of a release: no path of this machine in the program, which would differ elsewhere, and tell. Sourced by .ci/run
# too, so that the suites and the archive share one build. RUSTFLAGS that are set already are left alone.
: "${RUSTFLAGS="--remap-path-prefix=$PWD=. --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo"}"
export RUSTFLAGS
