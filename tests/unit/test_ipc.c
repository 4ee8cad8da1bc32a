/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets between processes: what is written is what is read, everything else closes the link with
 * its own code, and no descriptor that came with it stays open.  The other end is a bare socket, so
 * that it can say what our own writer never would.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/held.h"
#include "base/ipc.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define NOBODY 65534
#define PATIENCE_MS 20000 /* for what must happen: never waited for in full */

/* --- a small protocol --- */

enum { ASKER = 1, TELLER = 2, STRANGER = 4 };
enum { NONE, NOTE, HAND, TOLD, HOLE, EMPTY, ASIDE, HANDED, AWAY, BOTH, CODES };

struct note {
	uint32_t number;
	uint64_t wide;
	int64_t below;
	struct slice text, blob;
};

#define NOTE_TEXT_MAX 8
#define NOTE_BLOB_MAX 15000

static const struct ipc_field note_fields[] = {
	{ "number", IPC_U32, offsetof(struct note, number), 0 },
	{ "wide", IPC_U64, offsetof(struct note, wide), 0 },
	{ "below", IPC_I64, offsetof(struct note, below), 0 },
	{ "text", IPC_BYTES, offsetof(struct note, text), NOTE_TEXT_MAX },
	{ "blob", IPC_BYTES, offsetof(struct note, blob), NOTE_BLOB_MAX },
};
static const struct ipc_field number_fields[] = {
	{ "number", IPC_U32, offsetof(struct note, number), 0 },
};

#define ALL_FIELDS sizeof(struct note), note_fields, COUNT(note_fields)
#define ONE_FIELD sizeof(struct note), number_fields, COUNT(number_fields)

static const struct ipc_type types[CODES] = {
	[NOTE]   = { "note",   ASKER,    TELLER,   false, ALL_FIELDS },
	[HAND]   = { "hand",   ASKER,    TELLER,   true,  ONE_FIELD },
	[TOLD]   = { "told",   TELLER,   ASKER,    false, ONE_FIELD },
	[EMPTY]  = { "empty",  ASKER,    TELLER,   false, 0, NULL, 0 },
	[ASIDE]  = { "aside",  STRANGER, TELLER,   false, ONE_FIELD },
	[HANDED] = { "handed", TELLER,   ASKER,    true,  ONE_FIELD },
	[BOTH]   = { "both",   ASKER,    TELLER,   true,  ALL_FIELDS },
	[AWAY]   = { "away",   ASKER,    STRANGER, false, ONE_FIELD },
};
static const struct ipc_protocol protocol = { types, CODES };

#define HEAD(code, length) "\0" code "\0\0" "\0\0\0" length "\0\0\0\0\0\0\0\7"
#define HELD(code, held, length) "\0" code "\0" held "\0\0\0" length "\0\0\0\0\0\0\0\7"
#define NUMBER "\0\0\0\5"
#define GOOD_HAND S(HEAD("\2", "\4") NUMBER)
#define HELD_HAND S(HELD("\2", "\2", "\4") NUMBER "xy")
#define GOOD_TOLD S(HEAD("\3", "\4") NUMBER)
#define GOOD_EMPTY S(HEAD("\5", "\0"))
#define NOTE_FRONT "\0\0\0\1" "\0\0\0\0\0\0\0\2" "\xff\xff\xff\xff\xff\xff\xff\xfd"

/* --- helpers --- */

static unsigned fds_open(void)
{
	unsigned n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static int file_holding(const char *text)
{
	struct fault f;
	int fd;

	assert_int_equal(memory_file_new(&fd, "test", slice_str(text), &f), ST_OK);
	return fd;
}

static void expect_code(const char *name, const struct fault *f, const char *want)
{
	if (strcmp(f->code, want) != 0)
		fail_msg("%s: %s (%s), want %s", name, f->code, f->text, want);
}

/* A packet of anybody's making, with any number of copies of one descriptor. */
static void raw_send(int socket, struct slice packet, int fd, size_t copies)
{
	struct iovec io = { (void *)(uintptr_t)packet.p, packet.n };
	_Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(16 * sizeof(int))] = { 0 };
	struct msghdr m = { .msg_iov = &io, .msg_iovlen = 1 };

	assert_true(copies <= 16);
	if (copies) {
		m.msg_control = control;
		m.msg_controllen = CMSG_SPACE(copies * sizeof(int));
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(copies * sizeof(int));
		for (size_t i = 0; i < copies; i++)
			memcpy(CMSG_DATA(c) + i * sizeof(int), &fd, sizeof(int));
	}
	assert_int_equal(sendmsg(socket, &m, MSG_NOSIGNAL), packet.n);
}

/* A link of the teller's, the bare other end, and what the callbacks saw. */
struct side {
	struct event_base *loop;
	struct ipc *link;
	int other;
	unsigned packets, closes;
	unsigned pause_after, free_after; /* packets, 0: never */
	bool free_when_closed;
	struct ipc *also_free;
	struct fault why;
	uint64_t last_id;
	uint32_t last_number;
	bool in_order;
	int taken; /* -1 after a packet that brought a descriptor: it was left to be closed */
	bool take, yield;
};

static void on_packet(void *context, struct ipc *link, struct ipc_packet *packet)
{
	struct side *s = context;
	struct note note = { 0 };
	struct fault f;

	s->packets++;
	s->in_order = s->in_order && packet->id == s->last_id + 1;
	s->last_id = packet->id;
	assert_ptr_equal(link, s->link);
	assert_ptr_equal(packet->type, &types[packet->code]);
	if (packet->code != EMPTY)
		assert_int_equal(ipc_body_parse(&note, packet, &f), ST_OK);
	s->last_number = note.number;
	if (s->take)
		s->taken = FD_TAKE(packet->fd);
	if (s->packets == s->pause_after)
		ipc_pause(link, true);
	if (s->yield)
		ipc_yield(link);
	if (s->packets == s->free_after) {
		ipc_free(TAKE(s->link));
		ipc_free(TAKE(s->also_free));
		/* The packet is still ours until we return. */
		if (packet->code != EMPTY)
			assert_int_equal(ipc_body_parse(&note, packet, &f), ST_OK);
	}
}

static void on_closed(void *context, struct ipc *link, const struct fault *f)
{
	struct side *s = context;

	assert_ptr_equal(link, s->link);
	s->closes++;
	s->why = *f;
	if (s->free_when_closed)
		ipc_free(TAKE(s->link));
}

static const struct ipc_events events = { on_packet, on_closed };

static void side_start(struct side *s, struct event_base *loop, unsigned self, unsigned peer)
{
	int ends[2];

	*s = (struct side){ .loop = loop, .in_order = true, .taken = -1 };
	ipc_pair(ends);
	s->other = ends[1];
	s->link = ipc_new(loop, ends[0], &protocol, self, peer, &events, s);
}

static void side_stop(struct side *s)
{
	ipc_free(TAKE(s->link));
	fd_close(&s->other);
	fd_close(&s->taken);
}

static void turn(struct side *s)
{
	event_base_loop(s->loop, EVLOOP_ONCE | EVLOOP_NONBLOCK);
}

