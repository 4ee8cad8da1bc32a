/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entity bombs and external entities that others collected.  We read no XML: no library for it is
 * there, and whoever reads a peer's bytes refuses each of them at once, as what it is not.
 */
#include "exchange_expect.h"

#include <dlfcn.h>

#include "base/fd.h"
#include "documents/json/reader.h"
#include "documents/x12/reader.h"
#include "exchange/sheet.h"
#include "safeguards/compression.h"
#include "safeguards/signature.h"
#include "shared_data.h"

#define FILE_MAX (1 << 20)

static enum status as_json(struct slice in, struct fault *f)
{
	struct json_reader reader;
	struct json_event event;
	enum status st;

	json_reader_init(&reader, in);
	while ((st = json_next(&event, &reader, f)) == ST_OK)
		;
	return st;
}

static enum status as_sheet(struct slice in, struct fault *f)
{
	struct sheet *sheet = NULL;

	return sheet_parse(&sheet, in, f);
}

static enum status as_x12(struct slice in, struct fault *f)
{
	AUTO_IN_PLACE(x12_reader) reader;
	struct x12_segment segment;

	x12_reader_init(&reader);
	x12_reader_feed(&reader, in, true);
	return x12_reader_next(&reader, &segment, f);
}

static enum status as_compressed(struct slice in, struct fault *f)
{
	AUTO_IN_PLACE(buf) out = buf_init(FILE_MAX);

	return compression_open(&out, in, f);
}

static enum status as_signature(struct slice in, struct fault *f)
{
	struct signature_facts facts;

	return signature_check(&facts, in, S(""), NULL, 0, 0, 1, f);
}

static const struct {
	const char *name;
	enum status (*read)(struct slice, struct fault *);
} readers[] = {
	{ "JSON", as_json },
	{ "a sheet", as_sheet },
	{ "X12", as_x12 },
	{ "compressed", as_compressed },
	{ "a signature", as_signature },
};

static void attack_case(int dir, struct slice file)
{
	AUTO_IN_PLACE(buf) name = buf_init(1024), in = buf_init(FILE_MAX);

	buf_put(&name, file);
	if (file_read(&in, dir, buf_text(&name), NULL) != ST_OK)
		fail_msg("no %s", buf_text(&name));
	for (size_t i = 0; i < COUNT(readers); i++) {
		struct fault f = { 0 };
		enum status st = readers[i].read(buf_slice(&in), &f);

		if ((st != ST_INPUT && st != ST_LIMIT) || !f.code[0])
			fail_msg("%s as %s: %s %s", buf_text(&name), readers[i].name,
				status_name(st), f.code);
	}
}

static void attacks_are_refused_at_once(void **state)
{
	AUTO_IN_PLACE(buf) list = buf_init(FILE_MAX);
	AUTO_FD dir = shared_data_open("xml-attacks");
	struct slice line, rest, column[6];
	unsigned count = 0;

	(void)state;
	if (dir < 0 || file_read(&list, dir, "SOURCES.tsv", NULL) != ST_OK) {
		print_message("skipped: attacks by XML (set TIELINE_SHARED_DATA)\n");
		skip();
	}
	for (rest = buf_slice(&list); rest.n > 0;) {
		slice_cut(&line, &rest, rest, '\n');
		for (size_t i = 0; i < COUNT(column); i++)
			slice_cut(&column[i], &line, line, '\t');
		if (!slice_eq(column[5], S("attack")))
			continue;
		attack_case(dir, column[0]);
		count++;
	}
	print_message("%u attacks\n", count);
	assert_true(count > 0);
}

static void no_library_reads_xml_here(void **state)
{
	static const char *const functions[] = { "xmlReadMemory", "xmlParseChunk", "XML_Parse",
		"XML_ParserCreate" };

	(void)state;
	for (size_t i = 0; i < COUNT(functions); i++)
		if (dlsym(RTLD_DEFAULT, functions[i]))
			fail_msg("%s is linked", functions[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(attacks_are_refused_at_once),
		cmocka_unit_test(no_library_reads_xml_here),
	};

	return cmocka_run_group_tests_name("xml_attacks", tests, NULL, NULL);
}
