//! What the headers do not tell of a function.

/// Prefix of a function's name, and the manual page that describes it; the longest prefix wins.
pub(super) const PAGES: &[(&str, &str)] = &[
    ("archive_", "libarchive"),
    ("archive_entry_", "archive_entry"),
    ("archive_entry_acl_", "archive_entry_acl"),
    ("archive_entry_linkify", "archive_entry_linkify"),
    ("archive_entry_linkresolver_", "archive_entry_linkify"),
    ("archive_entry_mac_", "archive_entry_misc"),
    ("archive_entry_xattr_", "archive_entry"),
    ("archive_errno", "archive_util"),
    ("archive_error_string", "archive_util"),
    ("archive_filter_", "archive_util"),
    ("archive_format", "archive_util"),
    ("archive_match_", "archive_match"),
    ("archive_read_", "archive_read"),
    ("archive_read_data", "archive_read_data"),
    ("archive_read_disk_", "archive_read_disk"),
    ("archive_read_extract", "archive_read_extract"),
    ("archive_read_open", "archive_read_open"),
    ("archive_read_set_", "archive_read_set_options"),
    ("archive_read_support_filter_", "archive_read_filter"),
    ("archive_read_support_format_", "archive_read_format"),
    ("archive_write_", "archive_write"),
    ("archive_write_add_filter_", "archive_write_filter"),
    ("archive_write_disk_", "archive_write_disk"),
    ("archive_write_open", "archive_write_open"),
    ("archive_write_set_", "archive_write_set_options"),
    ("archive_write_set_format", "archive_write_format"),
];

/// Functions that the oldest supported release, 3.6.2, lacks: the cfg of the first release that has
/// them.
pub(super) const SINCE: &[(&str, &[&str])] = &[
    (
        "archive_since_3_7_3",
        &[
            "archive_entry_filetype_is_set",
            "archive_entry_gid_is_set",
            "archive_entry_perm_is_set",
            "archive_entry_uid_is_set",
        ],
    ),
    (
        "archive_since_3_7_5",
        &[
            "archive_entry_copy_fflags_text_len",
            "archive_entry_hardlink_is_set",
            "archive_entry_rdev_is_set",
            "archive_entry_set_link_to_hardlink",
            "archive_entry_set_link_to_symlink",
        ],
    ),
    (
        "archive_since_3_8_0",
        &[
            "archive_cng_version",
            "archive_commoncrypto_version",
            "archive_entry_set_digest",
            "archive_libacl_version",
            "archive_libattr_version",
            "archive_libbsdxml_version",
            "archive_libexpat_version",
            "archive_libiconv_version",
            "archive_liblzo2_version",
            "archive_libmd_version",
            "archive_libpcre2_version",
            "archive_libpcre_version",
            "archive_librichacl_version",
            "archive_libxml2_version",
            "archive_mbedtls_version",
            "archive_nettle_version",
            "archive_openssl_version",
            "archive_parse_date",
            "archive_wincrypt_version",
            "archive_write_zip_set_compression_bzip2",
            "archive_write_zip_set_compression_lzma",
            "archive_write_zip_set_compression_xz",
            "archive_write_zip_set_compression_zstd",
        ],
    ),
];
