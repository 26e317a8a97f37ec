/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The gfpbench authors */
/*
 * GFP flags: the kernel's names and 6.x values (include/linux/gfp_types.h; kernel-model
 * section 1), historic names included.  Safe to include anywhere: no other header needed.
 */
#ifndef GFPKERNEL_GFP_H
#define GFPKERNEL_GFP_H

typedef unsigned int gfp_t;

#define __GFP_DMA            0x1u
#define __GFP_HIGHMEM        0x2u
#define __GFP_DMA32          0x4u
#define __GFP_MOVABLE        0x8u
#define __GFP_RECLAIMABLE    0x10u
#define __GFP_HIGH           0x20u
#define __GFP_IO             0x40u
#define __GFP_FS             0x80u
#define __GFP_ZERO           0x100u
#define __GFP_COLD           0x200u /* historic bit, unused by 6.x: a cache-cold page */
#define __GFP_DIRECT_RECLAIM 0x400u
#define __GFP_KSWAPD_RECLAIM 0x800u
#define __GFP_WRITE          0x1000u
#define __GFP_NOWARN         0x2000u
#define __GFP_RETRY_MAYFAIL  0x4000u
#define __GFP_NOFAIL         0x8000u
#define __GFP_NORETRY        0x10000u
#define __GFP_MEMALLOC       0x20000u
#define __GFP_COMP           0x40000u
#define __GFP_NOMEMALLOC     0x80000u
#define __GFP_HARDWALL       0x100000u
#define __GFP_THISNODE       0x200000u
#define __GFP_ACCOUNT        0x400000u
#define __GFP_ZEROTAGS       0x800000u
#define __GFP_SKIP_ZERO      0x1000000u
#define __GFP_SKIP_KASAN     0x2000000u
#define __GFP_NOLOCKDEP      0x4000000u

#define __GFP_RECLAIM (__GFP_DIRECT_RECLAIM | __GFP_KSWAPD_RECLAIM)
/* Historic names (3.4 and before; __GFP_REPEAT until 4.13). */
#define __GFP_WAIT   __GFP_RECLAIM
#define __GFP_REPEAT __GFP_RETRY_MAYFAIL
#define __GFP_ATOMIC 0x200u /* 4.4 to 6.2: part of GFP_ATOMIC; without effect, as 6.3 on */
/* Accepted, nothing left to ask for: not to wake kswapd is to leave out its bit. */
#define __GFP_NO_KSWAPD  0x0u
#define __GFP_NOTRACK    0x0u
#define __GFP_OTHER_NODE 0x0u
#define __GFP_NO_OBJ_EXT 0x0u

#define GFP_ATOMIC   (__GFP_HIGH | __GFP_KSWAPD_RECLAIM)
#define GFP_KERNEL   (__GFP_RECLAIM | __GFP_IO | __GFP_FS)
#define GFP_KERNEL_ACCOUNT (GFP_KERNEL | __GFP_ACCOUNT)
#define GFP_NOWAIT   (__GFP_KSWAPD_RECLAIM | __GFP_NOWARN)
#define GFP_NOIO     (__GFP_RECLAIM)
#define GFP_NOFS     (__GFP_RECLAIM | __GFP_IO)
#define GFP_USER     (GFP_KERNEL | __GFP_HARDWALL)
#define GFP_DMA      __GFP_DMA
#define GFP_DMA32    __GFP_DMA32
#define GFP_HIGHUSER (GFP_USER | __GFP_HIGHMEM)
#define GFP_HIGHUSER_MOVABLE (GFP_HIGHUSER | __GFP_MOVABLE)
#define GFP_TRANSHUGE_LIGHT \
	((GFP_HIGHUSER_MOVABLE | __GFP_COMP | __GFP_NOMEMALLOC | __GFP_NOWARN) & ~__GFP_RECLAIM)
#define GFP_TEMPORARY (GFP_KERNEL | __GFP_RECLAIMABLE) /* until 4.14 */
#define GFP_IOFS      (__GFP_IO | __GFP_FS)
#define GFP_TRANSHUGE (GFP_TRANSHUGE_LIGHT | __GFP_DIRECT_RECLAIM)

#endif
