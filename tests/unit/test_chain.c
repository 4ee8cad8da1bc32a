/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chains: what makes a certificate good for a purpose, and each way in which a path is refused, by
 * name of the certificate where it breaks.
 */
#include "issuing.h"

#include <string.h>

#include "safeguards/chain.h"
#include "safeguards/crypto.h"

static const struct recipe root_recipe = { .name = "root", .extensions = { AUTHORITY } };
static const struct recipe middle_recipe = { .name = "middle", .extensions = { AUTHORITY } };

#define LEAF(...) \
	{ \
		.name = "leaf", .extensions = { END_ENTITY, __VA_ARGS__ } \
	}
#define SIGNS \
	{ \
		NID_key_usage, "critical,digitalSignature" \
	}
#define AGREES \
	{ \
		NID_key_usage, "critical,keyAgreement" \
	}
#define HOST \
	{ \
		NID_subject_alt_name, "DNS:partner.example" \
	}

static struct anchors *anchors_of(const struct cert *const *list, size_t count)
{
	AUTO_IN_PLACE(buf) pem = buf_init(ANCHORS_SIZE_MAX);
	struct anchors *anchors = NULL;
	struct fault f = { 0 };

	for (size_t i = 0; i < count; i++)
		cert_format_pem(&pem, list[i]);
	expect_fault("anchors", anchors_parse(&anchors, buf_slice(&pem), &f), &f, ST_OK, NULL);
	return anchors;
}

static enum status check(const struct issued *root, const struct issued *middle,
	const struct issued *leaf, enum chain_purpose purpose, const char *host, struct fault *f)
{
	AUTO(anchors) anchors = anchors_of((const struct cert *const[]){ root->cert }, 1);
	const struct cert *sent[] = { middle ? middle->cert : NULL };
	struct chain_question q = {
		.anchors = anchors,
		.intermediates = sent,
		.intermediate_count = middle ? 1 : 0,
		.purpose = purpose,
		.host = host,
		.now_ns = NOW,
	};

	return chain_check(NULL, leaf->cert, &q, f);
}

/* --- purposes ------------------------------------------------------------------------ */

