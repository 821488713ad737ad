# frozen_string_literal: true

Gem::Specification.new do |spec|
  spec.name = "anyarchive"
  spec.version = "0.1.0"
  spec.summary = "Reads, writes and safely extracts nearly every archive format"
  spec.authors = ["The anyarchive developers"]
  spec.licenses = ["MIT", "Apache-2.0"]
  spec.required_ruby_version = ">= 3.0"
  spec.files = Dir["lib/**/*.rb", "ext/**/*.{c,h,rb}", "README.md"]
  spec.extensions = ["ext/anyarchive/extconf.rb"]
end
