/* SPDX-License-Identifier: Apache-2.0 */
/* Who may begin a handshake: floods from known, unknown and many addresses. */
#include "exchange_expect.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "processes/gate.h"

#define NOW (1000 * NS_PER_S)

static const struct gate_terms terms = { .proven = { 20, NS_PER_S },
	.strangers = { 100, NS_PER_S } };

static struct gate *gate_over(int fd, uint64_t seed, int64_t now)
{
	struct gate *gate = NULL;
	struct fault f;

	assert_int_equal(gate_open(&gate, fd, seed, now, &f), ST_OK);
	return gate;
}

static struct gate *gate_made(uint64_t seed)
{
	AUTO_FD fd = -1;
	struct fault f;

	assert_int_equal(gate_page_new(&fd, &f), ST_OK);
	return gate_over(fd, seed, NOW);
}

static uint64_t key_of(const char *text)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	bool is_v4 = inet_pton(AF_INET, text, &v4.sin_addr) == 1;

	assert_true(is_v4 || inet_pton(AF_INET6, text, &v6.sin6_addr) == 1);
	struct address address = gate_address(is_v4 ? (const void *)&v4 : (const void *)&v6);
	return gate_key(&address);
}

static unsigned enter(struct gate *gate, uint64_t key, int64_t now, unsigned times)
{
	unsigned n = 0;

	for (unsigned i = 0; i < times; i++)
		n += gate_ask(gate, key, 0, &terms, now) == GATE_ENTER;
	return n;
}

static const struct {
	const char *a, *b;
	bool same;
} addresses[] = {
	{ "192.0.2.1", "192.0.2.1", true },
	{ "192.0.2.1", "192.0.2.2", false },
	{ "192.0.2.1", "::ffff:192.0.2.1", true },
	{ "2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true },
	{ "2001:db8:1:2::1", "2001:db8:1:3::1", false },
	{ "::1", "0.0.0.1", false },
	{ "::ffff:0:0:1", "0.0.0.1", false },
};

static void what_is_one_address(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(addresses); i++)
		if ((key_of(addresses[i].a) == key_of(addresses[i].b)) != addresses[i].same)
			fail_msg("%s and %s", addresses[i].a, addresses[i].b);
}

static void one_stranger_gets_half(void **state)
{
	AUTO(gate) gate = gate_made(1);

	(void)state;
	assert_int_equal(enter(gate, key_of("192.0.2.1"), NOW, 1000), 50);
	assert_int_equal(gate_ask(gate, key_of("192.0.2.1"), 0, &terms, NOW), GATE_ADDRESS_BUSY);
	assert_int_equal(enter(gate, key_of("192.0.2.2"), NOW, 1000), 50);
	assert_int_equal(gate_ask(gate, key_of("192.0.2.3"), 0, &terms, NOW), GATE_STRANGERS_BUSY);
	assert_int_equal(enter(gate, key_of("192.0.2.3"), NOW + NS_PER_S / 2, 1000), 50);
}

/* A million addresses get what strangers get, and nobody who is known notices. */
static void a_flood_shuts_out_no_partner(void **state)
{
	AUTO(gate) gate = gate_made(2);
	uint64_t partner = key_of("198.51.100.7");
	unsigned entered = 0;

	(void)state;
	gate_prove(gate, partner, NOW);
	for (uint64_t i = 1; i <= 1000000; i++)
		entered += gate_ask(gate, i << 20, 0, &terms, NOW + (int64_t)i * 1000) ==
			GATE_ENTER;
	assert_in_range(entered, 100, 200); /* one second */
	assert_int_equal(enter(gate, partner, NOW + NS_PER_S, 1000), 20);
	assert_int_equal(gate_ask(gate, partner, 0, &terms, NOW + NS_PER_S), GATE_ADDRESS_BUSY);
}

static void proof_ends(void **state)
{
	AUTO(gate) gate = gate_made(3);
	uint64_t partner = key_of("198.51.100.7"), stranger = key_of("192.0.2.1"),
		 other = key_of("192.0.2.2");

	(void)state;
	gate_prove(gate, partner, NOW);
	enter(gate, stranger, NOW + GATE_PROVEN_TIME - 1, 1000);
	enter(gate, other, NOW + GATE_PROVEN_TIME - 1, 1000);
	assert_int_equal(
		gate_ask(gate, partner, 0, &terms, NOW + GATE_PROVEN_TIME - 1), GATE_ENTER);
	assert_int_equal(
		gate_ask(gate, partner, 0, &terms, NOW + GATE_PROVEN_TIME), GATE_STRANGERS_BUSY);
}

/* Outages are rare: who was silent for four weeks comes in beside any flood. */
static void silence_is_no_reason(void **state)
{
	const int64_t later = NOW + INT64_C(28) * 86400 * NS_PER_S;
	AUTO(gate) gate = gate_made(9);
	uint64_t partner = key_of("198.51.100.7");

	(void)state;
	gate_prove(gate, partner, NOW);
	for (uint64_t i = 1; i <= 100000; i++)
		(void)gate_ask(gate, i << 20, 0, &terms, later);
	assert_int_equal(gate_ask(gate, partner, 0, &terms, later), GATE_ENTER);
}

/* Shown again, a certificate speaks for its address anew, and gives no second burst. */
static void proof_gives_no_burst(void **state)
{
	AUTO(gate) gate = gate_made(4);
	uint64_t partner = key_of("2001:db8::1");

	(void)state;
	gate_prove(gate, partner, NOW);
	assert_int_equal(enter(gate, partner, NOW, 1000), 20);
	gate_prove(gate, partner, NOW);
	assert_int_equal(enter(gate, partner, NOW, 1000), 0);
}

