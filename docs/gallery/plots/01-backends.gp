# How do the allocators compare, and are we sure?
# Draw again: gnuplot 01-backends.gp (SVG), or
# gnuplot -e "kind='png'" 01-backends.gp
file = "01-backends"
W = 900
H = 634
N = 4
array Name[24]
array Color[24]
array Dash[24]
array Point[24]
Name[1] = "better"
Color[1] = "#0072b2"
Dash[1] = 1; Point[1] = 7
Name[2] = "worse"
Color[2] = "#d55e00"
Dash[2] = 2; Point[2] = 5
Name[3] = "unclear"
Color[3] = "#606060"
Dash[3] = 8; Point[3] = 8
Name[4] = "too few runs"
Color[4] = "#606060"
Dash[4] = 8; Point[4] = 8
axis = "throughput, times that of glibc (more is better)"
low = 0.1871538
high = 32.10984
rows = 21
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
# SPDX-License-Identifier: MIT
# One row for each comparison: ratio, interval, verdict; a band is the margin of its row.
set logscale x
set key at screen 0.98, screen 0.99 right top horizontal maxrows 1 samplen 1
set tmargin 2.5
set xrange [low:high]
# Tics at 1, 2, 5 and their like, denser where the range is small; powers of ten where it is wide.
if (high / low < 4) { set xtics (0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2, 2.5, 3) }
else { if (high / low > 300) { set xtics (1e-5, 1e-4, 0.001, 0.01, 0.1, 1, 10, 100, 1000, "10 000" 1e4) }
else { set xtics (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, \
	100, 200, 500, 1000) } }
set yrange [rows + 0.7:0.3]
set ytics scale 0
set xlabel axis
set grid noytics
set arrow 1 from 1, graph 0 to 1, graph 1 nohead lc rgb ink lw 1.5 front
is(s) = column("look") == s ? column("gain") : NaN
top(x) = exp(column("margin"))
plot data using (1):(column("row")):(1 / top(0)):(top(0)):(column("row") - 0.5): \
		(column("row") + 0.5) with boxxyerror fc rgb faint fs solid 0.6 noborder \
		notitle, \
	data using (column("gain")):(column("row")):ytic(strcol("label")) with points pt 0 \
		lc rgb ink notitle, \
	for [s = 1:N] data using (is(s)):(column("row")):(column("lo")):(column("hi")) \
		with xerrorbars lc rgb Color[s] pt Point[s] lw 1.5 ps 0.3 notitle, \
	for [s = 1:N] data using (is(s)):(column("row")) with points lc rgb Color[s] \
		pt (s == 4 ? 6 : Point[s]) ps 1.1 lw 1.5 title Name[s]
unset output
