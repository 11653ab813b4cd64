#!/usr/bin/env bash
# Builds the disk that can be full, target/disk-full/libdisk_full.so. Where there is none (see preloaded.sh) the tests that want it say that
# they did not run, and in CI they fail.
exec bash "$(dirname "${BASH_SOURCE[0]}")/../preloaded.sh" disk-full
