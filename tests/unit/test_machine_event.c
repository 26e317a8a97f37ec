/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Events and might_sleep(): the formatter against the C library's, the ring when it is
 * full, posting from interrupts into a post, who is told and who is not.
 */
#include <limits.h>
#include <unistd.h>

#include "machine/event.h"
#include "machine/format.h"

#include "tests/unit/machine_test.h"

static struct gb_event_ring ring;

#define SAME(...)                                                                             \
	do {                                                                                  \
		char ours[80], theirs[80];                                                    \
		gb_format(ours, sizeof(ours), __VA_ARGS__);                                   \
		snprintf(theirs, sizeof(theirs), __VA_ARGS__);                                \
		tap_eq_text(ours, theirs, "format " #__VA_ARGS__);                            \
	} while (0)

static void test_format(void)
{
	char small[8], *volatile nobody = NULL;

	SAME("%d %i %d %d", 0, -7, INT_MAX, INT_MIN);
	SAME("%u %lu %llu", UINT_MAX, ULONG_MAX, ULLONG_MAX);
	SAME("%ld %lld %zu", LONG_MIN, LLONG_MIN, (size_t)123456789);
	SAME("%x %X %#x %#lx %#x", 0xbeefu, 0xbeefu, 0xbeefu, 0xfeedbeeful, 0u);
	SAME("[%8d] [%-8d] [%08d] [%-8s] [%8s]", -42, -42, -42, "left", "right");
	SAME("[%.3s] [%10.2s] %c%c %%", "abcdef", "xyz", 'o', 'k');
	SAME("%s %p", "text", (void *)small);
	SAME("plain");
	SAME("%-60s|%5u", "a longer text", 7u);
	gb_format(small, sizeof(small), "%s", nobody);
	tap_eq_text(small, "(null)", "a null string");
	tap_ok(gb_format(small, sizeof(small), "%d%s", 12345, "6789") == 7, "cut: its length");
	tap_eq_text(small, "1234567", "cut and terminated");
	gb_format(small, 1, "%d", 5);
	tap_eq_text(small, "", "one byte");
}

static unsigned int whole(void)
{
	unsigned int i, n = 0;

	for (i = 0; i < GB_EVENT_RING; i++)
		n += gb_load_acquire(&ring.entry[i].ready);
	return n;
}

static void test_ring(void)
{
	char other[] = "full";
	unsigned int i;

	gb_event_post(GB_FAULT, "nowhere", "without a sink");
	memset(&ring, 0, sizeof(ring));
	gb_event_sink(&ring, 0);
	gb_event_post(GB_WARNING, "test-event", "n=%d where=%s", 7, "here");
	tap_ok(ring.next == 1 && ring.entry[0].ready == 1, "one event");
	tap_eq_text(ring.entry[0].event, "test-event", "its id");
	tap_eq_text(ring.entry[0].detail, "n=7 where=here", "its detail");
	tap_ok(ring.entry[0].severity == GB_WARNING && ring.entry[0].cpu == gb_self.id,
	       "its severity and CPU");
	tap_ok(gb_monotonic_ns() - ring.entry[0].t_ns < 10000000000u, "its time");
	for (i = 0; i < GB_EVENT_RING + 9; i++)
		gb_event_post(GB_INFO, i & 1 ? other : "full", "%u", i);
	tap_eq_u64(ring.next, GB_EVENT_RING + 10, "next counts every post");
	tap_eq_u64(ring.dropped, 10, "what did not fit is counted");
	tap_eq_u64(whole(), GB_EVENT_RING, "every entry is whole");
	tap_eq_u64(gb_event_count("full"), GB_EVENT_RING + 9, "counted by id, dropped or not");
	tap_eq_u64(gb_event_count("nowhere"), 0, "a new sink counts anew");
}

static volatile uint64_t posts;

static void post_irq(const struct gb_irq *irq, void *arg)
{
	(void)irq, (void)arg;
	gb_event_post(GB_INFO, "from-irq", "%lu", (unsigned long)++posts);
}

static void test_interrupted(void)
{
	uint64_t process = 0, end;
	unsigned int i, bad = 0;

	memset(&ring, 0, sizeof(ring));
	gb_event_sink(&ring, 0);
	test_timer(10000, GB_IRQ_POISSON, 1, post_irq, NULL);
	end = gb_monotonic_ns() + 300000000;
	while (test_goes_on(end, posts >= TEST_MIN_IRQS))
		gb_event_post(GB_INFO, "from-process", "%lu", (unsigned long)process++);
	gb_timer_stop();
	tap_diag("%lu posts from interrupts into %lu from process context",
		 (unsigned long)posts, (unsigned long)process);
	test_irqs_ran(posts);
	tap_ok(gb_event_count("from-irq") == posts && gb_event_count("from-process") == process &&
		       ring.next == posts + process && whole() == GB_EVENT_RING,
	       "none is lost or half");
	for (i = 0; i < GB_EVENT_RING; i++)
		bad += strncmp(ring.entry[i].event, "from-", 5) != 0 || !ring.entry[i].detail[0];
	tap_eq_u64(bad, 0, "none is mixed up");
}

static int hard, soft;

static void sleep_hard(void *arg)
{
	hard = gb_might_sleep(arg);
}

static void sleep_soft(void *arg)
{
	soft = gb_might_sleep(arg);
}

static void test_might_sleep(void)
{
	static char place[64][16];
	unsigned long flags, inner;
	int result, tries = 0;

	memset(&ring, 0, sizeof(ring));
	gb_event_sink(&ring, 0);
	tap_ok(!gb_might_sleep("site-a"), "process context may sleep");
	flags = arch_local_irq_save();
	tap_ok(!gb_might_sleep("site-b"), "so may it under the guard");
	arch_local_irq_restore(flags);
	tap_ok(ring.next == 0, "and nothing is posted");
	preempt_disable();
	result = gb_might_sleep("site-c");
	preempt_enable();
	tap_ok(result && ring.next == 1, "not with preemption off");
	local_bh_disable();
	result = gb_might_sleep("site-d");
	local_bh_enable();
	tap_ok(result, "not with BH disabled");
	flags = gb_atomic_begin();
	tap_ok(arch_irqs_disabled() && !in_atomic(), "declared: interrupts are off, no more");
	inner = gb_atomic_begin();
	gb_atomic_end(inner);
	result = gb_might_sleep("site-e");
	gb_atomic_end(flags);
	tap_ok(result && !arch_irqs_disabled() && !gb_might_sleep("site-a"),
	       "not with interrupts declared off");
	tap_ok(strstr(ring.entry[2].detail, "site-e") &&
		       strstr(ring.entry[2].detail, "test_machine_event.c:"),
	       "both sites are told: %s", ring.entry[2].detail);
	/* Sites whose addresses hash alike share the limit: one that shares it with none. */
	while (tries < 64 && ring.next == 3) {
		strcpy(place[tries], "site-hard");
		gb_run_as_hardirq(sleep_hard, place[tries++]);
	}
	gb_run_as_softirq(sleep_soft, place[0]);
	tap_ok(hard && soft, "not in a hardirq or softirq");
	tap_ok(strstr(ring.entry[3].detail, "a hardirq") && ring.entry[3].severity == GB_FAULT,
	       "as the report says");
	for (result = 0; result < 1000; result++)
		gb_run_as_hardirq(sleep_hard, place[0]);
	tap_ok(ring.next <= 8, "one row a second and site (%lu)", (unsigned long)ring.next);
	tap_eq_u64(gb_event_count("sleep-in-atomic"), 1004 + (uint64_t)tries,
		   "but each one counts");
}

static void test_echo(void)
{
	char line[400];
	ssize_t got;
	int fd[2], old;

	if (pipe(fd))
		return;
	old = dup(2);
	dup2(fd[1], 2);
	gb_event_sink(NULL, 1);
	gb_event_post(GB_FAULT, "echo", "to %s", "stderr");
	dup2(old, 2);
	gb_event_sink(NULL, 0);
	got = read(fd[0], line, sizeof(line) - 1);
	line[got > 0 ? got : 0] = '\0';
	tap_ok(strstr(line, "CPU0 fault: echo: to stderr\n") != NULL, "echo is one line");
	close(fd[0]);
	close(fd[1]);
	close(old);
}

int main(void)
{
	test_machine_up(1);
	test_format();
	tap_ok(!gb_might_sleep("nowhere"), "a thread that is no CPU may sleep");
	test_online(0);
	test_ring();
	test_interrupted();
	test_might_sleep();
	test_echo();
	gb_cpu_offline();
	gb_machine_exit();
	return tap_done();
}
