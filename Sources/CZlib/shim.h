// zlib for Swift. deflateInit2 is a macro, which Swift cannot call.
#pragma once
#include <stddef.h>
#include <string.h>
#include <zlib.h>

// An upper bound on what czlib_gzip writes for count bytes (with the gzip header and trailer).
static inline size_t czlib_gzip_bound(size_t count) { return compressBound(count) + 32; }

// Writes input as one gzip member; returns its size, or 0 when it did not fit or memory ran out.
static inline size_t czlib_gzip(
    const unsigned char *input, size_t count, unsigned char *output, size_t capacity, int level) {
  z_stream stream;
  memset(&stream, 0, sizeof stream);
  // 15 window bits, plus 16 for a gzip wrapper.
  if (count > 0xffffffffu || capacity > 0xffffffffu ||
      deflateInit2(&stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    return 0;
  stream.next_in = (unsigned char *)input;
  stream.avail_in = (unsigned int)count;
  stream.next_out = output;
  stream.avail_out = (unsigned int)capacity;
  int code = deflate(&stream, Z_FINISH);
  size_t written = stream.total_out;
  deflateEnd(&stream);
  return code == Z_STREAM_END ? written : 0;
}
