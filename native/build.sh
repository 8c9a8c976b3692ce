#!/bin/sh
# Builds the C side. Needs a C compiler and the binutils that come with it, nothing else.
#
#   build.sh          the simulator libraries, the stub libraries and the checks of the headers
#   build.sh libs     the same
#   build.sh test     that, and the C tests under AddressSanitizer and UndefinedBehaviorSanitizer;
#                     threaded tests also under ThreadSanitizer where it works
#   build.sh other    the simulator libraries for the other architecture (x86_64 or aarch64), for a
#                     jar with both; without a cross compiler it says so and succeeds
#   build.sh clean    removes what was built
#
# Files that are newer than their sources are not built again. Environment:
#   CC      compiler (gcc), for example aarch64-linux-gnu-gcc
#   CFLAGS  added to the project's own flags
#   OUT     where to build (native/target)
set -eu

here=$(cd "$(dirname "$0")" && pwd)
CC=${CC:-gcc}
OUT=${OUT:-$here/target}
case $OUT in
/*) ;;
*) OUT=$PWD/$OUT ;;
esac
# From here on names of sources are relative: they are passed in lists, and $here may have spaces.
cd "$here"
here=.
FLAGS="-std=c11 -D_GNU_SOURCE -Wall -Wextra -Wpedantic -Werror -fvisibility=hidden -pthread"
FLAGS="$FLAGS ${CFLAGS:-}"
STUBS="1.1 1.2.0 1.3.9 missing-symbols unresolved-symbol missing-dependency signs-disagree future"
STUBS="$STUBS no-version half-written hash-gnu hash-sysv hash-both"
STUBS="$STUBS hangs-in-constructor hangs-in-defaults"
RELEASES="1.2 1.3 1.3.1" # one simulator for each ABI

# stale FILE DIRECTORY...: whether FILE is missing or older than something below the directories.
stale() {
    built=$1
    shift
    [ ! -e "$built" ] || [ -n "$(find "$@" "$here/build.sh" -newer "$built" -print -quit)" ]
}

# compile OUTPUT ARGUMENT...: compiles to a temporary file and renames it, so that an interrupted
# build, or one that runs at the same time, leaves no incomplete file.
compile() {
    output=$1
    shift
    mkdir -p "$(dirname "$output")"
    # shellcheck disable=SC2086 # FLAGS is a list
    $CC $FLAGS "$@" -o "$output.$$"
    mv "$output.$$" "$output"
    echo "built $output"
}

# abi_flags RELEASE: what selects an ABI.
abi_flags() {
    header=$(echo "$1" | tr . _)
    echo "-DRKLLM_ABI=$(echo "$1" | tr -d .) -I$here/include/rkllm/v$header -I$here/simulator"
}

# simulator_sources RELEASE: abi_1_3.c reads the structs of 1.3 and of 1.3.1.
simulator_sources() {
    for source in "$here"/simulator/*.c; do
        case $1:$source in
        1.2:*/abi_1_3.c | 1.3*:*/abi_1_2.c) ;;
        *) echo "$source" ;;
        esac
    done
}

# check_exports LIBRARY: fails unless the library exports exactly the functions of the golden file.
check_exports() {
    nm=${NM:-$($CC -print-prog-name=nm)}
    if ! command -v "$nm" >/dev/null; then
        echo "nm was not found: the exports of $1 were not checked" >&2
        return 0
    fi
    "$nm" -D --defined-only "$1" | awk '{ print $NF }' | sort >"$1.$$.exports"
    awk '/"functions"/ { on = 1; next } /\]/ { on = 0 } on { gsub(/[", ]/, ""); print }' \
        "$here/abi/abi-1.3.0.json" | sort >"$1.$$.expected"
    if ! cmp -s "$1.$$.exports" "$1.$$.expected"; then
        echo "$1 does not export exactly the functions of the runtime:" >&2
        diff "$1.$$.exports" "$1.$$.expected" >&2 || true
        rm -f "$1" "$1.$$.exports" "$1.$$.expected"
        return 1
    fi
    rm -f "$1.$$.exports" "$1.$$.expected"
}

# build_simulator RELEASE
build_simulator() {
    library=${simulators:-$OUT/simulator}/$1/librkllmrt.so
    if stale "$library" "$here/simulator" "$here/include"; then
        # shellcheck disable=SC2046 # lists
        compile "$library" -O2 -fPIC -shared -Wl,-soname,librkllmrt.so -Wl,-z,defs \
            $(abi_flags "$1") $(simulator_sources "$1") -lm
        check_exports "$library"
    fi
}

# check_layout RELEASE GOLDEN: a static assertion for each entry of the golden file.
check_layout() {
    object=$OUT/layout/layout_checks_$2.o
    if stale "$object" "$here/abi" "$here/include"; then
        mkdir -p "$OUT/layout"
        awk -f "$here/abi/layout_checks.awk" "$here/abi/abi-$2.json" >"$OUT/layout/checks.$$.c"
        # shellcheck disable=SC2046 # a list
        compile "$object" -c $(abi_flags "$1") "$OUT/layout/checks.$$.c"
        rm "$OUT/layout/checks.$$.c"
    fi
}

