/* SPDX-License-Identifier: Apache-2.0 */
/* A few certificates in order; every question walks over all of them. */
#include "safeguards/keyring.h"

#include <stdlib.h>

struct keyring *keyring_new(void)
{
	return alloc_zeroed(1, sizeof(struct keyring));
}

void keyring_free(struct keyring *ring)
{
	if (!ring)
		return;
	for (size_t i = 0; i < ring->count; i++)
		cert_free(ring->certs[i].cert);
	free(ring);
}

static size_t count_of(const struct keyring *ring, enum cert_use use)
{
	size_t count = 0;

	for (size_t i = 0; i < ring->count; i++)
		count += ring->certs[i].use == use;
	return count;
}

static bool comes_before(const struct keyring_cert *a, const struct keyring_cert *b)
{
	return a->use != b->use ? a->use < b->use : a->generation < b->generation;
}

enum status keyring_add(struct keyring *ring, enum cert_use use, unsigned generation,
	int64_t from_ns, struct cert *cert, struct fault *f)
{
	const struct keyring_cert one = { use, generation, from_ns, cert };
	size_t place = ring->count;

	if (keyring_find(ring, use, generation))
		return fault_set(f, ST_INPUT, "home.certificates",
			"there are two certificates %u for %s", generation, cert_use_name(use));
	if (count_of(ring, use) >= KEYRING_GENERATIONS_MAX)
		return fault_set(f, ST_LIMIT, "home.certificates",
			"more than %d certificates for %s: `tieline cert roll %s --finish` removes the old ones",
			KEYRING_GENERATIONS_MAX, cert_use_name(use), cert_use_name(use));
	for (; place > 0 && comes_before(&one, &ring->certs[place - 1]); place--)
		ring->certs[place] = ring->certs[place - 1];
	ring->certs[place] = one;
	(void)cert_ref(cert);
	ring->count++;
	return ST_OK;
}

static bool is_valid(const struct cert *cert, int64_t now_ns)
{
	return cert_not_before_ns(cert) <= now_ns && now_ns <= cert_not_after_ns(cert);
}

static bool has_begun(const struct keyring_cert *c, int64_t now_ns)
{
	return c->from_ns <= now_ns && is_valid(c->cert, now_ns);
}

static bool was_used(const struct keyring_cert *c, int64_t now_ns)
{
	return c->from_ns <= now_ns;
}

static bool could_be(const struct keyring_cert *c, int64_t now_ns)
{
	return is_valid(c->cert, now_ns);
}

static bool any(const struct keyring_cert *c, int64_t now_ns)
{
	(void)c;
	(void)now_ns;
	return true;
}

/* What has a moment goes before what has none; the later moment wins, then the generation. */
static bool is_later(const struct keyring_cert *a, const struct keyring_cert *b)
{
	int64_t from_a = a->from_ns == KEYRING_NEVER ? -1 : a->from_ns;
	int64_t from_b = b->from_ns == KEYRING_NEVER ? -1 : b->from_ns;

	return from_a != from_b ? from_a > from_b : a->generation > b->generation;
}

static const struct keyring_cert *last_of(const struct keyring *ring, enum cert_use use,
	bool (*wanted)(const struct keyring_cert *, int64_t), int64_t now_ns)
{
	const struct keyring_cert *found = NULL;

	for (size_t i = 0; i < ring->count; i++) {
		const struct keyring_cert *c = &ring->certs[i];
		if (c->use == use && wanted(c, now_ns) && (!found || is_later(c, found)))
			found = c;
	}
	return found;
}

const struct keyring_cert *keyring_newest(const struct keyring *ring, enum cert_use use)
{
	const struct keyring_cert *found = NULL;

	for (size_t i = 0; i < ring->count; i++)
		if (ring->certs[i].use == use)
			found = &ring->certs[i];
	return found;
}

const struct keyring_cert *keyring_find(
	const struct keyring *ring, enum cert_use use, unsigned generation)
{
	for (size_t i = 0; i < ring->count; i++)
		if (ring->certs[i].use == use && ring->certs[i].generation == generation)
			return &ring->certs[i];
	return NULL;
}

const struct keyring_cert *keyring_current(
	const struct keyring *ring, enum cert_use use, int64_t now_ns)
{
	static bool (*const rules[])(const struct keyring_cert *, int64_t) = { has_begun, could_be,
		was_used, any };
	const struct keyring_cert *found = NULL;

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]) && !found; i++)
		found = last_of(ring, use, rules[i], now_ns);
	return found;
}

static void sooner(int64_t *next_ns, int64_t at_ns, int64_t now_ns)
{
	if (at_ns > now_ns && at_ns < *next_ns)
		*next_ns = at_ns;
}

int64_t keyring_change_ns(const struct keyring *ring, int64_t now_ns)
{
	int64_t next_ns = INT64_MAX;

	for (size_t i = 0; i < ring->count; i++) {
		sooner(&next_ns, ring->certs[i].from_ns, now_ns);
		sooner(&next_ns, cert_not_before_ns(ring->certs[i].cert), now_ns);
		sooner(&next_ns, cert_not_after_ns(ring->certs[i].cert) + 1, now_ns);
	}
	return next_ns;
}

unsigned keyring_number(enum cert_use use, unsigned generation)
{
	return (generation - 1) * CERT_USES + use;
}

void keyring_name_put(struct buf *out, enum cert_use use, unsigned generation, const char *suffix)
{
	buf_put_text(out, cert_use_name(use));
	if (generation > 1)
		buf_putf(out, ".%u", generation);
	buf_put_text(out, suffix);
}

/* "" is the first generation; ".2" and so on the others, written in one way only. */
static bool generation_parse(unsigned *out, struct slice text)
{
	uint64_t number;

	*out = 1;
	if (text.n == 0)
		return true;
	if (!slice_has_prefix(text, S(".")) || slice_has_prefix(text, S(".0")) ||
		slice_u64(&number, slice_from(text, 1), NULL) != ST_OK || number < 2 ||
		number > GENERATION_MAX)
		return false;
	*out = (unsigned)number;
	return true;
}

bool keyring_name_parse(
	enum cert_use *use, unsigned *generation, struct slice name, const char *suffix)
{
	struct slice end = slice_str(suffix);

	if (name.n < end.n || !slice_eq(slice_from(name, name.n - end.n), end))
		return false;
	name = slice_to(name, name.n - end.n);
	for (enum cert_use i = 0; i < CERT_USES; i++) {
		struct slice is = slice_str(cert_use_name(i));
		if (slice_has_prefix(name, is) &&
			generation_parse(generation, slice_from(name, is.n))) {
			*use = i;
			return true;
		}
	}
	return false;
}
