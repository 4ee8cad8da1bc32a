/* SPDX-License-Identifier: Apache-2.0 */
/* A row of the table looks for one thing that is missing, and says how to have it. */
#include "safeguards/means.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/clock.h"
#include "safeguards/sealing.h"

#define DAY_NS (86400 * NS_PER_S)
#define SHA1_BITS 80 /* as SP 800-57 counts; in truth fewer */

/* --- strengths (SP 800-57 part 1, table of comparable strengths) ------------------- */

static unsigned rsa_strength(unsigned bits)
{
	static const struct {
		unsigned least, strength;
	} rows[] = { { 15360, 256 }, { 7680, 192 }, { 3072, 128 }, { 2048, 112 }, { 0, 80 } };
	size_t i = 0;

	while (bits < rows[i].least)
		i++;
	return rows[i].strength;
}

static unsigned key_strength(const struct cert_measure *cert)
{
	static const unsigned curves[] = {
		[KEY_EC_P256] = 128, [KEY_EC_P384] = 192, [KEY_EC_P521] = 256
	};

	if (cert->kind == KEY_RSA)
		return rsa_strength(cert->bits);
	return cert->kind == KEY_OTHER ? 0 : curves[cert->kind];
}

/* --- looking ----------------------------------------------------------------------- */

struct look {
	const struct means *means;
	const struct risk_profile *profile;
	struct shortfall *out;
};

__attribute__((format(printf, 3, 4))) static bool found(
	const struct look *l, const char *mend, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(l->out->found, sizeof(l->out->found), format, arguments);
	va_end(arguments);
	(void)snprintf(l->out->mend, sizeof(l->out->mend), "%s", mend);
	return true;
}

static bool is_sending(const struct look *l)
{
	return l->means->direction == DIRECTION_SEND;
}

static bool encryption_lacks(const struct look *l)
{
	return !l->means->agreement->as2.encrypt &&
		found(l, "as2: { encrypt: true } in its agreement.yaml",
			"messages may go without encryption of their own");
}

static bool excepted_lacks(const struct look *l, enum exception which, const char *what)
{
	const struct exceptions *list = &l->means->agreement->exceptions;
	enum exception_state state = exception_state(list, which, l->means->now_ns);

	return !is_sending(l) && (state == EXCEPTION_HOLDS || state == EXCEPTION_ENDING) &&
		found(l, "take it out of `legacy` in its agreement.yaml", "%s is taken from it",
			what);
}

/* One way in which a certificate falls short. */
typedef bool cert_row(const struct look *, const struct cert_measure *, const char *what);

#define RENEW_THEIRS "ask the partner for a sheet with another key, then `tieline partner add SHEET`"
#define SHORTEN_THEIRS \
	"ask the partner for certificates that end sooner, then `tieline partner add SHEET`"
#define RENEW_OURS "`tieline cert renew`, and when partners have the new sheet, `tieline cert roll`"

static bool key_lacks(
	const struct look *l, const struct cert_measure *cert, const char *what, const char *mend)
{
	unsigned strength = key_strength(cert);

	return cert->bits != 0 && strength < l->profile->levels[REQUIRES_STRENGTH] &&
		found(l, mend, "%s has a key of %s %u bits: %u bits of security", what,
			key_kind_name(cert->kind), cert->bits, strength);
}

static bool their_key_lacks(
	const struct look *l, const struct cert_measure *cert, const char *what)
{
	return key_lacks(l, cert, what, RENEW_THEIRS);
}

static bool our_key_lacks(
	const struct look *l, const struct cert_measure *cert, const char *what)
{
	return key_lacks(l, cert, what, RENEW_OURS);
}

static bool life_lacks(
	const struct look *l, const struct cert_measure *cert, const char *what, const char *mend)
{
	int64_t days = cert->life_ns / DAY_NS;

	return cert->bits != 0 && days > l->profile->levels[REQUIRES_CERTIFICATE_LIFE] &&
		found(l, mend, "%s is valid for %lld days", what, (long long)days);
}

static bool their_life_lacks(
	const struct look *l, const struct cert_measure *cert, const char *what)
{
	return life_lacks(l, cert, what, SHORTEN_THEIRS);
}

static bool our_life_lacks(
	const struct look *l, const struct cert_measure *cert, const char *what)
{
	return life_lacks(l, cert, what, RENEW_OURS);
}

/* Those of them that are in use: the others ended, or wait for a day. */
static bool certs_lack(const struct look *l, const struct cert *const *list, size_t count,
	const char *what, cert_row *lacks)
{
	for (size_t i = 0; i < count; i++) {
		const struct cert_measure measure = cert_measure(list[i]);

		if (!cert_has_ended(list[i], l->means->now_ns) && lacks(l, &measure, what))
			return true;
	}
	return false;
}

