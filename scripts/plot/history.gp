# SPDX-License-Identifier: MIT
# Ratio to the anchor, run by run, with its interval.
# Series stand a little beside each other, so that their intervals do not hide each other.
stats data using (column("ratio")) nooutput
low = STATS_min < 1 ? STATS_min : 1
high = STATS_max > 1 ? STATS_max : 1
# Wide intervals widen the range, but not so far that the line becomes flat.
stats data using (column("lo")) nooutput
low = STATS_min == STATS_min && STATS_min < low ? (STATS_min > low / 4 ? STATS_min : low / 4) : low
stats data using (column("hi")) nooutput
high = STATS_max == STATS_max && STATS_max > high ? (STATS_max < high * 4 ? STATS_max : high * 4) \
	: high
beside(s) = column("run") + (s - 0.5 - N / 2.0) * 0.5 / (N > 6 ? N : 6)
set xrange [0.6:runs + 0.4]
set xtics 1
set xlabel "run, in the order given"
set ylabel "throughput, times that of " . anchor
set logscale y
set ytics (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
set yrange [low / 1.2:high * 1.2]
set arrow 1 from graph 0, first 1 to graph 1, first 1 nohead lc rgb ink lw 1
plot for [s = 1:N] data using (mine(s, beside(s))):(column("ratio")):(column("lo")):\
		(column("hi")) with yerrorbars lc rgb Color[s] pt Point[s] ps 0.4 notitle, \
	for [s = 1:N] data using (mine(s, beside(s))):(column("ratio")) with linespoints \
		lc rgb Color[s] dt Dash[s] pt Point[s] ps 0.9 lw 2 title Name[s]
unset output
