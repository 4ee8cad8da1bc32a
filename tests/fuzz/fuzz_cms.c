/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CMS of hostile bytes: looked at, opened and checked.  The certificates are those that the corpus
 * was sealed to and signed by.  Their private keys are gone, and fresh ones stand in: what is
 * authenticated must not open, and no content but the one that was signed may be accepted.
 */
#include "base/clock.h"
#include "base/codec.h"
#include "exchange/agreement.h"
#include "safeguards/cms_certs.h"
#include "safeguards/cms_peek.h"
#include "safeguards/crypto.h"
#include "safeguards/sealing.h"
#include "safeguards/signature.h"

#define NOW (INT64_C(1795410846) * NS_PER_S) /* 2026-11-23, when they were valid */
#define SIGNED S("content of a message")
#define CONTENT_MAX 65536
#define ALL_ALGORITHMS (~0u)

enum { EC_SIGN, EC_ENCRYPT, RSA_SIGN, RSA_ENCRYPT, CERTS };

/* clang-format off */
static const char *const base64[CERTS] = {
	[EC_SIGN] =
		"MIIB4DCCAYagAwIBAgIQfX6k7zWulncHu1F3S6CyOzAKBggqhkjOPQQDAjBBMRIwEAYDVQQKDAkwMDc5"
		"MDk0MTExFzAVBgNVBAMMDjAwNzkwOTQxMSByb290MRIwEAYDVQQFEwkwMDc5MDk0MTEwHhcNMjYxMTIz"
		"MDUwOTA2WhcNMjcxMjI2MDUxNDA2WjBBMRIwEAYDVQQKDAkwMDc5MDk0MTExFzAVBgNVBAMMDjAwNzkw"
		"OTQxMSBzaWduMRIwEAYDVQQFEwkwMDc5MDk0MTEwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQDvBRp"
		"ZV7vBIHpQVV31E/klRtZohhQzBo0+WDy2uFupuFHs9vLUNbIGriji6RUyVDr8C+Q5LlixEF+vvYg0QBU"
		"o2AwXjAMBgNVHRMBAf8EAjAAMA4GA1UdDwEB/wQEAwIGwDAdBgNVHQ4EFgQUnrn5O3uXGVLkboICRO0u"
		"vtXrhj4wHwYDVR0jBBgwFoAUNrs7ZYLVGNL+3EuBiZLmKiKI0nIwCgYIKoZIzj0EAwIDSAAwRQIhALcy"
		"phlXnPxGjnJHJYjM1YAqDrGnQGoSvqTwP9X2BH/nAiBfgsercj9Qb4YTdD9Dr88mAWzNchLBge0dAu1E"
		"nzXI3Q==",
	[EC_ENCRYPT] =
		"MIIB4zCCAYmgAwIBAgIQd4WUiiaVazL2qxG7hC1nejAKBggqhkjOPQQDAjBBMRIwEAYDVQQKDAkwMDc5"
		"MDk0MTExFzAVBgNVBAMMDjAwNzkwOTQxMSByb290MRIwEAYDVQQFEwkwMDc5MDk0MTEwHhcNMjYxMTIz"
		"MDUwOTA2WhcNMjcxMjI2MDUxNDA2WjBEMRIwEAYDVQQKDAkwMDc5MDk0MTExGjAYBgNVBAMMETAwNzkw"
		"OTQxMSBlbmNyeXB0MRIwEAYDVQQFEwkwMDc5MDk0MTEwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAR4"
		"ZevGJRety/ByGTcj38d+ujLm79umgXojYiUe4wEqD1fq8+k3JiGlqxMlO/LCn1HcxIyQhKwtBD6Xp0bc"
		"Qqclo2AwXjAMBgNVHRMBAf8EAjAAMA4GA1UdDwEB/wQEAwIDCDAdBgNVHQ4EFgQUbgNTxdGgEACc7Sgk"
		"dWbbUe94vK8wHwYDVR0jBBgwFoAUNrs7ZYLVGNL+3EuBiZLmKiKI0nIwCgYIKoZIzj0EAwIDSAAwRQIg"
		"D5kMem3Z60tNBTqGFZaYDHVLMndTZmV1SChVLq2NKq0CIQDzvk3CZl2hbhPn7Abr7m1V9Tj0yiAhM6bi"
		"LiKEWrSEgg==",
	[RSA_SIGN] =
		"MIIEcjCCAtqgAwIBAgIQaF2zmCwdTtWw8ES5q8cUizANBgkqhkiG9w0BAQsFADBEMRMwEQYDVQQKDApP"
		"TEQtU0NIT09MMRgwFgYDVQQDDA9PTEQtU0NIT09MIHJvb3QxEzARBgNVBAUTCk9MRC1TQ0hPT0wwHhcN"
		"MjYxMTIzMDUwOTA2WhcNMjcxMjI2MDUxNDA2WjBEMRMwEQYDVQQKDApPTEQtU0NIT09MMRgwFgYDVQQD"
		"DA9PTEQtU0NIT09MIHNpZ24xEzARBgNVBAUTCk9MRC1TQ0hPT0wwggGiMA0GCSqGSIb3DQEBAQUAA4IB"
		"jwAwggGKAoIBgQCn9DN2RJkaVikvoZzwF9kJkF3rq2lCR0kNCQV2zdii0wsSiNNKJ4+JHN+sP17W2yW0"
		"4NvyO7Ag3Hjx9Jr7wlGVSvBOO8JrCARx1/TM+2inbBbnP88XWTb+d3RopOEMHWWImUic4XC/VFjuYKA0"
		"BzMYHi5ME+Y3SJXlPgVqQm7q4PzUxUSJPg5gelQkAUQGhtpPGMbz+dD4paATs20m5p8f6F0c44I8/zyi"
		"4LWx3zsXRhs/pS+JnS5DnoUzVH7G8ID3gUeZy87jAo+x1GFLCFtYOQsl1Owdh69nZ73KlDH7NqgVVpcj"
		"qlgAK9hWx1EhT3oESFyBmQaKn+emiZ47QdBFuv0MPeN5Es5smd4DwFQ2LWWlJgV4RBEN2PjcbXBMKHC7"
		"MmetLmIneIIiM7iOjwq7B9iV1XofHRRG3mBtJS9XgJKAtmXBSJFMb/1fIGYNGnvrinPNtdkka/pkwVax"
		"VIzDxqZ3GC/f2BVzkorYJgQjKbd5kyppovpAC3gdnBVORa8CAwEAAaNgMF4wDAYDVR0TAQH/BAIwADAO"
		"BgNVHQ8BAf8EBAMCBsAwHQYDVR0OBBYEFL9MJFWtUkaqzZkLcs0P2sbRmn+nMB8GA1UdIwQYMBaAFKPH"
		"KFwqX9GSZJjrJaSNUmthjNjzMA0GCSqGSIb3DQEBCwUAA4IBgQCNjA5K5PCHhD6wr/gspL3sjGyj/6pV"
		"l0vnYjXbo3IiKZ6CqJAEYktLk0JZnJ53UI3/sGEmToM1Wv/RJyMNuN1zRcF5cDiDgrzG53+7qtKZcQte"
		"ok4itQOnBsntPXwLM4JgCI4dFlLIn02r39RLcUWw7GA6TgK3PFzsV2nTdFrHGSBZtVa/mLWiDDp6yqne"
		"nyQOdja3VqcI2nvf6+GFNXLmx0nlmq70aOLgMuAopa0vJ4yZlUFuikc9YELZcxAmXIxTFuJbH2eN4IGW"
		"Rk5VkHw8GxLEOUXdvMFdbhbI1Ar9XjybQxmSY3wTFE6OZCVnw4PB6Szk+8TKHpZrg6WMOP4p/IVlli5M"
		"NgzKP6WAR6hposd2zek0bP8ExdscQU+cjoaAjSfynNMMxsGoTnzZ9CjbjWZofkjH6O6yHXT/uRggGvmN"
		"wybQJST/4wAKCPpTFlwSmFghhS5FugI/BCzIidguPg2XBAXGVqZwj23jpJYGrll1wvpA/hRHownAvgUr"
		"h94=",
	[RSA_ENCRYPT] =
		"MIIEdTCCAt2gAwIBAgIQenGUK24oVogA8Nb7SgfojDANBgkqhkiG9w0BAQsFADBEMRMwEQYDVQQKDApP"
		"TEQtU0NIT09MMRgwFgYDVQQDDA9PTEQtU0NIT09MIHJvb3QxEzARBgNVBAUTCk9MRC1TQ0hPT0wwHhcN"
		"MjYxMTIzMDUwOTA2WhcNMjcxMjI2MDUxNDA2WjBHMRMwEQYDVQQKDApPTEQtU0NIT09MMRswGQYDVQQD"
		"DBJPTEQtU0NIT09MIGVuY3J5cHQxEzARBgNVBAUTCk9MRC1TQ0hPT0wwggGiMA0GCSqGSIb3DQEBAQUA"
		"A4IBjwAwggGKAoIBgQCSRXV4JLv7GRTfSlb+Oob8WkkgynzVlWGghhX+jFwkyztyqicl82++DrZsc/Q1"
		"kY0/zlkCkb+pfYK40a7ad6b/uQYwFriWkElpEWTrPDEc1i24eGzHA4q/FEfBcuBEpSzsOdubbt7RvAuE"
		"xoWbqZ9QGwj7gXuHjtzlFoBs0sFyaHgnDLopB1oBvdEFitspk5A6mYSkQRTQV/e9MuzhV4iHX1LbBOUg"
		"nQNLRSTc1IYMjCwGEo/+OYy3NCp9ZMOnL8HAQJ0SoEIAZN10x+2mmGp1PWJyK8g/AlQ7h1tllxGW3p5t"
		"gl1kHD3i9BUhoY8qmSVGEfJSb/sHYiGIJtam9908IGvrRz45fhAUSpr2zEPRmynxpol93SYKrKDU6N39"
		"++4BI0KNkkJJBnraka/5AvboCfv4YUH5q5PpPgRpVh2/U/rJJLdyIhMXA4luIoklNr3TmWEa6y8wFKS7"
		"ixuIAmMNRzgz/GlxNojAk8CT0DOXzfbPeZhnpAEpZTinK0LmkIcCAwEAAaNgMF4wDAYDVR0TAQH/BAIw"
		"ADAOBgNVHQ8BAf8EBAMCBSAwHQYDVR0OBBYEFHmPfB8HOXLtJBKvR4ENLm/mJDY4MB8GA1UdIwQYMBaA"
		"FKPHKFwqX9GSZJjrJaSNUmthjNjzMA0GCSqGSIb3DQEBCwUAA4IBgQBIvjhy3c2Jtj81xj74O9ACZZ04"
		"OdceV51QCMsOLkswpXRPs/RJCoP+cKu2WVyfC0HSSj5HjVwCIjYMttiP8EcVpS1ub+7/jE6NBsfBMzSp"
		"++5A4zmhpYzwJinvUzPCc/yBBVALh6vlRPBoaTh+xvLki0DI7Hrzk7CiPa/DxeC3UBQVbeuR/rtHPjd4"
		"F8jn4m6zSaILS2VXxdzujYKnlc35i+oOkoMaOn2XcmylCCD2qRX86osPULZN+hH0+P6IrkJ05bEArLFg"
		"l/RRDptItgFC1U0Mb7WE3ZmHj3YrR3y3yKMxkGAWb2iHUlJIAXWd3/yos/ejFNJ1RAzsKN6TsbtNDiZn"
		"xwZzMkfA+nHKl5QlImlxL7DVeUBgpl7dOTnIpIeE9fJxmI89yjZMqxDW4JiBQ/F6tUAK/QDntxEQGgoo"
		"/l0IPYLmGZKwuq4YAdiqa9KY4Hp2QzZyh5Q+QHd/5i7ofHWuutVbxQniAkooCl3zxQtKlf9Oq16v3e/x"
		"SRKtEI8=",
};
/* clang-format on */