/* Of the connection, and of the message in the direction that is looked at. */
static bool theirs_lack(const struct look *l, cert_row *lacks)
{
	const struct means *m = l->means;

	if (certs_lack(l, m->tls, m->tls_count, "its certificate for TLS", lacks))
		return true;
	return is_sending(l) ? certs_lack(l, m->recipients, m->recipient_count,
				       "its certificate for encryption", lacks)
			     : certs_lack(l, m->signers, m->signer_count,
				       "its certificate for signing", lacks);
}

static bool own_lacks(const struct look *l, enum cert_use use, const char *what, cert_row *lacks)
{
	const struct cert_measure measure = cert_measure(l->means->own[use]);

	return lacks(l, &measure, what);
}

static bool strength_lacks(const struct look *l)
{
	const struct means *m = l->means;

	if (!m->agreement->as2.sign)
		return found(l, "as2: { sign: true } in its agreement.yaml",
			"messages may go without a signature");
	if (l->profile->levels[REQUIRES_STRENGTH] > SHA1_BITS && excepted_lacks(l, EXCEPTION_SHA1, "SHA-1"))
		return true;
	if (own_lacks(l, CERT_TLS, "our certificate for TLS", our_key_lacks) ||
		theirs_lack(l, their_key_lacks))
		return true;
	return is_sending(l)
		? own_lacks(l, CERT_SIGN, "our certificate for signing", our_key_lacks)
		: own_lacks(l, CERT_ENCRYPT, "our certificate for encryption", our_key_lacks);
}

/* What comes may be under a shorter key than what is agreed for ours: only the message shows it. */
static bool opened_lacks(const struct look *l)
{
	unsigned bits = l->means->cipher_bits;

	return !is_sending(l) && bits != 0 && bits < l->profile->levels[REQUIRES_CIPHER] &&
		found(l, "ask the partner to encrypt with AES-256-GCM",
			"the message came under a cipher of %u bits", bits);
}

static bool cipher_lacks(const struct look *l)
{
	enum cipher cipher = l->means->agreement->as2.cipher;

	if (excepted_lacks(l, EXCEPTION_3DES, "Triple DES") || opened_lacks(l))
		return true;
	return is_sending(l) && sealing_cipher_bits(cipher) < l->profile->levels[REQUIRES_CIPHER] &&
		found(l, "as2: { cipher: aes-256-gcm } in its agreement.yaml",
			"contents go under AES keys of %u bits", sealing_cipher_bits(cipher));
}

/* TLS 1.3 has it always; of TLS 1.2 nothing else is offered (tls.c). */
static bool forward_secrecy_lacks(const struct look *l)
{
	(void)l;
	return false;
}

static bool hybrid_lacks(const struct look *l)
{
	if (!l->means->post_quantum)
		return found(l, "run Tieline with OpenSSL 3.5 or later",
			"the OpenSSL of this host has no hybrid key exchange");
	return l->means->agreement->tls.version_1_2 &&
		found(l, "tls: { version: 1.3 } in its agreement.yaml, once it has TLS 1.3",
			"TLS 1.2 is agreed, which has no hybrid key exchange");
}

static bool key_life_lacks_of(
	const struct look *l, const struct cert_measure *cert, const char *what, const char *mend)
{
	int64_t days = (l->means->now_ns - cert->key_since_ns) / DAY_NS;

	return cert->bits != 0 && days > l->profile->levels[REQUIRES_KEY_LIFE] &&
		found(l, mend, "%s has a key that is used for %lld days", what, (long long)days);
}

static bool their_key_life_lacks(
	const struct look *l, const struct cert_measure *cert, const char *what)
{
	return key_life_lacks_of(l, cert, what, RENEW_THEIRS);
}

static bool our_key_life_lacks(
	const struct look *l, const struct cert_measure *cert, const char *what)
{
	return key_life_lacks_of(l, cert, what, RENEW_OURS);
}

static bool key_life_lacks(const struct look *l)
{
	for (enum cert_use use = 0; use < CERT_USES; use++)
		if (own_lacks(l, use, "a certificate of ours", our_key_life_lacks))
			return true;
	return theirs_lack(l, their_key_life_lacks);
}

static bool certificate_life_lacks(const struct look *l)
{
	for (enum cert_use use = 0; use < CERT_USES; use++)
		if (own_lacks(l, use, "a certificate of ours", our_life_lacks))
			return true;
	return theirs_lack(l, their_life_lacks);
}

static const struct {
	const char *code;
	bool (*lacks)(const struct look *);
} rows[REQUIREMENTS] = {
	[REQUIRES_ENCRYPTION] = { "risk.encryption", encryption_lacks },
	[REQUIRES_STRENGTH] = { "risk.strength", strength_lacks },
	[REQUIRES_CIPHER] = { "risk.cipher", cipher_lacks },
	[REQUIRES_FORWARD_SECRECY] = { "risk.forward-secrecy", forward_secrecy_lacks },
	[REQUIRES_HYBRID] = { "risk.hybrid", hybrid_lacks },
	[REQUIRES_CERTIFICATE_LIFE] = { "risk.certificate-life", certificate_life_lacks },
	[REQUIRES_KEY_LIFE] = { "risk.key-life", key_life_lacks },
};

