/* SPDX-License-Identifier: Apache-2.0 */
/* Profiles are made anew each time: they are cheap, and years and exceptions end while we run. */
#include "processes/protection.h"

#include "base/clock.h"
#include "safeguards/means.h"

static struct risk_profile profile_of(const struct settings *settings,
	const struct agreement *agreement, const struct protected *what, int64_t now_ns)
{
	struct risk_profile profile;

	risk_profile_make(&profile, &settings->risk, what->area, agreement->network, now_ns);
	risk_profile_lengthen(&profile, &settings->risk, what->secret_until_ns, now_ns);
	return profile;
}

enum status protection_permits(const struct process *self, const struct trusted *partner,
	bool post_quantum, const struct protected *what, struct fault *f)
{
	const struct settings *settings = registry_settings(self->registry);
	const struct agreement *agreement = partner->partner->agreement;
	const struct means means = {
		.agreement = agreement,
		.direction = what->direction,
		.signers = partner->signers,
		.signer_count = partner->signer_count,
		.recipients = partner->recipients,
		.recipient_count = partner->recipient_count,
		.own = { self->own[CERT_TLS], self->own[CERT_SIGN], self->own[CERT_ENCRYPT] },
		.cipher_bits = what->cipher_bits,
		.post_quantum = post_quantum,
		.now_ns = clock_utc_ns(),
	};

	if (!settings->risk.is_enforced)
		return ST_OK;
	struct risk_profile profile = profile_of(settings, agreement, what, means.now_ns);
	return means_permit(&means, &profile, what->area, f);
}

enum status protection_cipher_permits(const struct settings *settings,
	const struct agreement *agreement, const struct protected *what, int64_t now_ns,
	struct fault *f)
{
	const struct means means = { .agreement = agreement,
		.direction = what->direction,
		.cipher_bits = what->cipher_bits,
		.now_ns = now_ns };
	struct risk_profile profile = profile_of(settings, agreement, what, now_ns);

	return means_cipher(&means, &profile, what->area, f);
}

static enum status area_permits(const struct settings *settings,
	const struct agreement *agreement, const struct protected *what, int64_t now_ns,
	struct fault *f)
{
	struct risk_profile profile = profile_of(settings, agreement, what, now_ns);

	return means_hybrid(agreement, &profile, what->area, now_ns, f);
}

static enum status areas_permit(const struct settings *settings,
	const struct agreement *agreement, int64_t now_ns, struct fault *f)
{
	struct protected what = { .direction = DIRECTION_RECEIVE };

	for (what.area = 0; what.area < AREAS; what.area++)
		if (agreement->areas[what.area].allowed[DIRECTION_RECEIVE])
			TRY(area_permits(settings, agreement, &what, now_ns, f));
	return ST_OK;
}

enum status protection_plain_permits(const struct settings *settings,
	const struct agreement *agreement, const struct protected *what, int64_t now_ns,
	struct fault *f)
{
	if (!settings->risk.is_enforced)
		return ST_OK;
	return what->area < AREAS ? area_permits(settings, agreement, what, now_ns, f)
				  : areas_permit(settings, agreement, now_ns, f);
}