static struct cert *certs[CERTS];
static struct key *keys[CERTS];

static void load(size_t i)
{
	AUTO_IN_PLACE(buf) der = buf_init(SIGNATURE_SIZE_MAX);
	struct fault f = { 0 };

	if (base64_parse(&der, slice_str(base64[i]), &f) != ST_OK ||
		cert_parse_der(&certs[i], buf_slice(&der), &f) != ST_OK ||
		key_generate(&keys[i], cert_key_kind(certs[i]), &f) != ST_OK)
		bug("certificate %zu: %s", i, f.text);
}

static void load_once(void)
{
	struct fault f = { 0 };

	if (certs[0])
		return;
	if (crypto_init(&f) != ST_OK)
		bug("%s", f.text);
	for (size_t i = 0; i < CERTS; i++)
		load(i);
}

static void peek(struct cms_peek *out, struct slice in)
{
	size_t at;

	if (out->cipher.n > in.n || !slice_find(&at, in, out->cipher))
		bug("the cipher lies outside");
	if (out->nonce.n > in.n || out->tag_n > in.n || out->content.n > in.n)
		bug("a part is larger than the whole");
}

static void open_sealed(struct slice in)
{
	const struct opener openers[] = { { certs[EC_ENCRYPT], keys[EC_ENCRYPT] },
		{ certs[RSA_ENCRYPT], keys[RSA_ENCRYPT] } };
	AUTO_IN_PLACE(buf) content = buf_init(CONTENT_MAX);
	struct cms_peek seen = { 0 };
	struct fault f = { 0 };
	enum status looked = cms_peek_read(&seen, in, &f), opened;

	if (looked == ST_OK)
		peek(&seen, in);
	opened = sealing_open(&content, in, openers, 2, ALL_ALGORITHMS, &f);
	if (opened != ST_OK && (content.n != 0 || f.code[0] == '\0'))
		bug("refused, but %zu bytes were written; code '%s'", content.n, f.code);
	/* A random key, in place of one that does not unwrap, opens some CBC. */
	if (opened == ST_OK && (looked != ST_OK || seen.authenticated))
		bug("what was sealed for others was opened");
}

