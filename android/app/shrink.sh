#!/bin/sh
# The app as R8 leaves it with the rules that go into the APK: target/shrunk/app.jar. Of class files and not of dex, so that a test can load
# it; which names and members stay is the same. Android's libraries are only looked at: their rules are their makers', and the rest is a
# fifth of the work. $1 = R8, $2 = the framework (android-all), $3 = the class path of the app.
set -eu
cd "$(dirname "$0")"
out=target/shrunk
mkdir -p "$out"

# Of Gradle's proguard-android-optimize.txt what does not keep anything: what is kept must be kept by our own rules.
echo "-allowaccessmodification" > "$out/defaults.pro"

{
    printf '%s\n' --release --classfile --output "$out/app.jar" --pg-map-output "$out/mapping.txt" --lib "$2"
    # Of the JDK what android-all does not have: java.*.
    printf '%s\n' --lib "$(java -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java.home = //p')"
    for rules in "$out/defaults.pro" target/manifest.pro ../bindings/consumer-rules.pro target/resources/*/proguard.txt; do
        printf '%s\n' --pg-conf "$rules"
    done
    (
        IFS=:
        for entry in $3; do
            case $entry in
                */app/target/classes) ;;
                */jna-*.jar | */zxing/core/*.jar | */kotlin-stdlib-*.jar | */kotlinx-coroutines-core-jvm-*.jar) printf '%s\n' "$entry" ;;
                *) printf '%s\n' --classpath "$entry" ;;
            esac
        done
    )
    echo "$out/classes.jar"
} > "$out/arguments"

# It takes half a minute, so only for other classes, rules or libraries.
made_of=$({ cat "$0" "$out/arguments" target/manifest.pro ../bindings/consumer-rules.pro; find target/classes -type f -print0 | LC_ALL=C sort -z | xargs -0 cat; } | cksum)
if [ -f "$out/app.jar" ] && [ "$(cat "$out/made-of" 2>/dev/null)" = "$made_of" ]; then exit 0; fi
rm -f "$out/made-of" "$out/app.jar"
jar --create --no-compress --file "$out/classes.jar" -C target/classes .
# As in Maven's other JVMs: it ends before the optimising compiler pays.
java -Xmx2g -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m -cp "$1" com.android.tools.r8.R8 "@$out/arguments"
echo "$made_of" > "$out/made-of"
