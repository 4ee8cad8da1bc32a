/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tieline get: the document, byte for byte, and where a message has several, each of them; or, for
 * a judge, the signed part it came in, whose digest the receipt states, and the signature over it;
 * or, for who looks for a mistake, what could not be opened.
 */
#include "cli/cli.h"

#include "cli/content.h"
#include "cli/parts.h"
#include "cli/save.h"

enum { ATTACHMENT = CONTENT_OPTIONS, ALL, PART, SIGNATURE, AS_IT_CAME };
static const struct option_row options[] = {
	CONTENT_OPTION_ROWS,
	[ATTACHMENT] = { "attachment", "N", "of several documents, that one: its number or name", NULL },
	[ALL] = { "all", "DIR", "all of them, as files of that directory", NULL },
	[PART] = { "part", NULL, "the signed part instead: what the receipt's digest is of", NULL },
	[SIGNATURE] = { "signature", NULL, "the signature over that part instead, DER", NULL },
	[AS_IT_CAME] = { "as-it-came", NULL, "head and body of one that could not be opened", NULL },
};

static enum status choose_and_save(
	const struct parts *parts, const struct arguments *a, struct fault *f)
{
	const struct part *part = parts_root(parts);

	if (a->given[ALL])
		return parts_save(parts, a->values[ALL], f);
	if (a->given[ATTACHMENT])
		TRY(parts_find(&part, parts, a->values[ATTACHMENT], f));
	return save_section(a->values[CONTENT_OUTPUT], S(""), parts_descriptor(parts, part),
		part->at, part->n, f);
}

static int document_save(const struct arguments *a)
{
	AUTO_IN_PLACE(content) x = content_init();
	AUTO_IN_PLACE(parts) parts = { .decoded = -1 };
	int code = content_get(&x, a, CONTENT_DOCUMENT);
	struct fault f;

	if (code >= 0)
		return code;
	if (parts_read(&parts, &x, &f) != ST_OK || choose_and_save(&parts, a, &f) != ST_OK)
		return fail(&f, NULL);
	return EXIT_DONE;
}

static int run(const struct arguments *a)
{
	if (a->given[PART] + a->given[SIGNATURE] + a->given[ATTACHMENT] + a->given[ALL] +
			a->given[AS_IT_CAME] > 1)
		return fail_with(EXIT_USAGE,
			"one of --attachment, --all, --part, --signature and --as-it-came at a time");
	if (a->given[ALL] && a->given[CONTENT_OUTPUT])
		return fail_with(EXIT_USAGE, "-o names a file, --all a directory: one of them");
	return a->given[PART]          ? content_run(a, CONTENT_PART, false)
		: a->given[SIGNATURE]  ? content_run(a, CONTENT_SIGNATURE, false)
		: a->given[AS_IT_CAME] ? content_run(a, CONTENT_CAME, false)
				       : document_save(a);
}

const struct command get_command = {
	.name = "get",
	.operands = "MESSAGE-ID",
	.purpose = "the document of a message, byte for byte",
	COMMAND_OPTIONS(options),
	.operands_min = 1,
	.operands_max = 1,
	.run = run,
};
