/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets between our processes; every process runs it.  Reading is strict because a worker that
 * was taken over by a hostile body may say anything: what the table does not allow closes the
 * link, and stray descriptors are closed.  Nothing is allocated for a packet that need not wait.
 */
#include "base/ipc.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/cursor.h"
#include "base/fd.h"
#include "base/held.h"

#define READS_PER_WAKE 64
#define SOCKET_BUFFER 262144
#define FDS_MAX 8 /* room to receive, and close, what should not be there */
#define BUSY_HOST_MS 10

/* --- wire form --- */

static void field_format(struct buf *out, const struct ipc_field *field, const uint8_t *at)
{
	const struct slice *bytes = (const void *)at;
	uint64_t wide;
	uint32_t narrow;

	if (field->kind == IPC_BYTES) {
		if (bytes->n > field->max)
			bug("ipc field %s has %zu bytes, at most %zu", field->name, bytes->n,
				field->max);
		buf_put_u32(out, (uint32_t)bytes->n);
		buf_put(out, *bytes);
	} else if (field->kind == IPC_U32) {
		memcpy(&narrow, at, sizeof(narrow));
		buf_put_u32(out, narrow);
	} else {
		memcpy(&wide, at, sizeof(wide));
		buf_put_u64(out, wide);
	}
}

/* NULL: there is no such type. */
static const struct ipc_type *type_find(const struct ipc_protocol *protocol, unsigned code)
{
	bool known = code != 0 && code < protocol->count && protocol->types[code].name;

	return known ? &protocol->types[code] : NULL;
}

static const struct ipc_type *type_ours(const struct ipc_protocol *protocol, unsigned code)
{
	const struct ipc_type *type = type_find(protocol, code);

	if (!type)
		bug("there is no ipc type %u", code);
	return type;
}

/* The length stands before what it counts: it is filled in when that is known. */
static void length_patch(uint8_t *at, size_t length)
{
	for (unsigned i = 0; i < 4; i++)
		at[i] = (uint8_t)(length >> (24 - 8 * i));
}

void ipc_format(struct buf *out, const struct ipc_protocol *protocol, unsigned code, uint64_t id,
	const void *body)
{
	const struct ipc_type *type = type_ours(protocol, code);
	size_t from = out->n;

	buf_put_u16(out, (uint16_t)code);
	buf_put_u16(out, 0);
	buf_put_u32(out, 0);
	buf_put_u64(out, id);
	for (size_t i = 0; i < type->field_count; i++)
		field_format(out, &type->fields[i], (const uint8_t *)body + type->fields[i].offset);
	if (out->overflow || out->n - from > IPC_PACKET_MAX)
		bug("ipc packet %s is larger than %u bytes", type->name, IPC_PACKET_MAX);
	length_patch(out->p + from + 4, out->n - from - IPC_HEAD_SIZE);
}

struct head {
	uint16_t code, held;
	uint32_t length;
	uint64_t id;
};

static enum status head_read(struct head *h, struct cursor *in, struct fault *f)
{
	if (in->all.n < IPC_HEAD_SIZE)
		return fault_set(f, ST_INPUT, "ipc.head", "a packet of %zu bytes", in->all.n);
	TRY(cursor_u16(in, &h->code, f));
	TRY(cursor_u16(in, &h->held, f));
	TRY(cursor_u32(in, &h->length, f));
	return cursor_u64(in, &h->id, f);
}

static enum status length_check(uint64_t said, size_t there, struct fault *f)
{
	if (said == there)
		return ST_OK;
	return fault_at(f, ST_INPUT, 4, said > there ? "ipc.length" : "ipc.trailing",
		"length says %llu, the packet has %zu", (unsigned long long)said, there);
}

enum status ipc_head_parse(struct ipc_packet *out, const struct ipc_protocol *protocol,
	struct slice packet, struct fault *f)
{
	struct cursor in = cursor_of(packet);
	struct head h;

