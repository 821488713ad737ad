# Ruby: closures of Fiddle. What is raised must not leave them: it would jump over the frames of C.
require "fiddle"

module Hop
  SIZE = Fiddle::SIZEOF_SIZE_T
  POINTER = Fiddle::TYPE_VOIDP
  SIZE_T = Fiddle::TYPE_SIZE_T
  INT = Fiddle::TYPE_INT

  # anyarchive_source: its size, user, read, seek, drop.
  FIELDS = 5
  CIRCLE = Fiddle.dlopen(File.join(ENV.fetch("CIRCLE_LIB"), "libcircle_rust.so"))
  PASS = Fiddle::Function.new(CIRCLE["circle_pass"], [Fiddle::TYPE_CHAR], INT)
  BLAME = Fiddle::Function.new(CIRCLE["circle_blame"], [Fiddle::TYPE_CHAR, POINTER], Fiddle::TYPE_VOID)

  # C has only addresses, so what they belong to must stay alive here.
  @alive = {}

  class << self
    attr_reader :alive
  end

  class Chain
    LETTER = "B".ord

    def initialize(inner)
      _, @user, read, _, drop = Fiddle::Pointer.new(inner)[0, SIZE * FIELDS].unpack("J*")
      @read = Fiddle::Function.new(read, [POINTER, POINTER, SIZE_T, POINTER], INT)
      @drop = Fiddle::Function.new(drop, [POINTER], Fiddle::TYPE_VOID) unless drop.zero?
      hop = self
      @on_read = Class.new(Fiddle::Closure) do
        define_method(:call) { |_user, buffer, limit, n_read| hop.read(buffer, limit, n_read) }
      end.new(INT, [POINTER, POINTER, SIZE_T, POINTER])
      @on_drop = Class.new(Fiddle::Closure) do
        define_method(:call) { |_user| hop.drop }
      end.new(Fiddle::TYPE_VOID, [POINTER])
    end

    def fill(outer)
      fields = [SIZE * FIELDS, 0, @on_read.to_i, 0, @on_drop.to_i]
      Fiddle::Pointer.new(outer)[0, SIZE * FIELDS] = fields.pack("J*")
    end

    def read(buffer, limit, n_read)
      count = Fiddle::Pointer.malloc(SIZE, Fiddle::RUBY_FREE)
      count[0, SIZE] = [2**(8 * SIZE) - 1].pack("J")
      return -1 unless @read.call(@user, buffer, limit, count).zero?

      bytes = count[0, SIZE].unpack1("J")
      return -1 if bytes > limit
      raise IOError, "an exception" unless PASS.call(LETTER).zero?

      Fiddle::Pointer.new(n_read.to_i)[0, SIZE] = [bytes].pack("J")
      0
    rescue IOError => e
      BLAME.call(LETTER, "Ruby: #{e.message}")
      -1
    rescue Exception # rubocop:disable Lint/RescueException -- nothing may leave
      -1
    end

    def drop
      @drop&.call(@user)
      Hop.alive.delete(object_id)
    rescue Exception # rubocop:disable Lint/RescueException
      nil
    end
  end

  # Makes a source at the address `outer` out of the one at `inner`.
  def self.wrap(inner, outer)
    chain = Chain.new(inner)
    @alive[chain.object_id] = chain
    chain.fill(outer)
  end
end
