/* SPDX-License-Identifier: Apache-2.0 */
/* Pointers are made only when somebody is told of a place. */
#include "documents/der/place.h"

static void escaped_put(struct buf *out, struct slice name)
{
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] == '~')
			buf_put_text(out, "~0");
		else if (name.p[i] == '/')
			buf_put_text(out, "~1");
		else
			buf_put_u8(out, name.p[i]);
	}
}

static void step_put(struct buf *out, const struct der_frame *f)
{
	AUTO_IN_PLACE(buf) name = buf_init(64 << 10);

	buf_put_u8(out, '/');
	if (!f->is_member) {
		buf_putf(out, "%llu", (unsigned long long)f->index);
		return;
	}
	json_text_put(&name, f->name);
	escaped_put(out, buf_slice(&name));
}

void der_pointer_put(struct buf *out, const struct der_place *p, struct slice missing)
{
	for (unsigned i = 1; i < p->depth; i++)
		step_put(out, &p->frames[i]);
	if (missing.n > 0) {
		buf_put_u8(out, '/');
		buf_put(out, missing);
	}
}

const struct der_property *der_place_property(const struct der_place *p, unsigned n)
{
	for (unsigned i = 1; i < p->depth; i++)
		if (p->frames[i].is_member && n-- == 0)
			return p->frames[i].property;
	return NULL;
}
