/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From our fault codes to a partner's words (RFC 4130 7.5.3 and its revision,
 * RFC 9110 15).  Who reads a receipt learns which side must act; what it says
 * of decryption does not differ by cause, so that it helps no attacker.
 */
#include "exchange/refusal.h"

#define ERROR(word) "processed/error: " word
#define FAILURE(word) "failed/failure: " word

#define NOT_AUTHENTIC ERROR("authentication-failed")
#define NOT_INTACT ERROR("integrity-check-failed")
#define NOT_DECRYPTED ERROR("decryption-failed")
#define NOT_EXPANDED ERROR("decompression-failed")
#define NOT_PROTECTED ERROR("insufficient-message-security")
#define NOT_AGREED ERROR("unknown-trading-relationship")
#define BAD_ID ERROR("invalid-message-id")
#define BAD_NAME ERROR("illegal-filename")
#define UNEXPECTED ERROR("unexpected-processing-error")
#define BAD_FORMAT FAILURE("unsupported format")
#define BAD_MIC FAILURE("unsupported MIC-algorithms")

/* In order of the alphabet.  A status of the 5xx is a trouble of ours: the partner comes again. */
/* clang-format off */
static const struct refusal refusals[] = {
	{ "agreement",             NOT_AGREED,    403 },
	{ "agreement.connections", UNEXPECTED,    503 },
	{ "agreement.media-type",  BAD_FORMAT,    415 },
	{ "agreement.rate",        UNEXPECTED,    429 },
	{ "agreement.size",        UNEXPECTED,    413 },
	{ "agreement.unread",      UNEXPECTED,    503 },
	{ "area",                  NOT_AGREED,    404 },
	{ "as2",                   UNEXPECTED,    400 },
	{ "as2.area",              NOT_AGREED,    403 },
	{ "as2.binding",           NOT_AUTHENTIC, 403 },
	{ "as2.compression",       NOT_EXPANDED,  400 },
	{ "as2.duplicate",         BAD_ID,        409 },
	{ "as2.encryption",        NOT_PROTECTED, 403 },
	{ "as2.from",              NOT_AGREED,    403 },
	{ "as2.header.size",       UNEXPECTED,    431 },
	{ "as2.layers",            BAD_FORMAT,    400 },
	{ "as2.media-type",        BAD_FORMAT,    415 },
	{ "as2.mic",               NOT_INTACT,    400 },
	{ "as2.mic.algorithm",     BAD_MIC,       400 },
	{ "as2.parts",             BAD_FORMAT,    415 },
	{ "as2.receipt",           BAD_FORMAT,    400 },
	{ "as2.signature",         NOT_PROTECTED, 403 },
	{ "as2.to",                NOT_AGREED,    403 },
	{ "base64",                BAD_FORMAT,    400 },
	{ "buffer",                UNEXPECTED,    413 },
	{ "cert",                  NOT_AUTHENTIC, 403 },
	{ "chain",                 NOT_AUTHENTIC, 403 },
	{ "compression",           NOT_EXPANDED,  400 },
	{ "courier",               UNEXPECTED,    503 },
	{ "crypto",                UNEXPECTED,    503 },
	{ "delivery",              UNEXPECTED,    400 },
	{ "der",                   UNEXPECTED,    400 },
	{ "der.agreement",         NOT_AGREED,    403 },
	{ "der.restricted",        NOT_AGREED,    403 },
	{ "der.area",              NOT_AGREED,    403 },
	{ "der.media-type",        BAD_FORMAT,    415 },
	{ "der.receiver",          NOT_AGREED,    403 },
	{ "der.role",              NOT_AUTHENTIC, 403 },
	{ "der.sender",            NOT_AUTHENTIC, 403 },
	{ "der.test",              NOT_AGREED,    403 },
	{ "digest",                BAD_MIC,       400 },
	{ "edge",                  UNEXPECTED,    503 },
	{ "facts",                 UNEXPECTED,    413 },
	{ "filename",              BAD_NAME,      400 },
	{ "host",                  UNEXPECTED,    503 },
	{ "http",                  UNEXPECTED,    400 },
	{ "http.body.late",        UNEXPECTED,    408 },
	{ "http.body.size",        UNEXPECTED,    413 },
	{ "http.content-coding",   UNEXPECTED,    415 },
	{ "http.expectation",      UNEXPECTED,    417 },
	{ "http.head.late",        UNEXPECTED,    408 },
	{ "http.head.size",        UNEXPECTED,    431 },
	{ "http.method",           UNEXPECTED,    405 },
	{ "http.target.size",      UNEXPECTED,    414 },
	{ "http.target.unknown",   UNEXPECTED,    404 },
	{ "http.transfer-coding",  UNEXPECTED,    501 },
	{ "http.version",          UNEXPECTED,    505 },
	{ "ipc",                   UNEXPECTED,    503 },
	{ "key",                   UNEXPECTED,    503 },
	{ "ledger",                UNEXPECTED,    503 },
	{ "legacy",                NOT_PROTECTED, 403 },
	{ "mdn",                   BAD_FORMAT,    400 },
	{ "mdn.other-recipient",   NOT_AUTHENTIC, 403 },
	{ "mdn.size",              UNEXPECTED,    413 },
	{ "mdn.unmatched",         UNEXPECTED,    404 },
	{ "mdn.unsigned",          NOT_PROTECTED, 403 },
	{ "media-type",            BAD_FORMAT,    415 },
	{ "message",               UNEXPECTED,    400 },
	{ "message.id",            BAD_ID,        400 },
	{ "message.late",          UNEXPECTED,    410 },
	{ "mime",                  BAD_FORMAT,    400 },
	{ "mime.header.count",     BAD_FORMAT,    431 },
	{ "mime.header.size",      BAD_FORMAT,    431 },
	{ "multipart-signed",      BAD_FORMAT,    400 },
	{ "partner",               NOT_AGREED,    403 },
	{ "party",                 NOT_AGREED,    400 },
	{ "quoted-printable",      BAD_FORMAT,    400 },
	{ "registry",              UNEXPECTED,    400 },
	{ "registry.changed",      UNEXPECTED,    503 },
	{ "registry.lost",         UNEXPECTED,    503 },
	{ "revocation",            UNEXPECTED,    503 },
	{ "risk",                  NOT_PROTECTED, 403 },
	{ "sealing",               NOT_DECRYPTED, 400 },
	{ "sealing.algorithm",     NOT_PROTECTED, 403 },
	{ "sealing.make",          UNEXPECTED,    503 },
	{ "settings.stranger-messages", UNEXPECTED, 429 },
	{ "signature",             NOT_AUTHENTIC, 403 },
	{ "signature.algorithm",   NOT_PROTECTED, 403 },
	{ "signature.digest",      NOT_INTACT,    400 },
	{ "signature.make",        UNEXPECTED,    503 },
	{ "signature.syntax",      BAD_FORMAT,    400 },
	{ "tls",                   NOT_AUTHENTIC, 403 },
	{ "",                      UNEXPECTED,    500 },
};
/* clang-format on */

#define REFUSALS (sizeof(refusals) / sizeof(refusals[0]))

/* "as2.mic" covers itself and "as2.mic.mismatch", not "as2.microphone". */
static bool covers(struct slice prefix, struct slice code)
{
	return slice_has_prefix(code, prefix) && (code.n == prefix.n || code.p[prefix.n] == '.');
}

const struct refusal *refusal_for(const char *code)
{
	const struct refusal *best = &refusals[REFUSALS - 1];
	size_t longest = 0;

	for (size_t i = 0; i < REFUSALS; i++) {
		struct slice prefix = slice_str(refusals[i].prefix);
		if (prefix.n > longest && covers(prefix, slice_str(code))) {
			best = &refusals[i];
			longest = prefix.n;
		}
	}
	return best;
}

bool http_status_is_retryable(unsigned status)
{
	static const unsigned retryable[] = { 408, 425, 429, 500, 502, 503, 504 };

	for (size_t i = 0; i < sizeof(retryable) / sizeof(retryable[0]); i++)
		if (retryable[i] == status)
			return true;
	return false;
}

bool http_status_is_final(unsigned status)
{
	return status >= 400 && status < 500 && !http_status_is_retryable(status);
}
