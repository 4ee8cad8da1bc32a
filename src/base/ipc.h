/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How our processes talk: SOCK_SEQPACKET sockets, packets of at most
 * 16 KiB, at most one descriptor each.  What may be said is a table (struct
 * ipc_type): a packet of an unknown type, of a type this pair of roles does
 * not exchange, with a stray or missing descriptor, or with a field longer
 * than the table allows is refused and closes the link.
 *
 * A packet is: u16 type, u16 held, u32 body length, u64 id, then the fields
 * in table order: integers big-endian, bytes as u32 length and content; then
 * `held` bytes that go in place of a descriptor (base/held.h).
 */
#ifndef TIELINE_BASE_IPC_H
#define TIELINE_BASE_IPC_H

#include "base/buf.h"

#define IPC_PACKET_MAX 16384 /* bytes with the head */
#define IPC_HEAD_SIZE 16
#define IPC_QUEUE_MAX 4096   /* packets waiting for a slow reader, then ST_RETRY */

enum ipc_kind {
	IPC_U32,   /* uint32_t */
	IPC_U64,   /* uint64_t */
	IPC_I64,   /* int64_t */
	IPC_BYTES, /* struct slice: borrowed from the packet when read */
};

struct ipc_field {
	const char *name;
	enum ipc_kind kind;
	size_t offset; /* of the member in the body struct */
	size_t max;    /* IPC_BYTES: most bytes allowed */
};

struct ipc_type {
	const char *name;
	unsigned from, to; /* bit sets of roles */
	bool carries_fd;
	size_t size;       /* of the body struct */
	const struct ipc_field *fields;
	size_t field_count;
};

/* All types of a program; the index is the wire code.  Index 0 is unused. */
struct ipc_protocol {
	const struct ipc_type *types;
	size_t count;
};

struct ipc_packet {
	const struct ipc_type *type;
	unsigned code;
	uint64_t id;       /* chosen by the asker, repeated in the answer */
	struct slice body; /* borrowed: valid until the handler returns */
	struct slice held; /* what came in place of a descriptor: fd, once it is handled */
	int fd;            /* -1, or the packet's: FD_TAKE it, or it is closed for you */
};

/* Wire form.  ipc_format bugs out on an oversized field: the writer is us. */
void ipc_format(struct buf *out, const struct ipc_protocol *, unsigned code, uint64_t id,
	const void *body);
/* ST_INPUT "ipc.head" | "ipc.type" | "ipc.length" | "ipc.trailing". */
NODISCARD enum status ipc_head_parse(struct ipc_packet *out, const struct ipc_protocol *,
	struct slice packet, struct fault *f);
/*
 * Fills a body struct of packet->type->size bytes; slices point into packet->body, and what is in
 * it after a fault means nothing.  ST_INPUT "ipc.field" | "ipc.trailing".
 */
NODISCARD enum status ipc_body_parse(void *body, const struct ipc_packet *, struct fault *f);

struct event_base;
struct ipc;

struct ipc_events {
	/* A good packet, permitted for these roles. */
	void (*packet)(void *context, struct ipc *, struct ipc_packet *);
	/*
	 * The other end is gone (ST_RETRY "ipc.closed") or broke the protocol (ST_INPUT: the
	 * codes of ipc_head_parse, "ipc.length" also for what is larger than a packet,
	 * "ipc.role", "ipc.descriptor").  The link is dead and holds no packets; free it here
	 * or later.
	 */
	void (*closed)(void *context, struct ipc *, const struct fault *f);
};

/*
 * Takes fd.  `self` and `peer` are one-bit role sets.  Reads up to 64 packets
 * a wake-up, so that one busy link cannot starve another.
 */
struct ipc *ipc_new(struct event_base *, int fd, const struct ipc_protocol *, unsigned self,
	unsigned peer, const struct ipc_events *, void *context);
void ipc_free(struct ipc *); /* also from within its own callbacks; what is queued is lost */
DEFINE_AUTO(ipc)

/*
 * Never blocks; queues when the socket is full.  fd (or -1) stays the
 * caller's: it is duplicated when queued, and what is held goes inside the
 * packet where that has room.  ST_RETRY "ipc.queue" when the queue is full,
 * "ipc.closed" when the link is dead; ST_HOST "host.memory-file".
 */
NODISCARD enum status ipc_send(struct ipc *, unsigned code, uint64_t id, const void *body, int fd,
	struct fault *f);

/*
 * Packets read and not yet handled must wait: for back-pressure.  A paused
 * link does not notice its peer's end before it is resumed.
 */
void ipc_pause(struct ipc *, bool paused);
/* In the handler of a packet that took long: other links have their turn before the next one. */
void ipc_yield(struct ipc *);
size_t ipc_queued(const struct ipc *);

/*
 * Blocks until all that is queued is sent, timeout_ms at most: for a process that has more to say
 * at once than a queue holds, and serves nobody meanwhile.  The other end must never wait for this
 * one in the same way.  ST_RETRY "ipc.timeout" | "ipc.closed".
 */
NODISCARD enum status ipc_drain(struct ipc *, int timeout_ms, struct fault *f);

/*
 * Blocking ask and answer on a link of the loop, for a process that cannot go on without: sends
 * what is queued and then this, and waits timeout_ms at most for a packet `answer_code` with the
 * same id.  What else comes meanwhile is kept and handled by the loop later, in order.  The other
 * end must never wait for this one in the same way.  `packet` (of IPC_PACKET_MAX bytes) backs
 * *answer, whose descriptor is the caller's to close.  An answer that comes later goes to the
 * packet callback.  ST_RETRY "ipc.timeout" | "ipc.closed", "ipc.queue": too much else has come.
 */
struct ipc_asking {
	unsigned code, answer_code;
	uint64_t id;
	const void *body;
	int fd; /* or -1: stays the caller's */
	int timeout_ms;
};
NODISCARD enum status ipc_ask(struct ipc_packet *answer, uint8_t packet[IPC_PACKET_MAX],
	struct ipc *, const struct ipc_asking *, struct fault *f);

/*
 * Blocking ask and answer on a link nothing else uses (keyholder, command
 * line): sends, waits at most timeout_ms for the answer with the same id.
 * `packet` (of IPC_PACKET_MAX bytes) backs *answer, whose descriptor is the
 * caller's to close.  Late answers to calls that were given up are dropped.
 * ST_RETRY "ipc.timeout" | "ipc.closed"; ST_INPUT as in `closed` above: do not
 * use the link again.
 */
NODISCARD enum status ipc_call(struct ipc_packet *answer, uint8_t packet[IPC_PACKET_MAX], int fd,
	const struct ipc_protocol *, unsigned code, const void *body, int send_fd, int timeout_ms,
	struct fault *f);

/* Two connected, close-on-exec, non-blocking ends; dies when the host has no descriptors left. */
void ipc_pair(int ends[2]);

#endif
