/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets of a process that was taken over: head and body against a small protocol with a field of
 * every kind.  What is accepted must lie within the packet and its limits, and must be written back
 * to the same bytes: there is one form of every packet.
 *
 * After a byte 255, which begins no type, the input is what both ends of a link do, a byte each:
 * such a process says anything, hands over anything, reads or not, goes away.  Whatever it does, no
 * descriptor stays open, and a link that was closed says so once.
 */
#include <event2/event.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cursor.h"
#include "base/fd.h"
#include "base/held.h"
#include "base/ipc.h"

struct everything {
	uint32_t number;
	uint64_t wide;
	int64_t below;
	struct slice text, blob;
};

#define FIELD(member, kind, max) { #member, kind, offsetof(struct everything, member), max }

static const struct ipc_field all_fields[] = {
	FIELD(number, IPC_U32, 0), FIELD(text, IPC_BYTES, 8), FIELD(wide, IPC_U64, 0),
	FIELD(below, IPC_I64, 0), FIELD(blob, IPC_BYTES, 15000),
};
static const struct ipc_field text_fields[] = {
	FIELD(text, IPC_BYTES, 0), FIELD(blob, IPC_BYTES, UINT32_MAX),
};

/* Type 3 is left out, as in a table with a gap. */
static const struct ipc_type types[] = {
	[1] = { "all",   1, 2, false, sizeof(struct everything), all_fields, 5 },
	[2] = { "empty", 1, 2, true,  0, NULL, 0 },
	[4] = { "text",  1, 2, false, sizeof(struct everything), text_fields, 2 },
};
static const struct ipc_protocol protocol = { types, sizeof(types) / sizeof(types[0]) };

/* Reads every byte, so that ASan sees one that is not the packet's. */
static void within(struct slice field, struct slice packet)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < field.n; i++)
		sum ^= field.p[i];
	if (field.n && (field.p < packet.p || field.p + field.n > packet.p + packet.n))
		bug("a field outside of its packet, sum %u", sum);
}

/* What is held goes behind it, and is counted in its head: ipc_send() puts both there. */
static void written_back(struct slice in, const struct ipc_packet *packet, const void *body)
{
	const uint8_t held[] = { (uint8_t)(packet->held.n >> 8), (uint8_t)packet->held.n };
	AUTO_IN_PLACE(buf) out = buf_init(2 * IPC_PACKET_MAX);

	ipc_format(&out, &protocol, packet->code, packet->id, body);
	buf_set(&out, 2, slice_of(held, sizeof(held)));
	buf_put(&out, packet->held);
	if (!slice_eq(buf_slice(&out), in))
		bug("%s comes back different", packet->type->name);
}

/* --- a link --- */

enum { OURS = 2, THEIRS = 1, BOTH = OURS | THEIRS, OTHERS = 4 };
enum { SAID = 1, GIVEN, GAP, TEXT, HANDED, ASIDE, LINK_TYPES };
enum { STEPS_MAX = 256, FDS_SEEN = 64, HANDED_MAX = 3, ID_OF_ANSWER = 7, PATIENCE_MS = 1 };

static const struct ipc_type link_types[LINK_TYPES] = {
	[SAID]   = { "all",   THEIRS, OURS, false, sizeof(struct everything), all_fields, 5 },
	[GIVEN]  = { "empty", THEIRS, OURS, true,  0, NULL, 0 },
	[TEXT]   = { "text",  BOTH,   BOTH, false, sizeof(struct everything), text_fields, 2 },
	[HANDED] = { "file",  BOTH,   BOTH, true,  sizeof(struct everything), all_fields, 5 },
	[ASIDE]  = { "aside", OTHERS, OURS, false, 0, NULL, 0 },
};
static const struct ipc_protocol link_protocol = { link_types, LINK_TYPES };

struct session {
	struct ipc *link;
	int other;  /* the other end; -1: it went away */
	int file;   /* something to hand over */
	int held;   /* the same, which goes inside of a packet */
	bool paused, frees;
	unsigned closes;
	struct cursor in;
};