static struct event_base *loop_new(void)
{
	struct event_base *loop = event_base_new();

	assert_non_null(loop);
	return loop;
}

/* --- wire form --- */

static void test_wire_is_as_documented(void **state)
{
	static const uint8_t want[] =
		"\0\1" "\0\0" "\0\0\0\x20" "\1\2\3\4\5\6\7\x8" /* type, zero, length, id */
		"\xde\xad\xbe\xef" "\0\0\0\1\0\0\0\2" "\xff\xff\xff\xff\xff\xff\xff\xfe"
		"\0\0\0\2" "hi" "\0\0\0\2" "\0\xff";
	const struct note note = { 0xdeadbeef, 0x100000002, -2, S("hi"), S("\0\xff") };
	AUTO_IN_PLACE(buf) out = buf_init(IPC_PACKET_MAX);

	(void)state;
	ipc_format(&out, &protocol, NOTE, 0x0102030405060708, &note);
	assert_int_equal(out.n, sizeof(want) - 1);
	assert_memory_equal(out.p, want, out.n);
}

static uint8_t blob[NOTE_BLOB_MAX];

static const struct {
	const char *name;
	struct note note;
} notes[] = {
	{ "nothing but zeroes", { 0 } },
	{ "the largest",
		{ UINT32_MAX, UINT64_MAX, INT64_MAX, S("12345678"), { blob, sizeof(blob) } } },
	{ "the smallest signed", { 1, 1, INT64_MIN, S(""), S("x") } },
	{ "bytes that mean something elsewhere", { 0, 0, -1, S("\0\r\n\"%s"), S("\0\0\0\0") } },
};

static bool notes_equal(const struct note *a, const struct note *b)
{
	return a->number == b->number && a->wide == b->wide && a->below == b->below &&
	       slice_eq(a->text, b->text) && slice_eq(a->blob, b->blob);
}

static void test_round_trips(void **state)
{
	AUTO_IN_PLACE(buf) out = buf_init(IPC_PACKET_MAX);
	struct ipc_packet packet;
	struct note got;
	struct fault f;

	(void)state;
	memset(blob, 0xa5, sizeof(blob));
	for (size_t i = 0; i < COUNT(notes); i++) {
		buf_clear(&out);
		ipc_format(&out, &protocol, NOTE, i, &notes[i].note);
		assert_int_equal(ipc_head_parse(&packet, &protocol, buf_slice(&out), &f), ST_OK);
		assert_int_equal(packet.id, i);
		assert_int_equal(packet.code, NOTE);
		assert_int_equal(packet.fd, -1);
		memset(&got, 0xee, sizeof(got));
		assert_int_equal(ipc_body_parse(&got, &packet, &f), ST_OK);
		if (!notes_equal(&got, &notes[i].note))
			fail_msg("%s: came back different", notes[i].name);
	}
}

/* The whole of what a reader without a socket refuses. */
static const struct {
	const char *name;
	struct slice packet;
	const char *code; /* NULL: good */
} wires[] = {
	{ "the shortest packet", S(HEAD("\5", "\0")), NULL },
	{ "a note",
		S(HEAD("\1", "\x1e") NOTE_FRONT "\0\0\0\1"
						"a"
						"\0\0\0\1"
						"b"),
		NULL },
	{ "an empty text",
		S(HEAD("\1", "\x1c") NOTE_FRONT "\0\0\0\0"
						"\0\0\0\0"),
		NULL },
	{ "nothing", S(""), "ipc.head" },
	{ "half a head", S("\0\1\0\0\0\0\0\0"), "ipc.head" },
	{ "a head less one byte", S("\0\5\0\0\0\0\0\0\0\0\0\0\0\0\0"), "ipc.head" },
	{ "bytes where no descriptor goes, few", S("\0\5\0\1\0\0\0\0\0\0\0\0\0\0\0\7"), "ipc.head" },
	{ "bytes where no descriptor goes, many", S("\0\5\x80\0\0\0\0\0\0\0\0\0\0\0\0\7"), "ipc.head" },
	{ "type zero", S(HEAD("\0", "\0")), "ipc.type" },
	{ "a type left out of the table", S(HEAD("\4", "\0")), "ipc.type" },
	{ "the first type beyond the table", S(HEAD("\x0a", "\0")), "ipc.type" },
	{ "the largest type", S("\xff\xff\0\0\0\0\0\0\0\0\0\0\0\0\0\7"), "ipc.type" },
	{ "a length of one more than there is", S(HEAD("\3", "\5") NUMBER), "ipc.length" },
	{ "the largest length", S("\0\3\0\0\xff\xff\xff\xff\0\0\0\0\0\0\0\7" NUMBER),
		"ipc.length" },
	{ "a length that wraps with the head", S("\0\3\0\0\xff\xff\xff\xf4\0\0\0\0\0\0\0\7" NUMBER),
		"ipc.length" },
	{ "a length of one less than there is", S(HEAD("\3", "\3") NUMBER), "ipc.trailing" },
	{ "a body behind an empty one", S(HEAD("\5", "\0") "x"), "ipc.trailing" },
	{ "a body that should be empty", S(HEAD("\5", "\1") "x"), "ipc.trailing" },
	{ "a byte after the last field", S(HEAD("\3", "\5") NUMBER "x"), "ipc.trailing" },
	{ "bytes that are held", S(HELD("\2", "\2", "\4") NUMBER "xy"), NULL },
	{ "one more than there are", S(HELD("\2", "\3", "\4") NUMBER "xy"), "ipc.length" },
	{ "one less than there are", S(HELD("\2", "\1", "\4") NUMBER "xy"), "ipc.trailing" },
	{ "held before the last field", S(HELD("\2", "\2", "\2") "\0\0" "xy"), "ipc.field" },
	{ "no fields", S(HEAD("\3", "\0")), "ipc.field" },
	{ "a number cut short", S(HEAD("\3", "\3") "\0\0\0"), "ipc.field" },
	{ "a wide number cut short",
		S(HEAD("\1", "\x0b") "\0\0\0\1"
				     "\0\0\0\0\0\0\0"),
		"ipc.field" },
	{ "a size cut short", S(HEAD("\1", "\x17") NOTE_FRONT "\0\0\0"), "ipc.field" },
	{ "a text cut short",
		S(HEAD("\1", "\x1a") NOTE_FRONT "\0\0\0\3"
						"ab"),
		"ipc.field" },
	{ "a text of one more than allowed",
		S(HEAD("\1", "\x25") NOTE_FRONT "\0\0\0\x09"
						"123456789"
						"\0\0\0\0"),
		"ipc.field" },
	{ "a text of the largest size",
		S(HEAD("\1", "\x1a") NOTE_FRONT "\xff\xff\xff\xff"
						"ab"),
		"ipc.field" },
	{ "a last field left out", S(HEAD("\1", "\x18") NOTE_FRONT "\0\0\0\0"), "ipc.field" },
};

