# SPDX-License-Identifier: MIT
# One row for each comparison: ratio, interval, verdict; a band is the margin of its row.
set logscale x
set key at screen 0.98, screen 0.99 right top horizontal maxrows 1 samplen 1
set tmargin 2.5
set xrange [low:high]
# Tics at 1, 2, 5 and their like, denser where the range is small; powers of ten where it is wide.
if (high / low < 4) { set xtics (0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2, 2.5, 3) }
else { if (high / low > 300) { set xtics (1e-5, 1e-4, 0.001, 0.01, 0.1, 1, 10, 100, 1000, "10 000" 1e4) }
else { set xtics (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, \
	100, 200, 500, 1000) } }
set yrange [rows + 0.7:0.3]
set ytics scale 0
set xlabel axis
set grid noytics
set arrow 1 from 1, graph 0 to 1, graph 1 nohead lc rgb ink lw 1.5 front
is(s) = column("look") == s ? column("gain") : NaN
top(x) = exp(column("margin"))
plot data using (1):(column("row")):(1 / top(0)):(top(0)):(column("row") - 0.5): \
		(column("row") + 0.5) with boxxyerror fc rgb faint fs solid 0.6 noborder \
		notitle, \
	data using (column("gain")):(column("row")):ytic(strcol("label")) with points pt 0 \
		lc rgb ink notitle, \
	for [s = 1:N] data using (is(s)):(column("row")):(column("lo")):(column("hi")) \
		with xerrorbars lc rgb Color[s] pt Point[s] lw 1.5 ps 0.3 notitle, \
	for [s = 1:N] data using (is(s)):(column("row")) with points lc rgb Color[s] \
		pt (s == 4 ? 6 : Point[s]) ps 1.1 lw 1.5 title Name[s]
unset output
