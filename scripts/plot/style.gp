# SPDX-License-Identifier: MIT
# The look of every plot, and its terminal.  In: file (name without its end), W and H in
# pixels, N series with Name, Color, Dash, Point; kind: svg (default), png or dumb.
if (!exists("kind")) kind = "svg"
reset
# The script may be run beside its data or from one folder up.
folder = (system("test -e " . file . ".csv || echo plots/"))
data = folder . file . ".csv"
set encoding utf8
if (kind eq "svg") {
	set terminal svg noenhanced size W, H font "sans-serif,14" background rgb "#ffffff"
	set output folder . file . ".svg"
}
if (kind eq "png") {
	if (strstrt(GPVAL_TERMINALS, "pngcairo") > 0) {
		set terminal pngcairo noenhanced size 2 * W, 2 * H font "sans,11" \
			fontscale 2 linewidth 2 pointscale 2 background rgb "#ffffff"
	} else {
		set terminal png noenhanced size W, H background rgb "#ffffff"
	}
	set output folder . file . ".png"
}
if (kind eq "dumb") {
	set terminal dumb noenhanced mono size 79, 24
	set output folder . file . ".txt"
}
ink = "#333333"
faint = "#dcdcdc"
set datafile separator comma
set datafile columnheaders
set datafile missing ""
set border 3 lc rgb ink
# Beyond gnuplot's five, so that no two of eight series are told apart by colour alone.
set dashtype 6 (24, 4)
set dashtype 7 (24, 4, 3, 4)
set dashtype 8 (10, 8)
set tics nomirror textcolor rgb ink
set title textcolor rgb ink
set xlabel textcolor rgb ink offset 0, 0.4
set ylabel textcolor rgb ink
set key textcolor rgb ink outside top center horizontal samplen 3 spacing 1.2
set grid xtics ytics lc rgb faint lw 1
times = "'1 ns' 1, '10 ns' 10, '100 ns' 100, '1 us' 1e3, '10 us' 1e4, '100 us' 1e5, " . \
	"'1 ms' 1e6, '10 ms' 1e7, '100 ms' 1e8, '1 s' 1e9, '10 s' 1e10, '100 s' 1e11"
# Where a template measures its data (stats), it does so before it sets ranges: stats
# leaves out what lies beyond them.
# The y of a row that belongs to series s, else nothing.
mine(s, y) = column("series") == s ? y : NaN
