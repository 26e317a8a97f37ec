# SPDX-License-Identifier: MIT
# Share of atomic allocations that failed, against a parameter.
if (logx) { set logscale x 2 }
eval(xtics)
set autoscale xfix
set yrange [0:*]
set offsets graph 0.02, graph 0.02, graph 0.08, 0
set xlabel xtitle
set ylabel "% of atomic allocations that failed"
plot for [s = 1:N] data using (mine(s, column("x"))):(column("y")):(column("lo")):\
		(column("hi")) with yerrorbars lc rgb Color[s] pt Point[s] ps 0.4 notitle, \
	for [s = 1:N] data using (mine(s, column("x"))):(column("y")) with linespoints \
		lc rgb Color[s] dt Dash[s] pt Point[s] ps 0.9 lw 2 title Name[s]
unset output
