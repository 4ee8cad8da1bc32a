/* SPDX-License-Identifier: Apache-2.0 */
/* One text, number or truth beside what its schema says of it. */
#ifndef TIELINE_DOCUMENTS_DER_SCALAR_H
#define TIELINE_DOCUMENTS_DER_SCALAR_H

#include "documents/der/report.h"

enum der_whole { DER_WHOLE, DER_WHOLE_NOT, DER_WHOLE_LARGE };
/* JSON's 1.0 and 1e2 are whole numbers, too (JSON Schema, 4.2.3); never through floating point. */
enum der_whole der_whole_parse(int64_t *out, struct slice number);

/* Of the schemas' pattern, which bounds it: days, hours, minutes and seconds. */
int64_t der_duration_s(struct slice);

/* JSON of this kind can be of that type; a number only when it is whole. */
bool der_type_is(enum der_type, const struct json_event *);

/* The literal that it is, from 0; `count` when it is none. */
size_t der_literal_find(
	const struct der_literal *, size_t count, const struct json_event *);

/* Of the right type; tells what is wrong, and answers whether nothing is. */
bool der_scalar_check(struct der_report *, const struct der_place *, const struct json_event *);

#endif
