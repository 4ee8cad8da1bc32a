/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of everything our processes say to each other.  Every process has
 * it; a link refuses what the row does not allow for its two roles.  Reading it
 * is the audit: who may say what to whom, how long, and with a descriptor or not.
 */
#include "processes/verbs.h"

#include "base/id.h"
#include "bindings/as2.h"
#include "bindings/mdn.h"
#include "exchange/facts.h"
#include "exchange/sheet.h"
#include "ledger/announced.h"
#include "ledger/heads.h"
#include "safeguards/key.h"
#include "safeguards/ocsp.h"

#define EVENT_TEXT_MAX 512
#define MIC_TEXT_MAX 160
#define DIGEST_NAME_MAX 16

static const char *const role_names[ROLES] = {
	[ROLE_MONITOR] = "monitor",     [ROLE_EDGE] = "edge",       [ROLE_ENVELOPE] = "envelope",
	[ROLE_KEYHOLDER] = "keyholder", [ROLE_LEDGER] = "ledger",   [ROLE_COURIER] = "courier",
	[ROLE_DESK] = "desk",           [ROLE_CLIENT] = "client",
};

const char *role_name(enum role role)
{
	return (unsigned)role < ROLES ? role_names[role] : "unknown";
}

#define U32(type, member) { #member, IPC_U32, offsetof(struct type, member), 0 }
#define U64(type, member) { #member, IPC_U64, offsetof(struct type, member), 0 }
#define I64(type, member) { #member, IPC_I64, offsetof(struct type, member), 0 }
#define BYTES(type, member, max) { #member, IPC_BYTES, offsetof(struct type, member), (max) }
#define FAULT_FIELDS(type) BYTES(type, code, FAULT_CODE_MAX), BYTES(type, text, FAULT_TEXT_MAX)

