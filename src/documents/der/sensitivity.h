/* SPDX-License-Identifier: Apache-2.0 */
/* How sensitive the documents of an area are at worst, as their schemas say. */
#ifndef TIELINE_DOCUMENTS_DER_SENSITIVITY_H
#define TIELINE_DOCUMENTS_DER_SENSITIVITY_H

#include "documents/der/schema.h"
#include "exchange/risk.h"

/* Of all documents that may come in it; what is no document of ours is taken to be like them. */
enum sensitivity area_sensitivity(enum area);

#endif