static void test_wire_refusals(void **state)
{
	struct ipc_packet packet;
	struct note note;
	struct fault f;

	(void)state;
	for (size_t i = 0; i < COUNT(wires); i++) {
		f = (struct fault){ 0 };
		enum status st = ipc_head_parse(&packet, &protocol, wires[i].packet, &f);
		if (st == ST_OK)
			st = ipc_body_parse(&note, &packet, &f);
		if (st != (wires[i].code ? ST_INPUT : ST_OK))
			fail_msg("%s: %s (%s)", wires[i].name, status_name(st), f.text);
		expect_code(wires[i].name, &f, wires[i].code ? wires[i].code : "");
	}
}

/* --- what closes a link --- */

static const struct {
	const char *name;
	struct slice packet;
	size_t copies; /* of a descriptor */
	const char *code; /* NULL: taken as good */
} breaches[] = {
	{ "an empty one", GOOD_EMPTY, 0, NULL },
	{ "one with its descriptor", GOOD_HAND, 1, NULL },
	{ "a descriptor missing", GOOD_HAND, 0, "ipc.descriptor" },
	{ "a stray descriptor", GOOD_EMPTY, 1, "ipc.descriptor" },
	{ "two descriptors for one", GOOD_HAND, 2, "ipc.descriptor" },
	{ "eight descriptors", GOOD_HAND, 8, "ipc.descriptor" },
	{ "more descriptors than there is room for", GOOD_HAND, 9, "ipc.length" },
	{ "many more", GOOD_HAND, 16, "ipc.length" },
	{ "bytes in place of its descriptor", HELD_HAND, 0, NULL },
	{ "bytes and its descriptor", HELD_HAND, 1, "ipc.descriptor" },
	{ "what only we may say", GOOD_TOLD, 0, "ipc.role" },
	{ "what only another may say to us", S(HEAD("\6", "\4") NUMBER), 0, "ipc.role" },
	{ "what it may say to another only", S(HEAD("\x08", "\4") NUMBER), 0, "ipc.role" },
	{ "the same with a descriptor", S(HEAD("\6", "\4") NUMBER), 1, "ipc.role" },
	{ "an unknown type with a descriptor", S(HEAD("\4", "\0")), 1, "ipc.type" },
	{ "half a head with descriptors", S("\0\1\0\0"), 2, "ipc.head" },
	{ "nothing but a descriptor", S(""), 1, "ipc.head" },
	{ "nothing at all looks like the end", S(""), 0, "ipc.closed" },
	{ "a false length with a descriptor", S(HEAD("\2", "\5") NUMBER), 1, "ipc.length" },
};

static void breach_try(size_t i, struct event_base *loop, int fd)
{
	struct side s;
	struct fault f;
	unsigned before = fds_open();

	side_start(&s, loop, TELLER, ASKER);
	raw_send(s.other, breaches[i].packet, fd, breaches[i].copies);
	raw_send(s.other, GOOD_EMPTY, -1, 0);
	turn(&s);
	turn(&s);
	if (s.packets != (breaches[i].code ? 0u : 2u) || s.closes != !!breaches[i].code)
		fail_msg("%s: %u packets, %u closes", breaches[i].name, s.packets, s.closes);
	if (breaches[i].code)
		expect_code(breaches[i].name, &s.why, breaches[i].code);
	/* The other end is still there, and is told nothing more. */
	enum status st = ipc_send(s.link, TOLD, 1, &(struct note){ 0 }, -1, &f);
	if (st != (breaches[i].code ? ST_RETRY : ST_OK))
		fail_msg("%s: sending afterwards: %s", breaches[i].name, status_name(st));
	side_stop(&s);
	if (fds_open() != before)
		fail_msg("%s: %u descriptors were open, now %u", breaches[i].name, before,
			fds_open());
}

static void test_breaches_close_the_link(void **state)
{
	struct event_base *loop = loop_new();
	int fd = file_holding("");

	(void)state;
	for (size_t i = 0; i < COUNT(breaches); i++)
		breach_try(i, loop, fd);
	fd_close(&fd);
	event_base_free(loop);
}

/* The longest packet there can be is read whole; one byte more is refused with all it brought. */
static void long_packet_try(size_t n, size_t copies, const char *code)
{
	static uint8_t packet[IPC_PACKET_MAX + 1];
	struct event_base *loop = loop_new();
	int fd = file_holding("");
	unsigned before = fds_open();
	struct side s;

	memset(packet, 0, sizeof(packet));
	side_start(&s, loop, TELLER, ASKER);
	raw_send(s.other, slice_of(packet, n), fd, copies);
	turn(&s);
	assert_int_equal(s.closes, 1);
	expect_code("a long packet", &s.why, code);
	side_stop(&s);
	assert_int_equal(fds_open(), before);
	fd_close(&fd);
	event_base_free(loop);
}

static void test_truncated_packets(void **state)
{
	(void)state;
	long_packet_try(IPC_PACKET_MAX, 0, "ipc.type");
	long_packet_try(IPC_PACKET_MAX + 1, 0, "ipc.length");
	long_packet_try(IPC_PACKET_MAX + 1, 1, "ipc.length");
}

/* --- links --- */

/* Both ends ours, as in the program. */
struct pair {
	struct event_base *loop;
	struct side asker, teller;
};

static void pair_start(struct pair *p)
{
	int ends[2];

	p->loop = loop_new();
	ipc_pair(ends);
	p->asker = (struct side){ .loop = p->loop, .in_order = true, .taken = -1, .other = -1 };
	p->teller = p->asker;
	p->asker.link = ipc_new(p->loop, ends[0], &protocol, ASKER, TELLER, &events, &p->asker);
	p->teller.link = ipc_new(p->loop, ends[1], &protocol, TELLER, ASKER, &events, &p->teller);
}

static void pair_stop(struct pair *p)
{
	side_stop(&p->asker);
	side_stop(&p->teller);
	event_base_free(p->loop);
}

static void send_ok(struct ipc *link, unsigned code, uint64_t id, uint32_t number, int fd)
{
	struct fault f;

	if (ipc_send(link, code, id, &(struct note){ .number = number }, fd, &f) != ST_OK)
		fail_msg("%s: %s", f.code, f.text);
}

static void test_both_directions(void **state)
{
	struct pair p;

	(void)state;
	pair_start(&p);
	send_ok(p.asker.link, NOTE, 1, 42, -1);
	send_ok(p.teller.link, TOLD, 1, 43, -1);
	turn(&p.asker);
	assert_int_equal(p.teller.last_number, 42);
	assert_int_equal(p.asker.last_number, 43);
	assert_int_equal(p.teller.packets + p.asker.packets, 2);
	pair_stop(&p);
}

