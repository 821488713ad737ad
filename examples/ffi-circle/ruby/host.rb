# The host in Ruby: `host.rb ARCHIVE CHAIN [HOP GOOD_CALLS]`.
require_relative "hop"

LIBRARIES = { "C" => "hop_c", "X" => "hop_cxx", "G" => "hop_go", "P" => "hop_py" }.freeze
SOURCE = Hop::SIZE * Hop::FIELDS
RESULT = 32

def function(library, name, arguments, result = Fiddle::TYPE_INT)
  Fiddle::Function.new(library[name], arguments, result)
end

def memory(bytes)
  Fiddle::Pointer.malloc(bytes, Fiddle::RUBY_FREE)
end

def wrap(letter, inner, outer)
  if letter == "B" # this interpreter; a second one cannot be started
    Hop.wrap(inner.to_i, outer.to_i)
    return
  end
  name = LIBRARIES.fetch(letter)
  library = Fiddle.dlopen(File.join(ENV.fetch("CIRCLE_LIB"), "lib#{name}.so"))
  status = function(library, "#{name}_wrap", [Hop::POINTER] * 2).call(inner, outer)
  abort "the hop #{letter} does not start" unless status.zero?
end

archive, chain, failing, good_calls = ARGV
circle = Hop::CIRCLE
plan = function(circle, "circle_plan", [Fiddle::TYPE_CHAR, Fiddle::TYPE_LONG_LONG], Fiddle::TYPE_VOID)
plan.call(failing ? failing.ord : 0, good_calls.to_i)
source = memory(SOURCE)
opened = function(circle, "circle_open", [Hop::POINTER] * 2).call(archive, source)
abort "cannot open #{archive}" unless opened.zero?
chain.each_char do |letter|
  outer = memory(SOURCE)
  wrap(letter, source, outer)
  source = outer
end
result = memory(RESULT)
function(circle, "circle_read", [Hop::POINTER] * 2).call(source, result)
verdict = function(circle, "circle_verdict", [Hop::POINTER] * 3, Hop::POINTER)
problem = verdict.call(archive, chain, result)
abort "Ruby host, #{chain}: #{problem}" unless problem.null?
