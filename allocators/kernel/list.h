/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * Circular doubly linked lists whose links lie inside the elements.  A list is a head;
 * an empty head points to itself.  No locking here: the owner of the list says.
 *
 * Layer: allocators/kernel.
 */
#ifndef GFPKERNEL_LIST_H
#define GFPKERNEL_LIST_H

#include <stddef.h>

#include "base/atomic.h"

struct list_head {
	struct list_head *next, *prev;
};

#define list_entry(p, type, member) ((type *)((char *)(p) - offsetof(type, member)))
#define list_for_each(p, head) for ((p) = (head)->next; (p) != (head); (p) = (p)->next)
#define list_for_each_safe(p, n, head) \
	for ((p) = (head)->next, (n) = (p)->next; (p) != (head); (p) = (n), (n) = (p)->next)

GB_INLINE void list_init(struct list_head *h)
{
	h->next = h;
	h->prev = h;
}

GB_INLINE int list_empty(const struct list_head *h)
{
	return h->next == h;
}

GB_INLINE void list_insert(struct list_head *e, struct list_head *prev, struct list_head *next)
{
	next->prev = e;
	e->next = next;
	e->prev = prev;
	prev->next = e;
}

GB_INLINE void list_add(struct list_head *e, struct list_head *h)
{
	list_insert(e, h, h->next);
}

GB_INLINE void list_add_tail(struct list_head *e, struct list_head *h)
{
	list_insert(e, h->prev, h);
}

GB_INLINE void list_del(struct list_head *e)
{
	e->next->prev = e->prev;
	e->prev->next = e->next;
}

/* Take the first element, which must exist. */
GB_INLINE struct list_head *list_pop(struct list_head *h)
{
	struct list_head *e = h->next;

	list_del(e);
	return e;
}

/* Move all of @from to the tail of @to; @from is empty afterwards. */
GB_INLINE void list_splice_tail_init(struct list_head *from, struct list_head *to)
{
	if (list_empty(from))
		return;
	from->next->prev = to->prev;
	to->prev->next = from->next;
	from->prev->next = to;
	to->prev = from->prev;
	list_init(from);
}

#endif
