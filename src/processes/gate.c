/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table of buckets: an address has WAYS places, found by a hash that only an edge knows.  A
 * new one takes the place least worth keeping: an empty one, a stranger's, the proof longest ago.
 */
#include "processes/gate.h"

#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "processes/page.h"

#define BUCKETS 512
#define WAYS 8

struct place {
	uint64_t key; /* 0: empty */
	struct meter meter;
	int64_t proven_mono_ns; /* when a certificate was last shown; 0: never */
};
_Static_assert(BUCKETS * WAYS == GATE_PROOFS_MAX, "a gate has another number of places");

struct gate { /* numbers alone: it is a page */
	uint64_t seed; /* 0: no edge had it yet */
	struct meter strangers;
	struct place buckets[BUCKETS][WAYS];
};

static bool is_recent(int64_t proven_mono_ns, int64_t now_mono_ns)
{
	return proven_mono_ns != 0 && proven_mono_ns <= now_mono_ns &&
		proven_mono_ns > now_mono_ns - GATE_PROVEN_TIME;
}

enum status gate_page_new(int *fd, struct fault *f)
{
	return page_new(fd, "gate", sizeof(struct gate), f);
}

/* Of what an edge left only its proofs count: not how busy anybody was, nor what is yet to come. */
static void places_take_over(struct place *places, size_t count, int64_t now_mono_ns)
{
	for (size_t i = 0; i < count; i++) {
		places[i].meter = (struct meter){ 0 };
		if (!is_recent(places[i].proven_mono_ns, now_mono_ns))
			places[i].proven_mono_ns = 0;
	}
}

enum status gate_open(
	struct gate **out, int fd, uint64_t seed, int64_t now_mono_ns, struct fault *f)
{
	struct gate *gate;
	void *page;

	TRY(page_map(&page, fd, sizeof(*gate), f));
	gate = page;
	if (gate->seed == 0)
		gate->seed = seed;
	gate->strangers = (struct meter){ 0 };
	places_take_over(gate->buckets[0], (size_t)BUCKETS * WAYS, now_mono_ns);
	*out = gate;
	return ST_OK;
}

void gate_free(struct gate *gate)
{
	if (gate)
		munmap(gate, sizeof(*gate));
}

/* --- addresses --- */

static uint64_t big_endian(const uint8_t *bytes, size_t n)
{
	uint64_t value = 0;

	for (size_t i = 0; i < n; i++)
		value = value << 8 | bytes[i];
	return value;
}

static struct address address_of(const struct in_addr *v4)
{
	struct address address = { .bytes = { [10] = 0xff, [11] = 0xff } };
	uint32_t value = ntohl(v4->s_addr);

	for (size_t i = 0; i < sizeof(value); i++)
		address.bytes[ADDRESS_SIZE - 1 - i] = (uint8_t)(value >> 8 * i);
	return address;
}

struct address gate_address(const struct sockaddr *socket)
{
	const struct sockaddr_in *v4 = (const void *)socket;
	const struct sockaddr_in6 *v6 = (const void *)socket;
	struct address address;

	if (socket->sa_family == AF_INET)
		return address_of(&v4->sin_addr);
	for (size_t i = 0; i < ADDRESS_SIZE; i++)
		address.bytes[i] = v6->sin6_addr.s6_addr[i];
	return address;
}

/* No /64 is like the second half of ::ffff:192.0.2.1; ::1 and its like share what is left. */
uint64_t gate_key(const struct address *address)
{
	uint64_t half = big_endian(address->bytes, 8), rest = big_endian(address->bytes + 8, 8);

	if (half != 0)
		return half;
	return rest >> 32 == 0xffff ? rest : 1;
}

/* --- places --- */

/* The finalizer of splitmix64 over key and seed: without the seed nobody fills one bucket. */
static struct place *bucket_of(struct gate *gate, uint64_t key)
{
	uint64_t h = (key ^ gate->seed) * UINT64_C(0x9e3779b97f4a7c15);

