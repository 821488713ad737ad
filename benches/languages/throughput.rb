# frozen_string_literal: true

# `throughput.rb WHO list|stream ARCHIVE`: an archive, by this gem or another library.

PIECE = 65_536
NOW = -> { Process.clock_gettime(Process::CLOCK_MONOTONIC) }

def with_anyarchive(task, path)
  require "anyarchive"
  entries = names = size = 0
  Anyarchive.open(path) do |archive|
    archive.each do |entry|
      entries += 1
      names += entry.name.bytesize
      if task == "list"
        size += entry.size
      else
        entry.each_chunk(PIECE) { |piece| size += piece.bytesize }
      end
    end
  end
  [entries, names, size]
end

def with_gem_package(task, path)
  require "rubygems/package"
  entries = names = size = 0
  File.open(path, "rb") do |file|
    Gem::Package::TarReader.new(file).each do |entry|
      entries += 1
      names += entry.full_name.bytesize
      if task == "list"
        size += entry.header.size
      else
        while (piece = entry.read(PIECE))
          size += piece.bytesize
        end
      end
    end
  end
  [entries, names, size]
end

def with_ffi_libarchive(task, path)
  require "ffi-libarchive"
  entries = names = size = 0
  Archive::Reader.open_filename(path) do |archive|
    archive.each_entry do |entry|
      entries += 1
      names += entry.pathname.bytesize
      if task == "list"
        size += entry.size
      else
        archive.read_data(PIECE) { |piece| size += piece.bytesize }
      end
    end
  end
  [entries, names, size]
end

who, task, path = ARGV
start = NOW.call
counts = send({ "anyarchive" => :with_anyarchive, "Gem::Package" => :with_gem_package,
                "ffi-libarchive" => :with_ffi_libarchive }.fetch(who), task, path)
puts [*counts, format("%.6f", NOW.call - start)].join(" ")