static void test_descriptors_travel(void **state)
{
	AUTO_IN_PLACE(buf) got = buf_init(64);
	int fd = file_holding("the body");
	struct fault f;
	struct pair p;

	(void)state;
	pair_start(&p);
	p.teller.take = true;
	send_ok(p.asker.link, HAND, 1, 0, fd);
	assert_true(fcntl(fd, F_GETFD) >= 0); /* stays the sender's */
	turn(&p.asker);
	assert_true(p.teller.taken >= 0);
	assert_int_equal(fcntl(p.teller.taken, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fd_read_at(&got, p.teller.taken, 0, 8, &f), ST_OK);
	assert_true(slice_eq(buf_slice(&got), S("the body")));
	pair_stop(&p);
	fd_close(&fd);
}

/*
 * What is held needs no descriptor, but where the packet has no room for it; the sender's stays the
 * sender's, and whoever does not take it holds nothing.
 */
static void held_try(size_t n, bool take, bool arrives_held)
{
	static uint8_t body[HELD_MAX];
	const struct slice content = slice_of(body, n);
	AUTO_IN_PLACE(buf) got = buf_init(HELD_MAX);
	struct note note = { .blob = slice_of(blob, 8000) };
	int fd = held_new(&content, 1), next = fd + 1;
	struct fault f;
	struct pair p;

	memset(body, 0x5a, sizeof(body));
	pair_start(&p);
	p.teller.take = take;
	assert_int_equal(ipc_send(p.asker.link, BOTH, 1, &note, fd, &f), ST_OK);
	assert_true(held_is(fd));
	turn(&p.asker);
	assert_int_equal(p.teller.packets, 1);
	assert_int_equal(held_is(next), take && arrives_held);
	if (take) {
		assert_int_equal(p.teller.taken == next, arrives_held);
		assert_int_equal(fd_read_at(&got, p.teller.taken, 0, n, &f), ST_OK);
		assert_int_equal(got.n, n);
	}
	pair_stop(&p);
	assert_false(held_is(next));
	fd_close(&fd);
}

static void test_what_is_held_travels(void **state)
{
	const size_t room = IPC_PACKET_MAX - IPC_HEAD_SIZE - 8000 - 28;

	(void)state;
	held_try(1, true, true);
	held_try(1, false, true);
	held_try(room, true, true);
	held_try(room + 1, true, false);
	held_try(HELD_MAX, false, false);
}

static void test_descriptors_left_are_closed(void **state)
{
	int fd = file_holding("");
	unsigned before;
	struct pair p;

	(void)state;
	pair_start(&p);
	before = fds_open();
	send_ok(p.asker.link, HAND, 1, 0, fd);
	turn(&p.asker);
	assert_int_equal(p.teller.packets, 1);
	assert_int_equal(fds_open(), before);
	pair_stop(&p);
	fd_close(&fd);
}

static void test_one_link_does_not_starve_another(void **state)
{
	struct event_base *loop = loop_new();
	struct side s[2];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		side_start(&s[i], loop, TELLER, ASKER);
		for (unsigned n = 0; n < 100; n++)
			raw_send(s[i].other, GOOD_EMPTY, -1, 0);
	}
	turn(&s[0]);
	assert_int_equal(s[0].packets, 64);
	assert_int_equal(s[1].packets, 64);
	turn(&s[0]);
	assert_int_equal(s[0].packets, 100);
	assert_int_equal(s[1].packets, 100);
	for (size_t i = 0; i < 2; i++)
		side_stop(&s[i]);
	event_base_free(loop);
}

static void test_pause(void **state)
{
	struct event_base *loop = loop_new();
	struct side s;

	(void)state;
	side_start(&s, loop, TELLER, ASKER);
	s.pause_after = 2;
	for (unsigned n = 0; n < 5; n++)
		raw_send(s.other, GOOD_EMPTY, -1, 0);
	fd_close(&s.other);
	turn(&s);
	turn(&s);
	assert_int_equal(s.packets, 2); /* not one more after the handler said so */
	ipc_pause(s.link, true);
	turn(&s);
	assert_int_equal(s.packets, 2);
	assert_int_equal(s.closes, 0);
	ipc_pause(s.link, false);
	turn(&s);
	assert_int_equal(s.packets, 5);
	assert_int_equal(s.closes, 1);
	side_stop(&s);
	event_base_free(loop);
}

static void test_yielding_leaves_the_rest_for_later(void **state)
{
	struct event_base *loop = loop_new();
	struct side s;

	(void)state;
	side_start(&s, loop, TELLER, ASKER);
	s.yield = true;
	for (unsigned n = 0; n < 3; n++)
		raw_send(s.other, GOOD_EMPTY, -1, 0);
	fd_close(&s.other);
	for (unsigned n = 1; n <= 3; n++) {
		turn(&s);
		assert_int_equal(s.packets, n);
		assert_int_equal(s.closes, 0);
	}
	turn(&s);
	assert_int_equal(s.closes, 1);
	side_stop(&s);
	event_base_free(loop);
}

/* --- a slow reader --- */

/* Sends until the socket is full and `queued` packets wait; returns how many were sent. */
static uint64_t fill(struct ipc *link, size_t queued)
{
	uint64_t id = 0;

	while (ipc_queued(link) < queued) {
		send_ok(link, NOTE, id + 1, (uint32_t)id, -1);
		id++;
	}
	return id;
}

static void test_a_full_queue(void **state)
{
	struct fault f;
	struct pair p;
	uint64_t sent;

	(void)state;
	pair_start(&p);
	ipc_pause(p.teller.link, true);
	sent = fill(p.asker.link, IPC_QUEUE_MAX);
	assert_int_equal(ipc_send(p.asker.link, NOTE, 0, &(struct note){ 0 }, -1, &f), ST_RETRY);
	expect_code("a full queue", &f, "ipc.queue");
	assert_int_equal(ipc_queued(p.asker.link), IPC_QUEUE_MAX);
	ipc_pause(p.teller.link, false);
	for (unsigned turns = 0; p.teller.packets < sent && turns < 10 * IPC_QUEUE_MAX; turns++)
		turn(&p.asker);
	assert_int_equal(p.teller.packets, sent);
	assert_true(p.teller.in_order);
	assert_int_equal(ipc_queued(p.asker.link), 0);
	/* And it is as new. */
	send_ok(p.asker.link, NOTE, 9999, 7, -1);
	assert_int_equal(ipc_queued(p.asker.link), 0);
	turn(&p.asker);
	assert_int_equal(p.teller.last_number, 7);
	pair_stop(&p);
}

/* Somebody else reads all there is, in a process of its own. */
static pid_t reader_start(int fd)
{
	pid_t child = fork();

	if (child == 0) {
		while (recv(fd, blob, sizeof(blob), 0) > 0 || errno == EAGAIN)
			poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, -1);
		_exit(0);
	}
	assert_true(child > 0);
	return child;
}

static void test_draining_waits_for_the_reader(void **state)
{
	struct event_base *loop = loop_new();
	struct fault f;
	struct side s;
	int status;

	(void)state;
	side_start(&s, loop, ASKER, TELLER);
	fill(s.link, IPC_QUEUE_MAX);
	assert_int_equal(ipc_drain(s.link, 10, &f), ST_RETRY);
	expect_code("nobody reads", &f, "ipc.timeout");
	assert_true(ipc_queued(s.link) > 0);
	pid_t reader = reader_start(s.other);
	assert_int_equal(ipc_drain(s.link, 60000, &f), ST_OK);
	assert_int_equal(ipc_queued(s.link), 0);
	send_ok(s.link, NOTE, 1, 1, -1);
	assert_int_equal(ipc_drain(s.link, 0, &f), ST_OK);
	kill(reader, SIGKILL);
	assert_int_equal(waitpid(reader, &status, 0), reader);
	side_stop(&s);
	event_base_free(loop);
}

