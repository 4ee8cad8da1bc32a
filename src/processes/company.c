/* SPDX-License-Identifier: Apache-2.0 */
/* A step for every four answers, after the first. */
#include "processes/company.h"

#include "base/clock.h"

#define ANSWERS_A_STEP 4

void company_init(struct company *c)
{
	*c = (struct company){ 0 };
}

int64_t company_begin(struct company *c, size_t answers)
{
	size_t steps = answers < COMPANY_LEAST ? 0 : 1 + answers / ANSWERS_A_STEP;

	c->came = true;
	c->left = (unsigned)(steps < COMPANY_STEPS_MAX ? steps : COMPANY_STEPS_MAX);
	return company_wait(c);
}

bool company_join(struct company *c, bool waits)
{
	c->came = true;
	c->waiting += waits;
	if (!waits || c->waiting != COMPANY_ENOUGH)
		return false;
	c->ends = true;
	return true;
}

int64_t company_wait(struct company *c)
{
	if (c->ends || c->left == 0 || !c->came)
		return 0;
	c->left--;
	c->came = false;
	return COMPANY_STEP_MS * NS_PER_MS;
}

void company_end(struct company *c)
{
	c->ends = true;
}