static const struct {
	const char *name;
	struct recipe leaf;
	enum chain_purpose purpose;
	const char *code; /* NULL: accepted */
} uses[] = {
	{ "no usage stated, client", LEAF(HOST), CHAIN_TLS_CLIENT, NULL },
	{ "no usage stated, signing", LEAF(HOST), CHAIN_SIGNING, NULL },
	{ "clientAuth", LEAF(SIGNS, { NID_ext_key_usage, "clientAuth" }), CHAIN_TLS_CLIENT, NULL },
	{ "serverAuth is no client", LEAF(SIGNS, { NID_ext_key_usage, "serverAuth" }),
		CHAIN_TLS_CLIENT, "chain.purpose" },
	{ "clientAuth is no server", LEAF(SIGNS, { NID_ext_key_usage, "clientAuth" }),
		CHAIN_TLS_SERVER, "chain.purpose" },
	{ "any use is no client", LEAF(SIGNS, { NID_ext_key_usage, "anyExtendedKeyUsage" }),
		CHAIN_TLS_CLIENT, "chain.purpose" },
	{ "any use is no signer", LEAF(SIGNS, { NID_ext_key_usage, "anyExtendedKeyUsage" }),
		CHAIN_SIGNING, "chain.purpose" },
	{ "any use and clientAuth",
		LEAF(SIGNS, { NID_ext_key_usage, "anyExtendedKeyUsage,clientAuth" }),
		CHAIN_TLS_CLIENT, NULL },
	{ "agreement key does not sign", LEAF(AGREES), CHAIN_SIGNING, "chain.purpose" },
	{ "agreement key is sealed to", LEAF(AGREES), CHAIN_ENCRYPTION, NULL },
	{ "signing key is not sealed to", LEAF(SIGNS), CHAIN_ENCRYPTION, "chain.purpose" },
	{ "serverAuth is not sealed to", LEAF(AGREES, { NID_ext_key_usage, "serverAuth" }),
		CHAIN_ENCRYPTION, "chain.purpose" },
	{ "an authority is not sealed to",
		{ .name = "leaf",
			.extensions = { { NID_basic_constraints, "critical,CA:TRUE" },
				{ NID_key_usage, "critical,keyCertSign,keyAgreement" } } },
		CHAIN_ENCRYPTION, "chain.purpose" },
	{ "emailProtection signs", LEAF(SIGNS, { NID_ext_key_usage, "emailProtection" }),
		CHAIN_SIGNING, NULL },
	{ "clientAuth does not sign", LEAF(SIGNS, { NID_ext_key_usage, "clientAuth" }),
		CHAIN_SIGNING, "chain.purpose" },
	{ "an authority is no leaf", { .name = "leaf", .extensions = { AUTHORITY } }, CHAIN_SIGNING,
		"chain.purpose" },
	{ "expired", { .name = "leaf", .until_ns = NOW - DAY_NS / 2, .extensions = { END_ENTITY } },
		CHAIN_SIGNING, "chain.expired" },
	{ "not yet", { .name = "leaf", .from_ns = NOW + DAY_NS / 2, .extensions = { END_ENTITY } },
		CHAIN_SIGNING, "chain.not-yet" },
	{ "a short key", { .name = "leaf", .rsa_bits = 1024, .extensions = { END_ENTITY } },
		CHAIN_SIGNING, "chain.key" },
	{ "RSA of 8192", { .name = "leaf", .rsa_bits = 8192, .extensions = { END_ENTITY } },
		CHAIN_SIGNING, NULL },
	{ "a key that is only work for us",
		{ .name = "leaf", .rsa_bits = 8200, .extensions = { END_ENTITY } },
		CHAIN_SIGNING, "chain.key" },
	{ "RSA of 2048", { .name = "leaf", .rsa_bits = 2048, .extensions = { END_ENTITY } },
		CHAIN_SIGNING, NULL },
	{ "an exponent of 64 bits",
		{ .name = "leaf", .rsa_bits = 3072, .exponent_bits = 64, .extensions = { END_ENTITY } },
		CHAIN_SIGNING, NULL },
	{ "an exponent of 65 bits",
		{ .name = "leaf", .rsa_bits = 3072, .exponent_bits = 65, .extensions = { END_ENTITY } },
		CHAIN_SIGNING, "chain.key" },
	{ "P-521", { .name = "leaf", .curve = "P-521", .extensions = { END_ENTITY } },
		CHAIN_SIGNING, NULL },
	{ "another curve",
		{ .name = "leaf", .curve = "brainpoolP256r1", .extensions = { END_ENTITY } },
		CHAIN_SIGNING, "chain.key" },
	{ "SHA-1", { .name = "leaf", .md = EVP_sha1, .extensions = { END_ENTITY } }, CHAIN_SIGNING,
		"chain.digest" },
	{ "SHA-224", { .name = "leaf", .md = EVP_sha224, .extensions = { END_ENTITY } },
		CHAIN_SIGNING, "chain.digest" },
	{ "a critical extension nobody knows", LEAF({ NID_netscape_comment, "critical,x" }),
		CHAIN_SIGNING, "chain.extension" },
};

static void leaves_are_judged_by_purpose(void **state)
{
	AUTO_IN_PLACE(issued) root = issue(&root_recipe, NULL);
	AUTO_IN_PLACE(issued) middle = issue(&middle_recipe, &root);

	(void)state;
	for (size_t i = 0; i < COUNT(uses); i++) {
		AUTO_IN_PLACE(issued) leaf = issue(&uses[i].leaf, &middle);
		struct fault f = { 0 };

		expect_fault(uses[i].name, check(&root, &middle, &leaf, uses[i].purpose, NULL, &f),
			&f, uses[i].code ? ST_AUTH : ST_OK, uses[i].code);
		if (uses[i].code)
			expect_says(uses[i].name, &f, "CN=leaf");
	}
}

/* --- authorities --------------------------------------------------------------------- */

