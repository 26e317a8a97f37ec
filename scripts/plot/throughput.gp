# SPDX-License-Identifier: MIT
# Operations per second: a bar to the median, its interval, a dot for each run.
set yrange [N + 0.6:0.4]
set ytics () scale 0
do for [s = 1:N] { set ytics add (Name[s] s) }
set xrange [0:*]
set offsets 0, graph 0.12, 0, 0
set grid noytics
set xlabel "million operations per second (more is better)"
unset key
is(s, what, v) = column("series") == s && strcol("what") eq what ? v : NaN
plot for [s = 1:N] data using (is(s, "median", 0)):(s):(0):(column("mops")):\
		(s - 0.3):(s + 0.3) with boxxyerror lc rgb Color[s] fs solid 0.45 noborder, \
	for [s = 1:N] data using (is(s, "run", column("mops"))):(s) \
		with points lc rgb ink pt 6 ps 0.7, \
	for [s = 1:N] data using (is(s, "median", column("mops"))):(s):\
		(column("lo")):(column("hi")) with xerrorbars lc rgb ink lw 1.5 pt 7 ps 0.4, \
	for [s = 1:N] data using (is(s, "median", column("hi"))):(s):\
		(sprintf("%.3g", column("mops"))) with labels left offset 1.2, 0 textcolor rgb ink
unset output
