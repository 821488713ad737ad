/* SHA-1 and SHA-2, implemented in archive-sys/src/crypto.rs. */
#ifndef ARCHIVE_SYS_NETTLE_SHA_H
#define ARCHIVE_SYS_NETTLE_SHA_H

#include <stddef.h>
#include <stdint.h>

#include "hidden.h"

ARCHIVE_SYS_HIDDEN_BEGIN

#define SHA1_DIGEST_SIZE 20

/* Room for the Rust state; src/crypto.rs asserts that it fits. */
struct sha1_ctx {
	_Alignas(16) uint64_t state[16];
};

#define sha1_init archive_sys_sha1_init
#define sha1_update archive_sys_sha1_update
#define sha1_digest archive_sys_sha1_digest
void archive_sys_sha1_init(struct sha1_ctx *);
void archive_sys_sha1_update(struct sha1_ctx *, size_t, const uint8_t *);
void archive_sys_sha1_digest(struct sha1_ctx *, size_t, uint8_t *);

#define SHA256_DIGEST_SIZE 32

/* Room for the Rust state; src/crypto.rs asserts that it fits. */
struct sha256_ctx {
	_Alignas(16) uint64_t state[20];
};

#define sha256_init archive_sys_sha256_init
#define sha256_update archive_sys_sha256_update
#define sha256_digest archive_sys_sha256_digest
void archive_sys_sha256_init(struct sha256_ctx *);
void archive_sys_sha256_update(struct sha256_ctx *, size_t, const uint8_t *);
void archive_sys_sha256_digest(struct sha256_ctx *, size_t, uint8_t *);

#define SHA384_DIGEST_SIZE 48

/* Room for the Rust state; src/crypto.rs asserts that it fits. */
struct sha384_ctx {
	_Alignas(16) uint64_t state[40];
};

#define sha384_init archive_sys_sha384_init
#define sha384_update archive_sys_sha384_update
#define sha384_digest archive_sys_sha384_digest
void archive_sys_sha384_init(struct sha384_ctx *);
void archive_sys_sha384_update(struct sha384_ctx *, size_t, const uint8_t *);
void archive_sys_sha384_digest(struct sha384_ctx *, size_t, uint8_t *);

#define SHA512_DIGEST_SIZE 64

/* Room for the Rust state; src/crypto.rs asserts that it fits. */
struct sha512_ctx {
	_Alignas(16) uint64_t state[40];
};

#define sha512_init archive_sys_sha512_init
#define sha512_update archive_sys_sha512_update
#define sha512_digest archive_sys_sha512_digest
void archive_sys_sha512_init(struct sha512_ctx *);
void archive_sys_sha512_update(struct sha512_ctx *, size_t, const uint8_t *);
void archive_sys_sha512_digest(struct sha512_ctx *, size_t, uint8_t *);

ARCHIVE_SYS_HIDDEN_END

#endif
