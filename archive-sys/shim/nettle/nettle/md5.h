/* MD5, implemented in archive-sys/src/crypto.rs. */
#ifndef ARCHIVE_SYS_NETTLE_MD5_H
#define ARCHIVE_SYS_NETTLE_MD5_H

#include <stddef.h>
#include <stdint.h>

#include "hidden.h"

ARCHIVE_SYS_HIDDEN_BEGIN

#define MD5_DIGEST_SIZE 16

/* Room for the Rust state; src/crypto.rs asserts that it fits. */
struct md5_ctx {
	_Alignas(16) uint64_t state[16];
};

#define md5_init archive_sys_md5_init
#define md5_update archive_sys_md5_update
#define md5_digest archive_sys_md5_digest
void archive_sys_md5_init(struct md5_ctx *);
void archive_sys_md5_update(struct md5_ctx *, size_t, const uint8_t *);
void archive_sys_md5_digest(struct md5_ctx *, size_t, uint8_t *);

ARCHIVE_SYS_HIDDEN_END

#endif
