/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which area a message is for when neither its address nor its signed part says so: software that
 * posts everything to one URL tells it by the name it writes to, by the subject or by the media
 * type.  What tells it is agreed, as a list of which the first match counts:
 *
 *   area-rules: [ { to: "EXAMPLE OUTAGES", area: outage },
 *                 { media-type: application/edi-x12, subject: "AVAIL", area: availability } ]
 *   area: billing      # of all others
 */
#ifndef TIELINE_EXCHANGE_AREA_RULES_H
#define TIELINE_EXCHANGE_AREA_RULES_H

#include "exchange/message.h"

#define AREA_RULES_MAX 16
#define SUBJECT_MAX 128 /* bytes of printable ASCII */

/* An empty text asks nothing; all that are there must be equal, byte by byte. */
struct area_rule {
	char to[PARTY_ID_MAX + 1];           /* AS2-To: a name of ours that this partner uses */
	char subject[SUBJECT_MAX + 1];       /* as the HTTP head has it */
	char media_type[MEDIA_TYPE_MAX + 1]; /* of the document, lower case, no parameters */
	enum area area;
};

struct area_rules {
	struct area_rule list[AREA_RULES_MAX];
	size_t count;
	enum area otherwise; /* AREAS: no area */
};

struct area_signs {
	struct slice to, subject;
	struct slice media_type; /* empty: not known yet, the envelope is closed */
};

/*
 * ST_MORE "as2.area.later": it depends on the media type.  ST_AUTH "as2.area.unknown".
 */
NODISCARD enum status area_rules_find(
	enum area *out, const struct area_rules *, const struct area_signs *, struct fault *f);

/* Whether one of the rules has this name for us. */
bool area_rules_name(const struct area_rules *, struct slice to);

#endif