/* Room in the socket is for those that waited first. */
static void test_nothing_overtakes_the_queue(void **state)
{
	struct event_base *loop = loop_new();
	struct side s;

	(void)state;
	side_start(&s, loop, ASKER, TELLER);
	fill(s.link, 1);
	while (recv(s.other, blob, sizeof(blob), 0) > 0)
		;
	send_ok(s.link, NOTE, 0, 0, -1);
	assert_int_equal(ipc_queued(s.link), 2);
	turn(&s);
	assert_int_equal(ipc_queued(s.link), 0);
	side_stop(&s);
	event_base_free(loop);
}

/* The sender may close what it sent at once, also when the packet must wait. */
static void test_queued_descriptors(void **state)
{
	AUTO_IN_PLACE(buf) got = buf_init(64);
	int fd = file_holding("late");
	struct fault f;
	struct pair p;
	uint64_t sent;

	(void)state;
	pair_start(&p);
	ipc_pause(p.teller.link, true);
	p.teller.take = true;
	sent = fill(p.asker.link, 1);
	send_ok(p.asker.link, HAND, sent + 1, 0, fd);
	fd_close(&fd);
	ipc_pause(p.teller.link, false);
	for (unsigned turns = 0; p.teller.packets <= sent && turns < 1000; turns++)
		turn(&p.asker);
	assert_true(p.teller.in_order);
	assert_int_equal(fd_read_at(&got, p.teller.taken, 0, 4, &f), ST_OK);
	assert_true(slice_eq(buf_slice(&got), S("late")));
	pair_stop(&p);
}

static void test_a_dead_link_keeps_nothing(void **state)
{
	int fd = file_holding("");
	struct fault f;
	struct pair p;
	unsigned before;

	(void)state;
	pair_start(&p);
	before = fds_open();
	ipc_pause(p.teller.link, true);
	fill(p.asker.link, 1);
	for (unsigned i = 0; i < 10; i++)
		send_ok(p.asker.link, HAND, i, 0, fd);
	assert_int_equal(fds_open(), before + 10);
	ipc_free(TAKE(p.teller.link));
	turn(&p.asker);
	assert_int_equal(p.asker.closes, 1);
	expect_code("the end of a peer", &p.asker.why, "ipc.closed");
	assert_int_equal(p.asker.why.status, ST_RETRY);
	assert_int_equal(ipc_queued(p.asker.link), 0);
	assert_int_equal(fds_open(), before - 1);
	assert_int_equal(ipc_send(p.asker.link, NOTE, 0, &(struct note){ 0 }, -1, &f), ST_RETRY);
	expect_code("sending to the dead", &f, "ipc.closed");
	pair_stop(&p);
	fd_close(&fd);
}

static void test_sending_before_the_end_is_noticed(void **state)
{
	struct event_base *loop = loop_new();
	struct fault f;
	struct side s;

	(void)state;
	side_start(&s, loop, ASKER, TELLER);
	fd_close(&s.other);
	assert_int_equal(ipc_send(s.link, NOTE, 0, &(struct note){ 0 }, -1, &f), ST_RETRY);
	expect_code("sending to the dead", &f, "ipc.closed");
	side_stop(&s);
	event_base_free(loop);
}

/* --- freeing --- */

static const struct {
	const char *name;
	unsigned free_after;
	bool free_when_closed, both;
	unsigned packets, closes;
} frees[] = {
	{ "by the handler of the first packet", 1, false, false, 1, 0 },
	{ "by the handler of a later packet", 3, false, false, 3, 0 },
	{ "by the handler of the last packet", 5, false, false, 5, 0 },
	{ "with another link that has packets too", 1, false, true, 1, 0 },
	{ "when closed", 0, true, false, 5, 1 },
};

static void test_free_inside_callbacks(void **state)
{
	struct side s, neighbour;

	(void)state;
	for (size_t i = 0; i < COUNT(frees); i++) {
		struct event_base *loop = loop_new();
		side_start(&s, loop, TELLER, ASKER);
		side_start(&neighbour, loop, TELLER, ASKER);
		s.free_after = frees[i].free_after;
		s.free_when_closed = frees[i].free_when_closed;
		if (frees[i].both)
			s.also_free = TAKE(neighbour.link);
		for (unsigned n = 0; n < 5; n++)
			raw_send(s.other, GOOD_HAND, s.other, 1);
		raw_send(neighbour.other, GOOD_EMPTY, -1, 0);
		fd_close(&s.other);
		turn(&s);
		turn(&s);
		if (s.link || s.packets != frees[i].packets || s.closes != frees[i].closes)
			fail_msg("%s: %u packets, %u closes", frees[i].name, s.packets, s.closes);
		assert_int_equal(neighbour.packets, !frees[i].both);
		side_stop(&s);
		side_stop(&neighbour);
		event_base_free(loop);
	}
}

static void test_free_with_a_queue(void **state)
{
	struct pair p;
	int fd = file_holding("");
	unsigned before = fds_open();

	(void)state;
	pair_start(&p);
	ipc_pause(p.teller.link, true);
	fill(p.asker.link, 100);
	send_ok(p.asker.link, HAND, 1, 0, fd);
	pair_stop(&p);
	assert_int_equal(fds_open(), before);
	fd_close(&fd);
	ipc_free(NULL);
}

/* --- in a child --- */

/* How the child ended: what asserts there must not go on to the next test. */
static int in_child(void (*run)(int), int fd)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
		alarm(PATIENCE_MS / 1000);
		run(fd);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

#define IN_FLIGHT_MAX 64

static int count_write_event(const struct event_base *loop, const struct event *event, void *count)
{
	(void)loop;
	*(unsigned *)count += (event_get_events(event) & EV_WRITE) != 0;
	return 0;
}

/* How many events of the loop wait for a socket to be writable. */
static unsigned writes_watched(struct event_base *loop)
{
	unsigned count = 0;

	event_base_foreach_event(loop, count_write_event, &count);
	return count;
}

/* Of descriptors on their way, a user may have as many as one of its processes may have open. */
static void too_many_in_flight(int fd)
{
	const struct rlimit few = { IN_FLIGHT_MAX, IN_FLIGHT_MAX };
	struct pair p;

	if (geteuid() == 0 && setresuid(NOBODY, NOBODY, NOBODY) != 0)
		_exit(1);
	if (setrlimit(RLIMIT_NOFILE, &few) != 0)
		_exit(1);
	pair_start(&p);
	ipc_pause(p.teller.link, true);
	for (unsigned i = 1; i <= IN_FLIGHT_MAX + 20; i++)
		send_ok(p.asker.link, HAND, i, 0, fd);
	assert_true(ipc_queued(p.asker.link) > 0);
	/* The socket is writable all the while: waiting for that would spin. */
	assert_int_equal(writes_watched(p.loop), 0);
	ipc_pause(p.teller.link, false);
	while (p.teller.packets < IN_FLIGHT_MAX + 20)
		event_base_loop(p.loop, EVLOOP_ONCE);
	assert_true(p.teller.in_order && ipc_queued(p.asker.link) == 0);
	pair_stop(&p);
}