static const struct ipc_field empty_fields[] = {
	U32(verb_empty, zero),
};
static const struct ipc_field link_fields[] = {
	U32(verb_link, role), U32(verb_link, index),
};
static const struct ipc_field key_fields[] = {
	U32(verb_key, number),
};
static const struct ipc_field process_fields[] = {
	U32(verb_process, role), U32(verb_process, index), U32(verb_process, pid),
	U32(verb_process, restarts), U32(verb_process, ready), I64(verb_process, started_ns),
};
static const struct ipc_field key_ask_fields[] = {
	U32(verb_key_ask, number),
	U32(verb_key_ask, scheme),
	BYTES(verb_key_ask, digest_name, DIGEST_NAME_MAX),
	BYTES(verb_key_ask, input, KEY_INPUT_MAX),
};
static const struct ipc_field key_answer_fields[] = {
	U32(verb_key_answer, status), FAULT_FIELDS(verb_key_answer),
	BYTES(verb_key_answer, output, KEY_OUTPUT_MAX),
};
static const struct ipc_field open_fields[] = {
	U32(verb_open, edge),
	U32(verb_open, area),
	U32(verb_open, lane_of),
	U32(verb_open, unproven),
	U32(verb_open, plain),
	I64(verb_open, arrived_ns),
	U64(verb_open, size),
	BYTES(verb_open, partner, PARTY_ID_MAX),
	BYTES(verb_open, head, AS2_HEAD_MAX),
	FAULT_FIELDS(verb_open),
	U32(verb_open, status),
};
static const struct ipc_field arrived_fields[] = {
	U32(verb_arrived, edge),
	U64(verb_arrived, request),
	U32(verb_arrived, area),
	U32(verb_arrived, state),
	I64(verb_arrived, arrived_ns),
	U64(verb_arrived, size),
	BYTES(verb_arrived, partner, PARTY_ID_MAX),
	BYTES(verb_arrived, message_id, MESSAGE_ID_MAX),
	BYTES(verb_arrived, media_type, MEDIA_TYPE_MAX),
	BYTES(verb_arrived, filename, FILENAME_MAX_BYTES),
	BYTES(verb_arrived, digest, DIGEST_SIZE),
	BYTES(verb_arrived, mic, MIC_TEXT_MAX),
	BYTES(verb_arrived, signer, CERT_FINGERPRINT_SIZE),
	BYTES(verb_arrived, receipt_type, RECEIPT_TYPE_MAX),
	FAULT_FIELDS(verb_arrived),
	U64(verb_arrived, part_at),
	U64(verb_arrived, part_n),
	U64(verb_arrived, document_at),
	U64(verb_arrived, document_n),
	U64(verb_arrived, signature_at),
	U64(verb_arrived, signature_n),
	U64(verb_arrived, receipt_at),
	U64(verb_arrived, receipt_n),
	U64(verb_arrived, came_at),
	U64(verb_arrived, came_n),
	BYTES(verb_arrived, receipt_digest, SEALED_DIGEST_SIZE),
	U32(verb_arrived, later),
	BYTES(verb_arrived, to, PARTY_ID_MAX),
	BYTES(verb_arrived, note, FAULT_TEXT_MAX),
	I64(verb_arrived, deadline_ns),
	BYTES(verb_arrived, scope, SCOPE_MAX - 1),
	I64(verb_arrived, sequence),
	U64(verb_arrived, facts),
};
static const struct ipc_field consult_fields[] = {
	U32(verb_consult, direction), BYTES(verb_consult, partner, PARTY_ID_MAX),
	BYTES(verb_consult, message_id, MESSAGE_ID_MAX), I64(verb_consult, came_ns),
};
static const struct ipc_field consulted_fields[] = {
	U32(verb_consulted, status), FAULT_FIELDS(verb_consulted),
	U64(verb_consulted, findings),
};
static const struct ipc_field receipt_fields[] = {
	BYTES(verb_receipt, type, RECEIPT_TYPE_MAX),
	BYTES(verb_receipt, message_id, MESSAGE_ID_MAX),
	U64(verb_receipt, at),
	U64(verb_receipt, n),
	U32(verb_receipt, repeated),
	U32(verb_receipt, later),
	BYTES(verb_receipt, code, FAULT_CODE_MAX),
};
static const struct ipc_field fault_fields[] = {
	U32(verb_fault, status), FAULT_FIELDS(verb_fault),
};
static const struct ipc_field submit_fields[] = {
	BYTES(verb_submit, partner, PARTY_ID_MAX),
	BYTES(verb_submit, message_id, MESSAGE_ID_MAX),
	BYTES(verb_submit, media_type, MEDIA_TYPE_MAX),
	BYTES(verb_submit, filename, FILENAME_MAX_BYTES),
	U32(verb_submit, area),
	I64(verb_submit, created_ns),
	I64(verb_submit, deadline_ns),
	U64(verb_submit, size),
	U64(verb_submit, copy_of),
};
static const struct ipc_field offered_fields[] = {
	U32(verb_offered, status), FAULT_FIELDS(verb_offered), U64(verb_offered, size_max),
};
static const struct ipc_field enqueue_fields[] = {
	U64(verb_enqueue, ticket),
	U64(verb_enqueue, answers),
	U32(verb_enqueue, is_copy),
	U64(verb_enqueue, copy_of),
	U32(verb_enqueue, area),
	I64(verb_enqueue, created_ns),
	I64(verb_enqueue, deadline_ns),
	U64(verb_enqueue, size),
	BYTES(verb_enqueue, partner, PARTY_ID_MAX),
	BYTES(verb_enqueue, message_id, MESSAGE_ID_MAX),
	BYTES(verb_enqueue, media_type, MEDIA_TYPE_MAX),
	BYTES(verb_enqueue, filename, FILENAME_MAX_BYTES),
	BYTES(verb_enqueue, digest, DIGEST_SIZE),
	BYTES(verb_enqueue, mic, MIC_TEXT_MAX),
	BYTES(verb_enqueue, headers, AS2_HEAD_MAX),
	U64(verb_enqueue, part_at),
	U64(verb_enqueue, part_n),
	U64(verb_enqueue, document_at),
	U64(verb_enqueue, document_n),
	U64(verb_enqueue, signature_at),
	U64(verb_enqueue, signature_n),
	U64(verb_enqueue, sealed_at),
	U64(verb_enqueue, sealed_n),
	BYTES(verb_enqueue, scope, SCOPE_MAX - 1),
	I64(verb_enqueue, sequence),
	U64(verb_enqueue, facts),
	I64(verb_enqueue, secret_until_ns),
	BYTES(verb_enqueue, sealed_digest, SEALED_DIGEST_SIZE),
};
static const struct ipc_field accepted_fields[] = {
	U32(verb_accepted, status),
	U32(verb_accepted, repeated),
	FAULT_FIELDS(verb_accepted),
	BYTES(verb_accepted, message_id, MESSAGE_ID_MAX),
	U64(verb_accepted, row),
	I64(verb_accepted, deadline_ns),
};
static const struct ipc_field deliver_fields[] = {
	U32(verb_deliver, area), U32(verb_deliver, attempt), U32(verb_deliver, receipt),
	BYTES(verb_deliver, partner, PARTY_ID_MAX), BYTES(verb_deliver, message_id, MESSAGE_ID_MAX),
	BYTES(verb_deliver, headers, AS2_HEAD_MAX),
	U64(verb_deliver, at), U64(verb_deliver, n), I64(verb_deliver, expires_ns),
	I64(verb_deliver, secret_until_ns),
	BYTES(verb_deliver, sealed_digest, SEALED_DIGEST_SIZE), U32(verb_deliver, is_doubted),
	U32(verb_deliver, is_whole),
};
static const struct ipc_field check_fields[] = {
	U64(verb_check, row),
	U32(verb_check, area),
	U32(verb_check, http_status),
	BYTES(verb_check, partner, PARTY_ID_MAX),
	BYTES(verb_check, message_id, MESSAGE_ID_MAX),
	BYTES(verb_check, type, RECEIPT_TYPE_MAX),
	I64(verb_check, sent_ns),
	I64(verb_check, answered_ns),
	U32(verb_check, is_rest),
};
static const struct ipc_field unread_fields[] = {
	U64(verb_unread, row), BYTES(verb_unread, type, RECEIPT_TYPE_MAX), U64(verb_unread, n),
};
static const struct ipc_field taken_fields[] = {
	U32(verb_taken, http_status),
};
static const struct ipc_field settle_fields[] = {
	U64(verb_settle, row), U32(verb_settle, edge), U32(verb_settle, areas),
	U32(verb_settle, state),
	BYTES(verb_settle, partner, PARTY_ID_MAX), BYTES(verb_settle, message_id, MESSAGE_ID_MAX),
	BYTES(verb_settle, mic, MIC_TEXT_MAX), BYTES(verb_settle, type, RECEIPT_TYPE_MAX),
	BYTES(verb_settle, signer, CERT_FINGERPRINT_SIZE), FAULT_FIELDS(verb_settle),
	I64(verb_settle, receipt_ns), I64(verb_settle, made_ns), I64(verb_settle, sent_ns),
	I64(verb_settle, answered_ns), U32(verb_settle, is_rest), U64(verb_settle, at),
	U64(verb_settle, n),
};
static const struct ipc_field failed_fields[] = {
	U64(verb_failed, row), U32(verb_failed, status), U32(verb_failed, http_status),
	U32(verb_failed, retry_after_s), U32(verb_failed, setback), FAULT_FIELDS(verb_failed),
};
static const struct ipc_field examine_fields[] = {
	U64(verb_examine, row), U32(verb_examine, direction), U32(verb_examine, area),
	U32(verb_examine, number), U32(verb_examine, numbers),
	BYTES(verb_examine, partner, PARTY_ID_MAX), BYTES(verb_examine, message_id, MESSAGE_ID_MAX),
	BYTES(verb_examine, media_type, MEDIA_TYPE_MAX),
	U64(verb_examine, at), U64(verb_examine, n),
};
#define SET_FIELDS(type) \
	BYTES(type, interchange, X12_NUMBER_MAX), BYTES(type, group_id, X12_NUMBER_MAX), \
	BYTES(type, group_number, X12_NUMBER_MAX), BYTES(type, set_id, X12_NUMBER_MAX), \
	BYTES(type, set_number, X12_NUMBER_MAX), BYTES(type, reference, X12_REFERENCE_MAX), \
	BYTES(type, sender, X12_PARTY_MAX), BYTES(type, receiver, X12_PARTY_MAX), \
	BYTES(type, stamp, X12_STAMP_MAX)
