# frozen_string_literal: true

require "json"

# Reads, writes and safely extracts nearly every archive format.
module Anyarchive
  # Something about an archive failed. What the system refused is an Errno::... instead. When a file object
  # or a block of the caller raised an exception, it is the cause.
  class Error < StandardError
    # Name of the entry at which it happened, or nil.
    attr_reader :entry
    # Function of libarchive that failed, or nil.
    attr_reader :function

    def initialize(message = nil, entry = nil, function = nil, recoverable = false)
      super(message)
      @entry = entry
      @function = function
      @recoverable = recoverable
    end

    # Whether the reader can go on with the next entry.
    def recoverable?
      @recoverable
    end
  end

  # The input is in no format that is enabled.
  class UnknownFormatError < Error; end
  # The input ends before the archive or the entry does.
  class TruncatedError < Error; end
  # The archive contradicts its format or its checksums.
  class CorruptError < Error; end
  # The entry is encrypted and no password was given.
  class PasswordRequiredError < Error; end
  # None of the passwords opens the entry.
  class WrongPasswordError < Error; end
  # The library cannot do this.
  class UnsupportedError < Error; end
  # An argument cannot work.
  class InvalidInputError < Error; end
  # A limit or a rule of security forbids this.
  class RefusedError < Error; end
  # A block stopped it.
  class CancelledError < Error; end
  # It is in use: by the call that runs this block, or by another thread.
  class BusyError < Error; end

  # The extraction came to its end, but entries were refused or failed.
  class ExtractError < Error
    attr_reader :report

    def initialize(report)
      bad = report.items.select { |item| %i[refused failed].include?(item.outcome) }
      super("#{bad.size} entries were not extracted, such as #{bad.first.name.inspect}: #{bad.first.reason}")
      @report = report
    end
  end

  # What an extraction did, and what it did not.
  Report = Struct.new(:entries, :bytes, :items)
  # An entry that is not on disk as the archive has it: outcome is :refused, :failed, :skipped or :warned.
  Item = Struct.new(:outcome, :name, :reason)
  # How far an extraction has come.
  Progress = Struct.new(:bytes_read, :total_bytes, :bytes_written, :entries, :name, keyword_init: true)

  # For the native half: the only way to give an exception a cause.
  def self.raise_with_cause(exception, cause)
    raise exception, cause: cause
  end
  private_class_method :raise_with_cause

  # Names of the formats and filters that can be read and written here.
  def self.capabilities
    JSON.parse(capabilities_json, symbolize_names: true)
  end

  # Opens an archive to read: a path, or an object with `read`. With a block, it is closed behind it.
  def self.open(source, **settings, &block)
    Reader.open(source, **settings, &block)
  end

  # Opens an archive to write: a path, or an object with `write`.
  def self.create(sink, **settings, &block)
    Writer.open(sink, **settings, &block)
  end

  # Extracts an archive securely; see Reader#extract.
  def self.extract(source, destination, **settings, &progress)
    open(source) { |reader| reader.extract(destination, **settings, &progress) }
  end
end

require "anyarchive/native"
require "anyarchive/reader"
require "anyarchive/writer"
