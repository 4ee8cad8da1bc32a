/* SPDX-License-Identifier: Apache-2.0 */
/* Read strictly: no zero before an octet, no IPv4 inside of IPv6, no host inside of a network. */
#include "exchange/prefixes.h"

#include <string.h>

#include "exchange/config.h"

#define OCTETS 4
#define GROUPS 8
#define V4_AT (ADDRESS_V4_BITS / 8)
#define V4_LEAST (ADDRESS_V4_BITS + 8)
#define V6_LEAST 16
#define TEXT_MAX 60 /* bytes shown of what is wrong */

/* --- addresses as text --- */

static bool octet_read(uint8_t *out, struct slice text)
{
	uint64_t value;

	if (text.n > 3 || slice_u64(&value, text, NULL) != ST_OK || value > 255 ||
		(text.n > 1 && text.p[0] == '0'))
		return false;
	*out = (uint8_t)value;
	return true;
}

static bool v4_read(struct address *out, struct slice text)
{
	struct slice octet, rest = text;

	*out = (struct address){ 0 };
	out->bytes[V4_AT - 2] = out->bytes[V4_AT - 1] = 0xff;
	for (size_t i = 0; i < OCTETS; i++)
		if (slice_cut(&octet, &rest, rest, '.') != (i + 1 < OCTETS) ||
			!octet_read(&out->bytes[V4_AT + i], octet))
			return false;
	return true;
}

