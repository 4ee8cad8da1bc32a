/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets of a process that was taken over: head and body against a small protocol with a field of
 * every kind.  What is accepted must lie within the packet and its limits, and must be written back
 * to the same bytes: there is one form of every packet.
 */
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = slice_of(data, size);
	struct everything body = { 0 };
	struct ipc_packet packet;
	struct fault f;

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
