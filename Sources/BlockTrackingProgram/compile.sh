#!/bin/sh
# Compiles the program that runs in the kernel and writes it down as a Swift constant.
# Usage: compile.sh CLANG SOURCE FOLDER-OF-HEADERS OUTPUT
set -eu
object=$4.o
"$1" -target bpf -O2 -g -ffreestanding -Wall -Wextra -Werror -I "$3" -c "$2" -o "$object"
# What only a debugger reads is left out; the types that the kernel reads stay.
objcopy=$(dirname "$1")/llvm-objcopy
if [ -x "$objcopy" ]; then "$objcopy" --strip-debug "$object"; fi
{
    echo '/// The compiled tracker.bpf.c, in hexadecimal.'
    echo 'enum TrackerObject {'
    printf '    static let hexadecimal: StaticString = "%s"\n' "$(od -An -v -tx1 "$object" | tr -d ' \n')"
    echo '}'
} > "$4.new"
rm "$object"
mv "$4.new" "$4"
