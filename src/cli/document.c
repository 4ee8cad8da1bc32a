/* SPDX-License-Identifier: Apache-2.0 */
/* Documents of our own in files, for the commands that need no gateway. */
#include "cli/document.h"

#include <stdio.h>

#include "base/fd.h"
#include "cli/x12.h"

enum status document_read(struct buf *out, const char *path, struct fault *f)
{
	struct fault why;
	AUTO_FD fd = -1;

	TRY(x12_input_open(&fd, path, f));
	if (fd_read_all(out, fd, &why) == ST_OK)
		return ST_OK;
	return fault_set(f, why.status, why.code, "%s: %s", x12_input_name(path), why.text);
}

bool document_is_x12(struct slice bytes)
{
	return slice_has_prefix(slice_trim(slice_to(bytes, 1024)), S("ISA"));
}

void document_finding_print(const char *path, const struct der_finding *finding)
{
	printf("%s:%llu:%llu: %s: %s: %s (%s)\n", x12_input_name(path),
		(unsigned long long)finding->line, (unsigned long long)finding->column,
		finding->pointer[0] ? finding->pointer : "/", finding->found, finding->expected,
		finding->code);
}

const char *sensitivity_name(enum der_sensitivity s)
{
	static const char *const names[] = { "public", "public", "internal", "confidential",
		"restricted" };

	return names[s];
}
