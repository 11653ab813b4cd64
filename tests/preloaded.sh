#!/usr/bin/env bash
# Builds a C library that stands before the C library of a test's process (LD_PRELOAD), target/$1/lib….so of tests/$1/….c, unless it is
# there. On another system and without a C compiler there is none.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
name="${1//-/_}"
source="$here/$1/$name.c"
library="$here/../target/$1/lib$name.so"
[ "$(uname -s)" = Linux ] || exit 0
command -v cc >/dev/null || exit 0
[ "$library" -nt "$source" ] && exit 0
mkdir -p "$(dirname "$library")"
# Two modules of one build may be here at once.
cc -shared -fPIC -O1 -Wall -Wextra -o "$library.$$" "$source"
mv "$library.$$" "$library"
