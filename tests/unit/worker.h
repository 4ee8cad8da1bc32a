/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker process in this one, wired as the monitor would: descriptor 3 is its link to the test,
 * which gives it a configuration without partners and links to others, whose far ends the test
 * keeps as bare sockets.
 */
#ifndef TIELINE_TESTS_WORKER_H
#define TIELINE_TESTS_WORKER_H

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "circle.h"
#include "processes/process.h"

static inline void worker_entry_put(struct buf *out, const char *name, struct slice content)
{
	buf_put_u32(out, (uint32_t)slice_str(name).n);
	buf_put_text(out, name);
	buf_put_u32(out, (uint32_t)content.n);
	buf_put(out, content);
}

static inline void worker_snapshot_put(struct buf *out, const struct circle *c)
{
	static const char *const names[CERT_USES] = { "tls.pem", "sign.pem", "encrypt.pem" };
	AUTO_IN_PLACE(buf) yaml = buf_init(SETTINGS_SIZE_MAX);
	AUTO(settings) settings = settings_of(c->id);

	settings_format(&yaml, settings);
	worker_entry_put(out, "tieline.yaml", buf_slice(&yaml));
	for (unsigned use = 0; use < CERT_USES; use++) {
		AUTO_IN_PLACE(buf) pem = buf_init(65536);

		cert_format_pem(&pem, c->certs[use]);
		worker_entry_put(out, names[use], buf_slice(&pem));
	}
}

/* Says something to a bare end, as another process would; takes send_fd. */
static inline void worker_tell(int end, enum verb verb, uint64_t id, const void *body, int send_fd)
{
	AUTO_IN_PLACE(buf) packet = buf_init(IPC_PACKET_MAX);
	_Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec io;
	struct msghdr m = { .msg_iov = &io, .msg_iovlen = 1 };

	ipc_format(&packet, &verbs, verb, id, body);
	io = (struct iovec){ packet.p, packet.n };
	if (send_fd >= 0) {
		m.msg_control = control;
		m.msg_controllen = sizeof(control);
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		*(int *)(void *)CMSG_DATA(c) = send_fd;
	}
	if (sendmsg(end, &m, MSG_NOSIGNAL) != (ssize_t)packet.n)
		die("telling something in a test");
	fd_close(&send_fd);
}

/* The other end of the worker's descriptor 3, which is its own from here on. */
static inline int worker_monitor(void)
{
	int ends[2], there = open("/dev/null", O_RDONLY | O_CLOEXEC);

	/* So that no end is made in the place where the worker looks for its own. */
	if (there < 0 || (there != PROCESS_MONITOR_FD && dup2(there, PROCESS_MONITOR_FD) < 0))
		die("descriptor 3 for a test");
	ipc_pair(ends);
	if (dup2(ends[0], PROCESS_MONITOR_FD) < 0)
		die("descriptor 3 for a test");
	fd_close(&ends[0]);
	if (there != PROCESS_MONITOR_FD)
		fd_close(&there);
	return ends[1];
}

/* The far end of a link to that role. */
static inline int worker_link(int monitor, enum role role, unsigned index)
{
	int ends[2];

	ipc_pair(ends);
	worker_tell(monitor, VERB_LINK, 0, &(struct verb_link){ .role = role, .index = index },
		ends[0]);
	return ends[1];
}

/* Last: then process_init() returns. */
static inline void worker_config(int monitor, const struct circle *c)
{
	AUTO_IN_PLACE(buf) snapshot = buf_init(1 << 20);
	struct fault f;
	int fd;

	worker_snapshot_put(&snapshot, c);
	must(memory_file_new(&fd, "snapshot", buf_slice(&snapshot), &f), &f);
	worker_tell(monitor, VERB_CONFIG, 0, &(struct verb_empty){ 0 }, fd);
}

/*
 * What was said to a bare end; false: nothing. `bytes` backs *packet, whose descriptor is the
 * caller's.
 */
static inline bool worker_heard(struct ipc_packet *packet, uint8_t bytes[IPC_PACKET_MAX], int end)
{
	_Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec io = { bytes, IPC_PACKET_MAX };
	struct msghdr m = { .msg_iov = &io, .msg_iovlen = 1, .msg_control = control,
		.msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(end, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	struct fault f;

	if (n <= 0)
		return false;
	must(ipc_head_parse(packet, &verbs, slice_of(bytes, (size_t)n), &f), &f);
	if (CMSG_FIRSTHDR(&m))
		packet->fd = *(int *)(void *)CMSG_DATA(CMSG_FIRSTHDR(&m));
	return true;
}

#endif
