/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names by RFC 1123 2.1, addresses by RFC 3986 3.2.2, read strictly: what two
 * readers could take for different hosts is refused here, before anything connects.
 */
#include "exchange/endpoint.h"

#define HOST_MAX 253 /* RFC 1035 2.3.4 as text */
#define LABEL_MAX 63
#define GROUPS 8 /* of an IPv6 address */

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(uint8_t c)
{
	uint8_t lower = c | 0x20;

	return lower >= 'a' && lower <= 'z';
}

static bool is_hex(uint8_t c)
{
	uint8_t lower = c | 0x20;

	return is_digit(c) || (lower >= 'a' && lower <= 'f');
}

static bool is_label_byte(uint8_t c)
{
	return is_digit(c) || is_letter(c) || c == '-';
}

static bool all(struct slice text, bool (*allowed)(uint8_t))
{
	for (size_t i = 0; i < text.n; i++)
		if (!allowed(text.p[i]))
			return false;
	return text.n > 0;
}

static bool is_label(struct slice label)
{
	return label.n <= LABEL_MAX && all(label, is_label_byte) && label.p[0] != '-' &&
		label.p[label.n - 1] != '-';
}

/* As readers of addresses take it: 127, and also 0x7f. */
static bool is_number(struct slice label)
{
	if (!slice_has_prefix_nocase(label, S("0x")))
		return all(label, is_digit);
	return label.n == 2 || all(slice_from(label, 2), is_hex);
}

static bool is_name(struct slice host)
{
	struct slice label, rest = host;
	bool more;

	do {
		more = slice_cut(&label, &rest, rest, '.');
		if (!is_label(label))
			return false;
	} while (more);
	/* A number as last label is meant as an address, and readers disagree on 127.1. */
	return host.n <= HOST_MAX && !is_number(label);
}

/* No leading zeros: some readers take them for octal. */
static bool is_octet(struct slice text)
{
	uint64_t value;

	return text.n <= 3 && slice_u64(&value, text, NULL) == ST_OK && value <= 255 &&
		(text.n == 1 || text.p[0] != '0');
}

static bool is_ipv4(struct slice host)
{
	struct slice octet, rest = host;
	size_t count = 0;
	bool more;

	do {
		more = slice_cut(&octet, &rest, rest, '.');
		if (!is_octet(octet))
			return false;
		count++;
	} while (more && count <= 4);
	return count == 4;
}

/* Groups in a run of them: an IPv4 tail counts for two; more than GROUPS when it is none. */
static size_t groups_of(struct slice run, bool last)
{
	struct slice group, rest = run;
	size_t count = 0;
	bool more = run.n > 0;

	while (more) {
		more = slice_cut(&group, &rest, rest, ':');
		bool tail = last && !more && is_ipv4(group);
		if (!tail && (group.n > 4 || !all(group, is_hex)))
			return GROUPS + 1;
		count += tail ? 2 : 1;
	}
	return count;
}

static bool is_ipv6(struct slice host)
{
	size_t at;

	if (!slice_find(&at, host, S("::")))
		return groups_of(host, true) == GROUPS;
	/* A second "::" leaves an empty group behind the first. */
	return groups_of(slice_to(host, at), false) + groups_of(slice_from(host, at + 2), true) <
		GROUPS;
}

static bool is_bracketed(struct slice host)
{
	return host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']';
}

enum status endpoint_host_check(struct slice host, struct fault *f)
{
	bool good = is_bracketed(host) ? is_ipv6(slice_sub(host, 1, host.n - 2))
				       : is_name(host) || is_ipv4(host);

	if (!good)
		return fault_set(f, ST_INPUT, "endpoint.host",
			"'%.*s' is no host name, IPv4 address or [IPv6 address]",
			SLICE_FMT(slice_to(host, 80)));
	return ST_OK;
}

static enum status port_check(struct slice port, struct fault *f)
{
	uint64_t value;

	if (port.n > 5 || slice_u64(&value, port, NULL) != ST_OK || value < 1 || value > 65535)
		return fault_set(f, ST_INPUT, "endpoint.port", "'%.*s' is no port: 1 to 65535",
			SLICE_FMT(slice_to(port, 20)));
	return ST_OK;
}

/* The colon before the port: the first one behind the brackets. */
static bool port_find(size_t *colon, struct slice text)
{
	size_t from = 0;

	if (text.n > 0 && text.p[0] == '[' && !slice_find_byte(&from, text, ']'))
		return false;
	if (!slice_find_byte(colon, slice_from(text, from), ':'))
		return false;
	*colon += from;
	return true;
}

enum status endpoint_check(struct slice text, bool port_needed, struct fault *f)
{
	size_t colon;

	if (!port_find(&colon, text)) {
		TRY(endpoint_host_check(text, f));
		if (port_needed)
			return fault_set(f, ST_INPUT, "endpoint.port",
				"'%.*s' has no port: HOST:PORT is wanted",
				SLICE_FMT(slice_to(text, 80)));
		return ST_OK;
	}
	TRY(endpoint_host_check(slice_to(text, colon), f));
	return port_check(slice_from(text, colon + 1), f);
}

struct slice endpoint_url_host(struct slice url)
{
	struct slice rest = slice_from(url, sizeof("https://") - 1), host, after;

	if (slice_has_prefix(rest, S("[")))
		slice_cut(&host, &after, slice_from(rest, 1), ']');
	else
		slice_cut(&host, &after, rest, ':');
	return host;
}
