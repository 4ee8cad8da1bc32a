/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tieline send: hands a document to the gateway.  The Message-ID is made here, so that asking again
 * after a hiccup can never send the document twice.
 */
#include "cli/cli.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/id.h"
#include "cli/desk_client.h"
#include "cli/handover.h"
#include "cli/home.h"
#include "cli/interruption.h"
#include "cli/listing.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "documents/media_type.h"
#include "exchange/delivery.h"
#include "exchange/agreement.h"
#include "exchange/message.h"
#include "processes/own_documents.h"
#include "processes/process.h"
#include "processes/snapshot.h"

#define TRIES 20
#define TRY_PAUSE_MS 250
#define FOREVER (-1)
#define WHY_TIMEOUT_MS 1000
#define TOLD_MAX 4096 /* bytes; a Message-ID is in it three times */
#define LOOKED_INTO_MAX (64U << 20) /* bytes; of what is larger nothing is told here */

enum { HOME, TO, AREA, TYPE, ID, ATTACH, DEADLINE, WAIT, JSON };
static const struct option_row options[] = {
	[HOME] = HOME_OPTION,
	[TO] = { "to", "ID", "the partner", NULL },
	[AREA] = { "area", "AREA", "outage, availability, aggregation or billing", NULL },
	[TYPE] = { "type", "MEDIA-TYPE", "default: guessed from the file's name", NULL },
	[ID] = { "id", "MESSAGE-ID", "default: a new one; the same id again never sends twice", NULL },
	[ATTACH] = { "attach", NULL, "the files after the first go with it, in the same message", NULL },
	[DEADLINE] = { "deadline", "DURATION", "give up after; default by area and agreement", NULL },
	[WAIT] = { "wait", "[DURATION]", "until the receipt is here, at most so long", NULL },
	[JSON] = { "json", NULL, "print the message as JSON", NULL },
};

struct sending {
	const struct arguments *args;
	struct desk_client *desk;
	int document;                /* descriptor with its content */
	bool is_as_it_is;            /* it is the user's file */
	struct verb_submit submit;
	struct buf id, type;
	char party[PARTY_ID_MAX + 1]; /* ours, for new Message-IDs */
	enum party_role role;         /* likewise, for what documents say */
	int64_t wait_ns;             /* FOREVER: no limit */
	struct verb_accepted accepted;
	struct fault refused;
	bool is_refused;
	struct verb_message last;    /* after --wait */
	struct buf last_packet;      /* what its slices point into */
};

/* --- the document --- */

static enum status single_read(struct sending *s, struct handover *h, struct fault *f)
{
	AUTO_FD fd = -1;

	TRY(handover_open(&fd, s->args->operands[0], f));
	s->submit.media_type = buf_slice(&s->type);
	s->is_as_it_is = handover_as_it_is(h, s->args->operands[0], fd);
	if (s->is_as_it_is) {
		s->document = FD_TAKE(fd);
		return ST_OK;
	}
	TRY(handover_copy(h, fd, f));
	return handover_finish(&s->document, h, f);
}

static enum status several_read(struct sending *s, struct handover *h, struct fault *f)
{
	s->submit.media_type = S("multipart/related");
	return handover_several(&s->document, h, s->args->operands, s->args->operand_count,
		buf_slice(&s->type), s->submit.message_id, f);
}

static enum status document_read(struct sending *s, struct fault *f)
{
	AUTO_IN_PLACE(handover) h = handover_init(s->desk, &s->submit);

	s->submit.filename = handover_name(s->args->operands[0]);
	if (s->type.n == 0)
		buf_put_text(&s->type, media_type_guess(s->submit.filename));
	TRY(s->args->given[ATTACH] ? several_read(s, &h, f) : single_read(s, &h, f));
	s->submit.size = h.size;
	return ST_OK;
}

/* --- what is wrong with it --- */