static const struct ipc_field set_fields[] = {
	U64(verb_set, row), SET_FIELDS(verb_set),
};
static const struct ipc_field verdict_fields[] = {
	U64(verb_verdict, row), U32(verb_verdict, about), U32(verb_verdict, outcome),
	U32(verb_verdict, counts), U32(verb_verdict, received), U32(verb_verdict, rejected),
	U32(verb_verdict, said_in),
	SET_FIELDS(verb_verdict), BYTES(verb_verdict, text, EVENT_TEXT_MAX),
	BYTES(verb_verdict, document, ID_TEXT_MAX - 1),
};
static const struct ipc_field interchange_fields[] = {
	U64(verb_interchange, row), U32(verb_interchange, test),
	BYTES(verb_interchange, sender, X12_PARTY_MAX),
	BYTES(verb_interchange, receiver, X12_PARTY_MAX),
	BYTES(verb_interchange, number, X12_NUMBER_MAX), I64(verb_interchange, since_ns),
};
static const struct ipc_field recalled_fields[] = {
	U32(verb_recalled, status), BYTES(verb_recalled, message_id, MESSAGE_ID_MAX),
};
static const struct ipc_field finding_fields[] = {
	U64(verb_finding, row), U32(verb_finding, of_copy),
	BYTES(verb_finding, code, FAULT_CODE_MAX),
	BYTES(verb_finding, text, FINDING_TEXT_MAX),
};
static const struct ipc_field examined_fields[] = {
	U64(verb_examined, row), U32(verb_examined, status), U32(verb_examined, numbers),
	FAULT_FIELDS(verb_examined), BYTES(verb_examined, summary, EVENT_TEXT_MAX),
	BYTES(verb_examined, documents, EVENT_TEXT_MAX),
};
static const struct ipc_field fetched_fields[] = {
	U32(verb_fetched, kind), BYTES(verb_fetched, partner, PARTY_ID_MAX),
	BYTES(verb_fetched, source, VERB_KEY_MAX),
	BYTES(verb_fetched, fingerprint, CERT_FINGERPRINT_SIZE),
	BYTES(verb_fetched, nonce, OCSP_NONCE_SIZE),
};
static const struct ipc_field judged_fields[] = {
	U32(verb_judged, status), FAULT_FIELDS(verb_judged), I64(verb_judged, next_ns),
};
static const struct ipc_field learned_fields[] = {
	U32(verb_learned, kind), U32(verb_learned, outcome),
	BYTES(verb_learned, key, VERB_KEY_MAX), BYTES(verb_learned, by, ANSWER_BY_MAX),
	BYTES(verb_learned, counted, LIST_COUNTED_SIZE),
	I64(verb_learned, issued_ns), I64(verb_learned, next_ns), I64(verb_learned, fetched_ns),
};
static const struct ipc_field tried_fields[] = {
	BYTES(verb_tried, source, VERB_KEY_MAX), U32(verb_tried, status), FAULT_FIELDS(verb_tried),
	I64(verb_tried, tried_ns),
};
static const struct ipc_field head_fields[] = {
	U64(verb_head, place), I64(verb_head, at_ns), BYTES(verb_head, hash, DIGEST_SIZE),
};
static const struct ipc_field head_signed_fields[] = {
	U32(verb_head_signed, status), FAULT_FIELDS(verb_head_signed),
	BYTES(verb_head_signed, signature, HEAD_SIGNATURE_MAX),
};
static const struct ipc_field list_fields[] = {
	U32(verb_list, in), U32(verb_list, out), U32(verb_list, areas), U32(verb_list, states),
	U32(verb_list, limit), U64(verb_list, after),
	BYTES(verb_list, message_id, MESSAGE_ID_MAX), BYTES(verb_list, partner, PARTY_ID_MAX),
};
static const struct ipc_field show_fields[] = {
	U64(verb_show, row), U64(verb_show, after),
};
static const struct ipc_field get_fields[] = {
	BYTES(verb_get, message_id, MESSAGE_ID_MAX),
	BYTES(verb_get, partner, PARTY_ID_MAX),
	U32(verb_get, in),
	U32(verb_get, out),
	U32(verb_get, content),
};
static const struct ipc_field message_fields[] = {
	U64(verb_message, row),
	U64(verb_message, size),
	U32(verb_message, direction),
	U32(verb_message, state),
	U32(verb_message, area),
	U32(verb_message, attempts),
	U32(verb_message, receipt),
	U32(verb_message, owed),
	BYTES(verb_message, partner, PARTY_ID_MAX),
	BYTES(verb_message, message_id, MESSAGE_ID_MAX),
	BYTES(verb_message, media_type, MEDIA_TYPE_MAX),
	BYTES(verb_message, filename, FILENAME_MAX_BYTES),
	BYTES(verb_message, digest, DIGEST_SIZE),
	BYTES(verb_message, mic, MIC_TEXT_MAX),
	FAULT_FIELDS(verb_message),
	I64(verb_message, created_ns),
	I64(verb_message, deadline_ns),
	I64(verb_message, settled_ns),
	I64(verb_message, receipt_ns),
};
static const struct ipc_field event_fields[] = {
	U64(verb_event, row), U64(verb_event, number), I64(verb_event, at_ns),
	BYTES(verb_event, what, FAULT_CODE_MAX), BYTES(verb_event, code, FAULT_CODE_MAX),
	BYTES(verb_event, detail, EVENT_TEXT_MAX),
};
static const struct ipc_field content_fields[] = {
	U64(verb_content, at),
	U64(verb_content, n),
	BYTES(verb_content, digest, DIGEST_SIZE),
	BYTES(verb_content, type, RECEIPT_TYPE_MAX),
	BYTES(verb_content, filename, FILENAME_MAX_BYTES),
	BYTES(verb_content, message_id, MESSAGE_ID_MAX),
	U32(verb_content, direction),
	U32(verb_content, area),
};
static const struct ipc_field lane_fields[] = {
	U32(verb_lane, direction), U32(verb_lane, area), U32(verb_lane, state),
	U32(verb_lane, receipts),
	U64(verb_lane, count), I64(verb_lane, oldest_ns),
};

