//! The functions behind `shim/nettle`: digests, HMAC, PBKDF2 and AES in Rust for the C code.
//!
//! The C code owns the state structs and never moves one between `init` and its last use. It has no
//! destructor for them: the Rust states own no memory, and at most would wipe themselves.

use core::{
    ffi::{c_int, c_uint},
    ptr,
};

use aes::{
    Aes128, Aes192, Aes256,
    cipher::{BlockCipherEncrypt, KeyInit},
};
use hmac::{Hmac, Mac};
use sha1::Sha1;
use sha2::Digest;

/// Bytes from C; empty for length 0 whatever the pointer is.
///
/// # Safety
///
/// If `len` is not 0, `data` points to `len` bytes that stay valid and unchanged for `'a`.
unsafe fn slice<'a>(data: *const u8, len: usize) -> &'a [u8] {
    if len == 0 {
        return &[];
    }
    // SAFETY: the caller's promise.
    #[allow(clippy::disallowed_methods)]
    unsafe {
        core::slice::from_raw_parts(data, len)
    }
}

/// A state of `$words` 64-bit words, aligned to 16, as the header declares it.
macro_rules! assert_fits {
    ($state:ty, $words:literal) => {
        const _: () = assert!(size_of::<$state>() <= $words * 8);
        const _: () = assert!(align_of::<$state>() <= 16);
    };
}

/// The three functions of a digest.
macro_rules! digest {
    ($($state:ty, $words:literal, $init:ident, $update:ident, $digest:ident;)*) => {$(
        assert_fits!($state, $words);

        // SAFETY: the name has the prefix of this crate, and the header declares the same types.
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $init(state: *mut $state) {
            // SAFETY: C passes its struct, large and aligned enough as asserted above.
            unsafe { state.write(<$state as Digest>::new()) };
        }

        // SAFETY: as above.
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $update(state: *mut $state, len: usize, data: *const u8) {
            // SAFETY: C passes `len` bytes.
            let data = unsafe { slice(data, len) };
            // SAFETY: initialised by `init`, and in nobody else's hands during the call.
            Digest::update(unsafe { &mut *state }, data);
        }

        // SAFETY: as above.
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $digest(state: *mut $state, len: usize, out: *mut u8) {
            // SAFETY: as in `update`.
            let digest = Digest::finalize_reset(unsafe { &mut *state });
            let len = len.min(digest.len());
            // SAFETY: `out` has room for `len` bytes, and is not part of our array.
            unsafe { ptr::copy_nonoverlapping(digest.as_ptr(), out, len) };
        }
    )*};
}

digest! {
    md5::Md5, 16,
        archive_sys_md5_init, archive_sys_md5_update, archive_sys_md5_digest;
    ripemd::Ripemd160, 16,
        archive_sys_ripemd160_init, archive_sys_ripemd160_update, archive_sys_ripemd160_digest;
    Sha1, 16,
        archive_sys_sha1_init, archive_sys_sha1_update, archive_sys_sha1_digest;
    sha2::Sha256, 20,
        archive_sys_sha256_init, archive_sys_sha256_update, archive_sys_sha256_digest;
    sha2::Sha384, 40,
        archive_sys_sha384_init, archive_sys_sha384_update, archive_sys_sha384_digest;
    sha2::Sha512, 40,
        archive_sys_sha512_init, archive_sys_sha512_update, archive_sys_sha512_digest;
}

type HmacSha1 = Hmac<Sha1>;
assert_fits!(HmacSha1, 48);

// SAFETY: the name has the prefix of this crate, and the header declares the same types.
#[unsafe(no_mangle)]
unsafe extern "C" fn archive_sys_hmac_sha1_set_key(
    state: *mut HmacSha1,
    len: usize,
    key: *const u8,
) {
    // SAFETY: C passes `len` bytes.
    let key = unsafe { slice(key, len) };
    // HMAC takes keys of any length; the error type is of the trait.
    if let Ok(hmac) = <HmacSha1 as KeyInit>::new_from_slice(key) {
        // SAFETY: C passes its struct, large and aligned enough as asserted above.
        unsafe { state.write(hmac) };
    }
}

// SAFETY: as above.
#[unsafe(no_mangle)]
unsafe extern "C" fn archive_sys_hmac_sha1_update(
    state: *mut HmacSha1,
    len: usize,
    data: *const u8,
) {
    // SAFETY: C passes `len` bytes.
    let data = unsafe { slice(data, len) };
    // SAFETY: initialised by `set_key`, and in nobody else's hands during the call.
    unsafe { &mut *state }.update(data);
}

