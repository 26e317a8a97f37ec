# SPDX-License-Identifier: MIT
# Free pages of a zone over time with its watermarks; crosses: atomic allocations failed
# since the sample before; band: kswapd awake.
set xlabel "time, s"
set ylabel "free pages"
set multiplot layout N, 1
do for [s = 1:N] {
	set title Name[s] . ", zone " . Zone[s]
	set yrange [*:*]
	stats data using (mine(s, column("free"))) nooutput
	most = STATS_max
	stats data using (mine(s, column("high"))) nooutput
	# Watermarks are what matters: memory far above them may leave the picture.
	near = 5 * STATS_max
	most = STATS_max > 0 && most > near ? near : most > STATS_max ? most : STATS_max
	set yrange [0:most * 1.1]
	plot data using (mine(s, column("t_s"))):(column("awake") > 0 ? most * 1.1 : 0) \
			with fillsteps lc rgb "#e69f00" fs solid 0.25 noborder \
			title "kswapd awake", \
		data using (mine(s, column("t_s"))):(column("high")) with lines \
			lc rgb "#56b4e9" dt 4 lw 1.5 title "high", \
		data using (mine(s, column("t_s"))):(column("low")) with lines \
			lc rgb "#cc79a7" dt 2 lw 1.5 title "low", \
		data using (mine(s, column("t_s"))):(column("min")) with lines \
			lc rgb "#d55e00" dt 3 lw 1.5 title "min", \
		data using (mine(s, column("t_s"))):(column("free")) with lines \
			lc rgb "#0072b2" lw 2 title "free", \
		data using (column("failed") > 0 ? mine(s, column("t_s")) : NaN):\
			(column("free")) with points pt 2 ps 1 lw 2 lc rgb ink \
			title "atomic allocations failed"
}
unset multiplot
unset output