static void exception_note(struct shortfall *out, const struct agreement *agreement,
	enum area area, int64_t now_ns)
{
	out->exception =
		risk_exceptions_find(agreement->allowed_risks, area, out->requirement);
	out->is_excepted = out->exception && now_ns < out->exception->end_ns;
}

void means_shortfalls(const struct means *m, const struct risk_profile *profile, enum area area,
	void (*each)(void *context, const struct shortfall *), void *context)
{
	for (enum requirement i = 0; i < REQUIREMENTS; i++) {
		struct shortfall s = { .requirement = i, .need = profile->needs[i] };
		const struct look look = { m, profile, &s };
		if (s.need == NEED_NONE || !rows[i].lacks(&look))
			continue;
		exception_note(&s, m->agreement, area, m->now_ns);
		each(context, &s);
	}
}

/* --- refusing ---------------------------------------------------------------------- */

struct judging {
	const struct risk_profile *profile;
	enum area area;
	struct fault *f;
	enum status status;
};

static void ended_put(struct buf *out, const struct shortfall *s)
{
	char day[RISK_DAY_MAX];

	if (s->exception)
		buf_putf(out, " (its exception ended on %s)",
			risk_day_format(day, s->exception->end_ns));
}

/* Whose years they are. */
static void asker_put(struct buf *out, const struct judging *j)
{
	if (!j->profile->is_lengthened)
		buf_put_text(out, area_name(j->area));
	else
		buf_putf(out, "a document of %s that is secret until %u", area_name(j->area),
			j->profile->secret_until);
}

static void refuse(struct judging *j, const struct shortfall *s)
{
	AUTO_IN_PLACE(buf) wanted = buf_init(FAULT_TEXT_MAX);

	asker_put(&wanted, j);
	buf_put_text(&wanted, " asks for ");
	requirement_put(&wanted, j->profile, s->requirement);
	ended_put(&wanted, s);
	j->status = fault_set(j->f, ST_AUTH, rows[s->requirement].code,
		"%s, but %s", s->found, buf_text(&wanted));
}

static void on_shortfall(void *context, const struct shortfall *s)
{
	struct judging *j = context;

	if (j->status == ST_OK && s->need == NEED_REQUIRED && !s->is_excepted)
		refuse(j, s);
}

enum status means_permit(
	const struct means *m, const struct risk_profile *profile, enum area area, struct fault *f)
{
	struct judging j = { .profile = profile, .area = area, .f = f };

	means_shortfalls(m, profile, area, on_shortfall, &j);
	return j.status;
}

enum status means_shown(const struct agreement *agreement, const struct risk_profile *profile,
	enum area area, const struct shown_cert *shown, int64_t now_ns, struct fault *f)
{
	static const struct {
		enum requirement requirement;
		cert_row *lacks;
	} looks[] = { { REQUIRES_STRENGTH, their_key_lacks },
		{ REQUIRES_CERTIFICATE_LIFE, their_life_lacks } };
	struct judging j = { .profile = profile, .area = area, .f = f };

	for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++) {
		struct shortfall s = { .requirement = looks[i].requirement,
			.need = profile->needs[looks[i].requirement] };
		const struct look look = { NULL, profile, &s };
		if (!looks[i].lacks(&look, &shown->measure, shown->name))
			continue;
		exception_note(&s, agreement, area, now_ns);
		on_shortfall(&j, &s);
	}
	return j.status;
}

enum status means_cipher(
	const struct means *m, const struct risk_profile *profile, enum area area, struct fault *f)
{
	struct judging j = { .profile = profile, .area = area, .f = f };
	struct shortfall s = { .requirement = REQUIRES_CIPHER,
		.need = profile->needs[REQUIRES_CIPHER] };
	const struct look look = { m, profile, &s };

	if (s.need == NEED_NONE || !opened_lacks(&look))
		return ST_OK;
	exception_note(&s, m->agreement, area, m->now_ns);
	on_shortfall(&j, &s);
	return j.status;
}

enum status means_hybrid(const struct agreement *agreement, const struct risk_profile *profile,
	enum area area, int64_t now_ns, struct fault *f)
{
	struct judging j = { .profile = profile, .area = area, .f = f };
	struct shortfall s = { .requirement = REQUIRES_HYBRID,
		.need = profile->needs[REQUIRES_HYBRID],
		.found = "the connection has no hybrid key exchange" };

	exception_note(&s, agreement, area, now_ns);
	on_shortfall(&j, &s);
	return j.status;
}
