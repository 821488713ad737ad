/* Between Go and anyarchive.h: a Go function has no address of a C type, and a handle is no pointer. */

#include <anyarchive.h>

int32_t bridge_open_source(uintptr_t user, bool seeks, const anyarchive_reader_settings *settings,
                           anyarchive_reader **reader, anyarchive_error **error);
int32_t bridge_open_sink(uintptr_t user, const anyarchive_writer_settings *settings,
                         anyarchive_writer **writer, anyarchive_error **error);
int32_t bridge_on_progress(anyarchive_extractor *extractor, uintptr_t user);
