/* SPDX-License-Identifier: Apache-2.0 */
/* What the monitor keeps of root. */
#ifndef TIELINE_PROCESSES_PRIVILEGES_H
#define TIELINE_PROCESSES_PRIVILEGES_H

/*
 * As root: only the capabilities in the table of privileges.c, for this process and what it starts;
 * else nothing. Dies when refused.
 */
void privileges_limit(void);

#endif