static void test_descriptors_in_flight(void **state)
{
	int fd = file_holding("");

	(void)state;
	assert_int_equal(in_child(too_many_in_flight, fd), 0);
	fd_close(&fd);
}

/* --- our own mistakes --- */

static void bug_unknown_type(int fd)
{
	AUTO_IN_PLACE(buf) out = buf_init(64);

	(void)fd;
	ipc_format(&out, &protocol, CODES, 1, &(struct note){ 0 });
}

static void bug_type_left_out(int fd)
{
	AUTO_IN_PLACE(buf) out = buf_init(64);

	(void)fd;
	ipc_format(&out, &protocol, HOLE, 1, &(struct note){ 0 });
}

static void bug_long_field(int fd)
{
	AUTO_IN_PLACE(buf) out = buf_init(IPC_PACKET_MAX);

	(void)fd;
	ipc_format(&out, &protocol, NOTE, 1, &(struct note){ .text = S("123456789") });
}

static void bug_no_room(int fd)
{
	AUTO_IN_PLACE(buf) out = buf_init(IPC_HEAD_SIZE);

	(void)fd;
	ipc_format(&out, &protocol, TOLD, 1, &(struct note){ 0 });
}

static void send_wrongly(unsigned code, int fd)
{
	struct fault f;
	struct pair p;

	pair_start(&p);
	(void)!ipc_send(p.asker.link, code, 1, &(struct note){ 0 }, fd, &f);
}

static void bug_not_ours_to_say(int fd)
{
	(void)fd;
	send_wrongly(TOLD, -1);
}

static void bug_stray_descriptor(int fd)
{
	send_wrongly(NOTE, fd);
}

static void bug_missing_descriptor(int fd)
{
	(void)fd;
	send_wrongly(HAND, -1);
}

static void bug_closed_descriptor(int fd)
{
	(void)fd;
	send_wrongly(HAND, 1000);
}

static const struct {
	const char *name;
	void (*run)(int);
} bugs[] = {
	{ "writing a type that does not exist", bug_unknown_type },
	{ "writing a type left out of the table", bug_type_left_out },
	{ "writing a field that is too long", bug_long_field },
	{ "writing into too small a buffer", bug_no_room },
	{ "sending what the other says", bug_not_ours_to_say },
	{ "sending a stray descriptor", bug_stray_descriptor },
	{ "leaving the descriptor out", bug_missing_descriptor },
	{ "sending a closed descriptor", bug_closed_descriptor },
};

static void test_our_mistakes_abort(void **state)
{
	int fd = file_holding("");

	(void)state;
	for (size_t i = 0; i < COUNT(bugs); i++) {
		int status = in_child(bugs[i].run, fd);
		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT)
			fail_msg("%s: ended with 0x%x", bugs[i].name, (unsigned)status);
	}
	fd_close(&fd);
}

/* --- blocking calls --- */

/* Reads one question the slow way, and gives back its id. */
static uint64_t question_read(int socket)
{
	struct pollfd p = { .fd = socket, .events = POLLIN };
	uint8_t bytes[IPC_PACKET_MAX];
	struct ipc_packet question;
	struct fault f;

	if (poll(&p, 1, PATIENCE_MS) != 1)
		_exit(1);
	ssize_t n = recv(socket, bytes, sizeof(bytes), 0);
	if (n <= 0 || ipc_head_parse(&question, &protocol, slice_of(bytes, (size_t)n), &f) != ST_OK)
		_exit(1);
	return question.id;
}

static void answer_write(int socket, unsigned code, uint64_t id, uint32_t number, size_t copies)
{
	AUTO_IN_PLACE(buf) out = buf_init(IPC_PACKET_MAX);

	ipc_format(&out, &protocol, code, id, &(struct note){ .number = number });
	raw_send(socket, buf_slice(&out), socket, copies);
}

static void answer_well(int socket)
{
	answer_write(socket, TOLD, question_read(socket), 42, 0);
}

static void answer_with_descriptor(int socket)
{
	answer_write(socket, HANDED, question_read(socket), 42, 1);
}

/* What was asked before, and given up, is answered first. */
static void answer_late_first(int socket)
{
	uint64_t id = question_read(socket);

	answer_write(socket, TOLD, id - 1, 1, 0);
	answer_write(socket, HANDED, 0, 2, 1);
	answer_write(socket, HANDED, id + 1, 3, 1);
	answer_write(socket, TOLD, id, 42, 0);
}

static void answer_not(int socket)
{
	question_read(socket);
	question_read(socket); /* waits for the caller to go */
}

static void answer_by_leaving(int socket)
{
	question_read(socket);
}

static void answer_with_question(int socket)
{
	answer_write(socket, NOTE, question_read(socket), 42, 0);
}

static void answer_stray(int socket)
{
	answer_write(socket, TOLD, question_read(socket), 42, 1);
}

static void answer_two(int socket)
{
	answer_write(socket, HANDED, question_read(socket), 42, 2);
}

static void answer_nonsense(int socket)
{
	question_read(socket);
	raw_send(socket, S("\0\3"), -1, 0);
}

static void answer_only_a_descriptor(int socket)
{
	question_read(socket);
	raw_send(socket, S(""), socket, 1);
}

/* Never the right answer, and never silence: the deadline holds all the same. */
static void answer_flood(int socket)
{
	uint64_t id = question_read(socket);
	AUTO_IN_PLACE(buf) out = buf_init(IPC_PACKET_MAX);

	fcntl(socket, F_SETFL, 0);
	ipc_format(&out, &protocol, TOLD, id + 1, &(struct note){ 0 });
	while (send(socket, out.p, out.n, MSG_NOSIGNAL) > 0)
		;
}

static const struct {
	const char *name;
	void (*other)(int);
	int timeout_ms;
	enum status want;
	const char *code;
	bool fd;
} calls[] = {
	{ "answered", answer_well, PATIENCE_MS, ST_OK, "", false },
	{ "answered with a descriptor", answer_with_descriptor, PATIENCE_MS, ST_OK, "", true },
	{ "answered after late answers to others", answer_late_first, PATIENCE_MS, ST_OK, "",
		false },
	{ "not answered", answer_not, 20, ST_RETRY, "ipc.timeout", false },
	{ "not answered, and no time", answer_not, 0, ST_RETRY, "ipc.timeout", false },
	{ "flooded with other answers", answer_flood, 20, ST_RETRY, "ipc.timeout", false },
	{ "left alone", answer_by_leaving, PATIENCE_MS, ST_RETRY, "ipc.closed", false },
	{ "answered with a question", answer_with_question, PATIENCE_MS, ST_INPUT, "ipc.role",
		false },
	{ "a stray descriptor", answer_stray, PATIENCE_MS, ST_INPUT, "ipc.descriptor", false },
	{ "two descriptors", answer_two, PATIENCE_MS, ST_INPUT, "ipc.descriptor", false },
	{ "nonsense", answer_nonsense, PATIENCE_MS, ST_INPUT, "ipc.head", false },
	{ "a bare descriptor", answer_only_a_descriptor, PATIENCE_MS, ST_INPUT, "ipc.head", false },
};

