# SPDX-License-Identifier: MIT
# Failed atomic allocations, in percent, by interrupt rate and RAM.  Sequential palette
# from light to dark; the number stands in each field.
stats data using (column("percent")) nooutput
top = STATS_max > 0 ? STATS_max : 1
set xrange [0.5:rates + 0.5]
set yrange [0.5:sizes + 0.5]
set xtics () scale 0
set ytics () scale 0
do for [i = 1:rates] { set xtics add (Rate[i] i) }
do for [i = 1:sizes] { set ytics add (Size[i] i) }
unset grid
set xlabel "interrupts a second on each CPU"
set ylabel "RAM"
set cbrange [0:top]
set palette defined (0 "#f7fbff", 0.5 "#9ecae1", 1 "#4292c6")
set cblabel "% failed" textcolor rgb ink
set colorbox
set cbtics textcolor rgb ink
plot data using (column("x")):(column("y")):(column("x") - 0.48):(column("x") + 0.48):\
		(column("y") - 0.47):(column("y") + 0.47):(column("percent")) \
		with boxxyerror fc palette fs solid noborder notitle, \
	data using (column("x")):(column("y")):(sprintf("%.3g %%", column("percent"))) \
		with labels textcolor rgb "#111111" notitle
unset output