static enum status own_id(struct sending *s, const char *home, struct fault *f)
{
	AUTO_IN_PLACE(buf) yaml = buf_init(SETTINGS_SIZE_MAX);
	AUTO(settings) settings = NULL;
	AUTO_FD dir = -1;

	TRY(home_open(&dir, home, f));
	TRY(file_read(&yaml, dir, "tieline.yaml", f));
	TRY(settings_of_home(&settings, buf_slice(&yaml), f));
	s->role = settings->role;
	return slice_to_text(s->party, sizeof(s->party), slice_str(settings->id), f);
}

static void finding_warn(void *context, unsigned number, const struct der_finding *finding)
{
	char spot[DOCUMENT_SPOT_MAX];

	(void)context;
	fprintf(stderr, "tieline: %s: %s: %s (%s)\n", document_spot(spot, number, finding),
		finding->found, finding->expected, finding->code);
}

/*
 * The gateway decides, as it is agreed: this only tells, and of what says that it is one of our
 * types.  What cannot be read here is its trouble, too.
 */
static void document_warn(struct sending *s, const char *home)
{
	AUTO_IN_PLACE(buf) content = buf_init(LOOKED_INTO_MAX);
	struct documents_question question = { .only_claimed = true, .finding = finding_warn };
	struct documents_verdict verdict;

	if (s->submit.size > LOOKED_INTO_MAX || !documents_may_hold(s->submit.media_type) ||
		fd_read_at(&content, s->document, 0, s->submit.size, NULL) != ST_OK)
		return;
	bool is_known = own_id(s, home, NULL) == ST_OK;
	question.way = (struct der_way){ .sender = is_known ? slice_str(s->party) : S(""),
		.receiver = s->submit.partner,
		.area = s->submit.area,
		.sender_role = is_known ? party_role_word(s->role) : S("") };
	documents_look(&verdict, &question, buf_slice(&content), s->submit.media_type);
	if (verdict.errors > 0)
		fprintf(stderr, "tieline: %s\n", verdict.summary);
}

/* --- submitting --- */

static bool on_accepted(void *context, struct ipc_packet *packet)
{
	struct sending *s = context;

	if (packet->code != VERB_ACCEPTED)
		fault_set(&s->refused, ST_HOST, "gateway.answer", "the gateway answered with %s",
			packet->type->name);
	s->is_refused = packet->code != VERB_ACCEPTED ||
		ipc_body_parse(&s->accepted, packet, &s->refused) != ST_OK;
	if (!s->is_refused && s->accepted.status != ST_OK) {
		fault_from_verb(
			&s->refused, s->accepted.status, s->accepted.code, s->accepted.text);
		s->is_refused = true;
	}
	return true;
}

struct watching {
	int fd;
	struct progress progress;
};

/* Who reads it moves the position that it shares with us. */
static void on_tick(void *context)
{
	struct watching *w = context;
	off_t at = lseek(w->fd, 0, SEEK_CUR);

	if (at > 0)
		progress_show(&w->progress, (uint64_t)at);
}

static enum status ask(struct sending *s, struct fault *f)
{
	struct watching w = { s->document, progress_start(s->submit.size) };

	if (s->is_as_it_is)
		desk_client_watch(s->desk, on_tick, &w);
	enum status st = desk_client_ask(s->desk, VERB_SUBMIT, &s->submit, s->document,
		work_time_ns(s->submit.size) / NS_PER_MS, on_accepted, s, f);
	progress_end(&w.progress);
	return st;
}

/* A process of the gateway may be restarting: the id makes asking again safe. */
static enum status submit(struct sending *s, const char *home, struct fault *f)
{
	enum status st = ST_RETRY;

	for (unsigned i = 0; i < TRIES && st == ST_RETRY; i++) {
		if (i != 0)
			(void)poll(NULL, 0, TRY_PAUSE_MS);
		if (!s->desk)
			st = desk_client_open(&s->desk, home, f);
		if (s->desk)
			st = ask(s, f);
		if (st == ST_RETRY) {
			desk_client_free(s->desk);
			s->desk = NULL;
		}
	}
	return st;
}

