/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A party's description of itself: who it is, where it listens, which
 * certificates it uses.  This is the JSON inside a signed sheet
 * (safeguards/signed_sheet.h checks the signature; here nothing is trusted).
 *
 *   { "tieline-sheet": 1, "id": "...", "name": "...", "role": "utility",
 *     "url": "https://host:port", "issued": "2026-11-23T05:14:06.123Z",
 *     "vouched": true,   (only where the root is not the party's own)
 *     "certificates": [ { "use": "tls" | "sign" | "encrypt", "der": "base64" } ] }
 */
#ifndef TIELINE_EXCHANGE_SHEET_H
#define TIELINE_EXCHANGE_SHEET_H

#include "base/buf.h"
#include "exchange/message.h"

#define SHEET_SIZE_MAX 65536   /* bytes of JSON */
#define SHEET_CERTS_MAX 16
#define SHEET_CERT_SIZE_MAX 8192 /* bytes of DER */
#define PARTY_NAME_MAX 128
#define PARTY_URL_MAX 512

enum party_role { PARTY_UTILITY, PARTY_AGGREGATOR, PARTY_RTO, PARTY_ROLES };
const char *party_role_name(enum party_role);
/* In the words of documents' headers: "iso_rto" for an RTO. */
struct slice party_role_word(enum party_role);
/* ST_NONE "party.role" */
NODISCARD enum status party_role_parse(enum party_role *out, struct slice name, struct fault *f);

enum cert_use { CERT_TLS, CERT_SIGN, CERT_ENCRYPT, CERT_USES };
const char *cert_use_name(enum cert_use);

struct sheet_cert {
	enum cert_use use;
	struct buf der;
	int64_t key_since_ns; /* when its key is first known, not in the JSON; 0: not known */
};

struct sheet {
	char id[PARTY_ID_MAX + 1];
	char name[PARTY_NAME_MAX + 1]; /* UTF-8 */
	enum party_role role;
	char url[PARTY_URL_MAX + 1];   /* https://host:port, no path, no user */
	int64_t issued_ns;             /* of two sheets of one root the later one counts */
	struct sheet_cert certs[SHEET_CERTS_MAX];
	size_t cert_count;
	int64_t root_ends_ns;          /* of the root that signed it, not in the JSON; 0: unknown */
	/* written for a partner whose software writes none, and signed by somebody else */
	bool vouched;
};

/*
 * ST_INPUT "sheet.json" (with offset) | "sheet.version" | "sheet.field" | "sheet.url" |
 * "sheet.certificate", ST_LIMIT "sheet.size".
 */
NODISCARD enum status sheet_parse(struct sheet **out, struct slice json, struct fault *f);
void sheet_format(struct buf *out, const struct sheet *);
void sheet_free(struct sheet *);
DEFINE_AUTO(sheet)

/* 1..PARTY_NAME_MAX bytes of UTF-8 without control characters. ST_INPUT "party.name". */
NODISCARD enum status party_name_check(struct slice name, struct fault *f);

/* The host of an address that party_url_check() accepted, without brackets.  Borrowed. */
struct slice party_url_host(struct slice url);

/* https only; host and port needed, no path, query or user. ST_INPUT "url.syntax". */
NODISCARD enum status party_url_check(struct slice url, struct fault *f);

#endif
