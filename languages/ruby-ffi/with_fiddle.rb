# frozen_string_literal: true

require "fiddle"

# The C library through Fiddle, which is part of Ruby: nothing is compiled or installed.
module WithFiddle
  # Fiddle cannot pass a struct: the source is written into memory, field by field.
  SOURCE_SIZE = 5 * Fiddle::SIZEOF_VOIDP

  # The loaded library. It is never closed: callbacks may still be in it.
  class Library
    TYPES = { p: Fiddle::TYPE_VOIDP, z: Fiddle::TYPE_SIZE_T, i: Fiddle::TYPE_INT32_T, u: Fiddle::TYPE_LONG_LONG,
              v: Fiddle::TYPE_VOID }.freeze
    FUNCTIONS = {
      anyarchive_error_text: "pp", anyarchive_error_status: "ip", anyarchive_error_free: "vp",
      anyarchive_reader_settings_new: "p", anyarchive_reader_settings_block_size: "ipz",
      anyarchive_reader_settings_free: "vp", anyarchive_reader_open_path: "ipppp",
      anyarchive_reader_open_source: "ipppp", anyarchive_reader_next: "ipp", anyarchive_reader_read: "ippzp",
      anyarchive_reader_error: "pp", anyarchive_reader_free: "vp", anyarchive_entry_path: "pp",
      anyarchive_extractor_new: "p", anyarchive_extractor_run: "ippp", anyarchive_extractor_entries: "up",
      anyarchive_extractor_threads: "ipz", anyarchive_extractor_item_count: "zp",
      anyarchive_extractor_item: "ipzppp", anyarchive_extractor_error: "pp", anyarchive_extractor_free: "vp"
    }.freeze

    def initialize(path)
      @handle = Fiddle.dlopen(path)
      FUNCTIONS.each do |name, letters|
        result, *arguments = letters.chars.map { |letter| TYPES.fetch(letter.to_sym) }
        function = Fiddle::Function.new(@handle[name.to_s], arguments, result)
        define_singleton_method(name.to_s.delete_prefix("anyarchive_")) { |*values| function.call(*values) }
      end
    end

    def open(source, block_size: nil)
      Reader.new(self, source, block_size)
    end
  end

  # Places for what C writes.
  def self.place(size = Fiddle::SIZEOF_VOIDP)
    Fiddle::Pointer.malloc(size, Fiddle::RUBY_FREE).tap { |it| it[0, size] = "\0" * size }
  end

  # The functions that C calls; the reader keeps them as long as C has them.
  class Callbacks
    attr_reader :source, :raised, :drops

    def initialize(io)
      @io = io
      @drops = 0
      pointer = Fiddle::TYPE_VOIDP
      @read = Fiddle::Closure::BlockCaller.new(Fiddle::TYPE_INT, [pointer, pointer, Fiddle::TYPE_SIZE_T, pointer]) do |_, buffer, cap, count|
        read(buffer, cap, count)
      end
      @drop = Fiddle::Closure::BlockCaller.new(Fiddle::TYPE_VOID, [pointer]) { |_| @drops += 1 }
      @source = WithFiddle.place(SOURCE_SIZE)
      @source[0, SOURCE_SIZE] = [SOURCE_SIZE, 0, @read.to_i, 0, @drop.to_i].pack("J5")
    end

    private

    # No exception may leave: it would jump over the frames of the library, which stays busy for ever.
    def read(buffer, cap, count)
      data = @io.read(cap) || ""
      raise RangeError, "too much" if data.bytesize > cap

      Fiddle::Pointer.new(buffer.to_i)[0, data.bytesize] = data unless data.empty?
      Fiddle::Pointer.new(count.to_i)[0, Fiddle::SIZEOF_SIZE_T] = [data.bytesize].pack("J")
      0
    rescue Exception => e # rubocop:disable Lint/RescueException
      @raised ||= e
      -1
    end
  end

  # Yields names; `read` gives the data of the entry it is at.
  class Reader
    include Enumerable

    attr_reader :callbacks

    def initialize(library, source, block_size)
      @library = library
      settings = library.reader_settings_new
      library.reader_settings_block_size(settings, block_size) if block_size
      handle = WithFiddle.place
      error = WithFiddle.place
      if source.respond_to?(:read)
        @callbacks = Callbacks.new(source)
        status = library.reader_open_source(@callbacks.source, settings, handle, error)
      else
        status = library.reader_open_path(source, settings, handle, error)
      end
      library.reader_settings_free(settings)
      @handle = handle.ptr
      return unless status.negative?

      begin
        fail_with(error.ptr)
      ensure
        library.error_free(error.ptr)
      end
    end

    def each
      entry = WithFiddle.place
      while check(@library.reader_next(@handle, entry)).zero?
        yield @library.entry_path(entry.ptr).to_s.force_encoding("UTF-8")
      end
    end

    def read(length = 65_536)
      buffer = WithFiddle.place(length)
      count = WithFiddle.place
      data = String.new
      loop do
        check(@library.reader_read(@handle, buffer, length, count))
        filled = count[0, Fiddle::SIZEOF_SIZE_T].unpack1("J")
        return data if filled.zero?

        data << buffer[0, filled]
      end
    end

    # The number of entries, and pairs of an outcome and a name.
    def extract(destination)
      extractor = @library.extractor_new
      # Fiddle's closures, too, must not be called by threads that Ruby does not know.
      @library.extractor_threads(extractor, 1)
      status = @library.extractor_run(extractor, @handle, destination)
      fail_with(@library.extractor_error(extractor)) if status.negative?
      items = (0...@library.extractor_item_count(extractor)).map do |index|
        outcome = WithFiddle.place
        path = WithFiddle.place
        @library.extractor_item(extractor, index, outcome, path, nil)
        [outcome[0, 4].unpack1("l"), path.ptr.to_s]
      end
      [@library.extractor_entries(extractor), items]
    ensure
      @library.extractor_free(extractor)
    end

    def close
      @library.reader_free(@handle)
      @handle = nil
    end

    private

    def check(status)
      fail_with(@library.reader_error(@handle)) if status.negative?
      status
    end

    def fail_with(error)
      exception = ArchiveError.new(@library.error_status(error), @library.error_text(error).to_s)
      raise exception, cause: @callbacks&.raised
    end
  end
end
