/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our documents' schemas as tables.  schemas/compile.py makes them, at build time, of
 * schemas/NAME.json, which are JSON Schema 2020-12 in the subset of schemas/subset.py: this is that
 * subset.  All of it is constant; what is NULL or 0 asks for nothing.
 */
#ifndef TIELINE_DOCUMENTS_DER_SCHEMA_H
#define TIELINE_DOCUMENTS_DER_SCHEMA_H

#include "documents/json/text.h"
#include "exchange/area.h"
#include "exchange/facts.h"

#define DER_PROPERTIES_MAX 128 /* of one object */
#define DER_WATCHES_MAX 8      /* members of one object whose values are compared */
#define DER_PATH_MAX 4         /* properties from the root to an operand of a rule */
#define DER_OPERANDS_MAX 6     /* of one rule */

enum der_type { DER_STRING, DER_INTEGER, DER_BOOLEAN, DER_OBJECT, DER_ARRAY };

/* What a string is, beyond its pattern: the schema's `format`. */
enum der_format { DER_PLAIN, DER_UUID, DER_TIME, DER_DATE, DER_DURATION, DER_DECIMAL };

/* `x-sensitivity`, rising; a member that says nothing is as its parent. */
enum der_sensitivity { DER_AS_PARENT, DER_PUBLIC, DER_INTERNAL, DER_CONFIDENTIAL, DER_RESTRICTED };

/* Deterministic.  A state is where its row begins in `next`: 0 is that which nothing leaves. */
struct der_pattern {
	const uint8_t *classes; /* of characters 0 to 127, and of all above */
	const uint16_t *next;   /* [state + class] */
	uint16_t first;         /* state */
	uint16_t end;           /* the class behind a text: not 0 in a row that accepts it */
};

/* A value of enum, const or a condition. */
struct der_literal {
	enum der_type type;
	struct slice text; /* of a string; of the others as JSON has them */
	int64_t number;    /* of an integer; of true 1 */
};

struct der_node {
	enum der_type type;
	enum der_format format;
	const struct der_pattern *pattern;
	const struct der_literal *literals;
	size_t literal_count;
	uint64_t least, most;     /* characters of a string, items of an array; most 0: no bound */
	int64_t minimum, maximum; /* of an integer, unless it has literals */
	bool is_unique;                /* the items, which are strings */
	const struct der_node *items;
	const struct der_object *object;
	const char *choices; /* "a, b or c" of the literals */
	const char *words;   /* what it is, for people; NULL: nothing more than its title says */
};

struct der_property {
	struct slice name;
	const struct der_node *node; /* NULL: any value */
	const char *title;           /* for people */
	const char *unit;            /* "" none */
	enum der_sensitivity sensitivity;
	unsigned watch; /* from 1; 0: its value is compared with nothing */
	enum fact_kind fact;     /* `x-fact`; FACT_DOCUMENT: none */
	enum fact_list facts_of; /* `x-facts-of`: facts in this list are of its items */
	bool is_operand;         /* of a rule of a schema, where its path is the operand's */
};

/* Properties of an object, one bit each. */
struct der_bits {
	uint64_t word[DER_PROPERTIES_MAX / 64];
};

struct der_watch {
	const struct der_literal *literals;
	size_t literal_count; /* at most 64 */
};

/* The property is there, and, unless mask is 0, the watched value is one of these. */
struct der_test {
	unsigned property, watch;
	uint64_t mask;
};

struct der_limit {
	struct der_test test;
	const char *choices;
};

struct der_effect {
	struct der_bits required, forbidden;
	const struct der_limit *limits;
	size_t limit_count;
	const struct der_bits *alternatives; /* as der_object's */
	size_t alternative_count;
};

/* if, then, else. */
struct der_condition {
	const char *words; /* "kind is original" */
	const struct der_test *tests;
	size_t test_count;
	struct der_effect then, otherwise;
};

