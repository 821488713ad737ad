# frozen_string_literal: true

require "minitest/autorun"
require "pathname"
require "rubygems/package"
require "stringio"
require "tmpdir"
require "anyarchive"

ENTRIES = 400

module Samples
  def archive(*pairs, **settings)
    io = StringIO.new("".b)
    Anyarchive.create(io, **settings) do |writer|
      pairs.each_slice(2) { |name, data| writer.add_entry(name, data) }
    end
    io.string
  end

  def many
    pairs = (0...ENTRIES).flat_map { |i| ["file-#{i}", (i % 100).chr * 1000] }
    archive(*pairs, format: "ustar")
  end

  # Each of 570 failures: block size, place, and whether to read the data.
  def each_failure
    cases = 0
    [512, 4608, 10_240, 65_536, 1 << 20].each do |block_size|
      57.times do |point|
        [false, true].each do |with_data|
          yield block_size, point * ENTRIES * 1536 / 57, with_data
          cases += 1
        end
      end
    end
    assert_equal 570, cases
  end
end

class Boom < StandardError; end

# Raises behind a number of bytes. Has only `read`.
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

class ReadingTest < Minitest::Test
  include Samples

  def test_every_kind_of_source_gives_the_same
    data = archive("a/b.txt", "some data", "c", "", format: "pax", filters: "gzip")
    Dir.mktmpdir do |directory|
      path = File.join(directory, "a.tar.gz")
      File.binwrite(path, data)
      File.open(path, "rb") do |file|
        sources = [path, Pathname(path), file, StringIO.new(data), Fails.new(data, 1 << 40) {}]
        readers = sources.map { |source| Anyarchive.open(source) } << Anyarchive::Reader.from_bytes(data)
        readers.each do |reader|
          found = reader.map { |entry| [entry.name, entry.size, entry.read] }
          assert_equal [["a/b.txt", 9, "some data".b], ["c", 0, "".b]], found
          assert_equal ["gzip"], reader.filters
          refute_empty reader.format
          reader.close
          assert reader.closed?
          assert_raises(IOError) { reader.next_entry }
        end
      end
    end
  end

  def test_data_comes_in_pieces_until_the_reader_goes_on
    data = archive("a", "x" * 300_000, "b", "2", format: "ustar")
    reader = Anyarchive::Reader.from_bytes(data)
    first = reader.next_entry
    assert_equal "xxx", first.read(3)
    assert_equal 299_997, first.each_chunk.sum(&:bytesize)
    assert_nil first.read(1)
    second = reader.next_entry
    assert_raises(IOError) { first.read }
    assert_equal "2", second.read
    assert_nil reader.next_entry
  end

  def test_bytes_in_memory_can_be_changed_meanwhile
    data = many
    reader = Anyarchive::Reader.from_bytes(data)
    data.replace("junk" * 200_000)
    GC.start
    assert_equal ENTRIES, reader.count
  end

  def test_metadata
    time = Time.at(1_234_567_890, 250_000_000, :nsec)
    io = StringIO.new("".b)
    Anyarchive.create(io, format: "pax") do |writer|
      writer.add_entry("f", "x", mode: 0o4751, mtime: time, uid: 12, gid: 34, uname: "me", gname: "us")
      writer.add_entry("l", type: :symlink, linkname: "f")
      writer.add_entry("h", type: :hardlink, linkname: "f")
      writer.add_entry("d", type: :directory)
    end
    file, link, hard, folder = Anyarchive::Reader.from_bytes(io.string).to_a
    assert_equal [0o4751, time, 12, 34, "me", "us"],
                 [file.mode, file.mtime, file.uid, file.gid, file.uname, file.gname]
    assert file.file? && link.symlink? && folder.directory?
    assert_equal ["f", :hardlink, "f"], [link.linkname, hard.type, hard.linkname]
  end

  def test_ruby_reads_what_is_written
    Gem::Package::TarReader.new(StringIO.new(archive("a", "1", "b", "22", format: "ustar"))) do |tar|
      assert_equal [["a", "1"], ["b", "22"]], (tar.map { |entry| [entry.full_name, entry.read] })
    end
  end

  def test_encrypted_archives
    data = archive("s", "secret", format: "zip", password: "right", options: "zip:encryption=aes256")
    error = assert_raises(Anyarchive::PasswordRequiredError) { Anyarchive::Reader.from_bytes(data).first.read }
    assert_equal "s", error.entry
    assert_raises(Anyarchive::WrongPasswordError) do
      Anyarchive::Reader.from_bytes(data, passwords: "wrong").first.read
    end
    entry = Anyarchive::Reader.from_bytes(data, passwords: %w[wrong right]).first
    assert entry.encrypted?
    assert_equal "secret", entry.read
  end

  def test_capabilities
    assert_includes Anyarchive.capabilities[:write_formats], "zip"
    assert_match(/\Alibarchive 3\./, Anyarchive.libarchive_version)
  end
