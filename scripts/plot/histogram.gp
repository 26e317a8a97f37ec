# SPDX-License-Identifier: MIT
# How often what took how long; both axes logarithmic, so that single events stay visible.
set logscale xy
eval("set xtics (" . times . ")")
stats data using (column("ns")) nooutput
low = STATS_min
stats data using (column("count")) nooutput
high = STATS_max
top = 0
do for [s = 1:N] { top = Max[s] > top ? Max[s] : top }
set xrange [low * 0.7:top * 1.6]
# Room above for a line of text for each maximum, in parts of the height.
line = 17.0 / (H - 90)
room = N * line + 0.04
set yrange [0.5:0.5 * (high / 0.5) ** (1 / (1 - room))]
set ytics ("1" 1, "10" 10, "100" 100, "1000" 1e3, "10 000" 1e4, "100 000" 1e5, \
	"1 M" 1e6, "10 M" 1e7, "100 M" 1e8, "1 G" 1e9)
set xlabel xtitle offset 0, 0
set ylabel "count"
do for [s = 1:N] {
	# The larger, the higher: no label is crossed by another's line.
	larger = 0
	do for [k = 1:N] { larger = larger + (Max[k] > Max[s] || (Max[k] == Max[s] && k < s)) }
	y = 1 - (larger + 0.6) * line
	left = log(Max[s] / low) < 0.4 * log(top / low)
	set arrow s from Max[s], graph 0 to Max[s], graph y nohead lc rgb Color[s] dt Dash[s] lw 1
	set label s "max: " . MaxText[s] at Max[s], graph y offset (left ? 0.7 : -0.7), 0 \
		textcolor rgb ink
	if (!left) { set label s right }
}
# An empty bin lies on the axis, which has no 0.
seen(c) = c > 0 ? c : 0.5
plot for [s = 1:N] data using (mine(s, column("ns"))):(seen(column("count"))) \
		with steps lc rgb Color[s] dt Dash[s] lw 2 title Name[s]
unset output
