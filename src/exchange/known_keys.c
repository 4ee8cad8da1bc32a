/* SPDX-License-Identifier: Apache-2.0 */
/* A few lines, in the order in which keys were first seen. */
#include "exchange/known_keys.h"

#include "base/clock.h"
#include "base/codec.h"

static size_t key_find(const struct known_keys *keys, struct slice digest)
{
	size_t i = 0;

	while (i < keys->count &&
		!slice_eq(digest, slice_of(keys->list[i].digest, KNOWN_KEY_SIZE)))
		i++;
	return i;
}

static void oldest_forget(struct known_keys *keys)
{
	for (size_t i = 1; i < keys->count; i++)
		keys->list[i - 1] = keys->list[i];
	keys->count--;
}

void known_keys_note(
	struct known_keys *keys, const uint8_t digest[KNOWN_KEY_SIZE], int64_t begins_ns)
{
	size_t at = key_find(keys, slice_of(digest, KNOWN_KEY_SIZE));

	if (at == KNOWN_KEYS_MAX) {
		oldest_forget(keys);
		at--;
	}
	if (at == keys->count) {
		for (size_t i = 0; i < KNOWN_KEY_SIZE; i++)
			keys->list[at].digest[i] = digest[i];
		keys->list[at].since_ns = begins_ns;
		keys->count++;
	}
	if (begins_ns < keys->list[at].since_ns)
		keys->list[at].since_ns = begins_ns;
}

int64_t known_keys_since(const struct known_keys *keys, const uint8_t digest[KNOWN_KEY_SIZE])
{
	size_t at = key_find(keys, slice_of(digest, KNOWN_KEY_SIZE));

	return at < keys->count ? keys->list[at].since_ns : 0;
}

static enum status line_read(
	struct known_keys *keys, struct slice line, unsigned number, struct fault *f)
{
	AUTO_IN_PLACE(buf) digest = buf_init(KNOWN_KEY_SIZE);
	struct slice hex, when;
	int64_t since_ns;

	if (keys->count >= KNOWN_KEYS_MAX)
		return fault_set(f, ST_LIMIT, "keys.count", "more than %d keys", KNOWN_KEYS_MAX);
	if (!slice_cut(&hex, &when, line, ' ') || hex_parse(&digest, hex, NULL) != ST_OK ||
		digest.n != KNOWN_KEY_SIZE || time_parse(&since_ns, when, NULL) != ST_OK)
		return fault_set(f, ST_INPUT, "keys.line",
			"keys.txt, line %u: not the SHA-256 of a key and a time", number);
	known_keys_note(keys, digest.p, since_ns);
	return ST_OK;
}

enum status known_keys_parse(struct known_keys *out, struct slice text, struct fault *f)
{
	struct known_keys keys = { .count = 0 };
	struct slice line;

	for (unsigned number = 1; text.n > 0; number++) {
		slice_cut(&line, &text, text, '\n');
		TRY(line_read(&keys, line, number, f));
	}
	*out = keys;
	return ST_OK;
}

void known_keys_format(struct buf *out, const struct known_keys *keys)
{
	char when[TIME_TEXT_MAX];

	for (size_t i = 0; i < keys->count; i++) {
		hex_format(out, slice_of(keys->list[i].digest, KNOWN_KEY_SIZE));
		buf_putf(out, " %s\n", time_format(when, keys->list[i].since_ns));
	}
}
