#!/usr/bin/env bash
# Makes, or reuses, a folder with a Debian that has Swift: the build machine's own release has none.
#   ios/setup-swift.sh                 make it, print where it is
#   source ios/setup-swift.sh          only the functions, for ios/test.sh
# The folder is $XUNDIAN_SWIFT_ROOT, by default ~/.cache/xundian/swift-root (2.6 GB).
# Exit code 3: this machine cannot have it (not Linux, no root); 1: it should have worked.
swift_root="${XUNDIAN_SWIFT_ROOT:-${XDG_CACHE_HOME:-$HOME/.cache}/xundian/swift-root}"
swift_suite=trixie
# The certificates are the core's: its HTTPS client does not start without any.
swift_packages=(swiftlang libc6-dev libstdc++-14-dev ca-certificates)
swift_mounts=()

swift_say() { echo "setup-swift: $*" >&2; }

# Why this machine cannot have the folder, or nothing.
swift_obstacle() {
    [ "$(uname -s)" = Linux ] || { echo "the folder is made on Linux only; on macOS use Xcode's swift"; return; }
    [ "$(id -u)" = 0 ] || { echo "needs root for debootstrap and chroot; try: sudo -E ios/setup-swift.sh"; return; }
    command -v chroot >/dev/null || { echo "chroot is missing"; return; }
    command -v apt-get >/dev/null || { echo "needs Debian or Ubuntu (apt-get is missing)"; return; }
}

# Binds a folder of the machine into the root, unless it is there already.
swift_mount() {
    local from="$1" to="$swift_root$2"
    mkdir -p "$to"
    mountpoint -q "$to" && return
    mount --bind "$from" "$to"
    swift_mounts+=("$to")
}

# Takes away what swift_mount bound, last first; a mount left behind would let `rm -rf` eat /dev.
swift_unmount() {
    local i
    for ((i = ${#swift_mounts[@]} - 1; i >= 0; i--)); do
        umount "${swift_mounts[i]}" 2>/dev/null || umount -l "${swift_mounts[i]}" || true
    done
    swift_mounts=()
}

# Without /proc the Swift driver does not find itself; /dev has null and urandom.
swift_enter() { swift_mount /proc /proc; swift_mount /dev /dev; }

swift_in() { chroot "$swift_root" env HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }

# The file is written last: a folder without it is half made, one with another list lacks something.
swift_ready() { [ "$(cat "$swift_root/.xundian-ready" 2>/dev/null)" = "${swift_packages[*]}" ]; }

# The mirror that this machine already uses, read when it runs.
swift_mirror() {
    { cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null | sed -n 's/^deb \(\[[^]]*\] \)\?\(\S*\/debian\/\?\) .*/\2/p'
      sed -n 's/^URIs: *\(\S*\/debian\/\?\)\s*$/\1/p' /etc/apt/sources.list.d/*.sources 2>/dev/null; } | head -n 1
}

# Chained, because a caller's `||` switches `set -e` off in here.
swift_make() {
    { [ -f "$swift_root/.xundian-ready" ] || swift_debian; } &&
        # The machine's own way to the mirror: name service, proxies, dates.
        cp /etc/resolv.conf "$swift_root/etc/" &&
        cp /etc/apt/apt.conf.d/* "$swift_root/etc/apt/apt.conf.d/" &&
        swift_enter &&
        swift_in apt-get update -q &&
        swift_in apt-get install -y -q --no-install-recommends "${swift_packages[@]}" &&
        swift_in apt-get clean &&
        swift_in swift --version &&
        echo "${swift_packages[*]}" >"$swift_root/.xundian-ready"
}

swift_debian() {
    local mirror
    mirror="$(swift_mirror)"
    if ! command -v debootstrap >/dev/null; then
        apt-get update -q &&
            DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends debootstrap || return 1
    fi
    debootstrap --variant=minbase "$swift_suite" "$swift_root" ${mirror:+"$mirror"}
}

# Makes sure of the folder; /proc and /dev stay bound until swift_unmount.
swift_setup() {
    local obstacle log
    obstacle="$(swift_obstacle)"
    [ -z "$obstacle" ] || { swift_say "$obstacle"; return 3; }
    if swift_ready; then
        swift_enter
        swift_in swift --version >/dev/null 2>&1 && return 0
        swift_say "the Swift in $swift_root does not start; remove the folder and try again"
        return 1
    fi
    mkdir -p "$swift_root"
    log="$swift_root/../$(basename "$swift_root").log"
    swift_say "making $swift_root (about a minute, 2.6 GB; log: $log)"
    swift_make >"$log" 2>&1 && return 0
    tail -n 20 "$log" >&2
    swift_say "failed; remove $swift_root and try again"
    return 1
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    set -euo pipefail
    trap swift_unmount EXIT
    swift_setup || exit $?
    swift_say "ready: $(swift_in swift --version 2>/dev/null | head -n 1)"
    echo "$swift_root"
fi
