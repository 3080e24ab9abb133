#include "base/reach.h"

#include <arpa/inet.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <string>

namespace hearth {

namespace {

// Four bytes or sixteen, as they are sent; as many zeros behind.
struct Address {
  std::array<uint8_t, 16> bytes{};
  size_t size = 0;

  bool begins_like(const Address& other, int bits) const {
    if (size != other.size) return false;
    for (size_t i = 0; bits > 0; ++i, bits -= 8) {
      int shift = bits < 8 ? 8 - bits : 0;
      if ((bytes[i] ^ other.bytes[i]) >> shift != 0) return false;
    }
    return true;
  }
};

std::optional<Address> parse_address(std::string_view text) {
  const std::string bare(text.substr(0, text.find('%')));  // behind it stands which network card is meant
  if (bare.find('\0') != bare.npos) return std::nullopt;
  Address address;
  for (auto [family, size] : {std::pair(AF_INET, 4), std::pair(AF_INET6, 16)}) {
    address.size = static_cast<size_t>(size);
    if (::inet_pton(family, bare.c_str(), address.bytes.data()) == 1) return address;
  }
  return std::nullopt;
}

struct Block {
  const char* network;
  int bits;
  Reach reach;
};

// Everything else is anywhere. Link-local addresses are where clouds tell machines their secrets: nothing may lead there.
constexpr Block kBlocks[] = {
    {"0.0.0.0", 8, Reach::none},        {"10.0.0.0", 8, Reach::network},
    {"100.64.0.0", 10, Reach::network}, {"127.0.0.0", 8, Reach::machine},
    {"169.254.0.0", 16, Reach::none},   {"172.16.0.0", 12, Reach::network},
    {"192.0.0.0", 24, Reach::network},  {"192.168.0.0", 16, Reach::network},
    {"198.18.0.0", 15, Reach::network}, {"224.0.0.0", 3, Reach::none},
    {"::", 128, Reach::none},           {"::1", 128, Reach::machine},
    {"fc00::", 7, Reach::network},      {"fe80::", 10, Reach::none},
    {"ff00::", 8, Reach::none},
};

// Addresses of IPv6 that stand for one of IPv4, which begins at this byte: mapped, behind a translator (NAT64), 6to4.
struct Carrier {
  const char* network;
  int bits;
  size_t at;
};
constexpr Carrier kCarriers[] = {{"::ffff:0:0", 96, 12}, {"64:ff9b::", 96, 12}, {"2002::", 16, 2}};

}  // namespace

bool is_localhost(std::string_view host) {
  constexpr std::string_view kName = "localhost";
  if (host.ends_with('.')) host.remove_suffix(1);
  if (host.size() < kName.size()) return false;
  std::string end(host.substr(host.size() - kName.size()));
  for (char& c : end) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  host.remove_suffix(kName.size());
  return end == kName && (host.empty() || host.ends_with('.'));
}

std::optional<Reach> reach_of(std::string_view host) {
  if (is_localhost(host)) return Reach::machine;
  auto address = parse_address(host);
  if (!address) return std::nullopt;
  for (const Carrier& carrier : kCarriers) {
    if (!address->begins_like(*parse_address(carrier.network), carrier.bits)) continue;
    Address carried;
    carried.size = 4;
    std::memcpy(carried.bytes.data(), address->bytes.data() + carrier.at, carried.size);
    address = carried;
    break;
  }
  for (const Block& block : kBlocks) {
    if (address->begins_like(*parse_address(block.network), block.bits)) return block.reach;
  }
  return Reach::anywhere;
}

}  // namespace hearth
