# frozen_string_literal: true

module Anyarchive
  # Writes an archive, entry after entry.
  class Writer
    # With a block, completes the archive behind it, but not after an exception.
    def self.open(sink, **settings)
      writer = new(sink, **settings)
      return writer unless block_given?

      begin
        result = yield writer
        writer.close
        result
      ensure
        writer.abort unless writer.closed?
      end
    end

    # Without a format, the end of the path tells it.
    def initialize(sink, format: nil, filters: [], level: nil, threads: nil, password: nil, options: nil,
                   reproducible: false)
      raise ArgumentError, "give a format, such as \"pax\" or \"zip\"" if !format && sink.respond_to?(:write)

      others = [filters, level, threads, password, options].any? { |it| it && it != [] }
      raise ArgumentError, "settings need a format" if !format && (others || reproducible)

      @native = Native::Writer.new(
        sink,
        { format: format, filters: filters, level: level, threads: threads, password: password,
          options: options, reproducible: reproducible }
      )
    end

    # Adds an entry with its data: a String, or an object with `read` when the size is given.
    def add_entry(name, data = "", type: :file, size: nil, linkname: nil, mode: nil, mtime: nil, uid: nil,
                  gid: nil, uname: nil, gname: nil)
      types = %i[file directory symlink hardlink]
      raise ArgumentError, "type is one of #{types.join(', ')}" unless types.include?(type)
      raise ArgumentError, "size is the number of bytes" if size && Integer(size).negative?

      size ||= data.bytesize unless data.respond_to?(:read)
      @native.start_entry(
        { name: name, type: type, size: size, linkname: linkname, mode: mode, mtime: mtime, uid: uid,
          gid: gid, uname: uname, gname: gname }
      )
      if data.respond_to?(:read)
        copy(data, size)
      else
        @native.write(data)
      end
      @native.finish_entry
      self
    end

    # Adds a file or a directory from disk with everything below it.
    def add(path)
      @native.add(path)
      self
    end

    # Completes the archive; a file object that was given stays open.
    def close
      @native.finish
    ensure
      @native.close unless closed?
    end

    # Leaves half an archive.
    def abort
      @native.close
    end

    def closed?
      @native.closed?
    end

    private

    def copy(source, size)
      left = size || Float::INFINITY
      while left.positive? && (chunk = source.read([left, 65_536].min.to_i))
        break if chunk.empty?

        @native.write(chunk)
        left -= chunk.bytesize
      end
    end
  end
end
