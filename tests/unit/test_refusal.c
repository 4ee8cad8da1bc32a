/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each fault code says to a partner, in the words of RFC 4130 7.5.3 and its revision; whole
 * prefixes only.
 */
#include "exchange_expect.h"

#include "exchange/refusal.h"

#define ERROR(word) "processed/error: " word
#define FAILURE(word) "failed/failure: " word

static const struct {
	const char *code, *disposition;
	unsigned http;
} cases[] = {
	{ "signature.unknown-signer", ERROR("authentication-failed"), 403 },
	{ "signature.value", ERROR("authentication-failed"), 403 },
	{ "signature.digest", ERROR("integrity-check-failed"), 400 },
	{ "signature.algorithm", ERROR("insufficient-message-security"), 403 },
	{ "signature.syntax", FAILURE("unsupported format"), 400 },
	{ "signature.make", ERROR("unexpected-processing-error"), 503 },
	{ "sealing.decrypt", ERROR("decryption-failed"), 400 },
	{ "sealing.recipient", ERROR("decryption-failed"), 400 },
	{ "sealing.syntax", ERROR("decryption-failed"), 400 },
	{ "sealing.algorithm", ERROR("insufficient-message-security"), 403 },
	{ "cert.expired", ERROR("authentication-failed"), 403 },
	{ "as2.from", ERROR("unknown-trading-relationship"), 403 },
	{ "as2.to", ERROR("unknown-trading-relationship"), 403 },
	{ "as2.area.mismatch", ERROR("unknown-trading-relationship"), 403 },
	{ "as2.area.missing", ERROR("unknown-trading-relationship"), 403 },
	{ "as2.binding.mismatch", ERROR("authentication-failed"), 403 },
	{ "as2.header.missing", ERROR("unexpected-processing-error"), 400 },
	{ "as2.header.size", ERROR("unexpected-processing-error"), 431 },
	{ "as2.layers", FAILURE("unsupported format"), 400 },
	{ "as2.mic.mismatch", ERROR("integrity-check-failed"), 400 },
	{ "as2.mic.algorithm", FAILURE("unsupported MIC-algorithms"), 400 },
	{ "der.invalid", ERROR("unexpected-processing-error"), 400 },
	{ "der.unexamined", ERROR("unexpected-processing-error"), 400 },
	{ "der.agreement", ERROR("unknown-trading-relationship"), 403 },
	{ "der.test", ERROR("unknown-trading-relationship"), 403 },
	{ "der.area", ERROR("unknown-trading-relationship"), 403 },
	{ "der.media-type", FAILURE("unsupported format"), 415 },
	{ "der.receiver", ERROR("unknown-trading-relationship"), 403 },
	{ "der.role", ERROR("authentication-failed"), 403 },
	{ "der.sender", ERROR("authentication-failed"), 403 },
	{ "facts.size", ERROR("unexpected-processing-error"), 413 },
	{ "registry.capability", ERROR("unexpected-processing-error"), 400 },
	{ "registry.changed", ERROR("unexpected-processing-error"), 503 },
	{ "registry.lost", ERROR("unexpected-processing-error"), 503 },
	{ "legacy.ended", ERROR("insufficient-message-security"), 403 },
	{ "sealing.algorithm.3des", ERROR("insufficient-message-security"), 403 },
	{ "signature.algorithm.sha-1", ERROR("insufficient-message-security"), 403 },
	{ "as2.signature.missing", ERROR("insufficient-message-security"), 403 },
	{ "as2.encryption.missing", ERROR("insufficient-message-security"), 403 },
	{ "as2.parts", FAILURE("unsupported format"), 415 },
	{ "as2.receipt.protocol", FAILURE("unsupported format"), 400 },
	{ "as2.media-type", FAILURE("unsupported format"), 415 },
	{ "agreement.area", ERROR("unknown-trading-relationship"), 403 },
	{ "agreement.suspended", ERROR("unknown-trading-relationship"), 403 },
	{ "agreement.size", ERROR("unexpected-processing-error"), 413 },
	{ "agreement.media-type", FAILURE("unsupported format"), 415 },
	{ "agreement.connections", ERROR("unexpected-processing-error"), 503 },
	{ "partner.unknown", ERROR("unknown-trading-relationship"), 403 },
	{ "message.id.syntax", ERROR("invalid-message-id"), 400 },
	{ "message.id.length", ERROR("invalid-message-id"), 400 },
	{ "message.late", ERROR("unexpected-processing-error"), 410 },
	{ "mime.header.colon", FAILURE("unsupported format"), 400 },
	{ "mime.header.size", FAILURE("unsupported format"), 431 },
	{ "multipart-signed.parts", FAILURE("unsupported format"), 400 },
	{ "base64.syntax", FAILURE("unsupported format"), 400 },
	{ "media-type.syntax", FAILURE("unsupported format"), 415 },
	{ "filename.syntax", ERROR("illegal-filename"), 400 },
	{ "http.framing", ERROR("unexpected-processing-error"), 400 },
	{ "http.head.size", ERROR("unexpected-processing-error"), 431 },
	{ "http.target.size", ERROR("unexpected-processing-error"), 414 },
	{ "http.method", ERROR("unexpected-processing-error"), 405 },
	{ "http.head.late", ERROR("unexpected-processing-error"), 408 },
	{ "host.disk-full", ERROR("unexpected-processing-error"), 503 },
	{ "host.read", ERROR("unexpected-processing-error"), 503 },
	{ "ledger.full", ERROR("unexpected-processing-error"), 503 },
	{ "ipc.timeout", ERROR("unexpected-processing-error"), 503 },
	{ "key.unreachable", ERROR("unexpected-processing-error"), 503 },
	{ "buffer.full", ERROR("unexpected-processing-error"), 413 },
	/* Prefixes end at a dot. */
	{ "as2.mic", ERROR("integrity-check-failed"), 400 },
	{ "as2.microphone", ERROR("unexpected-processing-error"), 400 },
	{ "as2.mic.algorithms", ERROR("integrity-check-failed"), 400 },
	{ "as2", ERROR("unexpected-processing-error"), 400 },
	{ "as2x", ERROR("unexpected-processing-error"), 500 },
	{ "signatures.digest", ERROR("unexpected-processing-error"), 500 },
	/* Nothing known is our own trouble. */
	{ "never.heard-of", ERROR("unexpected-processing-error"), 500 },
	{ ".", ERROR("unexpected-processing-error"), 500 },
	{ "", ERROR("unexpected-processing-error"), 500 },
};

