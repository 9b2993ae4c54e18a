/* SPDX-License-Identifier: (LGPL-2.1 OR BSD-2-Clause) */
/* The counters of the filter. */
#include "filter.h"

__u64 passed, dropped;

int count(int action)
{
	__u64 *counter = action == XDP_DROP ? &dropped : &passed;

	__sync_fetch_and_add(counter, 1);
	return 0;
}
