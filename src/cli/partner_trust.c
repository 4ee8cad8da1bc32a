/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of authorities are read as the gateway will read them before they are put into the home, so
 * that a mistake is told to who made it.
 */
#include "cli/partner_trust.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/fd.h"
#include "cli/cli.h"
#include "cli/fingerprint.h"
#include "cli/home.h"
#include "exchange/agreement.h"
#include "processes/snapshot.h"
#include "safeguards/vouch.h"

static enum status anchors_show(struct slice pem, struct fault *f)
{
	AUTO(anchors) anchors = NULL;

	TRY(anchors_parse(&anchors, pem, f));
	for (size_t i = 0; i < anchors_count(anchors); i++) {
		AUTO_IN_PLACE(buf) shown = buf_init(FINGERPRINT_TEXT_MAX);
		const struct cert *cert = anchors_at(anchors, i);
		fingerprint_format(&shown, cert_fingerprint(cert));
		fprintf(stderr, "  authority    %s\n  fingerprint  %s\n", cert_subject(cert),
			buf_text(&shown));
	}
	return ST_OK;
}

static enum status lists_show(struct slice bytes, struct fault *f)
{
	AUTO(lists) lists = NULL;
	char when[TIME_TEXT_MAX];

	TRY(lists_parse(&lists, bytes, f));
	for (size_t i = 0; i < lists_count(lists); i++)
		fprintf(stderr, "  list of      %s\n  next one     %s\n", lists_issuer(lists, i),
			time_format(when, lists_next_update_ns(lists, i)));
	return ST_OK;
}

/* Beside those that are there; what cannot be read there holds up nobody. */
static enum status lists_beside(struct slice bytes, struct slice before, struct fault *f)
{
	AUTO(lists) lists = NULL;
	AUTO(lists) held = NULL;

	TRY(lists_parse(&lists, bytes, f));
	if (lists_parse(&held, before, NULL) != ST_OK)
		return ST_OK;
	return lists_newer_check(lists, held, clock_utc_ns(), f);
}

static enum status any_beside(struct slice bytes, struct slice before, struct fault *f)
{
	(void)bytes;
	(void)before;
	(void)f;
	return ST_OK;
}

static enum status partner_open(int *dir, int home, const char *id, struct fault *f)
{
	AUTO_IN_PLACE(buf) path = buf_init(1024);

	TRY(party_id_check(slice_str(id), f));
	buf_put_text(&path, "partners/");
	partner_dir_name(&path, slice_str(id));
	*dir = openat(home, buf_text(&path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *dir >= 0 ? ST_OK
			 : fault_set(f, ST_NONE, "partner.unknown", "there is no partner %s", id);
}

static enum status trust_of(enum trust_mode *out, int dir, struct fault *f)
{
	AUTO_IN_PLACE(buf) yaml = buf_init(AGREEMENT_SIZE_MAX);
	AUTO(agreement) agreement = NULL;

	TRY(file_read(&yaml, dir, "agreement.yaml", f));
	TRY(agreement_parse(&agreement, buf_slice(&yaml), f));
	*out = agreement->trust.mode;
	return ST_OK;
}

struct kind {
	const char *name, *file;
	size_t size_max;
	enum status (*show)(struct slice, struct fault *);
	enum status (*beside)(struct slice, struct slice before, struct fault *);
};

static enum status beside_check(
	const struct kind *kind, int dir, struct slice bytes, struct fault *f)
{
	AUTO_IN_PLACE(buf) before = buf_init(kind->size_max);

	if (file_read(&before, dir, kind->file, NULL) != ST_OK)
		return ST_OK;
	return kind->beside(bytes, buf_slice(&before), f);
}

static enum status put(enum trust_mode *mode, const struct kind *kind, const struct arguments *args,
	int home, struct fault *f)
{
	AUTO_IN_PLACE(buf) bytes = buf_init(kind->size_max);
	AUTO_FD dir = -1;

	TRY(partner_open(&dir, home, args->operands[1], f));
	TRY(file_read(&bytes, AT_FDCWD, args->operands[2], f));
	TRY(kind->show(buf_slice(&bytes), f));
	TRY(beside_check(kind, dir, buf_slice(&bytes), f));
	TRY(trust_of(mode, dir, f));
	return file_replace(dir, kind->file, buf_slice(&bytes), 0644, f);
}

static int keep(const struct kind *kind, const struct arguments *args, int home)
{
	enum trust_mode mode;
	struct fault f;

	if (args->operand_count < 3)
		return fail_with(EXIT_USAGE, "`tieline partner %s ID FILE`", kind->name);
	if (put(&mode, kind, args, home, &f) != ST_OK)
		return fail(&f, "nothing was changed");
	bool told = home_reload(home);
	fprintf(stderr, "Kept %s for %s%s\n", kind->file, args->operands[1],
		told ? "; the running gateway was told" : "");
	if (mode == TRUST_PINNED)
		fprintf(stderr,
			"It is not used yet: the agreement pins certificates. For authorities, write\n"
			"trust: { mode: chain } into its agreement.yaml.\n");
	return EXIT_DONE;
}

int partner_anchors(const struct arguments *args, int home)
{
	static const struct kind kind = { "anchors", "anchors.pem", ANCHORS_SIZE_MAX,
		anchors_show, any_beside };

	return keep(&kind, args, home);
}

int partner_lists(const struct arguments *args, int home)
{
	static const struct kind kind = { "lists", "revoked.crl", LISTS_SIZE_MAX, lists_show,
		lists_beside };

	return keep(&kind, args, home);
}
