/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Called by the monitor once its sockets are open.  Workers inherit the set at exec and
 * lose all of it when they become their own user.
 */
#include "processes/privileges.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fault.h"

static const unsigned kept[] = {
	CAP_KILL,            /* ends workers that do not end */
	CAP_SETUID,          /* workers become their own users */
	CAP_SETGID,
	CAP_SYS_CHROOT,      /* workers leave the file tree */
	CAP_DAC_READ_SEARCH, /* reads a home of another owner on reload */
};

static uint64_t kept_bits(void)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		bits |= UINT64_C(1) << kept[i];
	return bits;
}

/* Out of the bounding set, so that no exec brings one back. */
static void bounding_drop(uint64_t keep)
{
	for (unsigned cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if (!(keep & (UINT64_C(1) << cap)))
			(void)prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
}

static uint64_t permitted_bits(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };

	if (syscall(SYS_capget, &head, data) != 0)
		die("asking for capabilities: %s (host.capabilities)", strerror(errno));
	return (uint64_t)data[1].permitted << 32 | data[0].permitted;
}

/*
 * A container may have given us fewer.  Many give no CAP_DAC_READ_SEARCH, but the larger
 * CAP_DAC_OVERRIDE: then that has to do.
 */
static uint64_t bits_to_keep(void)
{
	const uint64_t reads = UINT64_C(1) << CAP_DAC_READ_SEARCH,
		       overrides = UINT64_C(1) << CAP_DAC_OVERRIDE;
	const uint64_t permitted = permitted_bits();

	return (kept_bits() | (permitted & reads ? 0 : overrides)) & permitted;
}

void privileges_limit(void)
{
	if (geteuid() != 0)
		return;
	const uint64_t keep = bits_to_keep();
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {
		{ .effective = (uint32_t)keep, .permitted = (uint32_t)keep },
		{ .effective = (uint32_t)(keep >> 32), .permitted = (uint32_t)(keep >> 32) },
	};

	bounding_drop(keep);
	if (syscall(SYS_capset, &head, data) != 0)
		die("giving up capabilities: %s (host.capabilities)", strerror(errno));
}
