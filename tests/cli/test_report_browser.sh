#!/bin/bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The gfpbench authors
#
# The page in a real browser: light, dark, narrow, printed; no message on its console, all
# that it links to is there, text contrast from the style sheet's own variables.
. "${GB_SRCDIR:?set by make check}/tests/tap.sh"
export GFPBENCH_PLOTS=$GB_SRCDIR/scripts/plot LC_ALL=C
# a browser keeps more than its profile there
export HOME=$TMP
unset XDG_CONFIG_HOME XDG_CACHE_HOME XDG_DATA_HOME
make="$GB_SRCDIR/tests/tools/make_report_data.sh"
page=$TMP/run/report.html
"$make" full "$TMP/run"
exits 0 'a report' "$GFPBENCH" report "$TMP/run"

# --- contrast, WCAG 2: luminance of the two colours of each pair
variables() { # 1: light, 2: dark
	grep -o -- '--[a-z0-9]*:#[0-9a-f]\{6\}' "$page" | tr -d '#' | tr ':' ' ' |
		awk -v n="$1" '++seen[$1] == n { print }'
}
contrast() { # SCHEME TEXT GROUND: times 100
	variables "$1" | awk -v a="--$2" -v b="--$3" '
	function hex(s,   i, v) { for (i = 1; i <= length(s); i++)
		v = v * 16 + index("0123456789abcdef", substr(s, i, 1)) - 1; return v }
	function linear(c) { c /= 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ^ 2.4 }
	function luminance(s) { return 0.2126 * linear(hex(substr(s, 1, 2))) + \
		0.7152 * linear(hex(substr(s, 3, 2))) + 0.0722 * linear(hex(substr(s, 5, 2))) }
	$1 == a { x = luminance($2); na = 1 } $1 == b { y = luminance($2); nb = 1 }
	END { if (!na || !nb) { print 0; exit }
		if (x < y) { t = x; x = y; y = t } printf "%d\n", 100 * (x + 0.05) / (y + 0.05) }'
}
for scheme in 1 2; do
	for pair in 'text ground' 'muted ground' 'link ground' 'text panel' 'muted panel' \
		'link panel' 'good ground' 'bad ground' 'unsure ground' 'good panel' 'bad panel' \
		'unsure panel' 'ink ground'; do
		# shellcheck disable=SC2086
		got=$(contrast $scheme $pair)
		test "$got" -ge 450
		ok $? "contrast of ${pair/ / on }, scheme $scheme: $got/100"
	done
	for k in 1 2 3 4 5 6 7 8; do # graphics need less, but not nothing
		got=$(contrast $scheme c$k ground)
		test "$got" -ge 180
		ok $? "contrast of series $k, scheme $scheme: $got/100"
	done
done

# --- links and images
missing=0
for link in $(grep -Eo '(href|src)="[^"#][^"]*"' "$page" | sed 's/^[a-z]*="//; s/"$//' | sort -u); do
	case $link in data:*) continue ;; esac
	[ -s "$TMP/run/$link" ] || { missing=$((missing + 1)); diag "missing: $link"; }
done
is $missing 0 'every file that the page links to is there'
missing=0
for id in $(grep -Eo '(xlink:)?href=["'\'']#[^"'\'']*|url\(#[^)]*' "$page" | sed 's/.*#//' | sort -u); do
	grep -q " id=[\"']$id[\"']" "$page" || { missing=$((missing + 1)); diag "missing: #$id"; }
done
is $missing 0 'every place in the page that something refers to is there'

# --- the browser
browser=
for name in chromium chromium-browser google-chrome; do
	[ -z "$browser" ] && browser=$(command -v $name)
done
if [ -z "$browser" ]; then
	skip 'in a browser' 'chromium is not installed'
	done_testing
	exit
fi
browse() { # LOG ARGUMENTS...
	local log=$1
	shift
	timeout 120 "$browser" --headless --no-sandbox --disable-gpu --hide-scrollbars \
		--disable-dev-shm-usage --user-data-dir="$TMP/profile" \
		--enable-logging=stderr "$@" "file://$page" >"$log" 2>&1
}
shot() { # NAME ARGUMENTS...
	local name=$1
	shift
	browse "$TMP/$name.log" --screenshot="$TMP/$name.png" "$@"
	test -s "$TMP/$name.png"
	ok $? "$name: rendered"
	is "$(grep -c 'CONSOLE' "$TMP/$name.log")" 0 "$name: nothing on the console"
}
shot light --window-size=1100,3000
shot dark --window-size=1100,3000 --blink-settings=preferredColorScheme=0
shot narrow --window-size=400,3000
cmp -s "$TMP/light.png" "$TMP/dark.png"
test $? -eq 1
ok $? 'dark is not light'
browse "$TMP/print.log" --no-pdf-header-footer --print-to-pdf="$TMP/page.pdf"
test "$(head -c 4 "$TMP/page.pdf" 2>/dev/null)" = '%PDF'
ok $? 'printed'
is "$(grep -c 'CONSOLE' "$TMP/print.log")" 0 'print: nothing on the console'
if command -v pdftotext >/dev/null; then
	pdftotext "$TMP/page.pdf" "$TMP/page.txt"
	grep -q 'How long is the tail' "$TMP/page.txt"
	ok $? 'print: captions are there'
	grep -q 'Every sample' "$TMP/page.txt"
	ok $? 'print: what is folded on the screen is open'
else
	skip 'text of the print' 'pdftotext is not installed'
fi
done_testing
