/* SPDX-License-Identifier: Apache-2.0 */
/* Used by cert and status. */
#include "cli/certificates.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/fd.h"
#include "cli/home.h"
#include "cli/output.h"

#define DAY_NS (86400 * NS_PER_S)

enum status certificates_root(struct cert **out, const char *home, struct fault *f)
{
	AUTO_IN_PLACE(buf) pem = buf_init(16384);
	AUTO_FD dir = -1;

	TRY(home_open(&dir, home, f));
	TRY(file_read(&pem, dir, "root.pem", f));
	return cert_parse_pem(out, buf_slice(&pem), f);
}

enum status certificates_look(const char *home, const struct registry *registry, int64_t now_ns,
	void (*each)(void *context, const struct credential *), void *context, struct fault *f)
{
	AUTO(keyring) ring = NULL;
	AUTO(cert) root = NULL;

	TRY(home_keyring(&ring, home, f));
	TRY(certificates_root(&root, home, f));
	credentials_each(ring, root, registry, now_ns, each, context);
	return ST_OK;
}

int64_t certificate_days(const struct credential *c, int64_t now_ns)
{
	int64_t left = c->ends_ns - now_ns;

	return left < 0 ? -((DAY_NS - 1 - left) / DAY_NS) : left / DAY_NS;
}

char *certificate_end_format(
	char out[CERTIFICATE_END_MAX], const struct credential *c, int64_t now_ns)
{
	bool is_over = c->ends_ns < now_ns;
	long long days = (is_over ? now_ns - c->ends_ns : c->ends_ns - now_ns) / DAY_NS;
	const char *plural = days == 1 ? "" : "s";

	if (days == 0)
		snprintf(out, CERTIFICATE_END_MAX, is_over ? "ended less than a day ago"
							   : "ends within a day");
	else if (is_over)
		snprintf(out, CERTIFICATE_END_MAX, "ended %lld day%s ago", days, plural);
	else
		snprintf(out, CERTIFICATE_END_MAX, "ends in %lld day%s", days, plural);
	return out;
}

void certificate_advice(struct buf *out, const struct credential *c, bool clock_is_wrong)
{
	credential_advice(out, c);
	if (out->n == 0 || !clock_is_wrong)
		return;
	buf_clear(out);
	buf_put_text(out, "set this host's clock right first");
}

json_t *certificate_json(const struct credential *c, int64_t now_ns, bool clock_is_wrong)
{
	AUTO_IN_PLACE(buf) hex = buf_init(2 * DIGEST_SIZE),
			   advice = buf_init(CERTIFICATE_ADVICE_MAX);
	bool is_planned = c->is_own && c->standing == STANDING_PLANNED;

	hex_format(&hex, c->fingerprint);
	certificate_advice(&advice, c, clock_is_wrong);
	return json_pack("{s:s, s:b, s:s, s:I, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:I, s:b, s:s}",
		"party", c->party, "own", (int)c->is_own, "use", c->use, "generation",
		(json_int_t)c->generation, "standing", cert_standing_name(c->standing), "subject",
		c->subject, "key", c->key, "fingerprint", buf_text(&hex), "begins",
		json_time(c->begins_ns), "expires", json_time(c->ends_ns), "used-from",
		json_time(is_planned ? c->from_ns : 0), "days",
		(json_int_t)certificate_days(c, now_ns), "tolerated", (int)c->is_tolerated, "advice",
		buf_text(&advice));
}
