# SPDX-License-Identifier: MIT
# Ratio to the anchor, run by run, with its interval.
stats data using (column("ratio")) nooutput
set xrange [0.6:runs + 0.4]
set xtics 1
set xlabel "run, in the order given"
set ylabel "throughput, times that of " . anchor
set logscale y
set ytics (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
set yrange [(STATS_min < 1 ? STATS_min : 1) / 1.6:(STATS_max > 1 ? STATS_max : 1) * 1.6]
set arrow 1 from graph 0, first 1 to graph 1, first 1 nohead lc rgb ink lw 1
plot for [s = 1:N] data using (mine(s, column("run"))):(column("ratio")):(column("lo")):\
		(column("hi")) with yerrorbars lc rgb Color[s] pt Point[s] ps 0.4 notitle, \
	for [s = 1:N] data using (mine(s, column("run"))):(column("ratio")) with linespoints \
		lc rgb Color[s] dt Dash[s] pt Point[s] ps 0.9 lw 2 title Name[s]
unset output
