/* AES, encryption of blocks, implemented in archive-sys/src/crypto.rs. */
#ifndef ARCHIVE_SYS_NETTLE_AES_H
#define ARCHIVE_SYS_NETTLE_AES_H

#include <stddef.h>
#include <stdint.h>

#include "hidden.h"

ARCHIVE_SYS_HIDDEN_BEGIN

#define AES_BLOCK_SIZE 16
#define AES_MIN_KEY_SIZE 16
#define AES_MAX_KEY_SIZE 32

struct aes_ctx {
	_Alignas(16) uint64_t state[128];
};

#define aes_set_encrypt_key archive_sys_aes_set_encrypt_key
#define aes_encrypt archive_sys_aes_encrypt
void archive_sys_aes_set_encrypt_key(struct aes_ctx *, size_t, const uint8_t *);
void archive_sys_aes_encrypt(struct aes_ctx *, size_t, uint8_t *, const uint8_t *);

ARCHIVE_SYS_HIDDEN_END

#endif
