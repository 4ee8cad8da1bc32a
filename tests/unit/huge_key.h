/* SPDX-License-Identifier: Apache-2.0 */
/* RSA keys that are more work than anybody would wait for: public halves alone. */
#ifndef TIELINE_TESTS_HUGE_KEY_H
#define TIELINE_TESTS_HUGE_KEY_H

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

static inline EVP_PKEY *dear_key(int bits, int exponent_bits)
{
	BIGNUM *modulus = BN_new(), *exponent = BN_new();
	OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	EVP_PKEY *key = NULL;

	assert_int_equal(BN_rand(modulus, bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD), 1);
	assert_int_equal(BN_set_word(exponent, 1), 1);
	assert_int_equal(BN_set_bit(exponent, exponent_bits - 1), 1);
	assert_int_equal(OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_N, modulus), 1);
	assert_int_equal(OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_E, exponent), 1);
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(b);
	assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
	assert_int_equal(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params), 1);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(b);
	EVP_PKEY_CTX_free(ctx);
	BN_free(modulus);
	BN_free(exponent);
	return key;
}

static inline EVP_PKEY *huge_key(int bits)
{
	return dear_key(bits, 17); /* 65537 */
}

#endif
