# How long is the tail, in each context?
# Draw again: gnuplot 03-percentiles-irq-churn.gp (SVG), or
# gnuplot -e "kind='png'" 03-percentiles-irq-churn.gp
file = "03-percentiles-irq-churn"
W = 900
H = 400
N = 5
array Panel[3]
Panel[1] = "process"
Panel[2] = "hardirq"
array Name[24]
array Color[24]
array Dash[24]
array Point[24]
Name[1] = "glibc"
Color[1] = "#0072b2"
Dash[1] = 1; Point[1] = 7
Name[2] = "jemalloc"
Color[2] = "#d55e00"
Dash[2] = 2; Point[2] = 5
Name[3] = "null"
Color[3] = "#009e73"
Dash[3] = 4; Point[3] = 9
Name[4] = "pages"
Color[4] = "#cc79a7"
Dash[4] = 3; Point[4] = 13
Name[5] = "slab"
Color[5] = "#e69f00"
Dash[5] = 5; Point[5] = 11
panels = 2
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
# Latency by percentile: x is 1/(1-p), so that every nine gets the same room.
stats data using (column("ns")) nooutput
set logscale xy
set xrange [1:1.1e4]
set xtics ("0" 1, "90" 10, "99" 100, "99.9" 1e3, "99.99" 1e4)
eval("set ytics (" . times . ")")
set xlabel "% of allocations"
set yrange [STATS_min < 1 ? 1 : STATS_min * 0.8:STATS_max * 1.5]
set multiplot layout 1, panels
do for [k = 1:panels] {
	set title Panel[k] . " context"
	if (k > 1) { set format y "" }
	plot for [s = 1:N] data using (column("panel") == k ? column("inverse") : NaN):\
		(mine(s, column("ns"))) with lines lc rgb Color[s] dt Dash[s] lw 2 title Name[s]
}
unset multiplot
unset output
