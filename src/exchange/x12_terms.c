/* SPDX-License-Identifier: Apache-2.0 */
/* Names of guides are only names here: what they are is known where documents are read. */
#include "exchange/x12_terms.h"

#include <string.h>

#include "base/clock.h"
#include "exchange/config.h"

#define WITHIN_MAX_NS (366 * X12_WITHIN_NS)

/* YAML takes one that begins with a hyphen for something else. */
static bool is_guide_name(struct slice name)
{
	for (size_t i = 0; i < name.n; i++) {
		uint8_t c = name.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-')
			return false;
	}
	return name.n > 0 && name.n <= X12_TERM_GUIDE_MAX && name.p[0] != '-';
}

static enum status guides_read(
	struct x12_terms *to, const struct x12_terms_text *from, struct fault *f)
{
	for (unsigned i = 0; i < from->guide_count; i++) {
		struct slice name = slice_str(from->guides[i]);

		if (!is_guide_name(name))
			return fault_set(f, ST_INPUT, "agreement.value",
				"x12.guides: %.*s: want the name of a guide: `tieline x12 guide list`",
				SLICE_FMT(slice_to(name, X12_TERM_GUIDE_MAX)));
		TRY(slice_to_text(to->guides[i], sizeof(to->guides[i]), name, f));
	}
	to->guide_count = from->guide_count;
	return ST_OK;
}

/* Those of mappings/: the unit test of translations holds the two together. */
static const char *const known_sets[] = { "650", "810", "814", "820", "824", "867" };

static bool is_known_set(const char *id)
{
	for (size_t i = 0; i < sizeof(known_sets) / sizeof(known_sets[0]); i++)
		if (strcmp(id, known_sets[i]) == 0)
			return true;
	return false;
}

static enum status sets_read(
	struct x12_terms *to, const struct x12_terms_text *from, struct fault *f)
{
	for (unsigned i = 0; i < from->set_count; i++) {
		if (!is_known_set(from->sets[i]))
			return fault_set(f, ST_INPUT, "agreement.value",
				"x12.register: %.40s: want 650, 810, 814, 820, 824 or 867",
				from->sets[i]);
		TRY(slice_to_text(to->sets[i], sizeof(to->sets[i]), slice_str(from->sets[i]), f));
	}
	to->set_count = from->set_count;
	return ST_OK;
}

bool x12_may_be_named(struct slice media_type)
{
	static const char *const types[] = { "application/edi-consent", "application/octet-stream",
		"text/plain" };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (slice_eq(media_type, slice_str(types[i])))
			return true;
	return false;
}

bool x12_terms_registers(const struct x12_terms *x12, struct slice set)
{
	for (size_t i = 0; i < x12->set_count; i++)
		if (slice_eq(set, slice_str(x12->sets[i])))
			return true;
	return false;
}

static enum status within_read(int64_t *out, int64_t usual_ns, const char *key, const char *text,
	struct fault *f)
{
	struct fault why;

	*out = usual_ns;
	if (!text)
		return ST_OK;
	if (strcmp(text, "never") == 0) {
		*out = 0;
		return ST_OK;
	}
	if (duration_parse(out, slice_str(text), &why) != ST_OK || *out < NS_PER_S ||
		*out > WITHIN_MAX_NS)
		return fault_set(f, ST_INPUT, "agreement.value",
			"x12.%s: %.40s: want 1s to 366d, or never", key, text);
	return ST_OK;
}

static enum status unknown_read(bool *accept, const char *text, struct fault *f)
{
	*accept = text && strcmp(text, "accept") == 0;
	if (!text || *accept || strcmp(text, "reject") == 0)
		return ST_OK;
	return fault_set(f, ST_INPUT, "agreement.value",
		"x12.unknown-sets: %.40s: want reject or accept", text);
}

enum status x12_terms_read(
	struct x12_terms *to, const struct x12_terms_text *from, struct fault *f)
{
	*to = (struct x12_terms){ .examine = from->examine,
		.acknowledge = !from->acknowledge || *from->acknowledge,
		.advise = from->advise };
	TRY(unknown_read(&to->accept_unknown, from->unknown, f));
	TRY(within_read(
		&to->within_ns, X12_WITHIN_NS, "acknowledged-within", from->within, f));
	TRY(within_read(&to->numbers_ns, X12_NUMBERS_NS, "control-numbers", from->numbers, f));
	TRY(sets_read(to, from, f));
	return guides_read(to, from, f);
}

static const char *truth(bool value)
{
	return value ? "true" : "false";
}

static void within_put(struct buf *out, int64_t within_ns)
{
	if (within_ns == 0)
		buf_put_text(out, "never");
	else
		duration_put(out, within_ns);
}

void x12_terms_put(struct buf *out, const struct x12_terms *x12)
{
	buf_putf(out, "{ examine: %s, guides: [", truth(x12->examine));
	for (size_t i = 0; i < x12->guide_count; i++)
		buf_putf(out, "%s%s", i ? ", " : " ", x12->guides[i]);
	buf_putf(out, "%s], acknowledge: %s, advise: %s, unknown-sets: %s, acknowledged-within: ",
		x12->guide_count ? " " : "", truth(x12->acknowledge), truth(x12->advise),
		x12->accept_unknown ? "accept" : "reject");
	within_put(out, x12->within_ns);
	buf_put_text(out, ", control-numbers: ");
	within_put(out, x12->numbers_ns);
	buf_put_text(out, ", register: [");
	for (size_t i = 0; i < x12->set_count; i++)
		buf_putf(out, "%s%s", i ? ", " : " ", x12->sets[i]);
	buf_putf(out, "%s] }\n", x12->set_count ? " " : "");
}