static const struct {
	const char *name;
	struct recipe middle;
	const char *code; /* NULL: accepted */
} issuers[] = {
	{ "a good one", { .name = "middle", .extensions = { AUTHORITY } }, NULL },
	{ "no authority", { .name = "middle", .extensions = { END_ENTITY } }, "chain.authority" },
	{ "not critical",
		{ .name = "middle",
			.extensions = { { NID_basic_constraints, "CA:TRUE" },
				{ NID_key_usage, "critical,keyCertSign" } } },
		"chain.form" },
	{ "may not sign certificates",
		{ .name = "middle",
			.extensions = { { NID_basic_constraints, "critical,CA:TRUE" },
				{ NID_key_usage, "critical,cRLSign" } } },
		"chain.authority" },
	{ "expired",
		{ .name = "middle", .until_ns = NOW - DAY_NS / 2, .extensions = { AUTHORITY } },
		"chain.expired" },
	{ "a short key", { .name = "middle", .rsa_bits = 1024, .extensions = { AUTHORITY } },
		"chain.key" },
	{ "another curve", { .name = "middle", .curve = "brainpoolP256r1", .extensions = { AUTHORITY } },
		"chain.key" },
	{ "SHA-1", { .name = "middle", .md = EVP_sha1, .extensions = { AUTHORITY } },
		"chain.digest" },
	{ "for other hosts",
		{ .name = "middle",
			.extensions = { AUTHORITY,
				{ NID_name_constraints,
					"critical,permitted;DNS:other.example" } } },
		"chain.constraint" },
	{ "for this host",
		{ .name = "middle",
			.extensions = { AUTHORITY,
				{ NID_name_constraints,
					"critical,permitted;DNS:partner.example" } } },
		NULL },
	{ "not for clients",
		{ .name = "middle",
			.extensions = { AUTHORITY, { NID_ext_key_usage, "codeSigning" } } },
		"chain.purpose" },
};

static void issuers_are_judged(void **state)
{
	static const struct recipe leaf_recipe = LEAF(SIGNS, HOST);
	AUTO_IN_PLACE(issued) root = issue(&root_recipe, NULL);

	(void)state;
	for (size_t i = 0; i < COUNT(issuers); i++) {
		AUTO_IN_PLACE(issued) middle = issue(&issuers[i].middle, &root);
		AUTO_IN_PLACE(issued) leaf = issue(&leaf_recipe, &middle);
		struct fault f = { 0 };

		expect_fault(issuers[i].name,
			check(&root, &middle, &leaf, CHAIN_TLS_CLIENT, NULL, &f), &f,
			issuers[i].code ? ST_AUTH : ST_OK, issuers[i].code);
	}
}

static void strangers_are_refused(void **state)
{
	static const struct recipe leaf_recipe = LEAF(SIGNS);
	AUTO_IN_PLACE(issued) root = issue(&root_recipe, NULL);
	AUTO_IN_PLACE(issued) other = issue(&root_recipe, NULL); /* of the same name */
	AUTO_IN_PLACE(issued) middle = issue(&middle_recipe, &other);
	AUTO_IN_PLACE(issued) leaf = issue(&leaf_recipe, &middle);
	AUTO_IN_PLACE(issued) alone = issue(&leaf_recipe, NULL);
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(check(&root, &middle, &leaf, CHAIN_SIGNING, NULL, &f), ST_AUTH);
	expect_fault("no intermediate", check(&root, NULL, &leaf, CHAIN_SIGNING, NULL, &f), &f,
		ST_AUTH, "chain.untrusted");
	expect_fault("self-signed", check(&root, NULL, &alone, CHAIN_SIGNING, NULL, &f), &f,
		ST_AUTH, "chain.untrusted");
	expect_fault("an anchor in the middle",
		check(&middle, NULL, &leaf, CHAIN_SIGNING, NULL, &f), &f, ST_OK, NULL);
}

