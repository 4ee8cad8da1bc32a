/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets between our processes.  Reading is strict because a worker that was taken over by a hostile
 * body may say anything: what the table does not allow closes the link, and stray descriptors are closed.
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

#define READS_PER_WAKE 64
#define SOCKET_BUFFER 262144
#define FDS_MAX 8 /* room to receive, and close, what should not be there */

/* --- wire form --- */

static void field_format(struct buf *out, const struct ipc_field *field, const uint8_t *at)
{
	const struct slice *bytes = (const void *)at;
	uint64_t wide;
	uint32_t narrow;

	if (field->kind == IPC_BYTES) {
		if (bytes->n > field->max)
			bug("ipc field %s of %zu bytes, at most %zu", field->name, bytes->n, field->max);
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

void ipc_format(struct buf *out, const struct ipc_protocol *protocol, unsigned code, uint64_t id, const void *body)
{
	const struct ipc_type *type = &protocol->types[code];
	size_t from = out->n;

	if (code == 0 || code >= protocol->count || !type->name)
		bug("ipc type %u", code);
	buf_put_u16(out, (uint16_t)code);
	buf_put_u16(out, 0);
	buf_put_u32(out, 0);
	buf_put_u64(out, id);
	for (size_t i = 0; i < type->field_count; i++)
		field_format(out, &type->fields[i], (const uint8_t *)body + type->fields[i].offset);
	if (out->overflow)
		bug("ipc packet %s is larger than %u bytes", type->name, IPC_PACKET_MAX);
	uint32_t length = (uint32_t)(out->n - from - IPC_HEAD_SIZE);
	for (unsigned i = 0; i < 4; i++)
		out->p[from + 4 + i] = (uint8_t)(length >> (24 - 8 * i));
}

struct head {
	uint16_t code, zero;
	uint32_t length;
	uint64_t id;
};

static enum status head_read(struct head *h, struct cursor *in, struct fault *f)
{
	if (in->all.n < IPC_HEAD_SIZE)
		return fault_set(f, ST_INPUT, "ipc.head", "a packet of %zu bytes", in->all.n);
	TRY(cursor_u16(in, &h->code, f));
	TRY(cursor_u16(in, &h->zero, f));
	TRY(cursor_u32(in, &h->length, f));
	TRY(cursor_u64(in, &h->id, f));
	return h->zero == 0 ? ST_OK : fault_at(f, ST_INPUT, 2, "ipc.head", "reserved bytes are %u", h->zero);
}

enum status ipc_head_parse(struct ipc_packet *out, const struct ipc_protocol *protocol, struct slice packet, struct fault *f)
{
	struct cursor in = cursor_of(packet);
	struct head h;

	TRY(head_read(&h, &in, f));
	if (h.code == 0 || h.code >= protocol->count || !protocol->types[h.code].name)
		return fault_set(f, ST_INPUT, "ipc.type", "there is no type %u", h.code);
	if (h.length > packet.n - IPC_HEAD_SIZE)
		return fault_at(f, ST_INPUT, 4, "ipc.length", "length says %u, the packet has %zu", h.length, packet.n - IPC_HEAD_SIZE);
	if (h.length < packet.n - IPC_HEAD_SIZE)
		return fault_at(f, ST_INPUT, 4, "ipc.trailing", "length says %u, the packet has %zu", h.length, packet.n - IPC_HEAD_SIZE);
	*out = (struct ipc_packet){
		.type = &protocol->types[h.code], .code = h.code, .id = h.id, .body = slice_from(packet, IPC_HEAD_SIZE), .fd = -1,
	};
	return ST_OK;
}

static enum status bytes_parse(uint8_t *at, const struct ipc_field *field, struct cursor *in, struct fault *f)
{
	struct slice bytes;
	uint32_t n;

	TRY(cursor_u32(in, &n, f));
	if (n > field->max)
		return fault_at(f, ST_INPUT, in->at, "ipc.field", "%s has %u bytes, at most %zu", field->name, n, field->max);
	TRY(cursor_bytes(in, &bytes, n, f));
	memcpy(at, &bytes, sizeof(bytes));
	return ST_OK;
}

static enum status field_parse(uint8_t *at, const struct ipc_field *field, struct cursor *in, struct fault *f)
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
	for (size_t i = 0; i < type->field_count; i++)
		if (field_parse((uint8_t *)body + type->fields[i].offset, &type->fields[i], &in, f) != ST_OK)
			return fault_at(f, ST_INPUT, in.at, "ipc.field", "%s: field %s does not hold", type->name, type->fields[i].name);
	if (!cursor_at_end(&in))
		return fault_at(f, ST_INPUT, in.at, "ipc.trailing", "%s: bytes after the last field", type->name);
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

/* ST_MORE: nothing there now; ST_NONE: the other end is gone. */
static enum status receive(struct received *r, int fd, uint8_t packet[IPC_PACKET_MAX])
{
	struct iovec io = { .iov_base = packet, .iov_len = IPC_PACKET_MAX };
	_Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(FDS_MAX * sizeof(int))];
	struct msghdr m = { .msg_iov = &io, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control) };
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
	return n == 0 ? ST_NONE : ST_OK;
}