static const struct ipc_field flagged_fields[] = {
	BYTES(verb_flagged, partner, PARTY_ID_MAX),
	BYTES(verb_flagged, code, FAULT_CODE_MAX),
	U64(verb_flagged, count),
	I64(verb_flagged, last_ns),
};

static const struct ipc_field clock_fields[] = {
	BYTES(verb_clock, partner, PARTY_ID_MAX), I64(verb_clock, ahead_ns),
	I64(verb_clock, error_ns), I64(verb_clock, at_ns), U32(verb_clock, far),
};
static const struct ipc_field late_fields[] = {
	BYTES(verb_late, partner, PARTY_ID_MAX), U32(verb_late, area), U64(verb_late, count),
	I64(verb_late, last_ns),
};
static const struct ipc_field history_fields[] = {
	U64(verb_history, events), U64(verb_history, signed_events),
	I64(verb_history, signed_ns), I64(verb_history, unsigned_ns),
};
static const struct ipc_field deferral_fields[] = {
	BYTES(verb_deferral, partner, PARTY_ID_MAX), U32(verb_deferral, area),
	BYTES(verb_deferral, code, FAULT_CODE_MAX), BYTES(verb_deferral, text, FAULT_TEXT_MAX),
	U64(verb_deferral, count), I64(verb_deferral, next_ns),
};
static const struct ipc_field readiness_fields[] = {
	BYTES(verb_readiness, partner, PARTY_ID_MAX), U32(verb_readiness, generation),
	I64(verb_readiness, since_ns),
};
static const struct ipc_field announced_fields[] = {
	BYTES(verb_announced, partner, PARTY_ID_MAX),
	BYTES(verb_announced, version, ANNOUNCED_VERSION_MAX),
	BYTES(verb_announced, product, ANNOUNCED_PRODUCT_MAX),
	BYTES(verb_announced, features, ANNOUNCED_FEATURES_MAX),
	I64(verb_announced, since_ns),
};