end

class ErrorTest < Minitest::Test
  include Samples

  def read_all(source, block_size, with_data)
    Anyarchive.open(source, block_size: block_size) do |reader|
      reader.sum do |entry|
        entry.read if with_data
        1
      end
    end
  end

  def test_an_exception_of_a_source_is_never_the_end
    data = many
    each_failure do |block_size, at, with_data|
      boom = Boom.new(at.to_s)
      error = assert_raises(Anyarchive::Error) do
        read_all(Fails.new(data, at) { raise boom }, block_size, with_data)
      end
      assert_same boom, error.cause
    end
    assert_equal ENTRIES, read_all(Fails.new(data, 1 << 40) {}, 4608, true)
  end

  def test_what_is_no_standard_error_goes_through
    [Interrupt.new("x"), SystemExit.new(3), NoMemoryError.new("x")].each do |raised|
      error = assert_raises(raised.class) { read_all(Fails.new(many, 5000) { raise raised }, 512, true) }
      assert_same raised, error
    end
  end

  def test_a_jump_out_of_a_callback_is_an_error
    reached = catch(:out) do
      assert_raises(Anyarchive::Error, LocalJumpError) do
        read_all(Fails.new(many, 5000) { throw :out, :jumped }, 512, true)
      end
      :behind
    end
    assert_equal :behind, reached
  end

  def test_sources_that_lie
    [5, :x, Object.new, "x" * (1 << 21)].each do |wrong|
      source = Object.new
      source.define_singleton_method(:read) { |_| wrong }
      error = assert_raises(Anyarchive::Error) { read_all(source, 512, true) }
      assert_kind_of StandardError, error.cause
    end
  end

  def test_sinks_that_fail_or_lie
    boom = Boom.new
    [-> { raise boom }, -> { -1 }, -> { 0 }, -> { 1 << 40 }, -> {}].each_with_index do |answer, index|
      sink = Object.new
      sink.define_singleton_method(:write) { |_| answer.call }
      error = assert_raises(Anyarchive::Error) do
        Anyarchive.create(sink, format: "ustar") { |writer| writer.add_entry("a", "x" * 100_000) }
      end
      assert_same boom, error.cause if index.zero?
    end
  end

  def test_after_an_exception_the_archive_is_not_completed
    io = StringIO.new("".b)
    kept = nil
    assert_raises(Boom) do
      Anyarchive.create(io, format: "zip") do |writer|
        kept = writer
        writer.add_entry("a", "1")
        raise Boom
      end
    end
    assert kept.closed?
    refute_includes io.string, "PK\x05\x06"
  end

  def test_kinds_of_errors
    assert_raises(Errno::ENOENT) { Anyarchive.open("/nonexistent/a.tar") }
    assert_raises(Errno::ENOENT) { Anyarchive.create("/nonexistent/a.tar") }
    assert_raises(TypeError) { Anyarchive.open(5) }
    assert_raises(ArgumentError) { Anyarchive.open("a\0b") }
    assert_raises(Anyarchive::UnknownFormatError) { Anyarchive::Reader.from_bytes("no archive at all") }
    data = archive("a", "x" * 10_000, format: "ustar")
    error = assert_raises(Anyarchive::TruncatedError) { Anyarchive::Reader.from_bytes(data[0, 5000]).first.read }
    assert_equal "a", error.entry
    refute_nil error.function
    assert_raises(Anyarchive::InvalidInputError) { Anyarchive::Reader.from_bytes(data, formats: "none") }
    assert_raises(Anyarchive::UnsupportedError) { Anyarchive::Reader.from_bytes(data, filters: "none") }
    assert_raises(ArgumentError) { Anyarchive.create(StringIO.new) }
  end

  def test_a_reader_is_not_used_by_two_at_a_time
    reader = nil
    busy = 0
    io = StringIO.new(many)
    source = Object.new
    source.define_singleton_method(:read) do |count|
      if reader
        [-> { reader.next_entry }, -> { reader.close }].each do |use|
          use.call
        rescue Anyarchive::BusyError
          busy += 1
        end
      end
      io.read(count)
    end
    reader = Anyarchive.open(source, block_size: 512)
    assert_equal ENTRIES, reader.count
    assert_operator busy, :>, 100
    reader.close
  end

  def test_objects_that_were_not_made_whole
    [Anyarchive::Native::Reader, Anyarchive::Native::Writer].each do |klass|
      assert_raises(IOError) { klass.allocate.close }
      assert_raises(NoMethodError) { klass.allocate.dup }
    end
  end

  def test_nothing_breaks_when_the_collector_runs_all_the_time
    data = archive("a", "x" * 5000, "b", "2", format: "ustar")
    GC.stress = true
    names = Anyarchive.open(Fails.new(data, 1 << 40) {}, block_size: 2048).map { |entry| [entry.name, entry.read] }
    GC.stress = false
    assert_equal [["a", "x" * 5000], ["b", "2"]], names
  ensure
    GC.stress = false
  end
