/*
 * anyarchive for C++17 and later: objects that own what they hold, exceptions, ranges, std::filesystem.
 *
 * Needs the headers beside it, and the library. What a callback throws comes out of the call that ran
 * it, the same object; nothing else unwinds through the library.
 *
 * Objects are for one thread at a time, except cancel_token.
 */
#ifndef ANYARCHIVE_HPP
#define ANYARCHIVE_HPP

#include "anyarchive_entry.hpp"
#include "anyarchive_extractor.hpp"
#include "anyarchive_reader.hpp"
#include "anyarchive_writer.hpp"

#endif
