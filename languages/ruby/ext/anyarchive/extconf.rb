# frozen_string_literal: true

require "mkmf"

pkg_config("anyarchive") or abort "the C library anyarchive is not there: pkg-config has to find it"
append_cflags(%w[-std=gnu11 -Wall -Wextra -Wno-unused-parameter -fvisibility=hidden])
create_makefile("anyarchive/native")
