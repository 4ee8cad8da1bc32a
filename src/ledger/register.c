/* SPDX-License-Identifier: Apache-2.0 */
/* A register that knows nothing yet: nothing speaks against any document. */
#include "ledger/register.h"

enum status register_judge(struct register_verdict *out, struct ledger *l,
	const struct register_question *question,
	void (*finding)(void *context, const struct fault *), void *context, struct fault *f)
{
	(void)l;
	(void)question;
	(void)finding;
	(void)context;
	(void)f;
	*out = (struct register_verdict){ 0 };
	return ST_OK;
}

enum status register_apply(
	struct ledger *l, uint64_t row, const struct register_question *question, struct fault *f)
{
	(void)l;
	(void)row;
	(void)question;
	(void)f;
	return ST_OK;
}

enum status register_void(struct ledger *l, uint64_t row, struct fault *f)
{
	(void)l;
	(void)row;
	(void)f;
	return ST_OK;
}
