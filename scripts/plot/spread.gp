# SPDX-License-Identifier: MIT
# Each run's throughput against the median of its backend, in the order of time.
set xlabel "position in the order of the samples (time)"
set ylabel "% off the median"
set xzeroaxis lc rgb ink lw 1
stats data using (column("order")) nooutput
set xrange [STATS_min - 1:STATS_max + 1]
set offsets 0, 0, graph 0.1, graph 0.1
set xtics autofreq
plot for [s = 1:N] data using (mine(s, column("order"))):(column("percent")) \
	with points lc rgb Color[s] pt Point[s] ps 1 title Name[s]
unset output