static enum status times_fill(struct sending *s, const struct arguments *a, struct fault *f)
{
	s->wait_ns = FOREVER;
	if (a->values[WAIT])
		TRY(duration_parse(&s->wait_ns, slice_str(a->values[WAIT]), f));
	if (a->given[DEADLINE])
		TRY(duration_parse(&s->submit.deadline_ns, slice_str(a->values[DEADLINE]), f));
	if (a->given[DEADLINE] && s->submit.deadline_ns == 0)
		return fault_set(
			f, ST_INPUT, "duration.range", "a deadline of nothing cannot be kept");
	return ST_OK;
}

static enum status submit_fill(struct sending *s, const struct arguments *a, struct fault *f)
{
	enum area area;

	TRY(area_parse(&area, slice_str(a->values[AREA]), f));
	s->submit.area = area;
	s->submit.partner = slice_str(a->values[TO]);
	TRY(party_id_check(s->submit.partner, f));
	TRY(times_fill(s, a, f));
	if (a->given[ID])
		TRY(message_id_parse(&s->submit.message_id, slice_str(a->values[ID]), f));
	if (a->given[TYPE])
		TRY(media_type_parse(&s->type, slice_str(a->values[TYPE]), f));
	return ST_OK;
}

static enum status id_fill(struct sending *s, const char *home, struct fault *f)
{
	if (s->submit.message_id.n != 0)
		return ST_OK;
	/*
	 * The party in a Message-ID is for people: a configuration that is being edited must not
	 * stop the post.
	 */
	if (own_id(s, home, NULL) != ST_OK)
		TRY(slice_to_text(s->party, sizeof(s->party), S("tieline"), f));
	message_id_new(&s->id, slice_str(s->party), clock_utc_ns());
	s->submit.message_id = buf_slice(&s->id);
	return ST_OK;
}

/* --- waiting --- */

static bool on_settled(void *context, struct ipc_packet *packet)
{
	struct sending *s = context;
	struct ipc_packet kept = *packet;
	struct fault f;

	buf_clear(&s->last_packet);
	buf_put(&s->last_packet, packet->body);
	kept.body = buf_slice(&s->last_packet);
	if (packet->code != VERB_MESSAGE || ipc_body_parse(&s->last, &kept, &f) != ST_OK)
		s->last.state = DELIVERIES;
	return true;
}

static enum status wait_for(struct sending *s, const char *home, struct fault *f)
{
	struct verb_get ask = {
		.message_id = s->submit.message_id, .partner = s->submit.partner, .out = 1
	};
	int64_t until = clock_mono_ns() + s->wait_ns;
	enum status st = ST_RETRY;

	while (st == ST_RETRY) {
		int64_t left_ms =
			s->wait_ns == FOREVER ? -1 : (until - clock_mono_ns()) / NS_PER_MS;
		if (s->wait_ns != FOREVER && left_ms <= 0)
			return fault_set(f, ST_RETRY, "wait.timeout", "no receipt yet");
		if (!s->desk)
			st = desk_client_open(&s->desk, home, f);
		if (s->desk)
			st = desk_client_ask(
				s->desk, VERB_WAIT, &ask, -1, left_ms, on_settled, s, f);
		if (st == ST_RETRY && strcmp(f->code, "gateway.timeout") != 0) {
			desk_client_free(s->desk);
			s->desk = NULL;
			(void)poll(NULL, 0, TRY_PAUSE_MS);
		}
	}
	return st;
}

static const int outcomes[DELIVERIES] = {
	[DELIVERY_DELIVERED] = EXIT_DONE,
	[DELIVERY_REFUSED] = EXIT_REFUSED,
	[DELIVERY_EXPIRED] = EXIT_LATE,
	[DELIVERY_SUPERSEDED] = EXIT_LATE,
};

