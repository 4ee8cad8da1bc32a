/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a sheet: refused with a code, or read, written and read again to the same bytes. */
#include <stdlib.h>

#include "exchange/sheet.h"

static void again(const struct sheet *s)
{
	AUTO_IN_PLACE(buf) one = buf_init(4 * SHEET_SIZE_MAX);
	AUTO_IN_PLACE(buf) two = buf_init(4 * SHEET_SIZE_MAX);
	AUTO(sheet) copy = NULL;

	sheet_format(&one, s);
	if (one.overflow)
		abort();
	/* Without blanks and escapes in it the input may have been smaller than what we write. */
	if (one.n > SHEET_SIZE_MAX)
		return;
	if (sheet_parse(&copy, buf_slice(&one), NULL) != ST_OK)
		abort();
	sheet_format(&two, copy);
	if (!slice_eq(buf_slice(&one), buf_slice(&two)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	AUTO(sheet) s = NULL;
	struct fault f = { 0 };
	enum status status = sheet_parse(&s, slice_of(data, n), &f);

	if ((status == ST_OK) != (s != NULL) || (status != ST_OK && f.code[0] == '\0'))
		abort();
	if (s)
		again(s);
	return 0;
}
