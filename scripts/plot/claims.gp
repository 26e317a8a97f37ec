# SPDX-License-Identifier: MIT
# A row for each claim, its mark in the column of its verdict; at the right the measured
# value and, in brackets, what was claimed of it.
# On a terminal a row is a line, and there is no room for words over the columns.
plain = kind eq "dumb"
if (plain) { set terminal dumb noenhanced mono size 79, rows + 5 }
set border 0
unset key
set xrange [0.4:8.2]
set yrange [rows + 0.7:0.3]
set ytics () scale 0
set xtics () scale 0
unset grid
if (plain) {
	set lmargin 38
	set tmargin 2
	set bmargin 1
} else {
	set lmargin at screen 0.36
	set tmargin at screen 1.0 - 46.0 / H
	set bmargin at screen 16.0 / H
}
do for [i = 1:rows] {
	set ytics add (Claim[i] i)
	set label i Measured[i] at 4.75, i left textcolor rgb ink
	if (i % 2 && !plain) {
		set object i rectangle from 0.4, i - 0.5 to 8.2, i + 0.5 \
			fc rgb faint fs solid 0.45 noborder behind
	}
}
do for [s = 1:N] {
	words = plain ? word("yes 3.4 no ?", s) : Name[s]
	gap = strstrt(words, " ")
	if (gap) { words = words[1:gap - 1] . "\n" . words[gap + 1:*] }
	set label 200 + s words at s, graph 1 center offset 0, gap ? 1.5 : 0.8 textcolor rgb ink
}
set label 300 (plain ? "today" : "today (claimed)") at 4.75, graph 1 left offset 0, 0.8 textcolor rgb ink
plot for [s = 1:N] data using (mine(s, column("x"))):(column("y")) with points \
	lc rgb Color[s] pt Point[s] ps 1.1 lw 2 notitle
unset output