	TRY(head_read(&h, &in, f));
	const struct ipc_type *type = type_find(protocol, h.code);
	if (!type)
		return fault_set(f, ST_INPUT, "ipc.type", "there is no type %u", h.code);
	if (h.held != 0 && !type->carries_fd)
		return fault_at(f, ST_INPUT, 2, "ipc.head", "%s with %u bytes that are held",
			type->name, h.held);
	TRY(length_check((uint64_t)h.length + h.held, packet.n - IPC_HEAD_SIZE, f));
	*out = (struct ipc_packet){ .type = type, .code = h.code, .id = h.id, .fd = -1 };
	TRY(cursor_bytes(&in, &out->body, h.length, f));
	out->held = cursor_rest(&in);
	return ST_OK;
}

static enum status bytes_parse(uint8_t *at, const struct ipc_field *field, struct cursor *in,
	struct fault *f)
{
	struct slice bytes;
	uint32_t n;

	TRY(cursor_u32(in, &n, f));
	if (n > field->max)
		return fault_set(f, ST_LIMIT, "ipc.field", "%u bytes, at most %zu", n, field->max);
	TRY(cursor_bytes(in, &bytes, n, f));
	memcpy(at, &bytes, sizeof(bytes));
	return ST_OK;
}

static enum status field_parse(uint8_t *at, const struct ipc_field *field, struct cursor *in,
	struct fault *f)
{
	uint64_t wide;
	uint32_t narrow;

	if (field->kind == IPC_BYTES)
		return bytes_parse(at, field, in, f);
	if (field->kind == IPC_U32) {
		TRY(cursor_u32(in, &narrow, f));
		memcpy(at, &narrow, sizeof(narrow));
		return ST_OK;
	}
	TRY(cursor_u64(in, &wide, f));
	memcpy(at, &wide, sizeof(wide));
	return ST_OK;
}

enum status ipc_body_parse(void *body, const struct ipc_packet *packet, struct fault *f)
{
	struct cursor in = cursor_of(packet->body);
	const struct ipc_type *type = packet->type;

	memset(body, 0, type->size);
	for (size_t i = 0; i < type->field_count; i++) {
		const struct ipc_field *field = &type->fields[i];
		if (field_parse((uint8_t *)body + field->offset, field, &in, f) != ST_OK)
			return fault_at(f, ST_INPUT, in.at, "ipc.field",
				"%s: field %s is cut short or too long", type->name, field->name);
	}
	if (!cursor_at_end(&in))
		return fault_at(f, ST_INPUT, in.at, "ipc.trailing",
			"%s: bytes after the last field", type->name);
	return ST_OK;
}

/* --- socket --- */

struct received {
	size_t n;
	int fds[FDS_MAX];
	size_t fd_count;
	bool cut;
};

static void fds_take(struct received *r, struct msghdr *m)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < count && r->fd_count < FDS_MAX; i++)
			memcpy(&r->fds[r->fd_count++], CMSG_DATA(c) + i * sizeof(int), sizeof(int));
	}
}

/*
 * ST_MORE: nothing there now; ST_NONE: the other end is gone.  An empty packet looks like the end
 * and is taken for it, unless it brings descriptors: those must be closed, as of any bad packet.
 */
static enum status receive(struct received *r, int fd, uint8_t packet[IPC_PACKET_MAX])
{
	struct iovec io = { .iov_base = packet, .iov_len = IPC_PACKET_MAX };
	_Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(FDS_MAX * sizeof(int))];
	struct msghdr m = {
		.msg_iov = &io,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n;

	*r = (struct received){ 0 };
	do
		n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK ? ST_MORE : ST_NONE;
	fds_take(r, &m);
	r->n = (size_t)n;
	r->cut = (m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
	return n == 0 && r->fd_count == 0 ? ST_NONE : ST_OK;
}

static void fds_close(struct received *r)
{
	for (size_t i = 0; i < r->fd_count; i++)
		fd_close(&r->fds[i]);
}

/*
 * What a refused sendmsg means.  ST_MORE: the socket is full, and will say when it is not.
 * ST_RETRY: the host has no memory, or too many descriptors of this user are on their way; nothing
 * will say when that has passed.  ST_NONE: the other end is gone.
 */
static enum status transmit_failed(int error)
{
	static const struct {
		int error;
		enum status status;
	} passing[] = {
		{ EAGAIN, ST_MORE },
		{ ENOBUFS, ST_RETRY },
		{ ENOMEM, ST_RETRY },
		{ ETOOMANYREFS, ST_RETRY },
	};

	if (error == EBADF)
		bug("a closed descriptor was to be sent, or to send");
	for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++)
		if (passing[i].error == error)
			return passing[i].status;
	return ST_NONE;
}