/* What the gateway has no fault for. */
static const char *end_words(enum delivery state)
{
	if (state == DELIVERY_EXPIRED)
		return "no receipt came before its deadline";
	return state == DELIVERY_SUPERSEDED ? "a newer one took its place"
					    : "the partner did not say why";
}

static int end_tell(const struct sending *s, const char *took)
{
	const struct verb_message *m = &s->last;
	struct slice id = s->submit.message_id;

	fprintf(stderr, "tieline: %s after %s: ", delivery_name(m->state), took);
	if (m->code.n > 0)
		fprintf(stderr, "%.*s (%.*s)\n", SLICE_FMT(m->text), SLICE_FMT(m->code));
	else
		fprintf(stderr, "%s: `tieline show %.*s` has all of it\n", end_words(m->state),
			SLICE_FMT(id));
	return outcomes[m->state];
}

static int outcome(const struct sending *s)
{
	const struct verb_message *m = &s->last;
	char took[DURATION_TEXT_MAX];

	if (m->state >= DELIVERIES)
		return fail_as(
			EXIT_HOST, "gateway.message",
			"the gateway lost track of the message: see `tieline show`");
	if (s->args->given[JSON])
		json_print(json_message(m));
	duration_format(took, m->settled_ns - m->created_ns);
	if (m->state != DELIVERY_DELIVERED)
		return end_tell(s, took);
	fprintf(stderr, "delivered, %s after %s\n", receipt_words(m), took);
	return EXIT_DONE;
}

/* Without an outcome, a program still learns the id. */
static void accepted_print(const struct sending *s)
{
	if (s->args->given[JSON])
		json_print(json_pack("{s:o, s:b}", "message-id", json_slice(s->submit.message_id),
			"repeated", s->accepted.repeated != 0));
}

static void why_put(void *context, const struct verb_message *m)
{
	struct buf *out = context;

	buf_clear(out);
	if (m->state == DELIVERY_AWAITING)
		buf_put_text(out, ": the partner has it, and its receipt is to come");
	else if (m->code.n > 0)
		buf_putf(out, ": %.*s (%.*s)", SLICE_FMT(m->text), SLICE_FMT(m->code));
}

/*
 * What is in the way: ": why (code)"; empty when nobody knows.  The time that somebody would wait is
 * over: a gateway that does not answer is not waited for.
 */
static void why_ask(struct buf *out, const struct sending *s, const char *home)
{
	AUTO(desk_client) desk = NULL;
	const struct listing listing = {
		.message = why_put, .context = out, .timeout_ms = WHY_TIMEOUT_MS
	};
	struct verb_list filter = { .out = true,
		.partner = s->submit.partner,
		.message_id = s->submit.message_id };
	struct fault f;

	if (desk_client_open(&desk, home, &f) == ST_OK)
		(void)!listing_ask(desk, &filter, &listing, &f);
}

static int wait_and_tell(struct sending *s, const char *home)
{
	AUTO_IN_PLACE(buf) why = buf_init(TOLD_MAX + FAULT_TEXT_MAX);
	struct fault f;

	if (wait_for(s, home, &f) == ST_OK)
		return outcome(s);
	accepted_print(s);
	if (strcmp(f.code, "wait.timeout") != 0)
		return fail(&f, NULL);
	why_ask(&why, s, home);
	return fail_as(EXIT_LATE, "wait.timeout",
		"no receipt within %s%s: the gateway goes on trying, see `tieline show %.*s`",
		s->args->values[WAIT], why.n ? buf_text(&why) : "", SLICE_FMT(s->submit.message_id));
}

/* --- the command --- */

static int prepare(struct sending *s, const char *home)
{
	struct fault f;

	if (submit_fill(s, s->args, &f) != ST_OK)
		return fail(&f, "see `tieline send --help`");
	if (desk_client_open(&s->desk, home, &f) != ST_OK)
		return fail(&f, NULL);
	if (id_fill(s, home, &f) != ST_OK || document_read(s, &f) != ST_OK)
		return fail(&f, "nothing was sent");
	document_warn(s, home);
	return -1;
}

