# SPDX-License-Identifier: MIT
# Cost by size of the block, both logarithmic.  Numbers in circles mark crossings; the
# words for them stand where no line comes: few bytes never take long.
set logscale xy
set logscale x 2
eval("set ytics (" . times . ")")
set xtics ("8 B" 8, "64 B" 64, "512 B" 512, "4 KiB" 4096, "32 KiB" 32768, \
	"256 KiB" 262144, "2 MiB" 2097152, "16 MiB" 16777216)
set xlabel xtitle
set ylabel "time of one allocation, write and free"
stats data using (column("y")) nooutput
low = STATS_min / 1.6
high = STATS_max * 1.6
set yrange [low:high]
set autoscale xfix
set offsets graph 0.03, graph 0.03, 0, 0
do for [i = 1:marks] {
	set label i sprintf("%d  %s", i, MarkText[i]) at graph 0.02, graph (1.0 - 0.055 * i) \
		textcolor rgb ink
	set label 20 + i sprintf("%d", i) at MarkX[i], MarkY[i] center offset 0, 0.9 \
		point pt 6 ps 1.8 lw 2 lc rgb ink textcolor rgb ink front
}
plot for [s = 1:N] data using (column("x")):(mine(s, column("y"))) with linespoints \
	lc rgb Color[s] dt Dash[s] pt Point[s] ps 0.7 lw 2 title Name[s]
unset output