static void fd_attach(struct msghdr *m, int fd)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(int));
}

static enum status transmit(int fd, struct slice packet, int send_fd)
{
	struct iovec io = { .iov_base = (void *)(uintptr_t)packet.p, .iov_len = packet.n };
	_Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct msghdr m = { .msg_iov = &io, .msg_iovlen = 1 };
	ssize_t n;

	if (send_fd >= 0) {
		m.msg_control = control;
		m.msg_controllen = sizeof(control);
		fd_attach(&m, send_fd);
	}
	do
		n = sendmsg(fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	return n >= 0 ? ST_OK : transmit_failed(errno);
}

/* What both ways of reading allow: from one of `peer`, to one of `self`. */
struct rights {
	const struct ipc_protocol *protocol;
	unsigned self, peer;
};

static enum status packet_check(struct ipc_packet *out, const struct rights *rights,
	const struct received *r, const uint8_t *bytes, struct fault *f)
{
	struct ipc_packet p;

	if (r->cut)
		return fault_set(f, ST_INPUT, "ipc.length",
			"a packet larger than %u bytes, or with more descriptors than fit",
			IPC_PACKET_MAX);
	TRY(ipc_head_parse(&p, rights->protocol, slice_of(bytes, r->n), f));
	if (!(p.type->from & rights->peer) || !(p.type->to & rights->self))
		return fault_set(f, ST_INPUT, "ipc.role",
			"%s has no place between these two processes", p.type->name);
	if (r->fd_count + (p.held.n != 0) != (p.type->carries_fd ? 1u : 0u))
		return fault_set(f, ST_INPUT, "ipc.descriptor", "%s came with %zu descriptors",
			p.type->name, r->fd_count);
	if (r->fd_count)
		p.fd = r->fds[0];
	*out = p;
	return ST_OK;
}

/*
 * From now on the packet's, as a descriptor is.  Whoever sends more than can be held has more under
 * way than any of us.
 */
static enum status held_take(struct ipc_packet *p, struct fault *f)
{
	if (p->held.n == 0)
		return ST_OK;
	p->fd = held_new(&p->held, 1);
	return p->fd >= 0 ? ST_OK
			  : fault_set(f, ST_INPUT, "ipc.descriptor",
				    "%s came with %zu bytes, which cannot be held", p->type->name,
				    p->held.n);
}

/*
 * What is held goes inside the packet, and nothing else with it; where there is no room, in a
 * memory file made for it.
 */
static enum status held_put(struct buf *packet, int *fd, int *file, struct fault *f)
{
	struct slice bytes = held_bytes(*fd);
	const uint8_t length[] = { (uint8_t)(bytes.n >> 8), (uint8_t)bytes.n };

