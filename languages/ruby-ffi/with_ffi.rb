# frozen_string_literal: true

require "ffi"

# The C library through the gem ffi.
module WithFFI
  extend FFI::Library

  # The layout of anyarchive_source.
  class Source < FFI::Struct
    layout struct_size: :size_t, user: :pointer,
           read: callback(%i[pointer pointer size_t pointer], :int32),
           seek: :pointer,
           drop: callback(%i[pointer], :void)
  end

  # Loads the library. It is never closed: callbacks may still be in it.
  def self.load(path)
    ffi_lib path
    attach :error_text, %i[pointer], :string
    attach :error_status, %i[pointer], :int32
    attach :error_free, %i[pointer], :void
    attach :reader_settings_new, [], :pointer
    attach :reader_settings_block_size, %i[pointer size_t], :int32
    attach :reader_settings_free, %i[pointer], :void
    attach :reader_open_path, %i[string pointer pointer pointer], :int32
    attach :reader_open_source, %i[pointer pointer pointer pointer], :int32
    attach :reader_next, %i[pointer pointer], :int32
    attach :reader_read, %i[pointer pointer size_t pointer], :int32
    attach :reader_error, %i[pointer], :pointer
    attach :reader_free, %i[pointer], :void
    attach :entry_path, %i[pointer], :string
    attach :extractor_new, [], :pointer
    attach :extractor_threads, %i[pointer size_t], :int32
    attach :extractor_run, %i[pointer pointer string], :int32
    attach :extractor_entries, %i[pointer], :uint64
    attach :extractor_item_count, %i[pointer], :size_t
    attach :extractor_item, %i[pointer size_t pointer pointer pointer], :int32
    attach :extractor_error, %i[pointer], :pointer
    attach :extractor_free, %i[pointer], :void
    self
  end

  def self.attach(name, arguments, result)
    attach_function name, :"anyarchive_#{name}", arguments, result
  end
  private_class_method :attach

  def self.open(source, block_size: nil)
    Reader.new(source, block_size)
  end

  # The functions that C calls; the reader keeps them as long as C has them.
  class Callbacks
    attr_reader :source, :raised, :drops

    def initialize(io)
      @io = io
      @drops = 0
      @read = method(:read).to_proc
      @drop = ->(_) { @drops += 1 }
      @source = Source.new
      @source[:struct_size] = Source.size
      @source[:read] = @read
      @source[:drop] = @drop
    end

    private

    def read(_user, buffer, cap, count)
      data = @io.read(cap) || ""
      raise RangeError, "too much" if data.bytesize > cap

      buffer.write_bytes(data)
      count.write(:size_t, data.bytesize)
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

    def initialize(source, block_size)
      settings = WithFFI.reader_settings_new
      WithFFI.reader_settings_block_size(settings, block_size) if block_size
      handle = FFI::MemoryPointer.new(:pointer)
      error = FFI::MemoryPointer.new(:pointer)
      if source.respond_to?(:read)
        @callbacks = Callbacks.new(source)
        status = WithFFI.reader_open_source(@callbacks.source, settings, handle, error)
      else
        status = WithFFI.reader_open_path(source, settings, handle, error)
      end
      WithFFI.reader_settings_free(settings)
      @handle = handle.read_pointer
      return unless status.negative?

      begin
        fail_with(error.read_pointer)
      ensure
        WithFFI.error_free(error.read_pointer)
      end
    end

    def each
      entry = FFI::MemoryPointer.new(:pointer)
      while check(WithFFI.reader_next(@handle, entry)).zero?
        yield WithFFI.entry_path(entry.read_pointer).force_encoding("UTF-8")
      end
    end

    def read(length = 65_536)
      buffer = FFI::MemoryPointer.new(length)
      count = FFI::MemoryPointer.new(:size_t)
      data = String.new
      loop do
        check(WithFFI.reader_read(@handle, buffer, length, count))
        filled = count.read(:size_t)
        return data if filled.zero?

        data << buffer.read_bytes(filled)
      end
    end

    # The number of entries, and pairs of an outcome and a name.
    def extract(destination)
      extractor = WithFFI.extractor_new
      WithFFI.extractor_threads(extractor, 1)
      status = WithFFI.extractor_run(extractor, @handle, destination)
      fail_with(WithFFI.extractor_error(extractor)) if status.negative?
      items = (0...WithFFI.extractor_item_count(extractor)).map do |index|
        outcome = FFI::MemoryPointer.new(:int32)
        path = FFI::MemoryPointer.new(:pointer)
        WithFFI.extractor_item(extractor, index, outcome, path, nil)
        [outcome.read_int32, path.read_pointer.read_string]
      end
      [WithFFI.extractor_entries(extractor), items]
    ensure
      WithFFI.extractor_free(extractor)
    end

    def close
      WithFFI.reader_free(@handle)
      @handle = nil
    end

    private

    def check(status)
      fail_with(WithFFI.reader_error(@handle)) if status.negative?
      status
    end

    def fail_with(error)
      exception = ArchiveError.new(WithFFI.error_status(error), WithFFI.error_text(error))
      raise exception, cause: @callbacks&.raised
    end
  end
end