// SAFETY: as above.
#[unsafe(no_mangle)]
unsafe extern "C" fn archive_sys_hmac_sha1_digest(state: *mut HmacSha1, len: usize, out: *mut u8) {
    // SAFETY: as in `update`. A copy is finished, so that the key stays for the next message.
    let digest = unsafe { &*state }.clone().finalize().into_bytes();
    let len = len.min(digest.len());
    // SAFETY: `out` has room for `len` bytes, and is not part of our array.
    unsafe { ptr::copy_nonoverlapping(digest.as_ptr(), out, len) };
}

/// Key schedules of the three key sizes.
#[derive(Clone)]
enum Aes {
    Key128(Aes128),
    Key192(Aes192),
    Key256(Aes256),
}
assert_fits!(Aes, 128);

// SAFETY: as above.
#[unsafe(no_mangle)]
unsafe extern "C" fn archive_sys_aes_set_encrypt_key(state: *mut Aes, len: usize, key: *const u8) {
    // SAFETY: C passes `len` bytes.
    let key = unsafe { slice(key, len) };
    let aes = match len {
        16 => Aes128::new_from_slice(key).map(Aes::Key128),
        24 => Aes192::new_from_slice(key).map(Aes::Key192),
        _ => Aes256::new_from_slice(key).map(Aes::Key256),
    };
    // libarchive passes 16, 24 or 32 only.
    if let Ok(aes) = aes {
        // SAFETY: C passes its struct, large and aligned enough as asserted above.
        unsafe { state.write(aes) };
    }
}

// SAFETY: as above.
#[unsafe(no_mangle)]
unsafe extern "C" fn archive_sys_aes_encrypt(
    state: *mut Aes,
    len: usize,
    out: *mut u8,
    data: *const u8,
) {
    // SAFETY: initialised by `set_encrypt_key`, and in nobody else's hands during the call.
    let aes = unsafe { &*state };
    for start in (0..len / 16).map(|block| block * 16) {
        let mut block = [0_u8; 16];
        // SAFETY: `start + 16 <= len` bytes were passed; `data` and `out` may be the same.
        unsafe { ptr::copy_nonoverlapping(data.wrapping_add(start), block.as_mut_ptr(), 16) };
        let encrypted = (&mut block).into();
        match aes {
            Aes::Key128(key) => key.encrypt_block(encrypted),
            Aes::Key192(key) => key.encrypt_block(encrypted),
            Aes::Key256(key) => key.encrypt_block(encrypted),
        }
        // SAFETY: as above; `out` has `len` bytes of room.
        unsafe { ptr::copy_nonoverlapping(block.as_ptr(), out.wrapping_add(start), 16) };
    }
}

// SAFETY: as above.
#[unsafe(no_mangle)]
unsafe extern "C" fn archive_sys_pbkdf2_hmac_sha1(
    password_len: usize,
    password: *const u8,
    iterations: c_uint,
    salt_len: usize,
    salt: *const u8,
    len: usize,
    out: *mut u8,
) {
    // SAFETY: C passes `password_len` bytes.
    let password = unsafe { slice(password, password_len) };
    // SAFETY: C passes `salt_len` bytes.
    let salt = unsafe { slice(salt, salt_len) };
    if len == 0 {
        return;
    }
    // SAFETY: C passes `len` writable bytes; zeros make them initialised.
    unsafe { ptr::write_bytes(out, 0, len) };
    // SAFETY: as above, and in nobody else's hands during the call.
    #[allow(clippy::disallowed_methods)]
    let key = unsafe { core::slice::from_raw_parts_mut(out, len) };
    pbkdf2::pbkdf2_hmac::<Sha1>(password, salt, iterations, key);
}

// SAFETY: as above.
#[unsafe(no_mangle)]
extern "C" fn archive_sys_nettle_version_major() -> c_int {
    2
}

// SAFETY: as above.
#[unsafe(no_mangle)]
extern "C" fn archive_sys_nettle_version_minor() -> c_int {
    0
}

#[cfg(test)]
mod tests {
    /// The sizes that are asserted here are those that C reserves.
    #[test]
    fn headers_reserve_what_is_asserted() {
        const HEADERS: &str = concat!(
            include_str!("../shim/nettle/nettle/aes.h"),
            include_str!("../shim/nettle/nettle/hmac.h"),
            include_str!("../shim/nettle/nettle/md5.h"),
            include_str!("../shim/nettle/nettle/ripemd160.h"),
            include_str!("../shim/nettle/nettle/sha.h"),
        );
        for (name, words) in [
            ("aes", 128),
            ("hmac_sha1", 48),
            ("md5", 16),
            ("ripemd160", 16),
            ("sha1", 16),
            ("sha256", 20),
            ("sha384", 40),
            ("sha512", 40),
        ] {
            let declared =
                format!("struct {name}_ctx {{\n\t_Alignas(16) uint64_t state[{words}];\n}};");
            assert!(HEADERS.contains(&declared), "{declared}");
        }
    }
}