	if (bytes.n == 0)
		return ST_OK;
	if (bytes.n > IPC_PACKET_MAX - packet->n) {
		TRY(memory_file_new(file, "held", bytes, f));
		*fd = *file;
		return ST_OK;
	}
	buf_set(packet, 2, slice_of(length, sizeof(length)));
	buf_put(packet, bytes);
	*fd = -1;
	return ST_OK;
}

/* --- links --- */

struct queued {
	STAILQ_ENTRY(queued) entry;
	int fd;
	size_t n;
	uint8_t packet[];
};

STAILQ_HEAD(queue, queued);

struct ipc {
	int fd;
	struct rights rights;
	const struct ipc_events *events;
	void *context;
	struct event *readable, *writable, *busy;
	struct queue queue;
	size_t queue_count;
	struct queue kept; /* what came while we waited for something else */
	size_t kept_count;
	struct fault broken; /* and what ended it then; code empty: nothing */
	bool paused, yields, dead, in_handler, freed;
	struct buf out;
	uint8_t packet[IPC_PACKET_MAX];
};

/* Packets may carry keys that were just unwrapped: nothing of them stays behind in freed memory. */
static void queued_free(struct queued *q)
{
	fd_close(&q->fd);
	explicit_bzero(q->packet, q->n);
	free(q);
}

static void queue_clear(struct queue *queue, size_t *count)
{
	struct queued *q;

	while ((q = STAILQ_FIRST(queue))) {
		STAILQ_REMOVE_HEAD(queue, entry);
		queued_free(q);
	}
	*count = 0;
}

static void release(struct ipc *ipc)
{
	buf_done(&ipc->out);
	explicit_bzero(ipc->packet, sizeof(ipc->packet));
	free(ipc);
}

/* No more events, and no descriptor of others is held any longer. */
static void link_stop(struct ipc *ipc)
{
	ipc->dead = true;
	event_del(ipc->readable);
	event_del(ipc->writable);
	event_del(ipc->busy);
	queue_clear(&ipc->queue, &ipc->queue_count);
	queue_clear(&ipc->kept, &ipc->kept_count);
}

void ipc_free(struct ipc *ipc)
{
	if (!ipc || ipc->freed)
		return;
	link_stop(ipc);
	event_free(ipc->readable);
	event_free(ipc->writable);
	event_free(ipc->busy);
	fd_close(&ipc->fd);
	ipc->freed = true;
	/* The read loop above us on the stack still looks at it, and releases it. */
	if (!ipc->in_handler)
		release(ipc);
}

static void link_die(struct ipc *ipc, const struct fault *why)
{
	link_stop(ipc);
	if (ipc->events->closed)
		ipc->events->closed(ipc->context, ipc, why);
}

/* What was kept comes before what is still to be read. */
static enum status packet_take(struct received *r, struct ipc *ipc)
{
	struct queued *q = STAILQ_FIRST(&ipc->kept);

	*r = (struct received){ 0 }; /* of what was broken before there is nothing to close */
	if (!q)
		return ipc->broken.code[0] ? ST_NONE : receive(r, ipc->fd, ipc->packet);
	*r = (struct received){ .n = q->n, .fds = { q->fd }, .fd_count = q->fd >= 0 };
	memcpy(ipc->packet, q->packet, q->n);
	q->fd = -1;
	STAILQ_REMOVE_HEAD(&ipc->kept, entry);
	ipc->kept_count--;
	queued_free(q);
	return ST_OK;
}

/* False: stop reading. */
static bool read_one(struct ipc *ipc)
{
	struct ipc_packet packet = { .fd = -1 };
	struct received r;
	struct fault f;
	enum status st = packet_take(&r, ipc);

	if (st == ST_MORE)
		return false;
	if (st == ST_OK)
		st = packet_check(&packet, &ipc->rights, &r, ipc->packet, &f);
	else if (ipc->broken.code[0])
		f = ipc->broken;
	else
		fault_set(&f, ST_RETRY, "ipc.closed", "the other process closed the link");
	if (st == ST_OK)
		st = held_take(&packet, &f);
	if (st != ST_OK) {
		fds_close(&r);
		link_die(ipc, &f);
		return false;
	}
	ipc->events->packet(ipc->context, ipc, &packet);
	fd_close(&packet.fd);
	return !ipc->dead && !ipc->paused;
}

/* The socket says nothing of what was kept. */
static void kept_wake(struct ipc *ipc)
{
	if (!ipc->dead && !ipc->paused && (ipc->kept_count > 0 || ipc->broken.code[0]))
		event_active(ipc->readable, EV_READ, 0);
}

static void on_readable(evutil_socket_t fd, short what, void *context)
{
	struct ipc *ipc = context;

	(void)fd;
	(void)what;
	ipc->in_handler = true;
	ipc->yields = false;
	for (unsigned i = 0; i < READS_PER_WAKE && !ipc->yields && read_one(ipc); i++)
		;
	ipc->in_handler = false;
	if (ipc->freed)
		release(ipc);
	else
		kept_wake(ipc);
}

/* Sends what waited longest.  ST_NONE: nothing waits; ST_MORE, ST_RETRY: see transmit_failed. */
static enum status flush_one(struct ipc *ipc)
{
	struct queued *q = STAILQ_FIRST(&ipc->queue);

