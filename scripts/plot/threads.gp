# SPDX-License-Identifier: MIT
# Throughput against threads: medians, bars from the slowest run to the fastest.
set yrange [0:*]
set xtics 1
stats data using (column("threads")) nooutput
set xrange [0.5:STATS_max + 0.7]
set offsets 0, 0, graph 0.05, 0
set xlabel "threads (emulated CPUs)"
set ylabel "million operations per second"
if (cores == cores && cores > 0) {
	set arrow 1 from cores, graph 0 to cores, graph 1 nohead lc rgb ink dt 3
	left = cores < STATS_max / 2
	set label 1 "cores of this machine" at cores, graph 0.96 offset (left ? 0.7 : -0.7), 0 \
		textcolor rgb ink
	if (!left) { set label 1 right }
}
plot for [s = 1:N] data using (column("threads")):(mine(s, column("mops"))):\
		(column("lo")):(column("hi")) with yerrorbars lc rgb Color[s] pt Point[s] \
		ps 0.6 lw 1.5 notitle, \
	for [s = 1:N] data using (mine(s, column("threads"))):(column("mops")) \
		with linespoints lc rgb Color[s] dt Dash[s] pt Point[s] ps 0.9 lw 2 title Name[s]
unset output