	h = (h ^ (h >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	h = (h ^ (h >> 27)) * UINT64_C(0x94d049bb133111eb);
	return gate->buckets[(h ^ (h >> 31)) % BUCKETS];
}

static struct place *place_find(struct gate *gate, uint64_t key)
{
	struct place *bucket = bucket_of(gate, key);

	for (size_t i = 0; i < WAYS; i++)
		if (bucket[i].key == key)
			return &bucket[i];
	return NULL;
}

static int64_t worth(const struct place *place)
{
	return place->proven_mono_ns ? place->proven_mono_ns : INT64_MIN;
}

static bool place_is_worse(const struct place *a, const struct place *b)
{
	if (a->proven_mono_ns != b->proven_mono_ns)
		return worth(a) < worth(b);
	return a->meter.full_mono_ns < b->meter.full_mono_ns;
}

static struct place *place_take(struct gate *gate, uint64_t key)
{
	struct place *bucket = bucket_of(gate, key), *worst = &bucket[0];

	for (size_t i = 1; i < WAYS; i++)
		if (place_is_worse(&bucket[i], worst))
			worst = &bucket[i];
	*worst = (struct place){ .key = key };
	return worst;
}

/* --- who may enter --- */

static bool place_is_proven(const struct place *place, int64_t now_mono_ns)
{
	return place && is_recent(place->proven_mono_ns, now_mono_ns);
}

static enum gate_answer ask_proven(
	struct place *place, const struct gate_terms *terms, int64_t now_mono_ns)
{
	if (meter_wait_ns(&place->meter, &terms->proven, now_mono_ns) > 0)
		return GATE_ADDRESS_BUSY;
	meter_count(&place->meter, &terms->proven, now_mono_ns);
	return GATE_ENTER;
}

static struct rate half_of(const struct rate *rate)
{
	return (struct rate){ .count = rate->count ? (rate->count + 1) / 2 : 0,
		.per_ns = rate->per_ns };
}

/* Its own half first: who is past that takes nothing from the others. */
static enum gate_answer ask_stranger(struct gate *gate, struct place *place, uint64_t key,
	const struct gate_terms *terms, int64_t now_mono_ns)
{
	const struct rate half = half_of(&terms->strangers);

	if (place && meter_wait_ns(&place->meter, &half, now_mono_ns) > 0)
		return GATE_ADDRESS_BUSY;
	if (meter_wait_ns(&gate->strangers, &terms->strangers, now_mono_ns) > 0)
		return GATE_STRANGERS_BUSY;
	if (!place)
		place = place_take(gate, key);
	meter_count(&place->meter, &half, now_mono_ns);
	meter_count(&gate->strangers, &terms->strangers, now_mono_ns);
	return GATE_ENTER;
}

/* One rate for all of a network, so that a wide one is worth no more to who floods from it. */
static enum gate_answer ask_network(
	struct gate *gate, uint64_t network, const struct gate_terms *terms, int64_t now_mono_ns)
{
	struct place *place = place_find(gate, network);

	return ask_proven(place ? place : place_take(gate, network), terms, now_mono_ns);
}

enum gate_answer gate_ask(struct gate *gate, uint64_t key, uint64_t network,
	const struct gate_terms *terms, int64_t now_mono_ns)
{
	struct place *place = place_find(gate, key);

	if (place_is_proven(place, now_mono_ns))
		return ask_proven(place, terms, now_mono_ns);
	return network ? ask_network(gate, network, terms, now_mono_ns)
		       : ask_stranger(gate, place, key, terms, now_mono_ns);
}

bool gate_knows(struct gate *gate, uint64_t key, uint64_t network, int64_t now_mono_ns)
{
	return network != 0 || place_is_proven(place_find(gate, key), now_mono_ns);
}

void gate_prove(struct gate *gate, uint64_t key, int64_t mono_ns)
{
	struct place *place = place_find(gate, key);

	if (!place)
		place = place_take(gate, key);
	if (!place_is_proven(place, mono_ns))
		place->meter = (struct meter){ 0 };
	place->proven_mono_ns = mono_ns;
}

bool gate_proof_counts(const struct gate_proof *proof, int64_t now_mono_ns)
{
	return proof->key != 0 && is_recent(proof->mono_ns, now_mono_ns);
}

size_t gate_proofs(
	struct gate_proof out[GATE_PROOFS_MAX], const struct gate *gate, int64_t now_mono_ns)
{
	const struct place *places = gate->buckets[0];
	size_t n = 0;

	for (size_t i = 0; i < GATE_PROOFS_MAX; i++) {
		out[n] = (struct gate_proof){ places[i].key, places[i].proven_mono_ns };
		n += gate_proof_counts(&out[n], now_mono_ns);
	}
	return n;
}