	if (!q)
		return ST_NONE;
	enum status st = transmit(ipc->fd, slice_of(q->packet, q->n), q->fd);
	if (st == ST_MORE || st == ST_RETRY)
		return st;
	/* A dead peer is noticed by the reader; what was queued for it is gone either way. */
	STAILQ_REMOVE_HEAD(&ipc->queue, entry);
	ipc->queue_count--;
	queued_free(q);
	return ST_OK;
}

/*
 * When to try again.  A busy host is asked again after a while: the socket itself is writable, so
 * waiting for that would spin.
 */
static void flush_later(struct ipc *ipc, enum status why)
{
	static const struct timeval busy_host = { .tv_usec = BUSY_HOST_MS * 1000 };

	if (why == ST_MORE)
		event_add(ipc->writable, NULL);
	else
		event_del(ipc->writable);
	if (why == ST_RETRY)
		event_add(ipc->busy, &busy_host);
}

static void on_writable(evutil_socket_t fd, short what, void *context)
{
	struct ipc *ipc = context;
	enum status st;

	(void)fd;
	(void)what;
	do
		st = flush_one(ipc);
	while (st == ST_OK);
	flush_later(ipc, st);
}

static void link_watch(struct ipc *ipc, struct event_base *loop)
{
	ipc->readable = event_new(loop, ipc->fd, EV_READ | EV_PERSIST, on_readable, ipc);
	ipc->writable = event_new(loop, ipc->fd, EV_WRITE | EV_PERSIST, on_writable, ipc);
	ipc->busy = event_new(loop, -1, 0, on_writable, ipc);
	if (!ipc->readable || !ipc->writable || !ipc->busy || event_add(ipc->readable, NULL) != 0)
		die("watching an ipc descriptor failed");
}

struct ipc *ipc_new(struct event_base *loop, int fd, const struct ipc_protocol *protocol,
	unsigned self, unsigned peer, const struct ipc_events *events, void *context)
{
	struct ipc *ipc = alloc_zeroed(1, sizeof(*ipc));

	ipc->fd = fd;
	ipc->rights = (struct rights){ .protocol = protocol, .self = self, .peer = peer };
	ipc->events = events;
	ipc->context = context;
	ipc->out = buf_init(IPC_PACKET_MAX);
	STAILQ_INIT(&ipc->queue);
	STAILQ_INIT(&ipc->kept);
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) /* nothing here blocks on it, whatever its mode */
		bug("an ipc link over descriptor %d: %s", fd, strerror(errno));
	link_watch(ipc, loop);
	return ipc;
}

static struct queued *queued_new(struct slice packet)
{
	struct queued *q = alloc_zeroed(1, sizeof(*q) + packet.n);

	q->fd = -1;
	q->n = packet.n;
	memcpy(q->packet, packet.p, packet.n);
	return q;
}

static enum status enqueue(struct ipc *ipc, int fd, struct fault *f)
{
	if (ipc->queue_count >= IPC_QUEUE_MAX)
		return fault_set(f, ST_RETRY, "ipc.queue", "%u packets wait for a busy process",
			IPC_QUEUE_MAX);
	struct queued *q = queued_new(buf_slice(&ipc->out));
	q->fd = fd >= 0 ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;
	if (fd >= 0 && q->fd < 0) {
		fault_errno(f, ST_RETRY, "ipc.queue", "a descriptor for a packet that must wait");
		queued_free(q);
		return ST_RETRY;
	}
	STAILQ_INSERT_TAIL(&ipc->queue, q, entry);
	ipc->queue_count++;
	return ST_OK;
}

static void send_check(const struct ipc *ipc, unsigned code, int fd)
{
	const struct ipc_type *type = type_ours(ipc->rights.protocol, code);

	if (!(type->from & ipc->rights.self) || !(type->to & ipc->rights.peer))
		bug("ipc type %s has no place between these two processes", type->name);
	if ((fd >= 0) != type->carries_fd)
		bug("ipc type %s with%s a descriptor", type->name, fd >= 0 ? "" : "out");
}

enum status ipc_send(struct ipc *ipc, unsigned code, uint64_t id, const void *body, int fd,
	struct fault *f)
{
	AUTO_FD file = -1;

