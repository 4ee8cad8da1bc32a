/* SPDX-License-Identifier: Apache-2.0 */
/* Which network of a partner an address is in: the narrowest, of those who are not suspended. */
#include "exchange_expect.h"

#include <stdio.h>

#include "processes/origins.h"

static void agree(struct registry *r, const char *id, bool suspended, const char *const networks[])
{
	struct sheet *sheet = alloc_zeroed(1, sizeof(*sheet));
	struct agreement *agreement = alloc_zeroed(1, sizeof(*agreement));
	struct prefixes *all = &agreement->addresses;

	agreement_init(agreement);
	agreement->suspended = suspended;
	snprintf(sheet->id, sizeof(sheet->id), "%s", id);
	for (; networks[all->count]; all->count++)
		assert_int_equal(prefix_parse(&all->list[all->count],
					 slice_str(networks[all->count]), NULL),
			ST_OK);
	assert_int_equal(registry_add(r, sheet, agreement, NULL), ST_OK);
}

static struct registry *registry_made(void)
{
	struct settings *s = alloc_zeroed(1, sizeof(*s));
	struct registry *r;

	settings_init(s);
	r = registry_new(s);
	agree(r, "a", false,
		(const char *const[]){ "198.51.100.0/24", "2001:db8:7::/48", "203.0.113.9", NULL });
	agree(r, "b", false, (const char *const[]){ "198.51.100.64/26", "198.51.0.0/16", NULL });
	agree(r, "c", true, (const char *const[]){ "192.0.2.0/24", NULL });
	agree(r, "d", false, (const char *const[]){ NULL });
	return r;
}

static const struct {
	const char *address, *network; /* NULL: a stranger's */
} lookups[] = {
	{ "198.51.100.7", "198.51.100.0" },
	{ "198.51.100.65", "198.51.100.64" },
	{ "198.51.100.64", "198.51.100.64" },
	{ "198.51.100.128", "198.51.100.0" },
	{ "198.51.101.1", "198.51.0.0" },
	{ "198.52.0.1", NULL },
	{ "203.0.113.9", "203.0.113.9" },
	{ "203.0.113.8", NULL },
	{ "2001:db8:7:1::2", "2001:db8:7::" },
	{ "2001:db8:8::2", NULL },
	{ "192.0.2.1", NULL },
	{ "::1", NULL },
};

static void the_narrowest_network_counts(void **state)
{
	AUTO(registry) r = registry_made();
	AUTO(origins) origins = origins_new(r);

	(void)state;
	for (size_t i = 0; i < COUNT(lookups); i++) {
		AUTO_IN_PLACE(buf) text = buf_init(80);
		struct prefix of, found = { .bits = ADDRESS_BITS };

		assert_int_equal(prefix_parse(&of, slice_str(lookups[i].address), NULL), ST_OK);
		bool is_in = origins_find(&found.first, origins, &of.first);
		if (is_in != (lookups[i].network != NULL))
			fail_msg("%s is in: %d", lookups[i].address, is_in);
		if (!is_in)
			continue;
		prefix_put(&text, &found);
		expect_text(lookups[i].address, buf_text(&text), lookups[i].network);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_narrowest_network_counts),
	};

	return cmocka_run_group_tests_name("origins", tests, NULL, NULL);
}
