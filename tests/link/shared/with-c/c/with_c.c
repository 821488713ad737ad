#include <stdint.h>
#include <archive.h>

/* What the header says that this file was compiled with. */
int with_c_header_version(void) { return ARCHIVE_VERSION_NUMBER; }

/* What the library says. */
int with_c_library_version(void) { return archive_version_number(); }

uintptr_t with_c_address(void) { return (uintptr_t)archive_version_number; }
