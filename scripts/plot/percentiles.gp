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
