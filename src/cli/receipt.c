/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tieline receipt: the receipt as it came, as an S/MIME file:
 * openssl cms -verify -in FILE -CAfile ROOT.pem verifies it without us.  It reads signatures in
 * base64 only, and no file without a boundary: what is signed and the signature can be had by
 * themselves, too, cut by a child that has given up everything but its descriptors.
 */
#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bindings/mdn.h"
#include "cli/confined.h"
#include "cli/content.h"
#include "cli/save.h"
#include "processes/process.h"

enum { PART = CONTENT_OPTIONS, SIGNATURE };
static const struct option_row options[] = {
	CONTENT_OPTION_ROWS,
	[PART] = { "part", NULL, "what of it is signed instead, as it came", NULL },
	[SIGNATURE] = { "signature", NULL, "the signature over that part instead, DER", NULL },
};

enum { RECEIPT_FD, PIECE_FD, CHILD_FDS };

/* --- the child --- */

static enum status piece_write(const struct content *c, bool is_signature, struct fault *f)
{
	AUTO_IN_PLACE(mapping) map = { 0 };
	AUTO_IN_PLACE(buf) scratch = buf_init(SIGNATURE_SIZE_MAX);
	struct slice part, signature;

	TRY(mapping_init(&map, RECEIPT_FD, UINT64_MAX, f));
	if (c->at > map.bytes.n || c->n > map.bytes.n - c->at)
		return fault_set(f, ST_HOST, "ledger.corrupt", "the stored bytes are cut short");
	TRY(mdn_signed_parts(&part, &signature, &scratch, buf_slice(&c->type),
		slice_sub(map.bytes, (size_t)c->at, (size_t)c->n), f));
	return fd_write_all(PIECE_FD, is_signature ? signature : part, f);
}

__attribute__((noreturn)) static void child_run(
	const int fds[CHILD_FDS], const struct content *c, bool is_signature)
{
	enum status st = confined_enter(fds, CHILD_FDS, NULL);

	if (st == ST_OK)
		st = piece_write(c, is_signature, NULL);
	_exit((int)st);
}

/* --- what it wrote --- */

static enum status piece_cut(int to, const struct content *c, bool is_signature, struct fault *f)
{
	int ended = 0;

	fflush(NULL);
	pid_t pid = fork();
	if (pid < 0)
		return fault_errno(f, ST_HOST, "host.process", "a process to cut the receipt");
	if (pid == 0)
		child_run((const int[CHILD_FDS]){ c->fd, to }, c, is_signature);
	while (waitpid(pid, &ended, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(ended) && WEXITSTATUS(ended) == ST_OK)
		return ST_OK;
	if (WIFEXITED(ended) && WEXITSTATUS(ended) == ST_AUTH)
		return fault_set(f, ST_NONE, "mdn.unsigned",
			"this receipt is not signed, and has no signed part: without --part and "
			"--signature it is written as it came");
	return fault_set(f, ST_INPUT, "mdn.unread",
		"this receipt cannot be taken apart: without --part and --signature it is written "
		"as it came; `tieline fsck` says whether it is what was stored");
}

static int piece_run(const struct arguments *a, bool is_signature)
{
	AUTO_IN_PLACE(content) x = content_init();
	AUTO_FD piece = -1;
	struct fault f;
	uint64_t n;
	int code = content_get(&x, a, CONTENT_RECEIPT);

	if (code >= 0)
		return code;
	if (memory_file_open(&piece, "receipt", &f) != ST_OK ||
		piece_cut(piece, &x, is_signature, &f) != ST_OK ||
		fd_size(&n, piece, &f) != ST_OK ||
		save_section(a->values[CONTENT_OUTPUT], S(""), piece, 0, n, &f) != ST_OK)
		return fail(&f, NULL);
	return EXIT_DONE;
}

static int run(const struct arguments *a)
{
	if (a->given[PART] && a->given[SIGNATURE])
		return fail_with(EXIT_USAGE, "one of --part and --signature at a time");
	if (a->given[PART] || a->given[SIGNATURE])
		return piece_run(a, a->given[SIGNATURE]);
	return content_run(a, CONTENT_RECEIPT, true);
}

const struct command receipt_command = {
	.name = "receipt",
	.operands = "MESSAGE-ID",
	.purpose = "the signed receipt of a message, verifiable with openssl",
	COMMAND_OPTIONS(options),
	.operands_min = 1,
	.operands_max = 1,
	.run = run,
};
