#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The gfpbench authors
"""Counts of a text recording, by regular expressions and a dictionary: an independent
second opinion on what `gfpbench show FILE --format=csv` prints.  Slow, simple, and made
from the definitions alone.  usage: count-recording.py FILE (plain text) > FILE.csv"""
import re
import sys

TIME = r"(?:\d+\.\d+|\d+)"
EVENT = r"([^\s<>(]+):(?:\s+(.*))?$"
FORMS = [
    re.compile(r"^.*-\d+\s+(?:\(\s*[-\d]+\)\s+)?\[(\d+)\]\s+(?:([^\s:]{4,8})\s+)?" + TIME + r":\s+" + EVENT),
    re.compile(r"^.*-\d+\s+(\d+)([^\s:\d][^\s:]{3,7})\s+\d+us[+!#*@$]?\s*:\s+" + EVENT),
    re.compile(r"^.*-\d+\s+(\d+)([^\s:\d][^\s:]{3,7})\s+" + TIME + r":\s+" + EVENT),
    re.compile(r"^.*\s\d+()()\s+" + TIME + r":\s+(kmem:[^\s]+):(?:\s+(.*))?$"),
    re.compile(r"^.*\s\d+(?:/\d+)?\s+\[(\d+)\]\s+(?:([^\s:]{4,8})\s+)?" + TIME + r":\s+" + EVENT),
]
REMARK = re.compile(r"^(#.*|\s*|CPU:\d+ \[.*EVENTS.*\]|CPU \d+ is empty|cpus=\d+|version = .*|\s*=> .*)$")
STACK = re.compile(r"^\s+[0-9a-f]+ ")
ALLOC = {"kmalloc", "kmalloc_node", "kmem_cache_alloc", "kmem_cache_alloc_node"}
FREE = {"kfree", "kmem_cache_free"}
NAMES = """events allocs frees null_frees unmatched_frees duplicate_events implicit_frees
leaked failed_allocs cpus requested_bytes peak_live_bytes allocs_process allocs_softirq
allocs_hardirq frees_process frees_softirq frees_hardirq malformed_lines""".split()


def pointer(body):
    m = re.search(r"(?:^| )ptr=\s*(\(null\)|\(nil\)|(?:0x)?[0-9a-fA-F]+)(?= |$)", body)
    if not m:
        return None
    return 0 if m.group(1)[0] == "(" else int(m.group(1), 16)


def context(flags):
    letter = flags[2] if flags else "."
    return "hardirq" if letter in "hHzZ" else "softirq" if letter == "s" else "process"


def parse(line):
    for form in FORMS:
        m = form.match(line)
        if m and int(m.group(1) or 0) < 8192:
            return int(m.group(1) or 0), context(m.group(2)), m.group(3).replace("kmem:", "", 1), m.group(4) or ""
    return None


def main(path):
    n = dict.fromkeys(NAMES, 0)
    live, last, cpus, bytes_live, in_stack, widest = {}, {}, set(), 0, False, 0
    for line in open(path, encoding="utf-8", errors="replace", newline="\n"):
        whole = line.endswith("\n")
        line = line.rstrip("\n").removesuffix("\r")
        got = parse(line)
        if not got:
            if not (REMARK.match(line) or (in_stack and STACK.match(line))):
                n["malformed_lines"] += 1
            in_stack = in_stack and bool(STACK.match(line))
            continue
        cpu, where, event, body = got
        in_stack = True
        ptr = pointer(body)
        size = re.search(r" bytes_req=(\d+)(?= )", body)
        if (event in ALLOC | FREE and ptr is None or
                event in ALLOC and not (size and int(size.group(1)) < 2**32 and "gfp_flags=" in body)):
            n["malformed_lines"] += 1
            continue
        if event in ALLOC | FREE:
            text = re.search(r"(?:^| )ptr=\s*(\S+)", body)
            if not whole and text.end() == len(body) and len(text.group(1)) < widest:
                n["malformed_lines"] += 1  # cut inside the pointer
                continue
            widest = max(widest, len(text.group(1)))
        n["events"] += 1
        cpus.add(cpu)
        if event in ALLOC:
            size = int(size.group(1))
            if not ptr:
                n["failed_allocs"] += 1
                last[cpu] = None
                continue
            if ptr in live:
                if live[ptr] is last.get(cpu) and live[ptr][0] == size:
                    n["duplicate_events"] += 1
                    continue
                n["implicit_frees"] += 1
                bytes_live -= live.pop(ptr)[0]
            live[ptr] = last[cpu] = [size]
            bytes_live += size
            n["allocs"] += 1
            n["allocs_" + where] += 1
            n["requested_bytes"] += size
            n["peak_live_bytes"] = max(n["peak_live_bytes"], bytes_live)
        elif event in FREE:
            if not ptr:
                n["null_frees"] += 1
            elif ptr not in live:
                n["unmatched_frees"] += 1
            else:
                bytes_live -= live.pop(ptr)[0]
                n["frees"] += 1
                n["frees_" + where] += 1
    n["leaked"], n["cpus"] = len(live), len(cpus)
    for name in NAMES:
        print(f"{name},{n[name]}")


main(sys.argv[1])