	if (ipc->dead)
		return fault_set(f, ST_RETRY, "ipc.closed", "the other process is gone");
	send_check(ipc, code, fd);
	buf_clear(&ipc->out);
	ipc_format(&ipc->out, ipc->rights.protocol, code, id, body);
	TRY(held_put(&ipc->out, &fd, &file, f));
	if (!STAILQ_EMPTY(&ipc->queue))
		return enqueue(ipc, fd, f);
	enum status st = transmit(ipc->fd, buf_slice(&ipc->out), fd);
	if (st == ST_OK)
		return ST_OK;
	if (st == ST_NONE)
		return fault_set(f, ST_RETRY, "ipc.closed", "the other process is gone");
	TRY(enqueue(ipc, fd, f));
	flush_later(ipc, st);
	return ST_OK;
}

void ipc_pause(struct ipc *ipc, bool paused)
{
	if (ipc->dead || ipc->paused == paused)
		return;
	ipc->paused = paused;
	if (paused)
		event_del(ipc->readable);
	else
		event_add(ipc->readable, NULL);
	kept_wake(ipc);
}

void ipc_yield(struct ipc *ipc)
{
	ipc->yields = true;
}

size_t ipc_queued(const struct ipc *ipc)
{
	return ipc->queue_count;
}

/* --- blocking --- */

static enum status wait_for(int fd, short what, int64_t until_ns, struct fault *f)
{
	struct pollfd p = { .fd = fd, .events = what };
	int64_t left_ns = until_ns - clock_mono_ns();
	int n = left_ns <= 0 ? 0 : poll(&p, 1, (int)(left_ns / NS_PER_MS) + 1);

	if (n < 0 && errno == EINTR)
		return ST_OK;
	if (n < 0)
		return fault_errno(f, ST_HOST, "ipc.poll", "waiting");
	return n == 0 ? fault_set(f, ST_RETRY, "ipc.timeout", "no answer in time") : ST_OK;
}

static enum status pass_time(int64_t until_ns, struct fault *f)
{
	if (clock_mono_ns() >= until_ns)
		return fault_set(f, ST_RETRY, "ipc.timeout", "this host was busy for too long");
	poll(NULL, 0, BUSY_HOST_MS);
	return ST_OK;
}

enum status ipc_drain(struct ipc *ipc, int timeout_ms, struct fault *f)
{
	int64_t until_ns = clock_mono_ns() + timeout_ms * NS_PER_MS;
	enum status st;

	while (!ipc->dead && (st = flush_one(ipc)) != ST_NONE)
		if (st != ST_OK)
			TRY(st == ST_MORE ? wait_for(ipc->fd, POLLOUT, until_ns, f)
					  : pass_time(until_ns, f));
	return ipc->dead ? fault_set(f, ST_RETRY, "ipc.closed", "the other process is gone")
			 : ST_OK;
}

/* For the loop, later.  The descriptor goes with it. */
static void keep(struct ipc *ipc, struct received *r, const uint8_t *packet)
{
	struct queued *q = queued_new(slice_of(packet, r->n));

	if (r->fd_count)
		q->fd = r->fds[0];
	STAILQ_INSERT_TAIL(&ipc->kept, q, entry);
	ipc->kept_count++;
}

/* The loop tells it to whom it may concern, behind what was kept. */
static enum status ask_break(struct ipc *ipc, struct received *r, const struct fault *why,
	struct fault *f)
{
	fds_close(r);
	ipc->broken = *why;
	return fault_set(f, ST_RETRY, "ipc.closed", "the other process is gone");
}

/* ST_MORE: nothing there, or something else. */
static enum status ask_read(struct ipc_packet *answer, uint8_t packet[IPC_PACKET_MAX],
	struct ipc *ipc, const struct ipc_asking *asking, struct fault *f)
{
	struct received r;
	struct ipc_packet p;
	struct fault why;
	enum status st = receive(&r, ipc->fd, packet);

	if (st == ST_MORE)
		return st;
	if (st == ST_OK)
		st = packet_check(&p, &ipc->rights, &r, packet, &why);
	else
		fault_set(&why, ST_RETRY, "ipc.closed", "the other process closed the link");
	if (st != ST_OK)
		return ask_break(ipc, &r, &why, f);
	if (p.code == asking->answer_code && p.id == asking->id) {
		*answer = p;
		return held_take(answer, f);
	}
	keep(ipc, &r, packet);
	return ST_MORE;
}