static uint8_t take(struct cursor *in)
{
	uint8_t byte = 0;

	(void)!cursor_u8(in, &byte, NULL);
	return byte;
}

static void on_packet(void *context, struct ipc *link, struct ipc_packet *packet)
{
	struct session *s = context;
	struct everything body = { 0 };
	struct fault f = { 0 };

	if (s->closes > 0)
		bug("a packet of a link that is closed");
	if ((packet->fd >= 0) != packet->type->carries_fd)
		bug("%s with or without a descriptor", packet->type->name);
	if (packet->type->size > 0 && ipc_body_parse(&body, packet, &f) != ST_OK && !f.code[0])
		bug("refused without a code");
	if (body.number % 4 == 3 || s->paused) {
		s->paused = true;
		ipc_pause(link, true);
	}
}

static void on_closed(void *context, struct ipc *link, const struct fault *f)
{
	struct session *s = context;

	if (++s->closes > 1 || !f->code[0])
		bug("closed %u times, '%s'", s->closes, f->code);
	if (s->frees)
		ipc_free(TAKE(s->link));
	(void)link;
}

/* A packet of their making, with as many descriptors as they like. */
static void they_say(struct session *s)
{
	_Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(HANDED_MAX * sizeof(int))] = { 0 };
	uint8_t files = take(&s->in) % (HANDED_MAX + 1);
	struct slice packet = { 0 };
	uint16_t n = 0;

	(void)!cursor_u16(&s->in, &n, NULL);
	(void)!cursor_bytes(&s->in, &packet, n % 512, NULL);
	struct iovec io = { (void *)(uintptr_t)packet.p, packet.n };
	struct msghdr m = { .msg_iov = &io, .msg_iovlen = 1 };
	if (files > 0) {
		m.msg_control = control;
		m.msg_controllen = CMSG_SPACE(files * sizeof(int));
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(files * sizeof(int));
		for (uint8_t i = 0; i < files; i++)
			memcpy(CMSG_DATA(c) + i * sizeof(int), &s->file, sizeof(int));
	}
	(void)!sendmsg(s->other, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void they_say_much(struct session *s)
{
	static const uint8_t too_long[IPC_PACKET_MAX + 1];

	(void)!send(s->other, too_long, sizeof(too_long), MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void they_read(struct session *s)
{
	static uint8_t packet[IPC_PACKET_MAX];

	(void)!recv(s->other, packet, sizeof(packet), MSG_DONTWAIT);
}

static void they_go(struct session *s)
{
	fd_close(&s->other);
}

static struct event_base *loop;

static void we_turn(struct session *s)
{
	(void)s;
	event_base_loop(loop, EVLOOP_NONBLOCK);
}

/* As many as the socket takes, and one more when it says so. */
static void we_say(struct session *s)
{
	const struct everything body = { .text = S(""), .blob = S("") };
	uint8_t what = take(&s->in);
	const int file = what & 4 ? s->held : s->file;
	struct fault f = { 0 };

	for (unsigned i = 0; i < (what & 2 ? 400 : 1); i++)
		if (s->link && ipc_send(s->link, what & 1 ? HANDED : TEXT, i, &body,
				       what & 1 ? file : -1, &f) != ST_OK && !f.code[0])
			bug("not sent, without a code");
}

static void we_ask(struct session *s)
{
	const struct everything body = { .text = S(""), .blob = S("") };
	const struct ipc_asking asking = { .code = TEXT,
		.answer_code = take(&s->in) & 1 ? HANDED : TEXT,
		.id = ID_OF_ANSWER,
		.body = &body,
		.fd = -1,
		.timeout_ms = PATIENCE_MS };
	static uint8_t room[IPC_PACKET_MAX];
	struct ipc_packet answer = { .fd = -1 };
	struct fault f = { 0 };

	if (!s->link)
		return;
	if (ipc_ask(&answer, room, s->link, &asking, &f) != ST_OK) {
		if (!f.code[0])
			bug("not answered, without a code");
	} else if (answer.id != ID_OF_ANSWER || answer.code != asking.answer_code) {
		bug("another answer");
	} else {
		fd_close(&answer.fd);
	}
}

static void we_pause(struct session *s)
{
	s->paused = !s->paused;
	if (s->link)
		ipc_pause(s->link, s->paused);
}

static void we_drain(struct session *s)
{
	if (s->link && ipc_queued(s->link) > IPC_QUEUE_MAX)
		bug("more is queued than may be");
	if (s->link)
		(void)!ipc_drain(s->link, PATIENCE_MS, NULL);
}

/* On a link of its own: what they have to say is there before it is asked for. */
static void we_call(struct session *s)
{
	const struct everything body = { .text = S(""), .blob = S("") };
	static uint8_t room[IPC_PACKET_MAX];
	struct session call = { .in = s->in, .file = s->file, .other = -1 };
	struct ipc_packet answer = { .fd = -1 };
	struct fault f = { 0 };
	int ends[2];

	ipc_pair(ends);
	call.other = ends[1];
	for (uint8_t n = take(&call.in) % 4; n > 0; n--)
		they_say(&call);
	if (take(&call.in) & 1)
		they_go(&call);
	enum status st = ipc_call(&answer, room, ends[0], &link_protocol, TEXT, &body, -1,
		PATIENCE_MS, &f);
	if (st == ST_OK)
		fd_close(&answer.fd);
	else if (!f.code[0])
		bug("not answered, without a code");
	they_go(&call);
	fd_close(&ends[0]);
	s->in = call.in;
}

static void (*const steps[])(struct session *) = {
	we_turn, they_say, they_say, we_say, we_ask, we_pause,
	they_read, we_drain, they_go, we_call, they_say_much,
};

static unsigned fds_open(void)
{
	unsigned n = 0;

	for (int fd = 0; fd < FDS_SEEN; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void session_run(struct session *s)
{
	static const struct ipc_events events = { on_packet, on_closed };
	const struct slice content = S("held");
	int ends[2];

	ipc_pair(ends);
	s->other = ends[1];
	s->link = ipc_new(loop, ends[0], &link_protocol, OURS, THEIRS, &events, s);
	s->frees = take(&s->in) & 1;
	if (memory_file_new(&s->file, "fuzz", S("held"), NULL) != ST_OK)
		bug("no file to hand over");
	s->held = held_new(&content, 1);
	if (s->held < 0)
		bug("nothing can be held");
	for (unsigned i = 0; i < STEPS_MAX && !cursor_at_end(&s->in); i++)
		steps[take(&s->in) % (sizeof(steps) / sizeof(steps[0]))](s);
	we_turn(s);
	ipc_free(s->link);
	they_go(s);
	fd_close(&s->file);
	fd_close(&s->held);
}

static void link_use(struct slice in)
{
	struct session s = { .in = cursor_of(in), .other = -1 };
	unsigned before;

	if (!loop)
		loop = event_base_new();
	before = fds_open();
	session_run(&s);
	if (fds_open() != before)
		bug("%u descriptors were open, and are %u", before, fds_open());
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = slice_of(data, size);
	struct everything body = { 0 };
	struct ipc_packet packet;
	struct fault f;

	if (slice_has_prefix(in, S("\xff"))) {
		link_use(slice_from(in, 1));
		return 0;
	}
	if (size > IPC_PACKET_MAX || ipc_head_parse(&packet, &protocol, in, &f) != ST_OK)
		return 0;
	if (ipc_body_parse(&body, &packet, &f) != ST_OK)
		return 0;
	within(body.text, in);
	within(body.blob, in);
	within(packet.held, in);
	if (packet.held.n > 0 && !packet.type->carries_fd)
		bug("%s holds what it may not", packet.type->name);
	if (packet.fd != -1)
		bug("a descriptor out of bytes");
	written_back(in, &packet, &body);
	return 0;
}