static int digit_of(uint8_t c)
{
	uint8_t lower = c | 0x20;

	if (c >= '0' && c <= '9')
		return c - '0';
	return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static bool group_read(unsigned *out, struct slice text)
{
	*out = 0;
	for (size_t i = 0; i < text.n; i++) {
		if (digit_of(text.p[i]) < 0)
			return false;
		*out = *out << 4 | (unsigned)digit_of(text.p[i]);
	}
	return text.n > 0 && text.n <= 4;
}

/* Groups in a run of them, which may be empty; more than GROUPS when it is none. */
static size_t run_read(unsigned groups[GROUPS], struct slice run)
{
	struct slice group, rest = run;
	bool more = run.n > 0;
	size_t n = 0;

	while (more) {
		more = slice_cut(&group, &rest, rest, ':');
		if (n == GROUPS || !group_read(&groups[n++], group))
			return GROUPS + 1;
	}
	return n;
}

static bool v6_read(struct address *out, struct slice text)
{
	unsigned before[GROUPS] = { 0 }, after[GROUPS] = { 0 };
	size_t at = text.n, n, m = 0;
	bool shortened = slice_find(&at, text, S("::"));

	n = run_read(before, slice_to(text, at));
	if (shortened)
		m = run_read(after, slice_from(text, at + 2));
	if (shortened ? n + m >= GROUPS : n != GROUPS)
		return false;
	for (size_t i = 0; i < m; i++)
		before[GROUPS - m + i] = after[i];
	for (size_t i = 0; i < GROUPS; i++) {
		out->bytes[2 * i] = (uint8_t)(before[i] >> 8);
		out->bytes[2 * i + 1] = (uint8_t)before[i];
	}
	return true;
}

static bool is_v4(const struct address *address)
{
	static const uint8_t mapped[V4_AT] = { [V4_AT - 2] = 0xff, [V4_AT - 1] = 0xff };

	return memcmp(address->bytes, mapped, sizeof(mapped)) == 0;
}

/* --- networks --- */

struct address address_masked(const struct address *address, unsigned bits)
{
	struct address first = *address;

	for (unsigned i = 0; i < ADDRESS_SIZE; i++) {
		unsigned kept = bits <= 8 * i ? 0 : bits - 8 * i;
		if (kept < 8)
			first.bytes[i] &= (uint8_t)(0xff00 >> kept);
	}
	return first;
}

static enum status bits_read(
	unsigned *out, struct slice text, unsigned least, unsigned most, struct fault *f)
{
	uint64_t bits;

	if (text.n > 3 || slice_u64(&bits, text, NULL) != ST_OK)
		return fault_set(f, ST_INPUT, "prefix.syntax",
			"'/%.*s' is no count of bits: want /%u to /%u", SLICE_FMT(slice_to(text, 8)),
			least, most);
	if (bits < least || bits > most)
		return fault_set(f, ST_INPUT, "prefix.range",
			"/%.*s: a network of a partner has /%u to /%u", SLICE_FMT(text), least, most);
	*out = (unsigned)bits;
	return ST_OK;
}

static enum status host_refuse(const struct prefix *p, struct slice text, struct fault *f)
{
	AUTO_IN_PLACE(buf) meant = buf_init(TEXT_MAX);
	struct prefix network = { .first = address_masked(&p->first, p->bits), .bits = p->bits };

	prefix_put(&meant, &network);
	return fault_set(f, ST_INPUT, "prefix.syntax",
		"%.*s has bits behind its network: write %s, or the address alone",
		SLICE_FMT(slice_to(text, TEXT_MAX)), buf_text(&meant));
}

enum status prefix_parse(struct prefix *out, struct slice text, struct fault *f)
{
	struct prefix p = { .bits = ADDRESS_BITS };
	struct slice address, bits;
	bool has_bits = slice_cut(&address, &bits, text, '/'), v4 = v4_read(&p.first, address);
	unsigned before = v4 ? ADDRESS_V4_BITS : 0, least = v4 ? V4_LEAST : V6_LEAST;

	if (!v4 && (!v6_read(&p.first, address) || is_v4(&p.first)))
		return fault_set(f, ST_INPUT, "prefix.syntax",
			"'%.*s' is no network: want 192.0.2.0/24, 192.0.2.7 or 2001:db8:7::/48",
			SLICE_FMT(slice_to(text, TEXT_MAX)));
	if (has_bits) {
		TRY(bits_read(&p.bits, bits, least - before, ADDRESS_BITS - before, f));
		p.bits += before;
	}
	struct address first = address_masked(&p.first, p.bits);
	if (memcmp(&first, &p.first, sizeof(first)) != 0)
		return host_refuse(&p, text, f);
	*out = p;
	return ST_OK;
}

static unsigned group_of(const struct address *address, size_t i)
{
	return (unsigned)address->bytes[2 * i] << 8 | address->bytes[2 * i + 1];
}

/* RFC 5952 4.2: the first of the longest runs of zeros, of two groups at least. */
static size_t zeros_find(size_t *at, const struct address *address)
{
	size_t longest = 1, n = 0;

	*at = GROUPS;
	for (size_t i = 0; i < GROUPS; i++) {
		n = group_of(address, i) == 0 ? n + 1 : 0;
		if (n > longest) {
			longest = n;
			*at = i + 1 - n;
		}
	}
	return *at == GROUPS ? 0 : longest;
}

static void v6_put(struct buf *out, const struct address *address)
{
	size_t at, zeros = zeros_find(&at, address);

	for (size_t i = 0; i < GROUPS; i++)
		if (zeros == 0 || i < at || i >= at + zeros)
			buf_putf(out, "%s%x", i == 0 || i == at + zeros ? "" : ":",
				group_of(address, i));
		else if (i == at)
			buf_put_text(out, "::");
}

void prefix_put(struct buf *out, const struct prefix *p)
{
	bool v4 = is_v4(&p->first);
	const uint8_t *octets = &p->first.bytes[V4_AT];

	if (v4)
		buf_putf(out, "%u.%u.%u.%u", octets[0], octets[1], octets[2], octets[3]);
	else
		v6_put(out, &p->first);
	if (p->bits < ADDRESS_BITS)
		buf_putf(out, "/%u", v4 ? p->bits - ADDRESS_V4_BITS : p->bits);
}

/* --- all of an agreement --- */

static bool is_there(const struct prefixes *all, const struct prefix *p)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->list[i].bits == p->bits &&
			memcmp(&all->list[i].first, &p->first, sizeof(p->first)) == 0)
			return true;
	return false;
}

enum status prefixes_read(struct prefixes *out, char *const *texts, unsigned count,
	const char *key, struct fault *f)
{
	struct fault why = { 0 };
	struct prefix p;

	*out = (struct prefixes){ 0 };
	for (unsigned i = 0; i < count && i < PREFIXES_MAX; i++) {
		if (prefix_parse(&p, slice_str(texts[i]), &why) != ST_OK)
			return fault_set(f, ST_INPUT, "agreement.value", "%s: %s", key, why.text);
		if (is_there(out, &p))
			return fault_set(f, ST_INPUT, "agreement.value", "%s: %.60s is there twice",
				key, texts[i]);
		out->list[out->count++] = p;
	}
	return ST_OK;
}

void prefixes_put(struct buf *out, const struct prefixes *all)
{
	buf_put_text(out, "[");
	for (size_t i = 0; i < all->count; i++) {
		buf_put_text(out, i ? ", \"" : " \"");
		prefix_put(out, &all->list[i]);
		buf_put_text(out, "\"");
	}
	buf_put_text(out, all->count ? " ]" : "]");
}
