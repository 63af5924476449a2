#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace dfxterm::extraction {

// A JSON string with its quotes. Takes UTF-8 as it is and escapes what RFC 8259 section 7 demands.
inline std::string JsonText(std::string_view text) {
  std::string json = "\"";
  for (const char character : text) {
    if (character == '"' || character == '\\') {
      json += '\\';
      json += character;
    } else if (static_cast<unsigned char>(character) < 0x20) {
      char escaped[7];
      std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned>(static_cast<unsigned char>(character)));
      json += escaped;
    } else {
      json += character;
    }
  }
  return json + "\"";
}

}  // namespace dfxterm::extraction