end

class ExtractTest < Minitest::Test
  include Samples

  def setup
    @top = Dir.mktmpdir
    @out = File.join(@top, "out")
  end

  def teardown
    FileUtils.remove_entry(@top)
  end

  def test_nothing_is_written_outside
    io = StringIO.new("".b)
    Anyarchive.create(io, format: "pax") do |writer|
      writer.add_entry("good", "x")
      writer.add_entry("../evil", "x")
      writer.add_entry("link", type: :symlink, linkname: "..")
      writer.add_entry("link/evil", "x")
      writer.add_entry("hard", type: :hardlink, linkname: "../../../../etc/passwd")
    end
    error = assert_raises(Anyarchive::ExtractError) { Anyarchive.extract(StringIO.new(io.string), @out) }
    assert_includes error.report.items.map { |item| [item.outcome, item.name] }, [:refused, "../evil"]
    assert_equal "x", File.read(File.join(@out, "good"))
    assert_equal ["out"], Dir.children(@top)
    report = Anyarchive.extract(StringIO.new(io.string), @out, errors: :report)
    assert_equal error.report.items.size, report.items.size
  end

  def test_progress_is_told_and_can_stop
    seen = []
    report = Anyarchive.extract(StringIO.new(many), @out) { |now| seen << now.entries }
    assert_equal ENTRIES, report.entries
    assert_operator seen.size, :>=, ENTRIES
    assert_raises(Anyarchive::CancelledError) do
      Anyarchive.extract(StringIO.new(many), @out) { |now| now.entries < 3 }
    end
    boom = Boom.new
    error = assert_raises(Boom) do
      Anyarchive.extract(StringIO.new(many), @out) { |now| raise boom if now.entries == 7 }
    end
    assert_same boom, error
  end

  def test_an_exception_of_the_source_is_the_cause
    boom = Boom.new
    error = assert_raises(Anyarchive::Error) { Anyarchive.extract(Fails.new(many, 300_000) { raise boom }, @out) }
    assert_same boom, error.cause
  end

  def test_settings
    data = archive("top/a", "new", format: "ustar")
    Anyarchive.extract(StringIO.new(data), @out, strip_components: 1)
    path = File.join(@out, "a")
    File.write(path, "old")
    Anyarchive.extract(StringIO.new(data), @out, strip_components: 1, existing: :keep)
    assert_equal "old", File.read(path)
    assert_raises(Anyarchive::ExtractError) do
      Anyarchive.extract(StringIO.new(data), @out, strip_components: 1, existing: :error)
    end
    assert_raises(Anyarchive::RefusedError) { Anyarchive.extract(StringIO.new(many), @out, limits: { entries: 10 }) }
    assert_raises(ArgumentError) { Anyarchive.extract(StringIO.new(many), @out, limits: { nonsense: 10 }) }
    bomb = archive("zeros", "\0" * 100_000_000, format: "ustar", filters: "gzip")
    assert_raises(Anyarchive::Error) { Anyarchive.extract(StringIO.new(bomb), @out, limits: :server) }
  end

  def test_an_interrupt_ends_an_extraction
    member = archive("a", "", format: "ustar")[0, 512]
    source = Object.new
    calls = 0
    main = Thread.current
    source.define_singleton_method(:read) do |_|
      calls += 1
      Thread.new { main.raise(Interrupt, "now") }.join if calls == 1000
      member
    end
    assert_raises(Interrupt) { Anyarchive.extract(source, @out, limits: { entries: nil }) }
  end

  def test_other_threads_run_meanwhile
    data = archive("zeros", "\0" * 50_000_000, format: "ustar", filters: "gzip")
    turns = 0
    thread = Thread.new { loop { turns += 1; sleep 0.001 } }
    Thread.pass until turns.positive?
    before = turns
    assert_equal 50_000_000, Anyarchive::Reader.from_bytes(data).first.read.bytesize
    assert_operator turns, :>, before
  ensure
    thread&.kill
  end
end
