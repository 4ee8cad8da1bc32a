/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents that are larger than what a process may hold: in every wrapping they go through files,
 * come out as they went in, and leave memory behind them.
 */
#include "exchange_expect.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "as2_parties.h"
#include "base/fd.h"
#include "base/views.h"
#include "processes/parcel.h"

#define LARGE ((size_t)24 << 20)
#ifdef __SANITIZE_ADDRESS__
#define HELD_MAX (1 << 30) /* what the sanitizer holds is its own affair */
#else
#define HELD_MAX 16384 /* KiB, of a document of 24 MiB, its copies and its sealed form */
#endif
#define STATUS_LINE 256

static int file_open(void)
{
	int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	struct fault f;

	if (fd < 0 && memory_file_open(&fd, "large", &f) != ST_OK)
		die("no file for a test");
	return fd;
}

/* Different everywhere, and not compressible much. */
static void document_fill(struct buf *out, size_t n)
{
	uint64_t state = 88172645463325252;
	uint64_t block[512];

	for (size_t at = 0; at < n; at += sizeof(block)) {
		for (size_t i = 0; i < COUNT(block); i++) {
			state ^= state << 13;
			state ^= state >> 7;
			state ^= state << 17;
			block[i] = state;
		}
		buf_put(out, slice_of(block, n - at < sizeof(block) ? n - at : sizeof(block)));
	}
}

static long status_kib(const char *key)
{
	FILE *in = fopen("/proc/self/status", "re");
	char line[STATUS_LINE];
	long kib = -1;

	while (in && fgets(line, sizeof(line), in))
		if (strncmp(line, key, strlen(key)) == 0)
			kib = strtol(line + strlen(key), NULL, 10);
	if (in)
		fclose(in);
	return kib;
}

/* The peak is forgotten, so that the next one is that of the test alone. */
static long peak_begin(void)
{
	FILE *out = fopen("/proc/self/clear_refs", "we");

	if (out) {
		fputs("5", out);
		fclose(out);
	}
	return status_kib("VmRSS:");
}

/* Without holding either of them. */
static bool slice_is_same(struct slice a, struct slice b)
{
	struct slice x = { 0 }, y = { 0 };
	bool more, same = a.n == b.n;

	while ((more = views_step(&x, &a)) && views_step(&y, &b) && same)
		same = slice_eq(x, y);
	return same && !more && !views_step(&y, &b);
}

static void sealed_content_goes_through_files(void **state)
{
	AUTO_FD fd = file_open();
	struct buf_room room = { fd, 0 };
	AUTO_IN_PLACE(buf) content = buf_room_take(&room, LARGE);
	AUTO_IN_PLACE(buf) der = buf_room_take(&room, LARGE + 2 * SEALING_HEAD_MAX);
	AUTO_IN_PLACE(buf) opened = buf_room_take(&room, LARGE);
	const struct opener opener = { parties[UTILITY].encrypt, parties[UTILITY].encrypt_key };
	long before = peak_begin();
	struct slice sealed;
	struct fault f;

	(void)state;
	document_fill(&content, LARGE);
	must(sealing_seal(&sealed, &der, buf_slice(&content), opener.cert, CIPHER_AES256_GCM, 0,
		     &f),
		&f);
	must(sealing_open(&opened, sealed, &opener, 1, 0, &f), &f);
	long held = status_kib("VmHWM:") - before;
	assert_true(slice_is_same(buf_slice(&content), buf_slice(&opened)));
	if (held > HELD_MAX)
		fail_msg("%ld KiB were held", held);
}

/* --- messages ---------------------------------------------------------------------- */

static const struct {
	const char *name;
	struct as2_terms terms;
} wrappings[] = {
	{ "plain", { .marked = true } },
	{ "signed", { .sign = true, .marked = true } },
	{ "encrypted", { .encrypt = true, .marked = true } },
	{ "both", { .sign = true, .encrypt = true, .marked = true } },
	{ "compressed", { .compress = COMPRESS_AFTER_SIGNING, .marked = true } },
	{ "compressed, signed",
		{ .sign = true, .compress = COMPRESS_BEFORE_SIGNING, .marked = true } },
	{ "signed, compressed, encrypted",
		{ .sign = true,
			.encrypt = true,
			.compress = COMPRESS_AFTER_SIGNING,
			.marked = true } },
	{ "compressed, signed, encrypted",
		{ .sign = true,
			.encrypt = true,
			.compress = COMPRESS_BEFORE_SIGNING,
			.marked = true } },
};

enum { PART, DOCUMENT, SIGNATURE, BODY, PIECES };

struct posted {
	struct buf headers;
	int fd;
	struct section at[PIECES];
	struct digest_value mic;
};

