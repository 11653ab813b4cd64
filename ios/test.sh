#!/usr/bin/env bash
# Tests the iOS shell as far as this machine can: the kit with `swift test` on the real library, the app's sources by the
# compiler against stand-ins, because SwiftUI and the phone's own frameworks are not here.
#   ios/test.sh [--bindings FOLDER] [arguments of swift test]
# Reads FOLDER/swift/*, FOLDER/fakes/swift/* and FOLDER/libxundian_ffi.so, by default ../target/bindings. A rep's day runs
# on the server at XUNDIAN_SERVER with XUNDIAN_CODE, else on the town of the Rust tests. Without Swift it says NOT RUN; in CI
# that is a failure.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
bindings="$here/../target/bindings"
if [ "${1:-}" = --bindings ]; then
    bindings="$2"
    shift 2
fi
kit="$here/XundianKit"
# shellcheck source=setup-swift.sh
source "$here/setup-swift.sh"

not_run() {
    echo "NOT RUN: the Swift tests of ios/: $*" >&2
    [ "${CI:-}" != true ] || { echo "in CI they must run" >&2; exit 1; }
    exit 0
}

# The town ends with its input, which ends with this script.
start_town() {
    local town="$here/../target/debug/xundian-town"
    [ -z "${XUNDIAN_SERVER:-}" ] || return 0
    if [ ! -x "$town" ]; then
        echo "NOT RUN: a rep's day on a real server: no $town, run cargo test --workspace first" >&2
        [ "${CI:-}" != true ] || exit 1
        return 0
    fi
    coproc TOWN { exec "$town"; }
    read -r XUNDIAN_SERVER <&"${TOWN[0]}"
    XUNDIAN_CODE="$(ask_town invitation ZY01)"
    # Of other reps: one phone each.
    XUNDIAN_FIGURES_CODE="$(ask_town code ZY02)"
    XUNDIAN_ROAD_CODE="$(ask_town code ZY03)"
    XUNDIAN_RESTORED_CODE="$(ask_town code ZY04)"
    XUNDIAN_RESTORED_AGAIN="$(ask_town code ZY04)"
    XUNDIAN_FULL_CODE="$(ask_town code ZY05)"
    XUNDIAN_KILLED_CODE="$(ask_town code ZY06)"
    XUNDIAN_WALL_MS="$(ask_town now)"
}

ask_town() {
    local said
    echo "$*" >&"${TOWN[1]}"
    read -r said <&"${TOWN[0]}"
    echo "$said"
}

# Generated sources are build products: copied only where they differ, so that nothing is built again for nothing.
copy_new() { cmp -s "$1" "$2" || cp "$1" "$2"; }

