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
		.tls = partner->tls,
		.tls_count = partner->tls_count,
		.own = { self->own[CERT_TLS], self->own[CERT_SIGN], self->own[CERT_ENCRYPT] },
		.cipher_bits = what->cipher_bits,
		.post_quantum = post_quantum,
		.now_ns = clock_utc_ns(),
	};

	if (!settings->risk.is_enforced)
		return ST_OK;
	struct risk_profile profile = profile_of(settings, agreement, what, means.now_ns);
	TRY(means_permit(&means, &profile, what->area, f));
	return means_shown(agreement, &profile, what->area,
		&(struct shown_cert){ "its certificate for signing", what->signer }, means.now_ns,
		f);
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

/* What is asked of a connection. */
struct asked_of {
	const struct settings *settings;
	const struct agreement *agreement;
	const struct protecting *by;
	int64_t now_ns;
};

static enum status area_permits(
	const struct asked_of *a, const struct protected *what, struct fault *f)
{
	struct risk_profile profile = profile_of(a->settings, a->agreement, what, a->now_ns);

	if (!a->by->is_hybrid)
		TRY(means_hybrid(a->agreement, &profile, what->area, a->now_ns, f));
	return means_shown(a->agreement, &profile, what->area,
		&(struct shown_cert){ "its certificate for TLS", a->by->shown }, a->now_ns, f);
}

static enum status areas_permit(const struct asked_of *a, struct fault *f)
{
	struct protected what = { .direction = DIRECTION_RECEIVE };

	for (what.area = 0; what.area < AREAS; what.area++)
		if (a->agreement->areas[what.area].allowed[DIRECTION_RECEIVE])
			TRY(area_permits(a, &what, f));
	return ST_OK;
}

enum status protection_connection_permits(const struct settings *settings,
	const struct agreement *agreement, const struct protected *what,
	const struct protecting *by, int64_t now_ns, struct fault *f)
{
	const struct asked_of asked = { settings, agreement, by, now_ns };

	if (!settings->risk.is_enforced)
		return ST_OK;
	return what->area < AREAS ? area_permits(&asked, what, f) : areas_permit(&asked, f);
}