static void fds_close(struct received *r)
{
	for (size_t i = 0; i < r->fd_count; i++)
		fd_close(&r->fds[i]);
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
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &send_fd, sizeof(int));
	}
	do
		n = sendmsg(fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n >= 0)
		return ST_OK;
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS ? ST_MORE : ST_NONE;
}

static enum status packet_check(struct ipc_packet *out, const struct ipc_protocol *protocol, unsigned self, unsigned peer,
	struct received *r, const uint8_t *bytes, struct fault *f)
{
	if (r->cut)
		return fault_set(f, ST_INPUT, "ipc.length", "a packet larger than %u bytes, or with too many descriptors", IPC_PACKET_MAX);
	TRY(ipc_head_parse(out, protocol, slice_of(bytes, r->n), f));
	if (!(out->type->from & peer) || !(out->type->to & self))
		return fault_set(f, ST_INPUT, "ipc.role", "%s has no place between these two processes", out->type->name);
	if (r->fd_count != (out->type->carries_fd ? 1u : 0u))
		return fault_set(f, ST_INPUT, "ipc.descriptor", "%s came with %zu descriptors", out->type->name, r->fd_count);
	if (r->fd_count)
		out->fd = r->fds[0];
	return ST_OK;
}

/* --- links --- */

struct queued {
	STAILQ_ENTRY(queued) entry;
	int fd;
	size_t n;
	uint8_t packet[];
};

struct ipc {
	int fd;
	const struct ipc_protocol *protocol;
	unsigned self, peer;
	const struct ipc_events *events;
	void *context;
	struct event *readable, *writable;
	STAILQ_HEAD(, queued) queue;
	size_t queue_count;
	bool paused, dead, in_handler, freed;
	struct buf out;
	uint8_t packet[IPC_PACKET_MAX];
};

static void queued_free(struct queued *q)
{
	fd_close(&q->fd);
	free(q);
}

static void release(struct ipc *ipc)
{
	struct queued *q;

	while ((q = STAILQ_FIRST(&ipc->queue))) {
		STAILQ_REMOVE_HEAD(&ipc->queue, entry);
		queued_free(q);
	}
	buf_done(&ipc->out);
	free(ipc);
}

void ipc_free(struct ipc *ipc)
{
	if (!ipc || ipc->freed)
		return;
	event_free(ipc->readable);
	event_free(ipc->writable);
	fd_close(&ipc->fd);
	ipc->dead = true;
	ipc->freed = true;
	/* The read loop above us on the stack still looks at it, and releases it. */
	if (!ipc->in_handler)
		release(ipc);
}

static void link_die(struct ipc *ipc, const struct fault *why)
{
	ipc->dead = true;
	event_del(ipc->readable);
	event_del(ipc->writable);
	if (ipc->events->closed)
		ipc->events->closed(ipc->context, ipc, why);
}

/* False: stop reading. */
static bool read_one(struct ipc *ipc)
{
	struct ipc_packet packet = { .fd = -1 };
	struct received r;
	struct fault f;
	enum status st = receive(&r, ipc->fd, ipc->packet);

	if (st == ST_MORE)
		return false;
	if (st == ST_OK)
		st = packet_check(&packet, ipc->protocol, ipc->self, ipc->peer, &r, ipc->packet, &f);
	else
		fault_set(&f, ST_RETRY, "ipc.closed", "the other process closed the link");
	if (st != ST_OK) {
		fds_close(&r);
		link_die(ipc, &f);
		return false;
	}
	ipc->events->packet(ipc->context, ipc, &packet);
	fd_close(&packet.fd);
	return !ipc->dead && !ipc->paused;
}

static void on_readable(evutil_socket_t fd, short what, void *context)
{
	struct ipc *ipc = context;

	(void)fd;
	(void)what;
	ipc->in_handler = true;
	for (unsigned i = 0; i < READS_PER_WAKE && read_one(ipc); i++)
		;
	ipc->in_handler = false;
	if (ipc->freed)
		release(ipc);
}

static bool flush_one(struct ipc *ipc)
{
	struct queued *q = STAILQ_FIRST(&ipc->queue);

	if (!q || transmit(ipc->fd, slice_of(q->packet, q->n), q->fd) == ST_MORE)
		return false;
	/* A dead peer is noticed by the reader; what was queued for it is gone either way. */
	STAILQ_REMOVE_HEAD(&ipc->queue, entry);
	ipc->queue_count--;
	queued_free(q);
	return true;
}

static void on_writable(evutil_socket_t fd, short what, void *context)
{
	struct ipc *ipc = context;

	(void)fd;
	(void)what;
	while (flush_one(ipc))
		;
	if (STAILQ_EMPTY(&ipc->queue))
		event_del(ipc->writable);
}

