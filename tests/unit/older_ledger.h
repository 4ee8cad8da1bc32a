/* SPDX-License-Identifier: Apache-2.0 */
/* SQL that takes back what versions of the ledger added, the latest first. */
#ifndef TESTS_UNIT_OLDER_LEDGER_H
#define TESTS_UNIT_OLDER_LEDGER_H

#define TO_VERSION_18 \
	"DROP TABLE kept; DROP INDEX message_content; ALTER TABLE message DROP COLUMN opaque;" \
	"PRAGMA user_version = 18;"
#define TO_VERSION_17 \
	TO_VERSION_18 \
	"ALTER TABLE message DROP COLUMN sealed_digest; PRAGMA user_version = 17;"
#define TO_VERSION_16 \
	TO_VERSION_17 \
	"DELETE FROM counter WHERE name = 'learnt'; PRAGMA user_version = 16;"
#define TO_VERSION_15 \
	TO_VERSION_16 \
	"DROP TABLE x12_received; DROP INDEX x12_set_group;" \
	"ALTER TABLE x12_set DROP COLUMN sender; ALTER TABLE x12_set DROP COLUMN receiver;" \
	"ALTER TABLE x12_set DROP COLUMN stamp; ALTER TABLE x12_set DROP COLUMN answer;" \
	"ALTER TABLE x12_set DROP COLUMN answer_group; PRAGMA user_version = 15;"
#define TO_VERSION_14 \
	TO_VERSION_15 \
	"DROP INDEX register_payee_then; DROP INDEX register_account_then;" \
	"DROP TABLE register_wanted; PRAGMA user_version = 14;"
#define TO_VERSION_13 \
	TO_VERSION_14 \
	"DROP INDEX register_limits; DROP TABLE register_target; DROP TABLE register_profile;" \
	"ALTER TABLE register_statement DROP COLUMN primacy;" \
	"ALTER TABLE register_statement DROP COLUMN counted;" \
	"ALTER TABLE register_statement DROP COLUMN counted_from;" \
	"ALTER TABLE register_statement DROP COLUMN counted_until;" \
	"ALTER TABLE register_resource DROP COLUMN net_metering;" \
	"ALTER TABLE register_interval DROP COLUMN inject;" \
	"ALTER TABLE register_interval DROP COLUMN absorb; PRAGMA user_version = 13;"
#define TO_VERSION_11 \
	TO_VERSION_13 \
	"DELETE FROM counter WHERE name = 'covered'; DROP TABLE head;" \
	"DROP INDEX event_place; DROP TABLE event_before;" \
	"ALTER TABLE event DROP COLUMN place; ALTER TABLE event DROP COLUMN hash;" \
	"ALTER TABLE event DROP COLUMN renewed; PRAGMA user_version = 11;"

#endif