# All files with an ending, from one folder to another; what is no longer generated goes.
copy_all() {
    local from="$1" to="$2" ending="$3" file
    mkdir -p "$to"
    for file in "$to"/*."$ending"; do
        [ ! -e "$file" ] || [ -e "$from/$(basename "$file")" ] || rm "$file"
    done
    for file in "$from"/*."$ending"; do
        copy_new "$file" "$to/$(basename "$file")"
    done
}

copy_bindings() {
    local ffi="$kit/Sources/XundianCoreFFI" folder file map
    for folder in "$bindings/swift" "$bindings/fakes/swift"; do
        compgen -G "$folder/*.swift" >/dev/null || {
            echo "no bindings in $folder: generate them first (cargo xtask bindings)" >&2
            exit 1
        }
    done
    copy_all "$bindings/swift" "$kit/Sources/XundianCore/Generated" swift
    copy_all "$bindings/swift" "$ffi" h
    copy_all "$bindings/fakes/swift" "$kit/Tests/XundianKitTests/Generated" swift
    map="$(mktemp)"
    for file in "$bindings"/swift/*.h; do
        printf 'module %s {\n    header "%s"\n    export *\n}\n' "$(basename "$file" .h)" "$(basename "$file")" >>"$map"
    done
    copy_new "$map" "$ffi/module.modulemap"
    rm "$map"
}

# Without its sentence the system ends the app instead of asking. What asks has one, and each stands in both languages.
check_permissions() {
    local app="$here/App" pair key file
    for pair in UIImagePickerController:NSCamera CLLocationManager:NSLocationWhenInUse ImageRenderer:NSPhotoLibraryAdd; do
        key="${pair#*:}UsageDescription"
        ! grep -rqF "${pair%:*}" "$app/Sources" || grep -q "^ *$key: " "$app/project.yml" ||
            { echo "FAILED: ios/App uses ${pair%:*} without $key in project.yml" >&2; return 1; }
    done
    for key in $(grep -o 'NS[A-Za-z]*UsageDescription' "$app/project.yml"); do
        for file in "$app"/Resources/*.lproj/InfoPlist.strings; do
            grep -q "^$key = \".*\";$" "$file" || { echo "FAILED: $file has no $key" >&2; return 1; }
        done
    done
}

# In a row of a list one tap is a tap on each button of the default style. A view whose name says that it is a row, and that has
# several, names a style.
check_rows() {
    awk '
        /^(private )?struct .*: View \{/ {
            name = $0 ~ /(Row|RowView|Line|Card|Question): View/ ? $0 : ""
            buttons = styles = 0
        }
        { buttons += gsub(/(Button|Menu)(\(| \{)/, "&"); styles += /\.buttonStyle\(/ }
        /^}/ && name != "" && buttons > 1 && !styles { print FILENAME ": " name; bad = 1 }
        /^}/ { name = "" }
        END { exit bad }' "$here"/App/Sources/Views/*.swift >&2 ||
        { echo "FAILED: rows of ios/App with several buttons and no buttonStyle" >&2; return 1; }
}

# The build folder lies in the root, beside the compiler: nothing of it is mixed with a build by Xcode.
# Linked against the older C library of the machine outside, hence --allow-shlib-undefined.
in_kit() {
    local disk= preload=
    [ ! -e "$here/../target/disk-full/libdisk_full.so" ] || disk=/disk-full/libdisk_full.so
    [ "$1" != test ] || preload="$disk"
    swift_in env LD_LIBRARY_PATH=/bindings XUNDIAN_SERVER="${XUNDIAN_SERVER:-}" XUNDIAN_CODE="${XUNDIAN_CODE:-}" \
        XUNDIAN_WALL_MS="${XUNDIAN_WALL_MS:-}" XUNDIAN_VECTORS=/vectors ${XUNDIAN_FIGURES_CODE:+XUNDIAN_FIGURES_CODE="$XUNDIAN_FIGURES_CODE"} \
        XUNDIAN_ROAD_CODE="${XUNDIAN_ROAD_CODE:-}" XUNDIAN_RESTORED_CODE="${XUNDIAN_RESTORED_CODE:-}" \
        XUNDIAN_RESTORED_AGAIN="${XUNDIAN_RESTORED_AGAIN:-}" XUNDIAN_FULL_CODE="${XUNDIAN_FULL_CODE:-}" \
        XUNDIAN_KILLED_CODE="${XUNDIAN_KILLED_CODE:-}" \
        ${preload:+LD_PRELOAD="$preload"} \
        bash -c 'cd /kit && exec swift "$@" --scratch-path /build/kit -Xlinker -L/bindings -Xlinker --allow-shlib-undefined' \
        bash "$@"
}

# Against the stand-ins of ios/StandIns: the kit's names, every case, every actor. Not the frameworks' own rules.
check_app() {
    swift_in bash -c '
        set -eu
        cd /standins && mkdir -p /build/standins
        emit() { swiftc -swift-version 6 -parse-as-library -I /build/standins -emit-module -module-name "$1" \
            -emit-module-path "/build/standins/$1.swiftmodule" "${@:2}"; }
        emit UIKit UIKit.swift
        emit SwiftUI SwiftUI.swift SwiftUIViews.swift
        for file in *.swift; do
            case "$file" in SwiftUI*.swift | UIKit.swift) ;; *) emit "${file%.swift}" "$file" ;; esac
        done
        find /app/Sources -name "*.swift" -print0 | xargs -0 swiftc -typecheck -swift-version 6 -parse-as-library \
            -module-name Xundian -I /build/standins -I /build/kit/debug/Modules \
            -Xcc -fmodule-map-file=/kit/Sources/XundianCoreFFI/module.modulemap
        find /app/Sources -name "*.swift" | wc -l'
}

trap swift_unmount EXIT
check_permissions
check_rows
code=0
swift_setup || code=$?
[ "$code" != 3 ] || not_run "$(swift_obstacle)"
[ "$code" = 0 ] || not_run "Swift could not be installed into $swift_root"
copy_bindings
start_town
began=$SECONDS
log="$(mktemp)" types="$(mktemp)"
swift_mount "$kit" /kit
swift_mount "$bindings" /bindings
swift_mount "$here/../tests/vectors" /vectors
swift_mount "$here/App" /app
swift_mount "$here/StandIns" /standins
# A disk that is full when a test says so.
bash "$here/../tests/disk-full/build.sh"
[ ! -d "$here/../target/disk-full" ] || swift_mount "$here/../target/disk-full" /disk-full
in_kit build --build-tests >"$log" 2>&1 || code=$?
if [ "$code" = 0 ]; then
    # Tests wait for networks: beside them the types of the app are checked.
    check_app >"$types" & app=$!
    in_kit test --skip-build "$@" >>"$log" 2>&1 || code=$?
    wait "$app" || { echo "FAILED: ios/App does not type-check against the kit" >&2; exit 1; }
fi
if [ "$code" != 0 ]; then
    grep -vE '^(◇|✔|\[[0-9]+/)' "$log"
    rm "$log" "$types"
    echo "FAILED: ios/XundianKit (swift test, exit code $code)" >&2
    exit "$code"
fi
grep -E 'warning: |skipped\.' "$log" | sort -u || true
[ "${CI:-}" != true ] || ! grep -q 'skipped\.' "$log" || { echo "in CI no test may be skipped" >&2; exit 1; }
grep -E 'Test run with' "$log" | tail -n 1
echo "ios/App: $(tail -n 1 "$types") files type-checked against stand-ins of SwiftUI and the phone's frameworks"
rm "$log" "$types"
echo "ios: $((SECONDS - began)) s"