static enum status ask_wait(struct ipc_packet *answer, uint8_t packet[IPC_PACKET_MAX],
	struct ipc *ipc, const struct ipc_asking *asking, struct fault *f)
{
	int64_t until_ns = clock_mono_ns() + asking->timeout_ms * NS_PER_MS;
	enum status st;

	do {
		if (ipc->kept_count >= IPC_QUEUE_MAX)
			return fault_set(f, ST_RETRY, "ipc.queue",
				"%u packets came before the answer", IPC_QUEUE_MAX);
		TRY(wait_for(ipc->fd, POLLIN, until_ns, f));
	} while ((st = ask_read(answer, packet, ipc, asking, f)) == ST_MORE);
	return st;
}

enum status ipc_ask(struct ipc_packet *answer, uint8_t packet[IPC_PACKET_MAX], struct ipc *ipc,
	const struct ipc_asking *asking, struct fault *f)
{
	if (ipc->broken.code[0])
		return fault_set(f, ST_RETRY, "ipc.closed", "the other process is gone");
	TRY(ipc_send(ipc, asking->code, asking->id, asking->body, asking->fd, f));
	TRY(ipc_drain(ipc, asking->timeout_ms, f));
	enum status st = ask_wait(answer, packet, ipc, asking, f);
	kept_wake(ipc);
	return st;
}

static enum status call_send(int fd, struct slice packet, int send_fd, int64_t until_ns,
	struct fault *f)
{
	enum status st;

	while ((st = transmit(fd, packet, send_fd)) != ST_OK) {
		if (st == ST_NONE)
			return fault_set(f, ST_RETRY, "ipc.closed", "the other process is gone");
		TRY(st == ST_MORE ? wait_for(fd, POLLOUT, until_ns, f) : pass_time(until_ns, f));
	}
	return ST_OK;
}

/* ST_MORE: nothing there, or the answer to a call that was given up; such a one is dropped. */
static enum status answer_read(struct ipc_packet *answer, uint8_t packet[IPC_PACKET_MAX], int fd,
	const struct rights *rights, uint64_t id, struct fault *f)
{
	struct received r;
	struct ipc_packet p;
	enum status st = receive(&r, fd, packet);

	if (st == ST_NONE)
		return fault_set(f, ST_RETRY, "ipc.closed", "the other process is gone");
	if (st != ST_OK)
		return st;
	st = packet_check(&p, rights, &r, packet, f);
	if (st == ST_OK && p.id == id) {
		*answer = p;
		return held_take(answer, f);
	}
	fds_close(&r);
	return st == ST_OK ? ST_MORE : st;
}

enum status ipc_call(struct ipc_packet *answer, uint8_t packet[IPC_PACKET_MAX], int fd,
	const struct ipc_protocol *protocol, unsigned code, const void *body, int send_fd,
	int timeout_ms, struct fault *f)
{
	AUTO_IN_PLACE(buf) out = buf_init(IPC_PACKET_MAX);
	AUTO_FD file = -1;
	const struct ipc_type *asked = type_ours(protocol, code);
	/* Who may be asked may answer, and whoever may ask may be answered. */
	const struct rights rights = {
		.protocol = protocol, .self = asked->from, .peer = asked->to,
	};
	int64_t until_ns = clock_mono_ns() + timeout_ms * NS_PER_MS;
	/* The clock never repeats within a process, so neither does the id. */
	uint64_t id = (uint64_t)clock_mono_ns();
	enum status st;

	ipc_format(&out, protocol, code, id, body);
	TRY(held_put(&out, &send_fd, &file, f));
	TRY(call_send(fd, buf_slice(&out), send_fd, until_ns, f));
	do
		TRY(wait_for(fd, POLLIN, until_ns, f)); /* it is hardly ever there at once */
	while ((st = answer_read(answer, packet, fd, &rights, id, f)) == ST_MORE);
	return st;
}

void ipc_pair(int ends[2])
{
	int size = SOCKET_BUFFER;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
		die("a link between two processes: %s", strerror(errno));
	for (int i = 0; i < 2; i++) {
		setsockopt(ends[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
		setsockopt(ends[i], SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	}
}
