# SPDX-License-Identifier: MIT
# Operations per second: a bar a backend (median over the runs), whiskers from the slowest
# run to the fastest.  In: kind, out, and the arrays of throughput.vars.gp.
load "throughput.vars.gp"
load style
set ylabel "million operations per second"
set yrange [0:*]
set offsets 0, 0, graph 0.12, 0
set style fill solid 0.85 noborder
set boxwidth 0.6
unset key
set multiplot layout rows, columns title "Throughput (median over the runs, whiskers: slowest to fastest)"
do for [p = 1:panels] {
	set title Title[p] noenhanced
	set xrange [0.4:Count[p] + 0.6]
	set xtics () noenhanced
	do for [i = First[p]:First[p] + Count[p] - 1] {
		set xtics add (Name[i] i - First[p] + 1)
	}
	plot for [i = First[p]:First[p] + Count[p] - 1] "throughput.dat" index i - 1 \
		using (i - First[p] + 1):1 with boxes lc rgb Color[i], \
	     for [i = First[p]:First[p] + Count[p] - 1] "throughput.dat" index i - 1 \
		using (i - First[p] + 1):1:2:3 with yerrorbars pt 0 lw 1.5 lc rgb "#333333", \
	     for [i = First[p]:First[p] + Count[p] - 1] "throughput.dat" index i - 1 \
		using (i - First[p] + 1):3:(sprintf("%.3g", $1)) with labels offset 0, 0.7
}
unset multiplot
