
/* Version of this header; anyarchive_version_number() is that of the library. */
#define ANYARCHIVE_VERSION_MAJOR @MAJOR@
#define ANYARCHIVE_VERSION_MINOR @MINOR@
#define ANYARCHIVE_VERSION_PATCH @PATCH@
#define ANYARCHIVE_VERSION_NUMBER \
    (ANYARCHIVE_VERSION_MAJOR * 1000000 + ANYARCHIVE_VERSION_MINOR * 1000 + ANYARCHIVE_VERSION_PATCH)

#if defined(_WIN32) && !defined(ANYARCHIVE_STATIC)
#define ANYARCHIVE_API __declspec(dllimport)
#else
#define ANYARCHIVE_API
#endif

/* A callback that throws is an error of the compiler from C++17 on. */
#if defined(__cplusplus) && __cplusplus >= 201703L
#define ANYARCHIVE_NOEXCEPT noexcept
#else
#define ANYARCHIVE_NOEXCEPT
#endif

struct anyarchive_progress;

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Reads up to `cap` bytes into `buf` and writes how many to `n_read`, 0 at the end; returns 0, or
 * anything else when it fails. `*n_read` holds SIZE_MAX before, so a callback that did not come to
 * writing it has failed whatever it returns.
 */
typedef int32_t (*anyarchive_read_fn)(void *user, uint8_t *buf, size_t cap,
                                      size_t *n_read) ANYARCHIVE_NOEXCEPT;

/**
 * Moves by `offset` from the start (`whence` 0), the position (1) or the end (2), and writes the new
 * position from the start to `position`; returns 0, or anything else when it fails. `*position` holds
 * UINT64_MAX before.
 */
typedef int32_t (*anyarchive_seek_fn)(void *user, int64_t offset, int32_t whence,
                                      uint64_t *position) ANYARCHIVE_NOEXCEPT;

/**
 * Takes up to `len` bytes of `data` and writes how many to `n_written`, at least 1; returns 0, or
 * anything else when it fails. `*n_written` holds SIZE_MAX before.
 */
typedef int32_t (*anyarchive_write_fn)(void *user, const uint8_t *data, size_t len,
                                       size_t *n_written) ANYARCHIVE_NOEXCEPT;

/** Called once when `user` is not needed any more, whatever happened. */
typedef void (*anyarchive_drop_fn)(void *user) ANYARCHIVE_NOEXCEPT;

/**
 * Called at each entry and within long ones. Writes to `*go_on` whether to go on (1) or to stop (0),
 * and returns 0; anything else stops too.
 */
typedef int32_t (*anyarchive_progress_fn)(void *user, const struct anyarchive_progress *progress,
                                          int32_t *go_on) ANYARCHIVE_NOEXCEPT;

#ifdef __cplusplus
}
#endif
