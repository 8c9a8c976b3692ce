#!/bin/sh
# Generates the Java bindings from native/include/rkllm with jextract
# (https://jdk.java.net/jextract/), into rkllm-ffm/src/main/java/io/rkllm/ffm/gen: the package v1_2
# from v1_2/rkllm.h, and v1_3 from v1_3_1/rkllm.h, whose structs begin with those of v1_3/rkllm.h.
#
#   generate.sh                   writes the bindings
#   generate.sh --check           writes nothing; fails when the bindings are not what it would write
#   generate.sh --accept-version  writes the bindings, and takes the jextract at hand as the recorded
#                                 one (JEXTRACT_VERSION); another version is refused otherwise
#
# The jextract is $JEXTRACT, or the one on PATH. Its libclang must be 13, 14 or 15: newer ones make
# Java of anonymous structs that does not compile. The output depends on the headers and on jextract
# alone: neither on the folder of the checkout nor on the machine (x86_64 and aarch64 agree).
#
# The output is committed and never edited by hand. Change a header, run this, commit both.
set -eu

LC_ALL=C
export LC_ALL
# Would change which system headers are read, and what cd prints.
unset CPATH C_INCLUDE_PATH CDPATH || :

mode='write'
case "${1-}" in
    '') ;;
    --check) mode=check ;;
    --accept-version) mode=accept ;;
    *)
        echo "usage: $0 [--check | --accept-version]" >&2
        exit 2
        ;;
esac

fail() {
    echo "generate.sh: $*" >&2
    exit 1
}

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
abis='v1_2 v1_3'
java_root=rkllm-ffm/src/main/java
gen_path=io/rkllm/ffm/gen
gen_package=io.rkllm.ffm.gen

# --- which jextract ------------------------------------------------------------------------------
jextract=${JEXTRACT:-jextract}
jextract=$(command -v "$jextract") ||
    fail "no jextract: '${JEXTRACT:-jextract}' is not a command. Set JEXTRACT to its path."
# A relative path must survive the change of folder below.
case "$jextract" in
    /*) ;;
    */*) jextract=$(pwd)/$jextract ;;
esac

work=$(mktemp -d "${TMPDIR:-/tmp}/rkllm-bindings.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

"$jextract" --version >"$work/version.raw" 2>&1 || {
    cat "$work/version.raw" >&2
    fail "'$jextract --version' failed"
}
# Two lines: jextract's own version and libclang's. The JDK it runs on does not matter.
sed -n -e 's/^jextract \(.*\)$/jextract \1/p' \
    -e 's/^.*clang version \([0-9][0-9.]*\).*$/libclang \1/p' "$work/version.raw" >"$work/version"
[ "$(wc -l <"$work/version")" -eq 2 ] || {
    cat "$work/version.raw" >&2
    fail "cannot read the version of '$jextract'"
}
paste -s -d ' ' "$work/version"
case "$(sed -n 's/^libclang \([0-9]*\).*/\1/p' "$work/version")" in
    13 | 14 | 15) ;;
    *) echo "generate.sh: warning: only libclang 13 to 15 are known to give good bindings" >&2 ;;
esac
if ! cmp -s "$work/version" "$here/JEXTRACT_VERSION"; then
    if [ -f "$here/JEXTRACT_VERSION" ]; then
        echo "generate.sh: the bindings were made by another version:" \
            "$(paste -s -d ' ' "$here/JEXTRACT_VERSION")" >&2
        [ "$mode" != write ] || fail "refused; --accept-version takes the one at hand from now on"
    elif [ "$mode" = check ]; then
        fail "JEXTRACT_VERSION is missing"
    fi
fi

# --- generation, into the work folder ------------------------------------------------------------
run_jextract() {
    if ! "$jextract" "$@" >"$work/log" 2>&1; then
        cat "$work/log" >&2
        fail "jextract failed"
    fi
    # Said of a type in the compiler's own stddef.h, which nothing of ours uses.
    grep -v '__clang_max_align_nonce' "$work/log" >&2 || :
}

