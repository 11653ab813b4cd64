#!/bin/sh
# The app's resources and those of its libraries, packed by aapt2 as Gradle would do it, and their R classes: target/app.apk,
# target/r, target/AndroidManifest.xml, and what the manifest calls by name for R8: target/manifest.pro. $1 = the framework (android-all).
set -eu
cd "$(dirname "$0")"
aars=../libs/target/aar
out=target/resources
rm -rf "$out" target/r
mkdir -p "$out/flat" "$out/java" target/r target/assets

# What Gradle's manifest merger writes: full names, the id of the app (here its package, which Robolectric takes for it), nothing for other tools; Debian's aapt2 knows no queries.
sed -e 's/android:name="\./android:name="app.xundian.app./' -e 's/\${applicationId}/app.xundian.app/' -e '/<queries>/,/<\/queries>/d' -e '/For the merger only/,/<\/provider>/d' \
    -e 's/ xmlns:tools="[^"]*"//' -e 's/<manifest /<manifest package="app.xundian.app" /' src/main/AndroidManifest.xml > target/AndroidManifest.xml

# Gradle refuses a library that asks for more than its build pins, and Gradle does not run here. $1 = the library, $2 = its key, $3 = our pin.
low=
pinned() {
    asks=$(sed -n "s/^$2=//p" "$out/$1/META-INF/com/android/build/gradle/aar-metadata.properties" 2>/dev/null | tr -d '\r')
    has=$(sed -n "s/^$3 = \"\(.*\)\"/\1/p" ../gradle/libs.versions.toml)
    if [ -n "$has" ] && [ "$(printf '%s\n' "${asks:-0}" "$has" | sort -V | tail -1)" = "$has" ]; then return; fi
    echo "$1 asks for $2=$asks, gradle/libs.versions.toml has $3=${has:-nothing}" >&2
    low=yes
}

packages=
for aar in "$aars"/*.aar; do
    name=$(basename "$aar" .aar)
    unzip -qo "$aar" -d "$out/$name"
    pinned "$name" minCompileSdk compileSdk
    pinned "$name" minAndroidGradlePluginVersion agp
    if [ -s "$out/$name/R.txt" ]; then
        package=$(sed -n 's/.*package="\([^"]*\)".*/\1/p' "$out/$name/AndroidManifest.xml" | head -1)
        packages="$packages${packages:+:}$package"
    fi
    if [ -d "$out/$name/res" ]; then aapt2 compile --dir "$out/$name/res" -o "$out/flat/$name.zip"; fi
done
if [ -n "$low" ]; then exit 1; fi
aapt2 compile --dir src/main/res -o "$out/flat/zz-app.zip"
aapt2 link -o target/app.apk -I "$1" --manifest target/AndroidManifest.xml --java "$out/java" --proguard target/manifest.pro --auto-add-overlay \
    --min-sdk-version 26 --target-sdk-version 36 --extra-packages "$packages" "$out"/flat/*.zip
find "$out/java" -name R.java -print0 | xargs -0 javac -nowarn --release 17 -d target/r
