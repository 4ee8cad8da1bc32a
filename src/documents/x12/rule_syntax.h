/* SPDX-License-Identifier: Apache-2.0 */
/* The text of a rule as a tree: what rules.h says of the syntax, and nothing of any guide. */
#ifndef TIELINE_DOCUMENTS_X12_RULE_SYNTAX_H
#define TIELINE_DOCUMENTS_X12_RULE_SYNTAX_H

#include "base/buf.h"
#include "documents/decimal.h"
#include "documents/x12/guide.h"

#define X12_RULE_NODES_MAX 128 /* of one expression */
#define X12_RULE_DEPTH_MAX 16
#define X12_RULE_CODES_MAX 16  /* in brackets behind a reference */

enum x12_operator {
	X12_OR, X12_AND, X12_NOT,
	X12_PRESENT, /* left: a value */
	X12_UNIQUE,  /* left: a first value */
	X12_EARLIER, /* left: a first value; right: the first value that an earlier one had */
	X12_EQUAL, X12_UNEQUAL, X12_LESS, X12_LESS_OR_EQUAL, X12_MORE_THAN, X12_MORE_OR_EQUAL,
	X12_IN,      /* left: a value; right: a list of X12_ITEM */
	X12_ITEM,    /* left: a text or number; right: the next, or none */
	X12_PLUS, X12_LESS_BY,
	X12_NUMBER, X12_TEXT,
	X12_FIRST, X12_SUM, X12_COUNT, /* of a reference */
};

/* "N1/N104[N101=8S|SJ]", "ENT/ADX/ADX01" */
struct x12_rule_reference {
	struct slice loop;         /* "ENT/ADX": the last is the segment's own; "" none */
	uint32_t id;
	uint8_t element, part;     /* 0: the segment; all of the element */
	uint8_t filter;            /* element, 0 none */
	struct slice codes[X12_RULE_CODES_MAX];
	size_t code_count;
};

/* As it is written. */
void x12_rule_reference_put(struct buf *, const struct x12_rule_reference *);

#define X12_NO_NODE UINT16_MAX

struct x12_rule_node {
	enum x12_operator op;
	uint16_t left, right; /* nodes, or X12_NO_NODE */
	uint16_t slot;        /* for rules.c: where the value is kept */
	struct decimal number;
	struct slice text;    /* of a number too: as it was written */
	struct x12_rule_reference reference;
};

struct x12_rule_tree {
	struct x12_rule_node *nodes; /* the caller's */
	size_t count;
	uint16_t root;
};

/*
 * There must be X12_RULE_NODES_MAX nodes to take.  Slices refer to `text`.  ST_INPUT "x12.rule.syntax" with the offset in it, ST_LIMIT
 * "x12.rule.size".
 */
NODISCARD enum status x12_rule_parse(struct x12_rule_tree *out, struct slice text, struct fault *f);

#endif