for abi in $abis; do
    header_dir=$root/native/include/rkllm/$abi
    [ "$abi" != v1_3 ] || header_dir=${header_dir}_1 # the newest of its line has all members
    [ -f "$header_dir/rkllm.h" ] || fail "no $header_dir/rkllm.h"
    # jextract adds its working folder to the include path and names headers as they were given to
    # it: from within the folder the output does not know where the checkout lies.
    cd "$header_dir"

    # What to generate: all that our header declares and nothing that it includes, save the
    # functions. jextract would resolve each of those by a static symbol lookup; what is called
    # instead is invoke(address, …) of the function-pointer typedef <function>_fn.
    run_jextract --dump-includes "$work/dump" --output "$work/unused" rkllm.h
    grep '^--include-.*# header: .*rkllm\.h$' "$work/dump" | sed 's/ *#.*//' | sort >"$work/symbols"
    # With no symbol named, jextract would generate all of them.
    [ -s "$work/symbols" ] || fail "$abi: found nothing that rkllm.h declares"
    # shellcheck disable=SC2013 # one C name a line
    for function in $(sed -n 's/^--include-function //p' "$work/symbols"); do
        grep -q "^--include-typedef ${function}_fn\$" "$work/symbols" ||
            fail "$abi: $function has no function-pointer typedef ${function}_fn"
    done
    {
        echo "# What jextract generates for $abi. Written by generate.sh."
        grep -v '^--include-function ' "$work/symbols"
    } >"$work/$abi.includes"

    run_jextract "@$work/$abi.includes" --target-package "$gen_package.$abi" \
        --header-class-name rkllm_h --output "$work/java" rkllm.h

    # Two changes are made to the output. jextract gives the header class a SYMBOL_LOOKUP (and an
    # arena for -l libraries) even when no function is bound. They are unused here; without them it
    # can be checked, as below, that no class of ours looks a symbol up or loads a library.
    header_class=$work/java/$gen_path/$abi/rkllm_h.java
    sed -e '/^    static final Arena LIBRARY_ARENA = Arena\.ofAuto();$/,/^$/d' \
        -e '/^    static final SymbolLookup SYMBOL_LOOKUP = /,/^$/d' \
        "$header_class" >"$work/header_class"
    mv "$work/header_class" "$header_class"

    # And it gives arrays in a struct, of which there are only reserved bytes, a VarHandle to reach
    # single elements, which is linked when the class is first used, at the start of every program.
    for class in "$work/java/$gen_path/$abi"/*.java; do
        awk '/\$ELEM_HANDLE = / { drop = 1 } !drop; set && /^    }$/ { drop = set = 0 }
             /\$ELEM_HANDLE\.set\(/ { set = 1 }' "$class" >"$work/class"
        mv "$work/class" "$class"
    done
done

if grep -rnE 'SymbolLookup|SYMBOL_LOOKUP|LIBRARY_ARENA|loadLibrary|System\.load|findOrThrow' \
    "$work/java" >&2; then
    fail "the bindings must not look symbols up or load libraries"
fi
if grep -rnF -e "$root" -e "$work" "$work/java" >&2; then
    fail "the bindings must not hold paths of this machine"
fi

# --- compare or put in place ---------------------------------------------------------------------
cd "$root"
if [ "$mode" = check ]; then
    same=true
    for abi in $abis; do
        diff -ru "$java_root/$gen_path/$abi" "$work/java/$gen_path/$abi" || same=false
        diff -u "native/bindings/$abi.includes" "$work/$abi.includes" || same=false
    done
    [ "$same" = true ] || fail "the committed bindings differ from the headers; run generate.sh"
    echo "bindings up to date"
    exit 0
fi

for abi in $abis; do
    mkdir -p "$java_root/$gen_path"
    rm -rf "${java_root:?}/$gen_path/$abi"
    cp -R "$work/java/$gen_path/$abi" "$java_root/$gen_path/$abi"
    cp "$work/$abi.includes" "native/bindings/$abi.includes"
    echo "$java_root/$gen_path/$abi: $(find "$java_root/$gen_path/$abi" -name '*.java' | wc -l) classes"
done
cp "$work/version" "$here/JEXTRACT_VERSION"
