"""What cffi has to know of anyarchive.h: the part that is used, as the header has it.

In API mode a compiler compares it with the header; in ABI mode nobody does.
"""

DECLARATIONS = """
typedef struct anyarchive_entry anyarchive_entry;
typedef struct anyarchive_error anyarchive_error;
typedef struct anyarchive_extractor anyarchive_extractor;
typedef struct anyarchive_reader anyarchive_reader;
typedef struct anyarchive_reader_settings anyarchive_reader_settings;

typedef struct anyarchive_source {
    size_t struct_size;
    void *user;
    int32_t (*read)(void *user, uint8_t *buf, size_t cap, size_t *n_read);
    int32_t (*seek)(void *user, int64_t offset, int32_t whence, uint64_t *position);
    void (*drop)(void *user);
} anyarchive_source;

uint32_t anyarchive_version_number(void);
const char *anyarchive_error_text(const anyarchive_error *error);
int32_t anyarchive_error_status(const anyarchive_error *error);
void anyarchive_error_free(anyarchive_error *error);

anyarchive_reader_settings *anyarchive_reader_settings_new(void);
int32_t anyarchive_reader_settings_block_size(anyarchive_reader_settings *settings, size_t bytes);
void anyarchive_reader_settings_free(anyarchive_reader_settings *settings);

int32_t anyarchive_reader_open_path(const char *path, const anyarchive_reader_settings *settings,
                                    anyarchive_reader **reader, anyarchive_error **error);
int32_t anyarchive_reader_open_source(const anyarchive_source *source,
                                      const anyarchive_reader_settings *settings,
                                      anyarchive_reader **reader, anyarchive_error **error);
int32_t anyarchive_reader_next(anyarchive_reader *reader, const anyarchive_entry **entry);
int32_t anyarchive_reader_read(anyarchive_reader *reader, void *buf, size_t cap, size_t *n_read);
const anyarchive_error *anyarchive_reader_error(const anyarchive_reader *reader);
void anyarchive_reader_free(anyarchive_reader *reader);

const char *anyarchive_entry_path(const anyarchive_entry *entry);
bool anyarchive_entry_size(const anyarchive_entry *entry, uint64_t *bytes);

anyarchive_extractor *anyarchive_extractor_new(void);
int32_t anyarchive_extractor_run(anyarchive_extractor *extractor, anyarchive_reader *reader,
                                 const char *destination);
size_t anyarchive_extractor_item_count(const anyarchive_extractor *extractor);
int32_t anyarchive_extractor_item(anyarchive_extractor *extractor, size_t index, int32_t *outcome,
                                  const char **path, const char **reason);
uint64_t anyarchive_extractor_entries(const anyarchive_extractor *extractor);
const anyarchive_error *anyarchive_extractor_error(const anyarchive_extractor *extractor);
void anyarchive_extractor_free(anyarchive_extractor *extractor);
"""

#: Functions in Python that C calls by a fixed address: API mode only.
CALLBACKS = """
extern "Python" int32_t anyarchive_python_read(void *user, uint8_t *buf, size_t cap, size_t *n_read);
extern "Python" void anyarchive_python_drop(void *user);
"""