static pid_t responder_start(int ends[2], void (*other)(int))
{
	ipc_pair(ends);
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(ends[0]);
		other(ends[1]);
		_exit(0);
	}
	fd_close(&ends[1]);
	return pid;
}

static void answer_check(size_t i, struct ipc_packet *answer, enum status st)
{
	struct note note;
	struct fault f;

	if (st != ST_OK) {
		assert_int_equal(answer->fd, -7); /* outputs are written only on success */
		return;
	}
	assert_int_equal(answer->fd >= 0, calls[i].fd);
	assert_int_equal(ipc_body_parse(&note, answer, &f), ST_OK);
	assert_int_equal(note.number, 42);
	fd_close(&answer->fd);
}

static void call_try(size_t i)
{
	static uint8_t bytes[IPC_PACKET_MAX];
	struct ipc_packet answer = { .fd = -7 };
	unsigned before = fds_open();
	struct fault f = { 0 };
	int ends[2], status;
	pid_t pid = responder_start(ends, calls[i].other);
	enum status st = ipc_call(&answer, bytes, ends[0], &protocol, NOTE, &(struct note){ 0 }, -1,
		calls[i].timeout_ms, &f);

	if (st != calls[i].want)
		fail_msg("%s: %s (%s: %s)", calls[i].name, status_name(st), f.code, f.text);
	expect_code(calls[i].name, &f, calls[i].code);
	answer_check(i, &answer, st);
	fd_close(&ends[0]);
	if (fds_open() != before)
		fail_msg("%s: descriptors stayed open", calls[i].name);
	assert_int_equal(waitpid(pid, &status, 0), pid);
}

static void test_calls(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(calls); i++)
		call_try(i);
}

static void test_call_takes_its_descriptor_along(void **state)
{
	static uint8_t bytes[IPC_PACKET_MAX];
	int ends[2], fd = file_holding("");
	struct ipc_packet answer;
	struct fault f;

	(void)state;
	ipc_pair(ends);
	assert_int_equal(
		ipc_call(&answer, bytes, ends[0], &protocol, HAND, &(struct note){ 0 }, fd, 0, &f),
		ST_RETRY);
	expect_code("no time", &f, "ipc.timeout");
	assert_true(fcntl(fd, F_GETFD) >= 0);
	/* It arrived all the same: the answer will be a late one. */
	struct event_base *loop = loop_new();
	struct side s = { .loop = loop, .taken = -1, .take = true, .other = ends[0] };
	s.link = ipc_new(loop, ends[1], &protocol, TELLER, ASKER, &events, &s);
	turn(&s);
	assert_true(s.packets == 1 && s.taken >= 0);
	side_stop(&s);
	event_base_free(loop);
	fd_close(&fd);
}

static void test_call_without_a_reader(void **state)
{
	static uint8_t bytes[IPC_PACKET_MAX];
	struct ipc_packet answer;
	struct fault f;
	int ends[2];

	(void)state;
	ipc_pair(ends);
	while (send(ends[0], blob, 1000, MSG_DONTWAIT) > 0)
		;
	assert_int_equal(
		ipc_call(&answer, bytes, ends[0], &protocol, EMPTY, NULL, -1, 5, &f), ST_RETRY);
	expect_code("a full socket", &f, "ipc.timeout");
	fd_close(&ends[1]);
	assert_int_equal(
		ipc_call(&answer, bytes, ends[0], &protocol, EMPTY, NULL, -1, PATIENCE_MS, &f),
		ST_RETRY);
	expect_code("a closed socket", &f, "ipc.closed");
	fd_close(&ends[0]);
}

/* --- the sockets --- */

/* --- blocking calls on a link of the loop --- */

/* As many other packets as are kept, and one more. */
static void answer_behind_too_many(int socket)
{
	uint64_t id = question_read(socket);

	fcntl(socket, F_SETFL, 0);
	for (unsigned i = 0; i <= IPC_QUEUE_MAX; i++)
		answer_write(socket, TOLD, id + 1 + i, 1, 0);
	answer_write(socket, TOLD, id, 42, 0);
	question_read(socket);
}

/* The id is that of the question, the code is not. */
static void answer_of_another_code(int socket)
{
	uint64_t id = question_read(socket);

	answer_write(socket, HANDED, id, 41, 1);
	answer_write(socket, TOLD, id, 42, 0);
	question_read(socket);
}

static void answer_among_others(int socket)
{
	uint64_t id = question_read(socket);

	answer_write(socket, TOLD, 1, 1, 0);
	answer_write(socket, HANDED, 2, 2, 1);
	answer_write(socket, TOLD, id, 42, 0);
	answer_write(socket, TOLD, 3, 3, 0);
	question_read(socket);
}

static void answer_then_nonsense(int socket)
{
	uint64_t id = question_read(socket);

	AUTO_IN_PLACE(buf) out = buf_init(IPC_PACKET_MAX);

	answer_write(socket, TOLD, 1, 1, 0);
	raw_send(socket, S("\0\3"), -1, 0);
	ipc_format(&out, &protocol, TOLD, id, &(struct note){ .number = 42 });
	/* The other end may be gone by now. */
	(void)!send(socket, out.p, out.n, MSG_NOSIGNAL);
}

#define ASKED_ID 1000

static const struct {
	const char *name;
	void (*other)(int);
	int timeout_ms;
	enum status want;
	const char *code;
	unsigned later;    /* packets that the loop gets then, in order */
	const char *why;   /* with which the link closes then; NULL: it stays */
} asks[] = {
	{ "answered", answer_well, PATIENCE_MS, ST_OK, "", 0, "ipc.closed" },
	{ "answered after late answers to others", answer_late_first, PATIENCE_MS, ST_OK, "", 3,
		"ipc.closed" },
	{ "answered among others", answer_among_others, PATIENCE_MS, ST_OK, "", 3, NULL },
	{ "the right id, but another code", answer_of_another_code, PATIENCE_MS, ST_OK, "", 1,
		NULL },
	{ "not answered", answer_not, 20, ST_RETRY, "ipc.timeout", 0, NULL },
	{ "not answered, and no time", answer_not, 0, ST_RETRY, "ipc.timeout", 0, NULL },
	{ "left alone", answer_by_leaving, PATIENCE_MS, ST_RETRY, "ipc.closed", 0, "ipc.closed" },
	{ "nonsense among others", answer_then_nonsense, PATIENCE_MS, ST_RETRY, "ipc.closed", 1,
		"ipc.head" },
	{ "answered with a question", answer_with_question, PATIENCE_MS, ST_RETRY, "ipc.closed",
		0, "ipc.role" },
	{ "a stray descriptor", answer_stray, PATIENCE_MS, ST_RETRY, "ipc.closed", 0,
		"ipc.descriptor" },
	{ "behind too many others", answer_behind_too_many, PATIENCE_MS, ST_RETRY, "ipc.queue",
		IPC_QUEUE_MAX + 2, NULL },
};