/*
 * Nobody was ever seen, and the flood is there first: who comes from a network that an agreement
 * names comes in.  All of the network share one rate, but who has shown a certificate has his own.
 */
static void a_network_that_is_named_is_no_stranger(void **state)
{
	AUTO(gate) gate = gate_made(10);
	uint64_t network = key_of("198.51.100.0"), one = key_of("198.51.100.7");
	unsigned entered = 0;

	(void)state;
	for (uint64_t i = 1; i <= 100000; i++)
		(void)gate_ask(gate, i << 20, 0, &terms, NOW);
	for (uint64_t host = 1; host < 255; host++)
		entered += gate_ask(gate, network + host, network, &terms, NOW) == GATE_ENTER;
	assert_int_equal(entered, 20);
	assert_int_equal(gate_ask(gate, one, network, &terms, NOW), GATE_ADDRESS_BUSY);
	gate_prove(gate, one, NOW);
	assert_int_equal(gate_ask(gate, one, network, &terms, NOW), GATE_ENTER);
	assert_int_equal(gate_ask(gate, key_of("198.51.101.7"), 0, &terms, NOW),
		GATE_STRANGERS_BUSY);
}

/* More proven addresses than there is room for: the latest stay, nothing grows. */
static void room_is_for_the_latest(void **state)
{
	AUTO(gate) gate = gate_made(5);

	(void)state;
	for (uint64_t i = 1; i <= 100000; i++)
		gate_prove(gate, i, NOW + (int64_t)i);
	assert_int_equal(enter(gate, 100000, NOW + NS_PER_S, 1000), 20);
}

static const struct {
	const char *name;
	int64_t later; /* by the clock of the edge that comes after */
	enum gate_answer partner;
} successions[] = {
	{ "at once", 0, GATE_ENTER },
	{ "after four weeks", INT64_C(28) * 86400 * NS_PER_S, GATE_ENTER },
	{ "after its time", GATE_PROVEN_TIME, GATE_STRANGERS_BUSY },
	{ "a proof to come is none", -1, GATE_STRANGERS_BUSY },
};

/* An edge died; the one after it has another seed to offer, and strangers come first. */
static void the_next_edge_knows_it_too(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(successions); i++) {
		const int64_t now = NOW + successions[i].later;
		uint64_t partner = key_of("198.51.100.7");
		AUTO_FD fd = -1;
		struct fault f;

		assert_int_equal(gate_page_new(&fd, &f), ST_OK);
		AUTO(gate) first = gate_over(fd, 6, NOW);
		gate_prove(first, partner, NOW);
		assert_int_equal(enter(first, partner, NOW, 1000), 20);
		AUTO(gate) next = gate_over(fd, 7, now);
		for (uint64_t k = 1; k <= 1000; k++)
			(void)gate_ask(next, k << 20, 0, &terms, now);
		if (gate_ask(next, partner, 0, &terms, now) != successions[i].partner)
			fail_msg("%s", successions[i].name);
	}
}

/* Whatever a captured edge left there, the next one is none the worse for strangers. */
static void a_page_of_anything_does_no_harm(void **state)
{
	AUTO_FD fd = -1;
	struct fault f;
	uint8_t bytes[4096];
	uint64_t size;

	(void)state;
	assert_int_equal(gate_page_new(&fd, &f), ST_OK);
	assert_int_equal(fd_size(&size, fd, &f), ST_OK);
	for (uint8_t fill = 0x7f; fill != 0; fill = fill == 0x7f ? 0xff : 0) {
		memset(bytes, fill, sizeof(bytes));
		for (uint64_t at = 0; at < size; at += sizeof(bytes))
			assert_true(pwrite(fd, bytes,
				size - at < sizeof(bytes) ? size - at : sizeof(bytes),
				(off_t)at) > 0);
		AUTO(gate) gate = gate_over(fd, 8, NOW);
		assert_int_equal(enter(gate, key_of("192.0.2.1"), NOW, 1000), 50);
		gate_prove(gate, key_of("198.51.100.7"), NOW);
		assert_int_equal(enter(gate, key_of("198.51.100.7"), NOW, 1000), 20);
	}
}

static void what_is_no_page_is_refused(void **state)
{
	AUTO_FD fd = -1;
	struct gate *gate;
	struct fault f;

	(void)state;
	assert_int_equal(memory_file_new(&fd, "none", S("short"), &f), ST_OK);
	assert_int_equal(gate_open(&gate, fd, 1, NOW, &f), ST_HOST);
	assert_string_equal(f.code, "page.size");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_one_address),
		cmocka_unit_test(one_stranger_gets_half),
		cmocka_unit_test(a_flood_shuts_out_no_partner),
		cmocka_unit_test(proof_ends),
		cmocka_unit_test(silence_is_no_reason),
		cmocka_unit_test(proof_gives_no_burst),
		cmocka_unit_test(a_network_that_is_named_is_no_stranger),
		cmocka_unit_test(room_is_for_the_latest),
		cmocka_unit_test(the_next_edge_knows_it_too),
		cmocka_unit_test(a_page_of_anything_does_no_harm),
		cmocka_unit_test(what_is_no_page_is_refused),
	};

	return cmocka_run_group_tests_name("gate", tests, NULL, NULL);
}