static void hosts_are_compared(void **state)
{
	static const struct recipe leaf_recipe =
		LEAF(SIGNS, { NID_subject_alt_name, "DNS:partner.example,IP:192.0.2.1" });
	AUTO_IN_PLACE(issued) root = issue(&root_recipe, NULL);
	AUTO_IN_PLACE(issued) leaf = issue(&leaf_recipe, &root);
	struct fault f = { 0 };

	(void)state;
	expect_fault("name", check(&root, NULL, &leaf, CHAIN_TLS_SERVER, "partner.example", &f), &f,
		ST_OK, NULL);
	expect_fault("address", check(&root, NULL, &leaf, CHAIN_TLS_SERVER, "192.0.2.1", &f), &f,
		ST_OK, NULL);
	expect_fault("other", check(&root, NULL, &leaf, CHAIN_TLS_SERVER, "other.example", &f), &f,
		ST_AUTH, "chain.host");
	expect_fault("the name is no host", check(&root, NULL, &leaf, CHAIN_TLS_SERVER, "leaf", &f),
		&f, ST_AUTH, "chain.host");
}

static void counts_and_depths_are_bounded(void **state)
{
	static const struct recipe leaf_recipe = LEAF(SIGNS);
	struct issued line[CHAIN_DEPTH_MAX + 2] = { 0 };
	const struct cert *sent[CHAIN_DEPTH_MAX + 2];
	struct fault f = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(line); i++) {
		const struct recipe *r = i ? &middle_recipe : &root_recipe;
		line[i] = issue(r, i ? &line[i - 1] : NULL);
		sent[i] = line[i].cert;
	}
	AUTO_IN_PLACE(issued) leaf = issue(&leaf_recipe, &line[COUNT(line) - 1]);
	AUTO(anchors) anchors = anchors_of(sent, 1);
	struct chain_question q = { .anchors = anchors,
		.intermediates = &sent[1],
		.intermediate_count = CHAIN_INTERMEDIATES_MAX + 1,
		.purpose = CHAIN_SIGNING,
		.now_ns = NOW };
	expect_fault("too many", chain_check(NULL, leaf.cert, &q, &f), &f, ST_LIMIT, "chain.count");
	for (size_t i = 0; i < COUNT(line); i++)
		issued_done(&line[i]);
}

/* --- anchors ------------------------------------------------------------------------- */

static void anchors_are_authorities_in_pem(void **state)
{
	static const struct recipe leaf_recipe = LEAF(SIGNS);
	AUTO_IN_PLACE(issued) root = issue(&root_recipe, NULL);
	AUTO_IN_PLACE(issued) leaf = issue(&leaf_recipe, &root);
	AUTO_IN_PLACE(buf) pem = buf_init(2 * ANCHORS_SIZE_MAX);
	struct anchors *anchors = NULL;
	struct fault f = { 0 };

	(void)state;
	expect_fault("nothing", anchors_parse(&anchors, S(""), &f), &f, ST_INPUT, "anchors.syntax");
	expect_fault(
		"text", anchors_parse(&anchors, S("hello\n"), &f), &f, ST_INPUT, "anchors.syntax");
	expect_fault("broken",
		anchors_parse(&anchors,
			S("-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n"), &f),
		&f, ST_INPUT, "anchors.syntax");
	cert_format_pem(&pem, leaf.cert);
	expect_fault("a leaf", anchors_parse(&anchors, buf_slice(&pem), &f), &f, ST_INPUT,
		"anchors.authority");
	buf_clear(&pem);
	for (size_t i = 0; i <= ANCHORS_MAX; i++)
		cert_format_pem(&pem, root.cert);
	expect_fault("many", anchors_parse(&anchors, buf_slice(&pem), &f), &f, ST_LIMIT,
		"anchors.count");
	put_times(&pem, '\n', ANCHORS_SIZE_MAX);
	expect_fault("large", anchors_parse(&anchors, buf_slice(&pem), &f), &f, ST_LIMIT,
		"anchors.size");
	assert_null(anchors);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaves_are_judged_by_purpose),
		cmocka_unit_test(issuers_are_judged),
		cmocka_unit_test(strangers_are_refused),
		cmocka_unit_test(hosts_are_compared),
		cmocka_unit_test(counts_and_depths_are_bounded),
		cmocka_unit_test(anchors_are_authorities_in_pem),
	};
	struct fault f;

	if (crypto_init(&f) != ST_OK)
		die("%s", f.text);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