static void post(struct posted *out, const struct as2_terms *terms, const struct buf *from)
{
	AUTO_FD spool = file_open();
	AUTO_IN_PLACE(as2_sealed) s;
	const struct as2_draft draft = { .area = AREA_BILLING,
		.message_id = S("1@SUNNY-DER"),
		.media_type = S("application/octet-stream"),
		.filename = S("large"),
		.now_ns = NOW };
	const struct as2_sender sender = { .own_id = slice_str(parties[AGGREGATOR].id),
		.partner_id = slice_str(parties[UTILITY].id),
		.signer = signer_of(&parties[AGGREGATOR]),
		.recipient = parties[UTILITY].encrypt,
		.terms = *terms };
	struct slice rest = buf_slice(from);
	const struct as2_content content = { document_next, &rest };
	struct digest_value digest;
	struct fault f;

	as2_sealed_init(&s, from->n, spool);
	must(as2_seal(&s, &draft, &sender, &content, &f), &f);
	digest_compute(&digest, DIGEST_SHA256, buf_slice(from));
	assert_true(digest_eq(&s.digest, &digest));
	assert_true(sealed_digest_fits(sealed_digest_slice(&s.body_digest), s.body));
	const struct parcel parcel = {
		.pieces = { s.part, s.document_is_apart ? s.document : S(""),
			buf_slice(&s.signature), s.body },
		.count = PIECES,
		.spool = spool,
		.bufs = { &s.content, &s.entity, &s.packed, &s.signature, &s.cipher },
		.buf_count = 5,
	};
	must(parcel_make(&out->fd, out->at, &parcel, &f), &f);
	buf_put(&out->headers, buf_slice(&s.headers));
	out->mic = s.mic;
}

static void opened_again(const char *name, const struct as2_terms *terms, const struct posted *p,
	struct slice body, struct slice want)
{
	AUTO_FD spool = file_open();
	AUTO_IN_PLACE(as2_opened) opened;
	const struct opener opener = { parties[UTILITY].encrypt, parties[UTILITY].encrypt_key };
	const struct cert *const signers[] = { parties[AGGREGATOR].sign };
	const struct as2_receiver receiver = {
		.own_id = slice_str(parties[UTILITY].id),
		.openers = &opener,
		.opener_count = 1,
		.partner_id = slice_str(parties[AGGREGATOR].id),
		.signers = signers,
		.signer_count = 1,
		.terms = *terms,
		.area = AREA_BILLING,
		.now_ns = NOW,
	};
	struct as2_head head;
	struct fault f;

	as2_opened_init(&opened, 2 * LARGE, spool);
	must(as2_head_parse(&head, buf_slice(&p->headers), &f), &f);
	expect_fault(name, as2_open(&opened, &head, body, &receiver, &f), &f, ST_OK, NULL);
	assert_true(slice_is_same(opened.document, want));
	assert_true(digest_eq(&opened.mic, &p->mic));
	/* And was digested as it came: nobody has to read it again. */
	if (terms->encrypt && terms->compress == COMPRESS_NEVER &&
		!ahead_digested(&opened.ahead, opened.document).known)
		fail_msg("%s: the document is to be digested again", name);
}

static blkcnt_t blocks_of(int fd)
{
	struct stat st;

	assert_int_equal(fdatasync(fd), 0);
	assert_int_equal(fstat(fd, &st), 0);
	return st.st_blocks;
}

static void wrapping_goes_through_files(
	const char *name, const struct as2_terms *terms, const struct buf *content)
{
	const long before = peak_begin();
	struct posted p = { .headers = buf_init(AS2_HEAD_MAX), .fd = -1 };
	AUTO_IN_PLACE(mapping) all;
	struct digest_value again;
	struct fault f;

	post(&p, terms, content);
	must(mapping_init(&all, p.fd, UINT64_MAX, &f), &f);
	digest_compute(&again, DIGEST_SHA256, slice_sub(all.bytes, p.at[PART].at, p.at[PART].n));
	if (!digest_eq(&again, &p.mic))
		fail_msg("%s: the part is not what was signed", name);
	const blkcnt_t blocks = blocks_of(p.fd);
	views_spend(all.bytes.p, p.fd);
	opened_again(name, terms, &p, slice_sub(all.bytes, p.at[BODY].at, p.at[BODY].n),
		buf_slice(content));
	long held = status_kib("VmHWM:") - before;
	if (held > HELD_MAX)
		fail_msg("%s: %ld KiB were held", name, held);
	if (terms->encrypt ? blocks_of(p.fd) >= blocks : blocks_of(p.fd) != blocks)
		fail_msg("%s: what was opened takes %ld blocks", name, (long)blocks_of(p.fd));
	fd_close(&p.fd);
	buf_done(&p.headers);
}

static void every_wrapping_goes_through_files(void **state)
{
	AUTO_FD store = file_open();
	AUTO_IN_PLACE(buf) content = buf_init_file(LARGE, store, 0);

	(void)state;
	document_fill(&content, LARGE);
	for (size_t i = 0; i < COUNT(wrappings); i++)
		wrapping_goes_through_files(wrappings[i].name, &wrappings[i].terms, &content);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sealed_content_goes_through_files),
		cmocka_unit_test(every_wrapping_goes_through_files),
	};

	return cmocka_run_group_tests(tests, parties_make, parties_free);
}
