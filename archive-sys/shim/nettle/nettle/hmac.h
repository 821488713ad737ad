/* HMAC with SHA-1, implemented in archive-sys/src/crypto.rs. */
#ifndef ARCHIVE_SYS_NETTLE_HMAC_H
#define ARCHIVE_SYS_NETTLE_HMAC_H

#include <stddef.h>
#include <stdint.h>

#include "hidden.h"

ARCHIVE_SYS_HIDDEN_BEGIN

struct hmac_sha1_ctx {
	_Alignas(16) uint64_t state[48];
};

#define hmac_sha1_set_key archive_sys_hmac_sha1_set_key
#define hmac_sha1_update archive_sys_hmac_sha1_update
#define hmac_sha1_digest archive_sys_hmac_sha1_digest
void archive_sys_hmac_sha1_set_key(struct hmac_sha1_ctx *, size_t, const uint8_t *);
void archive_sys_hmac_sha1_update(struct hmac_sha1_ctx *, size_t, const uint8_t *);
void archive_sys_hmac_sha1_digest(struct hmac_sha1_ctx *, size_t, uint8_t *);

ARCHIVE_SYS_HIDDEN_END

#endif
