# frozen_string_literal: true

# Tests of one way to the library: `test.rb fiddle|ffi LIBRARY`.

require "minitest/autorun"
require "rubygems/package"
require "stringio"
require "tmpdir"

# A failure of the library.
class ArchiveError < StandardError
  attr_reader :status

  def initialize(status, text)
    super(text)
    @status = status
  end
end

kind, path = ARGV.shift(2)
require_relative "with_#{kind}"
LIBRARY = kind == "fiddle" ? WithFiddle::Library.new(path) : WithFFI.load(path)
IO_ERROR = -101
ENTRIES = 400

class Boom < StandardError; end

# Raises behind a number of bytes.
class Fails
  def initialize(data, at, &failure)
    @io = StringIO.new(data)
    @at = at
    @failure = failure
  end

  def read(count)
    rest = @at - @io.pos
    @failure.call if rest <= 0
    @io.read([rest, count].min)
  end
end

class LibraryTest < Minitest::Test
  def archive(*pairs)
    io = StringIO.new("".b)
    Gem::Package::TarWriter.new(io) do |tar|
      pairs.each_slice(2) { |name, data| tar.add_file_simple(name, 0o644, data.bytesize) { |it| it.write(data) } }
    end
    io.string
  end

  def many
    archive(*(0...ENTRIES).flat_map { |i| ["file-#{i}", (i % 100).chr * 1000] })
  end

  def test_entries_and_data_from_a_path_and_an_object
    data = archive("a/b.txt", "some data", "c", "x" * 100_000)
    Dir.mktmpdir do |directory|
      path = File.join(directory, "a.tar")
      File.binwrite(path, data)
      [path, StringIO.new(data)].each do |source|
        reader = LIBRARY.open(source)
        assert_equal [["a/b.txt", "some data"], ["c", "x" * 100_000]], (reader.map { |name| [name, reader.read] })
        reader.close
      end
    end
  end

  def test_an_exception_is_never_the_end
    data = many
    cases = 0
    [512, 4608, 10_240, 65_536, 1 << 20].each do |block_size|
      57.times do |point|
        [false, true].each do |with_data|
          boom = Boom.new
          reader = nil
          entries = 0
          source = Fails.new(data, point * ENTRIES * 1536 / 57) { raise boom }
          error = assert_raises(ArchiveError) do
            reader = LIBRARY.open(source, block_size: block_size)
            reader.each do
              entries += 1
              reader.read if with_data
            end
          end
          reader&.close
          assert_equal 1, reader.callbacks.drops if reader
          assert_same boom, error.cause
          assert_equal IO_ERROR, error.status
          assert_operator entries, :<, ENTRIES
          cases += 1
        end
      end
    end
    assert_equal 570, cases
    reader = LIBRARY.open(Fails.new(data, 1 << 40) {}, block_size: 4608)
    assert_equal ENTRIES, reader.count
    reader.close
  end

  def test_errors_have_a_status_and_a_text
    error = assert_raises(ArchiveError) { LIBRARY.open("/nonexistent/a.tar") }
    assert_equal IO_ERROR, error.status
    assert_includes error.message, "/nonexistent/a.tar"
    error = assert_raises(ArchiveError) { LIBRARY.open(StringIO.new("no archive at all")) }
    assert_equal(-102, error.status)
  end

  def test_extraction_is_safe
    io = StringIO.new(archive("good", "1", "../evil", "2"))
    Dir.mktmpdir do |directory|
      reader = LIBRARY.open(io)
      assert_equal [1, [[1, "../evil"]]], reader.extract(File.join(directory, "out"))
      reader.close
      assert_equal ["out"], Dir.children(directory)
    end
  end
end