struct ipc *ipc_new(struct event_base *loop, int fd, const struct ipc_protocol *protocol, unsigned self, unsigned peer,
	const struct ipc_events *events, void *context)
{
	struct ipc *ipc = alloc_zeroed(1, sizeof(*ipc));

	ipc->fd = fd;
	ipc->protocol = protocol;
	ipc->self = self;
	ipc->peer = peer;
	ipc->events = events;
	ipc->context = context;
	ipc->out = buf_init(IPC_PACKET_MAX);
	STAILQ_INIT(&ipc->queue);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	ipc->readable = event_new(loop, fd, EV_READ | EV_PERSIST, on_readable, ipc);
	ipc->writable = event_new(loop, fd, EV_WRITE | EV_PERSIST, on_writable, ipc);
	if (!ipc->readable || !ipc->writable || event_add(ipc->readable, NULL) != 0)
		die("watching an ipc descriptor failed");
	return ipc;
}

static enum status enqueue(struct ipc *ipc, int fd, struct fault *f)
{
	if (ipc->queue_count >= IPC_QUEUE_MAX)
		return fault_set(f, ST_RETRY, "ipc.queue", "%u packets wait for a busy process", IPC_QUEUE_MAX);
	struct queued *q = alloc_zeroed(1, sizeof(*q) + ipc->out.n);
	q->fd = fd >= 0 ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;
	if (fd >= 0 && q->fd < 0) {
		queued_free(q);
		return fault_errno(f, ST_RETRY, "ipc.queue", "a descriptor for a queued packet");
	}
	q->n = ipc->out.n;
	memcpy(q->packet, ipc->out.p, ipc->out.n);
	STAILQ_INSERT_TAIL(&ipc->queue, q, entry);
	ipc->queue_count++;
	event_add(ipc->writable, NULL);
	return ST_OK;
}

enum status ipc_send(struct ipc *ipc, unsigned code, uint64_t id, const void *body, int fd, struct fault *f)
{
	const struct ipc_type *type = &ipc->protocol->types[code];

	if (ipc->dead)
		return fault_set(f, ST_RETRY, "ipc.closed", "the other process is gone");
	if (!(type->from & ipc->self) || !(type->to & ipc->peer) || (fd >= 0) != type->carries_fd)
		bug("ipc type %s does not go there like that", type->name ? type->name : "?");
	buf_clear(&ipc->out);
	ipc_format(&ipc->out, ipc->protocol, code, id, body);
	if (!STAILQ_EMPTY(&ipc->queue))
		return enqueue(ipc, fd, f);
	enum status st = transmit(ipc->fd, buf_slice(&ipc->out), fd);
	if (st == ST_MORE)
		return enqueue(ipc, fd, f);
	return st == ST_OK ? ST_OK : fault_set(f, ST_RETRY, "ipc.closed", "the other process is gone");
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

static enum status call_send(int fd, struct slice packet, int send_fd, int64_t until_ns, struct fault *f)
{
	for (;;) {
		enum status st = transmit(fd, packet, send_fd);
		if (st == ST_OK)
			return ST_OK;
		if (st == ST_NONE)
			return fault_set(f, ST_RETRY, "ipc.closed", "the other process is gone");
		TRY(wait_for(fd, POLLOUT, until_ns, f));
	}
}

/* Answers to calls that were given up are still in the socket: they are dropped here. */
static enum status call_receive(struct ipc_packet *answer, uint8_t packet[IPC_PACKET_MAX], int fd,
	const struct ipc_protocol *protocol, uint64_t id, int64_t until_ns, struct fault *f)
{
	struct received r;

	for (;;) {
		enum status st = receive(&r, fd, packet);
		if (st == ST_NONE)
			return fault_set(f, ST_RETRY, "ipc.closed", "the other process is gone");
		if (st == ST_MORE) {
			TRY(wait_for(fd, POLLIN, until_ns, f));
			continue;
		}
		st = packet_check(answer, protocol, ~0u, ~0u, &r, packet, f);
		if (st == ST_OK && answer->id == id)
			return ST_OK;
		fds_close(&r);
		TRY(st);
	}
}

enum status ipc_call(struct ipc_packet *answer, uint8_t packet[IPC_PACKET_MAX], int fd, const struct ipc_protocol *protocol,
	unsigned code, const void *body, int send_fd, int timeout_ms, struct fault *f)
{
	AUTO_IN_PLACE(buf) out = buf_init(IPC_PACKET_MAX);
	int64_t until_ns = clock_mono_ns() + timeout_ms * NS_PER_MS;
	/* The clock never repeats within a process, so neither does the id. */
	uint64_t id = (uint64_t)clock_mono_ns();

	ipc_format(&out, protocol, code, id, body);
	TRY(call_send(fd, buf_slice(&out), send_fd, until_ns, f));
	return call_receive(answer, packet, fd, protocol, id, until_ns, f);
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
