/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * ioremap: a device's memory at addresses.  The emulated bus has one device, a register
 * file of 64 MiB at DEVICE_PHYS, far above any RAM; it keeps what is written to it, and two
 * mappings of the same place see each other.  Frames of RAM are refused, as is a place
 * where no device answers.
 *
 * kernel: mm/ioremap.c, arch/x86/mm/ioremap.c; kernel-model V15.  vremap of old kernels.
 */
#include "kernel/vmalloc.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#define MAX_ALIGN \
	(1UL << 24) /* IOREMAP_MAX_ORDER of x86-64 is 1 GiB; the device is smaller */

static int device_fd = -1;

/* The device comes to life at the first mapping. */
static int device(void)
{
	int fd = gb_load_acquire(&device_fd), none = -1;

	if (fd >= 0)
		return fd;
	fd = memfd_create("gfpkernel-device", MFD_CLOEXEC);
	if (fd < 0)
		return -1;
	if (ftruncate(fd, GFP_DEVICE_BYTES)) {
		close(fd);
		return -1;
	}
	if (__atomic_compare_exchange_n(&device_fd, &none, fd, 0, __ATOMIC_ACQ_REL,
					__ATOMIC_ACQUIRE))
		return fd;
	close(fd); /* somebody else was first */
	return none;
}

void ioremap_shutdown(void)
{
	if (device_fd >= 0)
		close(device_fd);
	device_fd = -1;
}

static int bad_range(phys_addr_t pa, unsigned long size)
{
	phys_addr_t last = pa + size - 1;

	if (!size || last < pa) {
		kernel_warn("ioremap", "ioremap: invalid range, size %#lx", size);
		return 1;
	}
	if (pa < (phys_addr_t)mm.nr_pages << PAGE_SHIFT) {
		kernel_warn("ioremap", "ioremap on RAM at %#lx - %#lx", (unsigned long)pa,
			    (unsigned long)last);
		return 1;
	}
	if (pa < GFP_DEVICE_PHYS || last >= GFP_DEVICE_PHYS + GFP_DEVICE_BYTES) {
		kernel_warn("ioremap", "ioremap: no device at %#lx - %#lx",
			    (unsigned long)pa, (unsigned long)last);
		return 1;
	}
	return 0;
}

/* The size rounded up to a power of two, a page at least. */
static unsigned long alignment_of(unsigned long size)
{
	unsigned long align = PAGE_SIZE;

	while (align < size && align < MAX_ALIGN)
		align <<= 1;
	return align;
}

/* Process context.  The address of @pa's byte, not of its page; NULL, reported. */
void *ioremap(phys_addr_t pa, unsigned long size)
{
	unsigned long offset = pa & (PAGE_SIZE - 1), bytes;
	struct vmap_area *a;

	if (!mm_ready(__func__) || vmap_refuse("ioremap") || bad_range(pa, size))
		return NULL;
	bytes = (offset + size + PAGE_SIZE - 1) & PAGE_MASK;
	if (device() < 0) {
		kernel_warn("ioremap", "ioremap: the device cannot be created");
		return NULL;
	}
	a = vmap_reserve(bytes + PAGE_SIZE, alignment_of(bytes), VMAP_IOREMAP, 0);
	if (!a)
		return NULL;
	if (vmap_map_file(a, device(), (off_t)(pa - offset - GFP_DEVICE_PHYS), bytes,
			  0)) {
		vmap_release(a);
		return NULL;
	}
	vmap_publish(a);
	return (char *)a->start + offset;
}

/* Process context; NULL ok. */
void iounmap(const volatile void *p)
{
	const void *page = (const void *)((unsigned long)p & PAGE_MASK);
	struct vmap_area *a;

	if (!p || !mm_ready(__func__) || vmap_refuse("iounmap"))
		return;
	a = vmap_find(page);
	if (!a || a->kind != VMAP_IOREMAP || !vmap_claim(page)) {
		kernel_warn("iounmap", "iounmap: bad address %p", (const void *)page);
		return;
	}
	vmap_free_area(a);
}