build_stub() {
    library=$OUT/stubs/$1/librkllmrt.so
    if stale "$library" "$here/stubs" "$here/include"; then
        source=$1
        style=gnu
        case $1 in
        hash-*) source=symbols style=${1#hash-} ;;
        esac
        set -- "$library" -O2 -fPIC -shared -Wl,-soname,librkllmrt.so -Wl,-z,lazy \
            "-Wl,--hash-style=$style" "-I$here/include" "$here/stubs/$source.c"
        case $library in
        */missing-dependency/*)
            # The library is linked with one that is then deleted.
            absent=$(mktemp -d)
            $CC -shared -Wl,-soname,librknn_not_there.so -o "$absent/librknn_not_there.so" \
                -x c /dev/null
            compile "$@" -Wl,--no-as-needed "-L$absent" -lrknn_not_there
            rm -r "$absent"
            ;;
        *) compile "$@" ;;
        esac
    fi
}

build_libs() {
    for release in $RELEASES; do
        build_simulator "$release"
    done
    check_layout 1.2 1.2.3
    check_layout 1.3 1.3.0
    check_layout 1.3.1 1.3.1
    for stub in $STUBS; do
        build_stub "$stub"
    done
}

build_other() {
    case $(uname -m) in
    x86_64) other=aarch64 ;;
    aarch64) other=x86_64 ;;
    *) other=none ;;
    esac
    CC=$other-linux-gnu-gcc
    if ! command -v "$CC" >/dev/null; then
        echo "simulator: there is no $CC: the jar will have the libraries for $(uname -m) only" >&2
        return 0
    fi
    simulators=$OUT/cross/linux-$other
    for release in $RELEASES; do
        build_simulator "$release"
    done
}

# build_test RELEASE NAME FLAG...: simulator and tests in one sanitized program.
build_test() {
    release=$1
    program=$OUT/test/$1/$2
    shift 2
    if stale "$program" "$here/simulator" "$here/include" "$here/test"; then
        # shellcheck disable=SC2046 # lists
        compile "$program" -g -O1 -fno-omit-frame-pointer "$@" $(abi_flags "$release") \
            $(simulator_sources "$release") "$here"/test/*.c -lm
    fi
}

# for_releases COMMAND ARGUMENT...: runs a function for all releases at the same time; the output of
# each comes in one piece. Sets failed when one of them fails.
for_releases() {
    logs=$(mktemp -d)
    processes=
    for release in $RELEASES; do
        (
            command=$1
            shift
            "$command" "$release" "$@"
        ) >"$logs/$release" 2>&1 &
        processes="$processes $!"
    done
    for process in $processes; do
        wait "$process" || failed=1
    done
    for release in $RELEASES; do
        cat "$logs/$release"
    done
    rm -r "$logs"
}

# run_test RELEASE NAME ARGUMENT...
run_test() {
    echo "== C tests, release $1, $2"
    program=$OUT/test/$1/$2
    shift 2
    "$program" "$here/models/demo.rkllm" "$@"
}

# thread_sanitizer_works: whether programs with ThreadSanitizer build and start; some kernels prevent it.
thread_sanitizer_works() {
    mkdir -p "$OUT/test"
    echo 'int main(void) { return 0; }' >"$OUT/test/probe.c"
    $CC -fsanitize=thread "$OUT/test/probe.c" -o "$OUT/test/probe" 2>/dev/null &&
        "$OUT/test/probe" 2>/dev/null
}

# check_cpp: compiles the headers as C++; skipped without g++.
check_cpp() {
    for version in v1_2 v1_3 v1_3_1; do
        if command -v "${CXX:-g++}" >/dev/null; then
            echo '#include "rkllm.h"' | "${CXX:-g++}" -x c++ -std=c++17 -Wall -Wextra -Wpedantic \
                -Werror "-I$here/include/rkllm/$version" -fsyntax-only -
        fi
    done
}

run_tests() {
    build_libs
    check_cpp
    failed=0
    for_releases build_test address -fsanitize=address,undefined -fno-sanitize-recover=all
    [ $failed = 1 ] || for_releases run_test address
    if thread_sanitizer_works; then
        for_releases build_test thread -fsanitize=thread
        [ $failed = 1 ] || for_releases run_test thread threads
    else
        echo "== ThreadSanitizer does not work here: threaded tests ran without it"
    fi
    return $failed
}

case ${1:-libs} in
libs) build_libs ;;
other) build_other ;;
test) run_tests ;;
clean) rm -rf "$OUT/simulator" "$OUT/cross" "$OUT/stubs" "$OUT/layout" "$OUT/test" ;; # the rest is Maven's
*)
    echo "usage: build.sh [libs|other|test|clean]" >&2
    exit 2
    ;;
esac