/*
 * Who does not know the id sends again under another: then the partner has it twice.  Said whenever
 * the id could not be said as usual.
 */
static void id_tell(struct buf *out, const struct sending *s, const char *what, const char *how)
{
	struct slice id = s->submit.message_id;

	buf_putf(out,
		"%s: the gateway %s %.*s: `tieline show %.*s` tells; to send it again give --id "
		"%.*s, then it goes once",
		what, how, SLICE_FMT(id), SLICE_FMT(id), SLICE_FMT(id));
}

static int queued_tell(const struct sending *s)
{
	AUTO_IN_PLACE(buf) lost = buf_init(TOLD_MAX);

	if (!s->args->given[WAIT])
		accepted_print(s);
	if (!s->args->given[JSON])
		printf("%.*s\n", SLICE_FMT(s->submit.message_id));
	if (fflush(stdout) != 0) {
		id_tell(&lost, s, "standard output", "took");
		return fail_as(EXIT_HOST, "host.output", "%s", buf_text(&lost));
	}
	if (s->accepted.repeated)
		fprintf(stderr,
			"already submitted with the same content: nothing was sent again\n");
	return EXIT_DONE;
}

static int submit_and_tell(struct sending *s, const char *home)
{
	AUTO_IN_PLACE(buf) unknown = buf_init(TOLD_MAX);
	struct fault f;

	if (submit(s, home, &f) != ST_OK) {
		buf_putf(&unknown, "taken or not, it is safe to repeat with --id %.*s: it goes once",
			SLICE_FMT(s->submit.message_id));
		return fail(&f, buf_text(&unknown));
	}
	if (s->is_refused)
		return fail(&s->refused,
			strncmp(s->refused.code, "risk.", 5) == 0
				? "nothing was sent, see `tieline risk`"
				: "nothing was sent");
	return queued_tell(s);
}

static int send_it(struct sending *s, const char *home)
{
	AUTO_IN_PLACE(buf) line = buf_init(TOLD_MAX);
	AUTO(interruption) interruption = NULL;
	int code = prepare(s, home);

	if (code >= 0)
		return code;
	id_tell(&line, s, "interrupted", "may have taken");
	interruption = interruption_new(buf_slice(&line));
	code = submit_and_tell(s, home);
	if (code != EXIT_DONE || !s->args->given[WAIT])
		return code;
	buf_clear(&line);
	id_tell(&line, s, "interrupted", "took, and goes on with,");
	interruption_says(interruption, buf_slice(&line));
	return wait_and_tell(s, home);
}

static int run(const struct arguments *a)
{
	const char *home = home_path(a->values[HOME]);
	struct sending s = { .args = a, .document = -1 };

	if (!home)
		return EXIT_USAGE;
	if (!a->given[TO] || !a->given[AREA])
		return fail_with(
			EXIT_USAGE, "--to and --area are needed: see `tieline send --help`");
	if (a->operand_count > 1 && !a->given[ATTACH])
		return fail_with(EXIT_USAGE,
			"several files: --attach sends them in one message, without it each is sent by "
			"itself");
	if (a->given[ATTACH] && a->operand_count < 2)
		return fail_with(EXIT_USAGE, "--attach: which files go with %s?", a->operands[0]);
	s.id = buf_init(MESSAGE_ID_MAX);
	s.type = buf_init(MEDIA_TYPE_MAX);
	s.last_packet = buf_init(IPC_PACKET_MAX);
	int code = send_it(&s, home);
	desk_client_free(s.desk);
	fd_close(&s.document);
	buf_done(&s.id);
	buf_done(&s.type);
	buf_done(&s.last_packet);
	return code;
}

const struct command send_command = {
	.name = "send",
	.operands = "FILE|- [FILE...]",
	.purpose = "send a document to a partner, or several in one message",
	COMMAND_OPTIONS(options),
	.operands_min = 1,
	.operands_max = OPERANDS_MAX,
	.run = run,
};