static const struct ipc_field registry_fields[] = {
	U32(verb_registry, what), U32(verb_registry, test), U32(verb_registry, limit),
	I64(verb_registry, at_ns),
	BYTES(verb_registry, after, FACT_TEXT_MAX),
	BYTES(verb_registry, after_partner, FACT_TEXT_MAX),
	U64(verb_registry, after_number),
	BYTES(verb_registry, aggregation, FACT_TEXT_MAX),
	BYTES(verb_registry, partner, FACT_TEXT_MAX),
};
#define QUANTITIES(type) \
	U32(type, can.known), I64(type, can.export_kw), I64(type, can.import_kw), \
	I64(type, can.up_kw), I64(type, can.down_kw), I64(type, can.inject_kvar), \
	I64(type, can.absorb_kvar), I64(type, can.energy_kwh)
static const struct ipc_field aggregation_fields[] = {
	BYTES(verb_aggregation, aggregation, FACT_TEXT_MAX),
	BYTES(verb_aggregation, partner, FACT_TEXT_MAX),
	BYTES(verb_aggregation, name, FACT_TEXT_MAX),
	BYTES(verb_aggregation, program, FACT_TEXT_MAX),
	BYTES(verb_aggregation, state, FAULT_CODE_MAX),
	BYTES(verb_aggregation, services, FACT_TEXT_MAX),
	U32(verb_aggregation, direction),
	I64(verb_aggregation, from_ns), I64(verb_aggregation, until_ns),
	I64(verb_aggregation, revision),
	QUANTITIES(verb_aggregation),
};
static const struct ipc_field resource_fields[] = {
	BYTES(verb_resource, resource, FACT_TEXT_MAX),
	BYTES(verb_resource, premise, FACT_TEXT_MAX),
	BYTES(verb_resource, feeder, FACT_TEXT_MAX),
	BYTES(verb_resource, der_kind, FACT_TEXT_MAX),
	BYTES(verb_resource, consent, FACT_TEXT_MAX),
	BYTES(verb_resource, program, FACT_TEXT_MAX),
	U32(verb_resource, net_metering),
	I64(verb_resource, consent_ns), I64(verb_resource, from_ns),
	QUANTITIES(verb_resource),
};
static const struct ipc_field statement_fields[] = {
	U64(verb_statement, number), U64(verb_statement, resources),
	BYTES(verb_statement, type, FAULT_CODE_MAX),
	BYTES(verb_statement, action, FACT_TEXT_MAX),
	BYTES(verb_statement, document, FACT_TEXT_MAX),
	BYTES(verb_statement, partner, FACT_TEXT_MAX),
	BYTES(verb_statement, message_id, MESSAGE_ID_MAX),
	U32(verb_statement, direction), U32(verb_statement, revision),
	I64(verb_statement, basis), I64(verb_statement, said_ns), I64(verb_statement, from_ns),
	I64(verb_statement, until_ns), I64(verb_statement, voided_ns),
};
static const struct ipc_field condition_fields[] = {
	U64(verb_condition, number),
	BYTES(verb_condition, document, FACT_TEXT_MAX),
	BYTES(verb_condition, kind, FAULT_CODE_MAX),
	BYTES(verb_condition, direction, FAULT_CODE_MAX),
	BYTES(verb_condition, feeder, FACT_TEXT_MAX),
	BYTES(verb_condition, window, FACT_TEXT_MAX),
	U32(verb_condition, compared), I64(verb_condition, kw),
	I64(verb_condition, from_ns), I64(verb_condition, until_ns),
};
static const struct ipc_field review_fields[] = {
	BYTES(verb_review, partner, FACT_TEXT_MAX),
	BYTES(verb_review, aggregation, FACT_TEXT_MAX),
	BYTES(verb_review, document, FACT_TEXT_MAX),
	BYTES(verb_review, type, FAULT_CODE_MAX),
	U32(verb_review, direction), U32(verb_review, test), U32(verb_review, waiting),
	I64(verb_review, started_ns), I64(verb_review, due_ns), I64(verb_review, left_ns),
};
static const struct ipc_field missed_fields[] = {
	BYTES(verb_missed, partner, FACT_TEXT_MAX),
	BYTES(verb_missed, aggregation, FACT_TEXT_MAX),
	BYTES(verb_missed, document, FACT_TEXT_MAX),
	BYTES(verb_missed, message_id, MESSAGE_ID_MAX),
	BYTES(verb_missed, type, FAULT_CODE_MAX),
	BYTES(verb_missed, member, FAULT_CODE_MAX),
	BYTES(verb_missed, answer, FAULT_CODE_MAX),
	U32(verb_missed, ours), U32(verb_missed, test),
	I64(verb_missed, due_ns), I64(verb_missed, late_ns),
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define ROW(name_, body_, from_, to_, fd_)                                          \
	{                                                                           \
		.name = (name_), .from = (from_), .to = (to_), .carries_fd = (fd_), \
		.size = sizeof(struct verb_##body_), .fields = body_##_fields,      \
		.field_count = COUNT(body_##_fields)                                \
	}

#define MONITOR ROLE_BIT(ROLE_MONITOR)
#define EDGE ROLE_BIT(ROLE_EDGE)
#define ENVELOPE ROLE_BIT(ROLE_ENVELOPE)
#define KEYHOLDER ROLE_BIT(ROLE_KEYHOLDER)
#define LEDGER ROLE_BIT(ROLE_LEDGER)
#define COURIER ROLE_BIT(ROLE_COURIER)
#define DESK ROLE_BIT(ROLE_DESK)
#define CLIENT ROLE_BIT(ROLE_CLIENT)
#define WORKERS (EDGE | ENVELOPE | KEYHOLDER | LEDGER | COURIER | DESK)

static const struct ipc_type types[VERBS] = {
	/*
	 *                            body        from                 to
	 * descriptor
	 */
	[VERB_CONFIG] = ROW("config", empty, MONITOR, WORKERS, true),
	[VERB_LINK] = ROW("link", link, MONITOR, WORKERS, true),
	[VERB_LISTEN] = ROW("listen", empty, MONITOR, EDGE | DESK, true),
	[VERB_KEY] = ROW("key", key, MONITOR, KEYHOLDER, true),
	[VERB_URGENCY] = ROW("urgency", empty, MONITOR, WORKERS & ~KEYHOLDER, true),
	[VERB_GATE] = ROW("gate", empty, MONITOR, EDGE, true),
	[VERB_DRAIN] = ROW("drain", empty, MONITOR, WORKERS, false),
	[VERB_READY] = ROW("ready", empty, WORKERS, MONITOR, false),
	[VERB_PROCESS] = ROW("process", process, MONITOR | DESK, DESK | CLIENT, false),
	[VERB_KEY_ASK] = ROW("key-ask", key_ask, EDGE | ENVELOPE | COURIER, KEYHOLDER, false),
	[VERB_KEY_ANSWER] =
		ROW("key-answer", key_answer, KEYHOLDER, EDGE | ENVELOPE | COURIER, false),
	[VERB_SPOOL] = ROW("spool", empty, EDGE | ENVELOPE | DESK | CLIENT, LEDGER | DESK, false),
	[VERB_SPOOLED] =
		ROW("spooled", empty, LEDGER | DESK, EDGE | ENVELOPE | DESK | CLIENT, true),
	[VERB_UNSPOOL] = ROW("unspool", empty, ENVELOPE, LEDGER, false),
	[VERB_OPEN] = ROW("open", open, EDGE, ENVELOPE, true),
	[VERB_REFUSE] = ROW("refuse", open, EDGE, ENVELOPE, false),
	[VERB_NOTICE] = ROW("notice", open, EDGE, ENVELOPE, true),
	[VERB_ARRIVED] = ROW("arrived", arrived, ENVELOPE, LEDGER, true),
	[VERB_RECEIPT] = ROW("receipt", receipt, LEDGER, EDGE, true),
	[VERB_TRY_LATER] = ROW("try-later", fault, LEDGER | ENVELOPE | DESK,
		EDGE | ENVELOPE | DESK | CLIENT, false),
	[VERB_CONSULT] = ROW("consult", consult, ENVELOPE, LEDGER, true),
	[VERB_CONSULTED] = ROW("consulted", consulted, LEDGER, ENVELOPE, false),
	[VERB_OFFER] = ROW("offer", submit, CLIENT, DESK, false),
	[VERB_OFFERED] = ROW("offered", offered, DESK, CLIENT, false),
	[VERB_SUBMIT] = ROW("submit", submit, CLIENT | DESK, DESK | ENVELOPE, true),
	[VERB_ENQUEUE] = ROW("enqueue", enqueue, ENVELOPE, LEDGER, true),
	[VERB_ACCEPTED] = ROW("accepted", accepted, LEDGER | ENVELOPE | DESK, DESK | CLIENT, false),
	[VERB_DELIVER] = ROW("deliver", deliver, LEDGER, COURIER, true),
	[VERB_CHECK] = ROW("check", check, COURIER, ENVELOPE, true),
	[VERB_SETTLE] = ROW("settle", settle, ENVELOPE, LEDGER, true),
	[VERB_FAILED] = ROW("failed", failed, COURIER | ENVELOPE, LEDGER, false),
	[VERB_UNREAD] = ROW("unread", unread, ENVELOPE, LEDGER, true),
	[VERB_TAKEN] = ROW("taken", taken, COURIER, LEDGER, false),
	[VERB_CLAIM] = ROW("claim", settle, ENVELOPE, LEDGER, true),
	[VERB_NOTED] = ROW("noted", fault, LEDGER | ENVELOPE, EDGE, false),
	[VERB_EXAMINE] = ROW("examine", examine, LEDGER, ENVELOPE, true),
	[VERB_SET] = ROW("set", set, ENVELOPE, LEDGER, false),
	[VERB_INTERCHANGE] = ROW("interchange", interchange, ENVELOPE, LEDGER, false),
	[VERB_RECALL] = ROW("recall", interchange, ENVELOPE, LEDGER, false),
	[VERB_RECALLED] = ROW("recalled", recalled, LEDGER, ENVELOPE, false),
	[VERB_VERDICT] = ROW("verdict", verdict, ENVELOPE, LEDGER, false),
	[VERB_FINDING] = ROW("finding", finding, ENVELOPE, LEDGER, false),
	[VERB_EXAMINED] = ROW("examined", examined, ENVELOPE, LEDGER, false),
	[VERB_FETCHED] = ROW("fetched", fetched, COURIER, ENVELOPE, true),
	[VERB_JUDGED] = ROW("judged", judged, ENVELOPE, COURIER, false),
	[VERB_LEARNED] = ROW("learned", learned, ENVELOPE, LEDGER, true),
	[VERB_TRIED] = ROW("tried", tried, COURIER, LEDGER, false),
	[VERB_STANDING] = ROW("standing", empty, LEDGER | DESK,
		EDGE | ENVELOPE | COURIER | DESK | CLIENT, true),
	[VERB_REFRESH] = ROW(
		"refresh", empty, CLIENT | DESK | LEDGER, DESK | LEDGER | COURIER, false),
	[VERB_HEAD] = ROW("head", head, LEDGER, ENVELOPE, false),
	[VERB_HEAD_SIGNED] = ROW("head-signed", head_signed, ENVELOPE, LEDGER, false),
	[VERB_WAIT] = ROW("wait", get, CLIENT | DESK, DESK | LEDGER, false),
	[VERB_LIST] = ROW("list", list, CLIENT | DESK, DESK | LEDGER, false),
	[VERB_SHOW] = ROW("show", show, CLIENT | DESK, DESK | LEDGER, false),
	[VERB_GET] = ROW("get", get, CLIENT | DESK, DESK | LEDGER, false),
	[VERB_STATUS] = ROW("status", empty, CLIENT | DESK, DESK | LEDGER, false),
	[VERB_COPY] = ROW("copy", empty, CLIENT | DESK, DESK | LEDGER, true),
	[VERB_COPIED] = ROW("copied", empty, LEDGER | DESK, DESK | CLIENT, true),
	[VERB_MESSAGE] = ROW("message", message, LEDGER | DESK, DESK | CLIENT, false),
	[VERB_EVENT] = ROW("event", event, LEDGER | DESK, DESK | CLIENT, false),
	[VERB_CONTENT] = ROW("content", content, LEDGER | DESK, DESK | CLIENT, true),
	[VERB_LANE] = ROW("lane", lane, LEDGER | DESK, DESK | CLIENT, false),
	[VERB_ANNOUNCED] = ROW("announced", announced, EDGE | COURIER | LEDGER | DESK,
		LEDGER | DESK | CLIENT, false),
	[VERB_READINESS] = ROW("readiness", readiness, ENVELOPE | LEDGER | DESK,
		LEDGER | DESK | CLIENT, false),
	[VERB_CLOCK] = ROW("clock", clock, LEDGER | DESK, DESK | CLIENT, false),
	[VERB_LATE] = ROW("late", late, LEDGER | DESK, DESK | CLIENT, false),
	[VERB_HISTORY] = ROW("history", history, LEDGER | DESK, DESK | CLIENT, false),
	[VERB_DEFERRAL] = ROW("deferral", deferral, LEDGER | DESK, DESK | CLIENT, false),
	[VERB_REGISTRY] = ROW("registry", registry, CLIENT | DESK, DESK | LEDGER, false),
	[VERB_AGGREGATION] = ROW("aggregation", aggregation, LEDGER | DESK, DESK | CLIENT, false),
	[VERB_RESOURCE] = ROW("resource", resource, LEDGER | DESK, DESK | CLIENT, false),
	[VERB_STATEMENT] = ROW("statement", statement, LEDGER | DESK, DESK | CLIENT, false),
	[VERB_CONDITION] = ROW("condition", condition, LEDGER | DESK, DESK | CLIENT, false),
	[VERB_REVIEW] = ROW("review", review, LEDGER | DESK, DESK | CLIENT, false),
	[VERB_MISSED] = ROW("missed", missed, LEDGER | DESK, DESK | CLIENT, false),
	[VERB_FLAGGED] = ROW("flagged", flagged, LEDGER | DESK, DESK | CLIENT, false),
	[VERB_END] = ROW("end", fault, LEDGER | DESK, DESK | CLIENT, false),
};

const struct ipc_protocol verbs = { types, VERBS };