static void codes_have_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct refusal *r = refusal_for(cases[i].code);

		expect_text(cases[i].code, r->disposition, cases[i].disposition);
		if (r->http != cases[i].http)
			fail_msg("%s: HTTP %u, want %u", cases[i].code, r->http, cases[i].http);
	}
}

static void no_code_is_answered_too(void **state)
{
	(void)state;
	assert_non_null(refusal_for(NULL));
	assert_int_equal(refusal_for(NULL)->http, 500);
}

/* What an attacker could tell apart by asking again and again must not differ. */
static void decryption_says_one_thing(void **state)
{
	static const char *const codes[] = { "sealing.recipient", "sealing.syntax",
		"sealing.padding" };

	(void)state;
	for (size_t i = 0; i < COUNT(codes); i++)
		assert_ptr_equal(refusal_for(codes[i]), refusal_for("sealing.decrypt"));
}

static void only_passing_troubles_are_repeated(void **state)
{
	static const unsigned retryable[] = { 408, 425, 429, 500, 502, 503, 504 };
	size_t next = 0;

	(void)state;
	for (unsigned http = 0; http < 1000; http++) {
		bool want = next < COUNT(retryable) && retryable[next] == http;

		if (http_status_is_retryable(http) != want)
			fail_msg("HTTP %u", http);
		if (http_status_is_final(http) != (http / 100 == 4 && !want))
			fail_msg("HTTP %u ends a message", http);
		next += want;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes_have_words),
		cmocka_unit_test(no_code_is_answered_too),
		cmocka_unit_test(decryption_says_one_thing),
		cmocka_unit_test(only_passing_troubles_are_repeated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
