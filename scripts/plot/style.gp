# SPDX-License-Identifier: MIT
# Shared by all plots.  In: kind ("svg" or "png"), out (file name without its end),
# panels.  Sets the terminal, a layout of two columns, and a look that survives dark pages
# and colour-blind eyes (explicit white ground; colour, dash and point all differ).
columns = panels > 1 ? 2 : 1
rows = (panels + columns - 1) / columns
width = columns * 680
height = rows * 380 + 40
if (kind eq "svg") {
	set terminal svg size width, height font "sans,13" background rgb "white"
} else {
	if (strstrt(GPVAL_TERMINALS, "pngcairo") > 0) {
		set terminal pngcairo size width, height font "sans,11" background rgb "white"
	} else {
		set terminal png size width, height font "sans,11" background rgb "white"
	}
}
set output out . "." . kind
set encoding utf8
set border 3 lc rgb "#555555"
set tics nomirror
set grid ytics lc rgb "#dddddd" lw 1
