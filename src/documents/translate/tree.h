/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A document of ours as a tree beside its schema, so that a member can be taken or put by its JSON
 * pointer, in any order.  Only valid documents become one; the schema's order is written.
 */
#ifndef TIELINE_DOCUMENTS_TRANSLATE_TREE_H
#define TIELINE_DOCUMENTS_TRANSLATE_TREE_H

#include "base/arena.h"
#include "documents/der/validate.h"

#define TREE_NODES_MAX (1U << 21)
#define TREE_BYTES_MAX (256U << 20) /* of texts, and what was before they went on */
#define TREE_TEXT_MAX (64U << 20) /* bytes of a document that is read or written */

struct tree_node {
	struct slice name;  /* of a member; "" of an item */
	struct slice text;  /* of a string, its characters; of others as JSON has them */
	enum json_kind kind;
	const struct der_node *schema; /* NULL: nothing is known of it */
	enum der_sensitivity sensitivity;
	bool is_said;       /* the other side has it */
	uint32_t index;     /* among its siblings, from 0 */
	struct tree_node *parent, *first, *last, *next;
};

struct tree {
	struct arena *arena;
	const struct der_schema *schema;
	struct tree_node *root;
	size_t nodes, bytes; /* bytes: of texts that were set */
};

/* Empty, of this type. */
struct tree *tree_new(const struct der_schema *);
void tree_free(struct tree *);
DEFINE_AUTO(tree)

/*
 * ST_INPUT with the code of the first finding of der_validate(), and its place in the text;
 * ST_LIMIT "translate.size".
 */
NODISCARD enum status tree_read(struct tree **out, struct slice document, struct fault *f);
/* Borrows nothing.  What is in it has to be valid otherwise: whoever wants to know reads it. */
void tree_write(struct buf *out, const struct tree *);

/* Without a blank, members ascending by the bytes of their names (as RFC 8785). */
void tree_canonical_put(struct buf *out, const struct tree_node *);

/* "lines", or with more steps "reason/code"; a leading slash is skipped.  NULL: not there. */
struct tree_node *tree_find(struct tree_node *base, struct slice pointer);
/* What the schema says of the member, which need not be there; NULL: nothing. */
const struct der_node *tree_schema(const struct tree_node *base, struct slice pointer);
/* The member; objects on the way are made.  ST_LIMIT "translate.size". */
NODISCARD enum status tree_make(struct tree_node **out, struct tree *, struct tree_node *base,
	struct slice pointer, struct fault *f);
/* A scalar, made and set; of what type says the schema.  The text is copied. */
NODISCARD enum status tree_put(struct tree *, struct tree_node *base, struct slice pointer,
	struct slice text, struct fault *f);
/* One more item of the list, which is made when it is not there. */
NODISCARD enum status tree_append(struct tree_node **out, struct tree *, struct tree_node *base,
	struct slice list, struct fault *f);
/* ST_LIMIT "translate.size": too much was set. */
NODISCARD enum status tree_check(const struct tree *, struct fault *f);
/* The text of a node that has none, or another, is set; copied, what was there stays in memory. */
void tree_set(struct tree *, struct tree_node *, struct slice text);

bool tree_is_scalar(const struct tree_node *);
/* The schema wants the node's object to have this member, always or as its other members are. */
bool tree_needs(const struct tree_node *object, struct slice name);
void tree_pointer_put(struct buf *out, const struct tree_node *);

#endif
