/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as an agreement and as settings: refused with a code, or read, written and read again
 * to the same bytes.
 */
#include <stdlib.h>

#include "exchange/agreement.h"
#include "exchange/settings.h"

static void agreement_again(const struct agreement *a)
{
	AUTO_IN_PLACE(buf) one = buf_init(AGREEMENT_SIZE_MAX);
	AUTO_IN_PLACE(buf) two = buf_init(AGREEMENT_SIZE_MAX);
	AUTO(agreement) copy = NULL;

	agreement_format(&one, a);
	if (one.overflow || agreement_parse(&copy, buf_slice(&one), NULL) != ST_OK)
		abort();
	agreement_format(&two, copy);
	if (!slice_eq(buf_slice(&one), buf_slice(&two)))
		abort();
}

static void settings_again(const struct settings *s)
{
	AUTO_IN_PLACE(buf) one = buf_init(SETTINGS_SIZE_MAX);
	AUTO_IN_PLACE(buf) two = buf_init(SETTINGS_SIZE_MAX);
	AUTO(settings) copy = NULL;

	settings_format(&one, s);
	if (one.overflow || settings_parse(&copy, buf_slice(&one), NULL) != ST_OK)
		abort();
	settings_format(&two, copy);
	if (!slice_eq(buf_slice(&one), buf_slice(&two)))
		abort();
}

static void judge(enum status status, bool read, const struct fault *f)
{
	if ((status == ST_OK) != read || (status != ST_OK && f->code[0] == '\0'))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	AUTO(agreement) a = NULL;
	AUTO(settings) s = NULL;
	struct fault f = { 0 };
	enum status status = agreement_parse(&a, slice_of(data, n), &f);

	judge(status, a != NULL, &f);
	status = settings_parse(&s, slice_of(data, n), &f);
	judge(status, s != NULL, &f);
	if (a)
		agreement_again(a);
	if (s)
		settings_again(s);
	return 0;
}
