# SPDX-License-Identifier: MIT
# Memory of one sample of each backend: filled = data alive, line = held by the allocator.
stats data using (column("t_s")) nooutput
last = STATS_max > 0 ? STATS_max : 1
columns = N > 3 ? 3 : N
set ylabel "MiB"
set xlabel "time, s"
stats data using (column("held_mib")) nooutput
top = STATS_max
stats data using (column("live_mib")) nooutput
top = STATS_max > top ? STATS_max : top
set yrange [0:top * 1.08 + 0.01]
set xrange [0:last]
# Three to five tics: panels are narrow.
step = 10 ** floor(log10(last / 2))
set xtics last / step > 10 ? 5 * step : last / step > 4 ? 2 * step : step
set multiplot layout (N + columns - 1) / columns, columns
do for [s = 1:N] {
	set title Name[s]
	plot data using (mine(s, column("t_s"))):(column("live_mib")) with filledcurves y1=0 \
			lc rgb Color[s] fs solid 0.3 noborder title "data alive", \
		data using (mine(s, column("t_s"))):(column("held_mib")) with lines \
			lc rgb Color[s] lw 2 title "held"
}
unset multiplot
unset output
