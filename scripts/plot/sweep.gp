# SPDX-License-Identifier: MIT
# Lines over a parameter, costs as a rule; where they cross is marked.
stats data using (column("x")) nooutput
middle = logx ? sqrt(STATS_min * STATS_max) : (STATS_min + STATS_max) / 2
if (logx) { set logscale x 2 }
if (nanoseconds) {
	set logscale y
	eval("set ytics (" . times . ")")
}
eval(xtics)
set xlabel xtitle
set ylabel ytitle
stats data using (column("lo")) nooutput
least = STATS_min
low = nanoseconds ? STATS_min / 1.4 : STATS_min < 0 ? STATS_min : 0
stats data using (column("hi")) nooutput
# Room above for the labels of crossings.
high = !nanoseconds ? STATS_max * 1.1 : crossings ? STATS_max * 4 : STATS_max * 1.4
high = high > low ? high : low + 1
if (!nanoseconds && least > 0 && STATS_max / least > 30) {
	set logscale y
	low = least / 1.4
	high = STATS_max * 1.4
}
set yrange [low:high]
set autoscale xfix
if (exists("last_x")) { set xrange [*:last_x] }
set offsets graph 0.02, graph 0.02, 0, 0
do for [i = 1:crossings] {
	set arrow i from Cross[i], graph 0 to Cross[i], graph 1 nohead lc rgb ink dt 3
	left = Cross[i] < middle
	set label i CrossText[i] at Cross[i], graph (0.97 - 0.06 * (i - 1)) \
		offset (left ? 0.6 : -0.6), 0 textcolor rgb ink
	if (!left) { set label i right }
}
# Many lines with bars are a thicket.
plot for [s = 1:(N > 6 ? 0 : N)] data using (mine(s, column("x"))):(column("y")):(column("lo")):\
		(column("hi")) with yerrorbars lc rgb Color[s] pt Point[s] ps 0.4 notitle, \
	for [s = 1:N] data using (mine(s, column("x"))):(column("y")) with linespoints \
		lc rgb Color[s] dt Dash[s] pt Point[s] ps 0.7 lw 2 title Name[s]
unset output
