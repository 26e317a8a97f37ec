/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * The style sheet of the page.  Colours are variables, so that tests can compute the
 * contrast of every pair (text on ground at least 4.5:1 in both schemes).  The colours of
 * the plots (core/report/series.c, scripts/plot/style.gp) are mapped by attribute.
 */
#include "core/report/page.h"

#define MAP(colour, variable)                                                        \
	"svg [stroke=\"" colour "\"]{stroke:var(" variable ")}"                      \
	"svg [fill=\"" colour "\"]{fill:var(" variable ")}"                          \
	"svg [color=\"" colour "\"]{color:var(" variable ")}\n"

#define LIGHT                                                                        \
	"--ground:#ffffff;--text:#1c1c1e;--muted:#55585d;--line:#d4d6da;"            \
	"--panel:#f4f5f7;--link:#0b57a4;--good:#0a6b3d;--bad:#a82a00;--unsure:#725000;" \
	"--faint:#dcdcdc;--ink:#333333;--c1:#0072b2;--c2:#d55e00;--c3:#009e73;"      \
	"--c4:#cc79a7;--c5:#e69f00;--c6:#56b4e9;--c7:#8c6d00;--c8:#606060;"

#define DARK                                                                         \
	"--ground:#16181b;--text:#e8e9eb;--muted:#adb1b8;--line:#41454c;"            \
	"--panel:#22252a;--link:#8cc4ff;--good:#6fdc9f;--bad:#ff9a76;--unsure:#f2c94c;" \
	"--faint:#3a3e45;--ink:#d6d8dc;--c1:#4fa8e8;--c2:#ff8a3d;--c3:#2bcf9f;"      \
	"--c4:#e39cc3;--c5:#f2b632;--c6:#a5dcff;--c7:#cdb45a;--c8:#b0b3b8;"

const char gb_page_css[] =
	":root{color-scheme:light dark;" LIGHT "}\n"
	"@media screen and (prefers-color-scheme:dark){:root{" DARK "}}\n"
	"*{box-sizing:border-box}\n"
	"body{margin:0;background:var(--ground);color:var(--text);"
	"font:16px/1.5 system-ui,-apple-system,\"Segoe UI\",\"DejaVu Sans\",sans-serif}\n"
	"header,main,footer{max-width:78rem;margin:0 auto;padding:0 1rem}\n"
	"h1{font-size:1.6rem;margin:1.2rem 0 .2rem}"
	"h2{font-size:1.3rem;margin:2.4rem 0 .6rem;padding-top:.6rem;"
	"border-top:1px solid var(--line)}"
	"h3{font-size:1.05rem;margin:1.6rem 0 .3rem}\n"
	"p{margin:.5rem 0}a{color:var(--link)}"
	"code,pre{font-family:ui-monospace,\"DejaVu Sans Mono\",monospace;font-size:.88em}\n"
	"code{overflow-wrap:anywhere}"
	"pre{background:var(--panel);padding:.6rem;overflow-x:auto;white-space:pre-wrap;"
	"overflow-wrap:anywhere;margin:.3rem 0}\n"
	".muted{color:var(--muted)}\n"
	"nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:.2rem 1rem;padding:0;"
	"margin:.6rem 0}\n"
	".verdict{border:2px solid var(--line);border-left-width:.6rem;background:var(--panel);"
	"padding:.6rem 1rem;margin:1rem 0}"
	".verdict p:first-child{font-size:1.2rem;font-weight:600}\n"
	".good{border-color:var(--good)}.bad{border-color:var(--bad)}"
	".unsure{border-color:var(--unsure)}\n"
	".is-good{color:var(--good)}.is-bad{color:var(--bad)}.is-unsure{color:var(--unsure)}\n"
	"figure{margin:1rem 0 1.6rem}figcaption{margin-bottom:.3rem}"
	"figcaption strong{display:block}\n"
	"svg{font:14px sans-serif}"
	"svg,img{display:block;max-width:100%;height:auto}\n"
	".scroll{overflow-x:auto;max-width:100%}\n"
	"table{border-collapse:collapse;font-size:.9rem;margin:.4rem 0}"
	"caption{text-align:left;color:var(--muted);padding-bottom:.3rem}\n"
	"th,td{padding:.2rem .4rem;border-bottom:1px solid var(--line);text-align:left;"
	"vertical-align:top}th{font-weight:600}thead th{background:var(--panel)}\n"
	".n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}\n"
	".group th{background:var(--panel);padding-top:.5rem}.group a{font-weight:600}"
	"figure>.plot{max-width:68rem}p,ul,figcaption{max-width:56rem}"
	"small{display:block;color:var(--muted);font-size:.8em}\n"
	"details{margin:.4rem 0}summary{cursor:pointer;color:var(--link)}\n"
	"dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:.4rem 0}"
	"dt{color:var(--muted)}dd{margin:0;overflow-wrap:anywhere}\n"
	"footer{padding:1rem;margin-top:2rem;color:var(--muted);"
	"border-top:1px solid var(--line)}\n"
	".skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:.5rem}\n"
	"@media(max-width:40rem){dl{grid-template-columns:1fr}dd{margin-bottom:.4rem}"
	".plot{overflow-x:auto}.plot svg,.plot img{min-width:34rem}}\n"
	"@media print{body{font-size:10pt}header,main,footer{max-width:none;padding:0}"
	"nav,.skip{display:none}figure,tr,.verdict{break-inside:avoid}"
	"h2,h3{break-after:avoid}.scroll{overflow:visible}table{font-size:7.5pt}"
	"th,td{padding:.1rem .3rem}.n{white-space:normal}a{color:inherit}"
	"details::details-content{content-visibility:visible;block-size:auto}}\n"
	MAP("#333333", "--ink") MAP("#dcdcdc", "--faint") MAP("#0072b2", "--c1")
	MAP("#d55e00", "--c2") MAP("#009e73", "--c3") MAP("#cc79a7", "--c4")
	MAP("#e69f00", "--c5") MAP("#56b4e9", "--c6") MAP("#8c6d00", "--c7")
	MAP("#606060", "--c8")
	".k{fill:none;stroke:currentColor;color:var(--ink)}.i{stroke:none;fill:var(--ink)}"
	".f{stroke:var(--faint);stroke-dasharray:2 4}\n"
	"svg [color=\"black\"],svg [color=\"gray\"]{color:var(--ink)}\n";