static void check_signed(struct slice in)
{
	const struct cert *trusted[] = { certs[EC_SIGN], certs[RSA_SIGN] };
	struct signature_facts facts;
	struct digest_value want;
	struct fault f = { 0 };

	if (signature_check(&facts, in, S("other"), trusted, 2, ALL_ALGORITHMS, NOW, &f) == ST_OK)
		bug("content was accepted that nobody signed");
	if (signature_check(&facts, in, SIGNED, trusted, 2, ALL_ALGORITHMS, NOW, &f) != ST_OK)
		return;
	digest_compute(&want, facts.digest.kind, SIGNED);
	if (facts.signer > 1 || !digest_eq(&facts.digest, &want))
		bug("accepted, with wrong facts");
}

/* What a signature claims without its content is what it is when the content is there. */
static void claim_read(struct slice in)
{
	const struct cert *trusted[] = { certs[EC_SIGN], certs[RSA_SIGN] };
	struct signature_facts claim, facts;
	struct fault f = { 0 };
	enum status st = signature_claim(&claim, in, trusted, 2, ALL_ALGORITHMS, NOW, &f);

	if (st != ST_OK && f.code[0] == '\0')
		bug("refused without a code");
	if (signature_check(&facts, in, SIGNED, trusted, 2, ALL_ALGORITHMS, NOW, &f) == ST_OK &&
		(st != ST_OK || !digest_eq(&claim.digest, &facts.digest)))
		bug("what is signed is not what it claims");
}

static void certs_look(struct slice in)
{
	AUTO_IN_PLACE(cms_certs) inside = { 0 };
	struct fault f = { 0 };

	if (cms_certs_read(&inside, in, &f) != ST_OK && f.code[0] == '\0')
		bug("refused without a code");
	for (size_t i = 0; i < inside.count; i++)
		if (!cert_subject(inside.list[i]))
			bug("a certificate that names nobody");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	load_once();
	open_sealed(slice_of(data, size));
	check_signed(slice_of(data, size));
	claim_read(slice_of(data, size));
	certs_look(slice_of(data, size));
	return 0;
}
