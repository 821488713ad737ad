# frozen_string_literal: true

module Anyarchive
  # An entry: its metadata and, until the reader goes on, its data.
  class Entry
    # The native half makes them.
    private_class_method :new
    attr_reader :name, :type, :linkname, :size, :mode, :mtime, :uid, :gid, :uname, :gname, :warning, :xattrs

    def encrypted?
      @encrypted
    end

    def file?
      type == :file
    end

    def directory?
      type == :directory
    end

    def symlink?
      type == :symlink
    end

    # Data: all that is left, or up to a number of bytes, and nil at the end, as IO#read.
    def read(length = nil)
      return @reader.read_data(@number, length) if length

      data = String.new(encoding: Encoding::BINARY)
      each_chunk { |chunk| data << chunk }
      data
    end

    # Yields the data in pieces.
    def each_chunk(size = 65_536)
      return to_enum(:each_chunk, size) unless block_given?

      while (chunk = @reader.read_data(@number, size))
        yield chunk
      end
      self
    end

    def inspect
      "#<#{self.class} #{type} #{name.inspect}>"
    end
  end

  # Reads an archive, entry after entry.
  class Reader
    include Enumerable

    EXISTING = { overwrite: 0, keep: 1, error: 2 }.freeze
    private_constant :EXISTING

    # With a block, closes the reader behind it.
    def self.open(source, **settings)
      reader = new(source, **settings)
      return reader unless block_given?

      begin
        yield reader
      ensure
        reader.close unless reader.closed?
      end
    end

    # Reads an archive in memory.
    def self.from_bytes(bytes, **settings, &block)
      open(bytes, **settings, memory: true, &block)
    end

    def initialize(source, formats: [], filters: [], passwords: [], options: nil, block_size: nil, memory: false)
      @number = 0
      @native = Native::Reader.new(
        source,
        { formats: formats, filters: filters, passwords: passwords, options: options,
          block_size: block_size && Integer(block_size).clamp(0, 1 << 30), memory: memory,
          seekable: !memory && seekable?(source) }
      )
    end

    # Goes on to the next entry; nil behind the last.
    def next_entry
      entry = @native.next_entry(self, @number + 1)
      @number += 1 if entry
      entry
    end

    # Yields the entries that were not read yet.
    def each
      return to_enum unless block_given?

      while (entry = next_entry)
        yield entry
      end
      self
    end

    # Extracts the entries that were not read yet; nothing is written outside the destination.
    #
    # existing: :overwrite, :keep or :error. limits: :server, or a Hash of limits, nil for none. The block is
    # called with Progress, and stops the extraction when it gives false. Raises ExtractError when an entry
    # was refused or failed, unless errors: is :report.
    def extract(destination, strip_components: 0, existing: :overwrite, limits: nil, errors: :raise, &progress)
      raise ArgumentError, "errors is :raise or :report" unless %i[raise report].include?(errors)

      @number += 1
      settings = {
        strip_components: [Integer(strip_components), 0].max, existing: EXISTING.fetch(existing),
        limits: limits.is_a?(Hash) ? limits.transform_values { |value| limit(value) } : limits,
        progress: progress && ->(now) { progress.call(Progress.new(**now)) }
      }
      entries, bytes, items = @native.extract(destination, settings)
      report = Report.new(entries, bytes, items.map { |item| Item.new(*item) })
      bad = report.items.any? { |item| %i[refused failed].include?(item.outcome) }
      raise ExtractError, report if bad && errors == :raise

      report
    end

    # Exact name of the format; empty before the first entry.
    def format
      @native.format
    end

    # Names of the filters around the archive, the innermost first.
    def filters
      @native.filters.split(",")
    end

    # A file object that was given stays open.
    def close
      @native.close
    end

    def closed?
      @native.closed?
    end

    # For Entry.
    def read_data(number, length)
      raise IOError, "the reader has gone on from this entry" if number != @number
      raise ArgumentError, "negative length #{length}" if length.negative?

      @native.read(length)
    end

    private

    def limit(value)
      value && Integer(value).clamp(0, (1 << 64) - 1)
    end

    # A pipe has the methods and cannot do it.
    def seekable?(source)
      return false unless source.respond_to?(:seek) && source.respond_to?(:pos)

      source.pos
      true
    rescue SystemCallError
      false
    end
  end
end
