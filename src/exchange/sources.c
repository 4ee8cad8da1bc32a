/* SPDX-License-Identifier: Apache-2.0 */
/* Read strictly, as addresses of partners are: what is connected to must be what was meant. */
#include "exchange/sources.h"

#include <string.h>

#include "exchange/config.h"
#include "exchange/endpoint.h"

/* RFC 3986 2: what may stand in a path or query, written out or not. */
static bool is_path(struct slice path)
{
	static const char forbidden[] = "\"#<>\\^`{|}";
	size_t at;

	if (path.n == 0)
		return true;
	for (size_t i = 0; i < path.n; i++)
		if (slice_find_byte(&at, slice_of(forbidden, sizeof(forbidden) - 1), path.p[i]))
			return false;
	return slice_is_printable(path);
}

static bool scheme_cut(struct slice *rest, struct slice url)
{
	static const char *const schemes[] = { "http://", "https://" };

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (slice_has_prefix(url, slice_str(schemes[i]))) {
			*rest = slice_from(url, strlen(schemes[i]));
			return true;
		}
	return false;
}

enum status source_url_check(struct slice url, struct fault *f)
{
	struct slice rest, host, path;
	struct fault why = { 0 };

	if (url.n > SOURCE_URL_MAX)
		return fault_set(f, ST_INPUT, "source.url",
			"an address of %zu bytes, at most %d are allowed", url.n, SOURCE_URL_MAX);
	if (!scheme_cut(&rest, url))
		return fault_set(f, ST_INPUT, "source.url",
			"'%.*s' does not begin with http:// or https://",
			SLICE_FMT(slice_to(url, 80)));
	slice_cut(&host, &path, rest, '/');
	if (endpoint_check(host, false, &why) != ST_OK)
		return fault_set(f, ST_INPUT, "source.url", "'%.*s': %s",
			SLICE_FMT(slice_to(url, 80)), why.text);
	if (!is_path(path))
		return fault_set(f, ST_INPUT, "source.url",
			"'%.*s': the path has what no address may have",
			SLICE_FMT(slice_to(url, 80)));
	return ST_OK;
}

static bool is_there(const struct sources *s, const char *url)
{
	for (size_t i = 0; i < s->count; i++)
		if (strcmp(s->urls[i], url) == 0)
			return true;
	return false;
}

enum status sources_read(struct sources *out, char *const *texts, unsigned count, const char *key,
	struct fault *f)
{
	struct fault why;

	*out = (struct sources){ 0 };
	for (unsigned i = 0; i < count && i < SOURCES_MAX; i++) {
		if (source_url_check(slice_str(texts[i]), &why) != ST_OK)
			return fault_set(f, ST_INPUT, "agreement.value", "%s: %s", key, why.text);
		if (is_there(out, texts[i]))
			return fault_set(f, ST_INPUT, "agreement.value", "%s: %.80s is there twice",
				key, texts[i]);
		TRY(slice_to_text(out->urls[out->count], sizeof(out->urls[0]),
			slice_str(texts[i]), f));
		out->count++;
	}
	return ST_OK;
}

void sources_put(struct buf *out, const char *key, const struct sources *s)
{
	for (size_t i = 0; i < s->count; i++) {
		if (i == 0)
			buf_putf(out, ", %s: [ ", key);
		else
			buf_put_text(out, ", ");
		config_text_put(out, slice_str(s->urls[i]));
	}
	if (s->count > 0)
		buf_put_text(out, " ]");
}
