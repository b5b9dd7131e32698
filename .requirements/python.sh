#!/bin/sh
# Prints the Python that .venv is made of; nothing where PATH has none that is new enough.
#
# The first one on PATH decides the version. Several builds of it may be there, and they differ: one with profile-guided
# optimization answers a call in an eighth less CPU time (docs/decisions/0035). So each is timed for some hundredths of a
# second, and one that is a tenth quicker than those before it is taken. One without venv counts only if no other has it.

set -u

new_enough='import sys; sys.exit(sys.version_info < (3, 11))'
timed='
import ensurepip, sys, timeit, venv

def work():
    texts = {}
    for number in range(300):
        text = str(number)
        texts[text] = [number, f"{number}: {text}"]
    return sorted(texts, key=len)

nanos = min(timeit.repeat(work, number=1, repeat=60)) * 1e9
print("%d.%d %d" % (*sys.version_info[:2], nanos))
'

first= version= best= best_nanos=
IFS=:
for name in python3 python3.14 python3.13 python3.12 python3.11; do
	for directory in $PATH; do
		python=$directory/$name
		[ -x "$python" ] && "$python" -c "$new_enough" 2>/dev/null || continue
		first=${first:-$python}
		told=$("$python" -c "$timed" 2>/dev/null) || continue
		nanos=${told#* }
		if [ -z "$best" ]; then
			version=${told% *} best=$python best_nanos=$nanos
		elif [ "${told% *}" = "$version" ] && [ $((nanos * 10)) -lt $((best_nanos * 9)) ]; then
			best=$python best_nanos=$nanos
		fi
	done
done
printf '%s\n' "${best:-$first}"
