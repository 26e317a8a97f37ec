# SPDX-License-Identifier: MIT
# Latency of allocations by percentile: colour = backend, dash and point = context.
# In: kind, out, and the arrays of latency.vars.gp, which gfpbench wrote beside latency.dat.
load "latency.vars.gp"
load style
set logscale y 10
set ytics ("1 ns" 1, "10 ns" 10, "100 ns" 100, "1 us" 1e3, "10 us" 1e4, "100 us" 1e5, \
	"1 ms" 1e6, "10 ms" 1e7, "100 ms" 1e8, "1 s" 1e9, "10 s" 1e10)
set xrange [0.7:6.3]
set xtics ("p50" 1, "p90" 2, "p99" 3, "p99.9" 4, "p99.99" 5, "max" 6)
set key outside right top Left reverse samplen 3 spacing 1.1
set multiplot layout rows, columns title "Latency of one allocation (median over the runs)"
do for [p = 1:panels] {
	set title Title[p] noenhanced
	plot for [i = First[p]:First[p] + Count[p] - 1] "latency.dat" index i - 1 using 1:2 \
		with linespoints lc rgb Color[i] dt Dash[i] pt Point[i] ps 0.8 lw 1.6 \
		title Name[i] noenhanced
}
unset multiplot