static enum status ask(struct ipc_packet *answer, struct side *s, int timeout_ms, struct fault *f)
{
	static uint8_t bytes[IPC_PACKET_MAX];
	const struct note note = { .number = 1 };
	const struct ipc_asking asking = { .code = NOTE,
		.answer_code = TOLD,
		.id = ASKED_ID,
		.body = &note,
		.fd = -1,
		.timeout_ms = timeout_ms };

	return ipc_ask(answer, bytes, s->link, &asking, f);
}

static void later_check(size_t i, struct side *s)
{
	while (s->packets < asks[i].later || (asks[i].why && !s->closes))
		event_base_loop(s->loop, EVLOOP_ONCE);
	turn(s);
	if (s->packets != asks[i].later || s->closes != (asks[i].why != NULL))
		fail_msg("%s: %u packets, %u ends", asks[i].name, s->packets, s->closes);
	if (asks[i].why)
		expect_code(asks[i].name, &s->why, asks[i].why);
}

static void ask_try(size_t i)
{
	struct event_base *loop = loop_new();
	struct side s = { .loop = loop, .taken = -1, .other = -1 };
	struct ipc_packet answer = { .fd = -7 };
	unsigned before = fds_open();
	struct fault f = { 0 };
	struct note note;
	int ends[2], status;
	pid_t pid = responder_start(ends, asks[i].other);

	s.link = ipc_new(loop, ends[0], &protocol, ASKER, TELLER, &events, &s);
	enum status st = ask(&answer, &s, asks[i].timeout_ms, &f);
	if (st != asks[i].want)
		fail_msg("%s: %s (%s: %s)", asks[i].name, status_name(st), f.code, f.text);
	expect_code(asks[i].name, &f, asks[i].code);
	assert_int_equal(s.packets + s.closes, 0);
	if (st == ST_OK) {
		assert_int_equal(ipc_body_parse(&note, &answer, &f), ST_OK);
		assert_int_equal(note.number, 42);
	}
	later_check(i, &s);
	side_stop(&s);
	if (fds_open() != before)
		fail_msg("%s: descriptors stayed open", asks[i].name);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	event_base_free(loop);
}

static void test_asking(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(asks); i++)
		ask_try(i);
}

/* What is kept goes with the link; and what waits in a pause comes behind it, in order. */
static void test_what_is_kept(void **state)
{
	struct event_base *loop = loop_new();
	unsigned before = fds_open();
	struct ipc_packet answer;
	struct fault f;
	struct side s;

	(void)state;
	side_start(&s, loop, ASKER, TELLER);
	answer_write(s.other, HANDED, 1, 1, 1);
	answer_write(s.other, TOLD, 2, 2, 0);
	assert_int_equal(ask(&answer, &s, 0, &f), ST_RETRY);
	assert_int_equal(ask(&answer, &s, 0, &f), ST_RETRY);
	answer_write(s.other, TOLD, 3, 3, 0);
	ipc_pause(s.link, true);
	turn(&s);
	assert_int_equal(s.packets, 0);
	ipc_pause(s.link, false);
	turn(&s);
	assert_int_equal(s.packets, 3);
	assert_true(s.in_order);
	answer_write(s.other, HANDED, 4, 1, 1);
	assert_int_equal(ask(&answer, &s, 0, &f), ST_RETRY);
	side_stop(&s);
	assert_int_equal(fds_open(), before);
	event_base_free(loop);
}

/* From within a handler: what was read before stays what it is, and the rest comes behind. */
static void on_packet_ask(void *context, struct ipc *link, struct ipc_packet *packet)
{
	struct side *s = context;
	struct ipc_packet answer;
	struct note note;
	struct fault f;

	if (s->packets == 0) {
		assert_int_equal(ask(&answer, s, PATIENCE_MS, &f), ST_OK);
		assert_int_equal(ipc_body_parse(&note, &answer, &f), ST_OK);
		assert_int_equal(note.number, 42);
	}
	on_packet(context, link, packet);
	assert_int_equal(s->last_number, packet->id);
}

static void test_asking_in_a_handler(void **state)
{
	static const struct ipc_events asking = { on_packet_ask, on_closed };
	struct event_base *loop = loop_new();
	struct side s = { .loop = loop, .in_order = true, .taken = -1, .other = -1 };
	int ends[2];

	(void)state;
	ipc_pair(ends);
	s.other = ends[1];
	s.link = ipc_new(loop, ends[0], &protocol, ASKER, TELLER, &asking, &s);
	for (uint32_t id = 1; id < 4; id++)
		answer_write(s.other, TOLD, id, id, 0);
	answer_write(s.other, TOLD, ASKED_ID, 42, 0);
	answer_write(s.other, TOLD, 4, 4, 0);
	for (unsigned turns = 0; s.packets < 4 && turns < 10; turns++)
		turn(&s);
	assert_int_equal(s.packets, 4);
	assert_true(s.in_order);
	side_stop(&s);
	event_base_free(loop);
}

static void test_pair(void **state)
{
	int ends[2], type = 0;
	socklen_t n = sizeof(type);
	ssize_t sent = 0;

	(void)state;
	ipc_pair(ends);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(fcntl(ends[i], F_GETFD), FD_CLOEXEC);
		assert_true(fcntl(ends[i], F_GETFL) & O_NONBLOCK);
		assert_int_equal(getsockopt(ends[i], SOL_SOCKET, SO_TYPE, &type, &n), 0);
		assert_int_equal(type, SOCK_SEQPACKET);
	}
	/* Room for a burst before the queue is needed. */
	for (unsigned i = 0; i < 8; i++)
		sent += send(ends[0], blob, sizeof(blob), 0);
	assert_int_equal(sent, 8 * sizeof(blob));
	fd_close(&ends[0]);
	fd_close(&ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wire_is_as_documented),
		cmocka_unit_test(test_round_trips),
		cmocka_unit_test(test_wire_refusals),
		cmocka_unit_test(test_breaches_close_the_link),
		cmocka_unit_test(test_truncated_packets),
		cmocka_unit_test(test_both_directions),
		cmocka_unit_test(test_descriptors_travel),
		cmocka_unit_test(test_what_is_held_travels),
		cmocka_unit_test(test_descriptors_left_are_closed),
		cmocka_unit_test(test_one_link_does_not_starve_another),
		cmocka_unit_test(test_pause),
		cmocka_unit_test(test_yielding_leaves_the_rest_for_later),
		cmocka_unit_test(test_a_full_queue),
		cmocka_unit_test(test_draining_waits_for_the_reader),
		cmocka_unit_test(test_nothing_overtakes_the_queue),
		cmocka_unit_test(test_queued_descriptors),
		cmocka_unit_test(test_a_dead_link_keeps_nothing),
		cmocka_unit_test(test_sending_before_the_end_is_noticed),
		cmocka_unit_test(test_free_inside_callbacks),
		cmocka_unit_test(test_free_with_a_queue),
		cmocka_unit_test(test_descriptors_in_flight),
		cmocka_unit_test(test_our_mistakes_abort),
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_call_takes_its_descriptor_along),
		cmocka_unit_test(test_call_without_a_reader),
		cmocka_unit_test(test_asking),
		cmocka_unit_test(test_what_is_kept),
		cmocka_unit_test(test_asking_in_a_handler),
		cmocka_unit_test(test_pair),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