struct der_object {
	const struct der_property *properties; /* in the order of the schema */
	size_t property_count;
	const uint8_t *slots; /* of a hash table (json_text_hash): which property, from 1 */
	size_t slot_count;    /* a power of two */
	struct der_bits required;
	const struct der_condition *conditions;
	size_t condition_count;
	const struct der_bits *alternatives; /* anyOf: all properties of one of these are there */
	size_t alternative_count;
	const struct der_watch *watches;
	size_t watch_count;
	bool is_open;         /* names that are not known are let through */
	uint64_t most;        /* properties; 0: no bound */
	uint64_t bytes_most;  /* from brace to brace, `x-max-bytes`; 0: no bound */
};

/* --- x-checks -------------------------------------------------------------------------- */

enum der_rule_kind {
	DER_COUNT,     /* items of the list = operand */
	DER_SUM,       /* the first operand = sum of the others, over lists, each with its sign */
	DER_PRODUCT,   /* the first operand = the second x the third, rounded to a hundredth */
	DER_ORDER,     /* the first operand is below, or not above, the second */
	DER_RISING,    /* 1, 2, 3... over the list */
	DER_INTERVALS, /* start and duration: sorted, without overlap */
	DER_UNIQUE,    /* no value twice in the list */
	DER_CURRENCY,  /* one in all of the document */
	DER_ENERGY,    /* the first operand, kWh, is the second, kW, over the third, a duration */
	DER_PARTS,     /* the first operand is the sum of the others, where there are any */
	DER_WITHIN,    /* the first operand is at most the difference of the second and the third */
	DER_NEEDED,    /* where the first operand is one of the literals, the others are there */
	DER_SAME,      /* the first operand is the second */
	DER_ONCE,      /* of a list in each item of the list: no value twice in one item */
	DER_RULE_KINDS,
};

/*
 * Properties from the root, through lists; of an amount of money the last is its `amount`.  A rule
 * with a list is asked of each of its items, one without of the document.
 */
struct der_operand {
	uint8_t path[DER_PATH_MAX]; /* of properties, each in the object of the one before */
	uint8_t depth;
	bool is_item;               /* of the rule's list */
	bool is_negative;
	const char *words;          /* "lines[].paid_amount" */
};

struct der_rule {
	enum der_rule_kind kind;
	bool has_list;
	uint8_t list; /* a property of the root */
	bool is_strict;
	const struct der_operand *operands;
	size_t operand_count;
	const struct der_literal *literals;
	size_t literal_count;
	const char *words; /* what has to be true */
};

/* `x-kinds`: what a document of the type can be about. */
struct der_kind {
	const char *name;
	const char *words;
	struct slice example; /* a whole document */
	bool is_first;        /* it is the schema's */
};

struct der_schema {
	const char *name;
	const char *title;
	enum area area;      /* of the document; AREAS: as its subject */
	struct slice text;    /* the file */
	struct slice example; /* a whole document */
	const struct der_kind *kinds; /* of some types there are none */
	size_t kind_count;
	const struct der_node *root;
	const struct der_rule *rules;
	size_t rule_count;
};

extern const struct der_schema der_schemas[];
extern const size_t der_schema_count;
/* What all of them refer to. */
extern const struct slice der_common_text;

/* NULL: there is none. */
const struct der_schema *der_schema_find(struct json_text name);

/* NULL: the type has no such kind. */
const struct der_kind *der_kind_find(const struct der_schema *, struct slice name);

/* NULL: the object has no such member. */
const struct der_property *der_property_find(
	const struct der_object *, struct json_text name, uint32_t hash);

static inline bool der_bit(const struct der_bits *bits, size_t at)
{
	return bits->word[at / 64] >> (at % 64) & 1;
}

static inline void der_bit_set(struct der_bits *bits, size_t at)
{
	bits->word[at / 64] |= UINT64_C(1) << (at % 64);
}

#endif
